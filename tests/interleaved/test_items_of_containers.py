"""What a line does with what comes out of a container: exact where that is a primitive, careful where it is not."""

from __future__ import annotations

import functools
import threading

import pytest

from pytest_errortrack.interleave import explore


def _signals_one_line(interleaving):
    """One sets what two others wait for, each in a loop on one line."""
    done = [threading.Event() for _ in range(2)]

    def lead():
        for each in done: each.set()  # fmt: skip # noqa: E701 - the line is what is tried

    def follow():
        for each in done: each.wait()  # fmt: skip # noqa: E701 - as above

    interleaving.run(lead, follow, follow)


def _signals_in_a_comprehension(interleaving):
    """The same, waiting in a comprehension over a tuple that is made there."""
    first, second = threading.Event(), threading.Event()

    def lead():
        first.set()
        second.set()

    def follow():
        return [each.wait() for each in (first, second)]

    interleaving.run(lead, follow, follow)


def _signals_in_a_generator(interleaving):
    """The same, waiting in a generator expression over the values of a dictionary."""
    done = {number: threading.Event() for number in range(2)}

    def lead():
        for each in done.values():
            each.set()

    def follow():
        return all(each.wait() for each in done.values())

    interleaving.run(lead, follow, follow)


@pytest.mark.parametrize("level", ["op", "line", "opcode"])
@pytest.mark.parametrize(
    "scenario",
    [_signals_one_line, _signals_in_a_comprehension, _signals_in_a_generator],
    ids=lambda each: each.__name__,
)
def test_a_primitive_out_of_a_container_conflicts_only_by_its_operations(scenario, level):
    """Each of two followers comes before or after each of two settings: that are all the orders there are."""
    exploration = explore(scenario, level=level, search="dpor", max_preemptions=None)

    assert exploration.complete
    assert exploration.traces == 16


@pytest.mark.parametrize("level", ["line", "opcode"])
@pytest.mark.parametrize(
    "statement",
    [
        "(lambda: box.append(len(box)))()",
        "[box.append(len(box)) for _ in (1,)]",
        "[each.append(len(each)) for each in (box, [])]",
        "all(each.append(len(each)) or True for each in {1: box}.values())",
        "next(iter((box,))).append(len(box))",
        "for each in iter([box, box][1:]): each.append(len(each))",
        "(lambda it: next(it).append(len(box)))(iter([box]))",
    ],
)
def test_what_is_not_a_primitive_still_conflicts(statement, level):
    """An update that is read and written through a container made on the line can be lost, and that is found."""
    namespace = {"__name__": __name__}
    source = f"def act(box):\n    {statement}\n"
    exec(compile(source, __file__, "exec"), namespace)  # noqa: S102 - generated here

    def scenario(interleaving):
        box = []
        interleaving.run(functools.partial(namespace["act"], box), functools.partial(namespace["act"], box))
        assert box == [0, 1]

    exploration = explore(scenario, level=level, search="dpor", max_preemptions=None, modules=[__file__])

    assert exploration.failure is not None
