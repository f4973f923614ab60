"""What instruments tell of generated functions: the same as the interpreter itself, and as each other."""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave._instruments._instructions import instructions_of
from pytest_errortrack.interleave._instruments._monitoring import Monitoring
from pytest_errortrack.interleave._instruments._tracing import Tracing
from pytest_errortrack.interleave._instruments._watcher import Plan

FILE = "<generated>"
KINDS = [Tracing, *([Monitoring] if hasattr(sys, "monitoring") else [])]


class Recorder:
    """Takes note of all that it is told of the generated functions."""

    def __init__(self, *, lines, instructions):
        self.run = SimpleNamespace(ident=get_ident())
        self.told = []
        self.lines = lines
        self.instructions = instructions

    def plan(self, code, namespace):
        """Want all lines, or all instructions, or both."""
        del namespace
        if code.co_filename != FILE:
            return None
        lines = frozenset(line for _, _, line in code.co_lines() if line is not None)
        offsets = frozenset(each.start for each in instructions_of(code))
        return Plan(lines if self.lines else frozenset(), offsets if self.instructions else frozenset())

    def at_line(self, frame, line):
        """Note a line."""
        self.told.append((frame.f_code.co_name, "line", line))

    def at_return(self, frame, value):
        """Do nothing: no plan of it asks for returns."""

    def at_instruction(self, frame, offset):
        """Note an instruction."""
        self.told.append((frame.f_code.co_name, "instruction", offset))


def told_by(kind, function, *, lines=True, instructions=False, runs=1):
    """Return what an instrument tells of a function, one list for each run in the same thread."""
    recorder = Recorder(lines=lines, instructions=instructions)
    instrument = kind(recorder)
    told = []

    def serve():
        recorder.run.ident = get_ident()
        for _ in range(runs):
            instrument.enter()
            try:
                with suppress(Exception):
                    function()
            finally:
                instrument.leave()
            told.append(recorder.told)
            recorder.told = []

    thread = threading.Thread(target=serve)
    with instrument.installed():
        thread.start()
        thread.join()
    return told


def lines_by_hand(function):
    """Return the lines that the interpreter reports to a plain trace function."""
    told = []

    def local(frame, event, arg):
        del arg
        if event == "line":
            told.append((frame.f_code.co_name, "line", frame.f_lineno))
        return local

    def trace(frame, event, arg):
        del event, arg
        return local if frame.f_code.co_filename == FILE else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(Exception):
            function()
    finally:
        sys.settrace(before)
    return told


def indented(lines):
    return ["    " + line for line in lines]


def flattened(parts):
    return [line for part in parts for line in part]


def nested(blocks):
    """Return strategies for statements that hold others."""
    body = blocks.map(indented)
    return st.one_of(
        body.map(lambda b: ["for i in range(2):", *b]),
        body.map(lambda b: ["for i in items[:2]:", *b, "    if i: continue", "    x += 2"]),
        body.map(lambda b: ["n = 0", "while n < 2:", "    n += 1", *b, "    if x > 40: break", "else:", "    x += 1"]),
        st.tuples(body, body).map(lambda p: ["if x % 2:", *p[0], "else:", *p[1]]),
        st.tuples(body, body).map(lambda p: ["try:", *p[0], "finally:", *p[1]]),
        st.tuples(body, body).map(
            lambda p: ["try:", *p[0], "    raise KeyError", "except KeyError as error:", *p[1], "    del error"]
        ),
        body.map(lambda b: ["with suppressed(KeyError):", *b, "    raise KeyError"]),
        body.map(lambda b: ["def inner():", "    x = 1", *b, "    return x", "x += inner()"]),
        body.map(lambda b: ["def steps():", "    x = 1", *b, "    yield x", "    x += (yield 2) or 0", "    yield x",
                            "for each in steps():", "    x += each"]),
        body.map(lambda b: ["def outer():", "    def inner():", "        x = 0", *indented(b), "        yield x",
                            "    yield from inner()", "generator = outer()", "next(generator)", "generator.close()"]),
    )  # fmt: skip


SIMPLE = st.sampled_from(
    [
        "x += 1",
        "x = x - 1; x *= 2",
        "items.append(x)",
        "x = [a for a in range(3) if a][-1]",
        "x += sum(a * 2 for a in range(2))",
        "x = {a: a for a in range(2)}[1]",
        "k = 0",
        "for q in range(2): x += q",
        "m = 3\nwhile m: m -= 1",
        "x = (lambda a: a + 1)(x)",
        "x = x if x else 1",
        "x = len(\n    items\n) + (\n    x\n)",
        "assert x is not None, 'never'",
        "del items[3:]",
        "if x > 60: raise ValueError",
        "box.n = box.n + 1 if hasattr(box, 'n') else 0",
        "pass",
    ]
).map(str.splitlines)
BODIES = st.recursive(
    SIMPLE,
    lambda blocks: st.lists(nested(blocks) | SIMPLE, min_size=1, max_size=3).map(
        lambda parts: [line for part in parts for line in part]
    ),
    max_leaves=6,
)
MANY_NAMES = "; ".join(f"box.a{number} = {number}" for number in range(300))


def compiled(body):
    source = ["def f():", "    x = 1", "    items = [3]", "    box = Box()", *indented(body), "    return x"]
    namespace = {"suppressed": suppress, "Box": SimpleNamespace}
    exec(compile("\n".join(source), FILE, "exec"), namespace)  # noqa: S102 - the test's own source
    return namespace["f"]


@given(body=BODIES)
def test_lines_are_told_as_a_plain_trace_function_sees_them(body):
    """No line is left out and none told twice, whatever the instrument, from the first run of a function on."""
    expected = lines_by_hand(compiled(body))

    for kind in KINDS:
        assert told_by(kind, compiled(body)) == [expected], kind


@given(body=BODIES, lines=st.booleans())
def test_instructions_are_told_the_same_by_both_instruments_and_in_each_run(body, lines):
    """A function's first run is told as any other."""
    first, *others = [
        told for kind in KINDS for told in told_by(kind, compiled(body), lines=lines, instructions=True, runs=3)
    ]

    for other in others:
        assert other == first


@pytest.mark.parametrize("kind", KINDS)
def test_an_instruction_with_a_long_argument_is_told_once_at_its_beginning(kind):
    """Its prefixes belong to it."""
    function = compiled([MANY_NAMES])
    starts = [each.start for each in instructions_of(function.__code__)]

    (told,) = told_by(kind, function, lines=False, instructions=True)

    assert len(starts) > 256
    assert [offset for _, _, offset in told] == [each for each in starts if each in {at for _, _, at in told}]
    assert len(told) == len({offset for _, _, offset in told})
