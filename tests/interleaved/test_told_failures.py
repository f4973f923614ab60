"""What is told of a failure: least, repeated, readable."""

from __future__ import annotations

import re
import threading

import pytest

from pytest_errortrack.interleave import Diverged, decode_token, explore, replay
from pytest_errortrack.interleave._searching._budget import Budget


class Counter:
    """A counter that forgets."""

    def __init__(self):
        self.value = 0
        self.password = 0

    def add(self):
        """Add one."""
        value = self.value
        self.value = value + 1

    def add_often(self, times):
        """Add one, several times."""
        for _ in range(times):
            self.add()

    def change(self):
        """Change what is secret."""
        password = self.password
        self.password = password + 1


def losing(times):
    """Return a scenario of two actors that add to one counter."""

    def scenario(interleaving):
        counter = Counter()
        interleaving.run(a=lambda: counter.add_often(times), b=lambda: counter.add_often(times))
        assert counter.value == 2 * times

    return scenario


def inner(trace):
    """Return the rows of a trace, without their numbers and without what surrounds them."""
    rows = [line.strip() for line in trace.splitlines()[2:] if not line.startswith("  one")]
    return [row.lstrip("0123456789").strip() for row in rows]


@pytest.mark.parametrize("times", [1, 30])
def test_what_a_walk_found_comes_down_to_the_least(times):
    """A random schedule with a hundred switches is shown with one, and nothing less was shown to fail."""
    found = explore(losing(times), search="random", seed=times)

    assert found.preemptions == 1
    assert found.is_fewest
    assert any("1 preemption: fewest (proved)" in note for note in found.failure.__notes__)


def test_the_fewest_is_not_claimed_where_the_search_below_was_not_complete(monkeypatch):
    """Where there is more below than may be searched the word is left out."""
    monkeypatch.setattr("pytest_errortrack.interleave._searching._fewer._BUDGET", Budget(1))

    found = explore(losing(1))

    assert found.preemptions == 1
    assert not found.is_fewest
    assert not any("fewest" in note for note in found.failure.__notes__)


def test_shared_lines_and_their_values_are_shown_and_no_others():
    """What was read and what is about to be written stands behind the lines."""

    def scenario(interleaving):
        counter = Counter()
        interleaving.run(a=counter.add, b=counter.add)
        assert counter.value == 2

    found = explore(scenario)

    assert [re.sub(r"\s+:\d+$", "", row) for row in inner(found.trace)] == [
        "value = self.value -> 0",
        "-- preempted --",
        "value = self.value -> 0",
        "self.value = value + 1 -> 1",
        "self.value = value + 1 -> 1",
    ]
    assert found.trace.splitlines()[-1].strip() == "one after the other (a, then b) it passes"
    assert max(map(len, found.trace.splitlines())) <= 80


def test_a_value_with_a_name_like_a_secrets_is_not_shown():
    """The statement is, the value is not."""

    def scenario(interleaving):
        counter = Counter()
        interleaving.run(a=counter.change, b=counter.change)
        assert counter.password == 2

    trace = explore(scenario).trace

    assert "password = self.password" in trace
    assert "->" not in trace


def test_a_line_in_parts_is_one_row_and_is_interrupted_in_its_middle():
    """What is one line to a reader is one row, but for where another actor came between."""

    class Box:
        n = 0

    def scenario(interleaving):
        box = Box()

        def add():
            box.n += 1

        interleaving.run(a=add, b=add)
        assert box.n == 2

    found = explore(scenario)

    assert [row.split()[:3] for row in inner(found.trace)] == [
        ["box.n", "+=", "1"],
        ["--", "preempted", "--"],
        ["box.n", "+=", "1"],
        ["box.n", "+=", "1"],
    ]
    assert type(replay(found.token, scenario).failure) is AssertionError


def test_a_preemption_stands_at_an_operation_where_it_can():
    """Between two lines that touch nothing shared and an operation the operation is the place to name."""

    def scenario(interleaving):
        lock = threading.Lock()
        log = []

        def work(name):
            first = name
            second = first * 2
            with lock:
                log.append(second)

        interleaving.run(a=lambda: work("a"), b=lambda: work("b"))
        assert log == ["aa", "bb"]

    found = explore(scenario, search="random", seed=3)

    (deviation,) = decode_token(found.token).deviations
    assert deviation.kind == "next" or deviation.label.startswith("Lock.")


def test_what_does_not_repeat_itself_on_fresh_threads_is_told_as_diverged():
    """A failure that depends on how often the scenario ran before is no counterexample; the message says so."""
    runs = []

    def scenario(interleaving):
        runs.append(1)
        interleaving.run(*[lambda: interleaving.step("x")] * 2)
        assert len(runs) != 3

    failure = explore(scenario, level="op").failure

    assert isinstance(failure, Diverged)
    assert "AssertionError was found" in str(failure)
    assert isinstance(failure.__cause__, AssertionError)


def test_runs_that_fail_alike_at_other_steps_are_told_as_diverged():
    """It is named in which step one repetition differed from the next."""
    runs = []

    def scenario(interleaving):
        runs.append(1)

        def body():
            for number in range(1 + len(runs) % 2):
                interleaving.step(f"step {number}")

        interleaving.run(body, body)
        raise LookupError("always")

    failure = explore(scenario, level="op").failure

    assert isinstance(failure, Diverged)
    assert "step" in str(failure)
    assert "this time" in str(failure)


def test_nested_actors_have_columns_of_their_own():
    """Threads that actors start are shown under their paths."""

    def scenario(interleaving):
        seen = []

        def parent():
            child = threading.Thread(target=lambda: seen.append(1))
            child.start()
            seen.append(2)
            child.join()

        interleaving.run(a=parent, b=lambda: seen.append(3))
        assert seen[0] != 1

    trace = explore(scenario).trace

    assert trace.splitlines()[1].split() == ["step", "a", "b", "a.0"]


def test_a_replay_names_the_step_from_which_on_it_was_another_run():
    """The recording holds enough of each step to say where a run first differs."""
    names = ["one", "two", "three", "four"]

    def scenario(interleaving):
        interleaving.run(a=lambda: [interleaving.step(name) for name in names], b=lambda: interleaving.step("b"))
        raise LookupError("always")

    token = explore(scenario, level="op").token
    names[2] = "another"
    failure = replay(token, scenario).failure

    assert isinstance(failure, Diverged)
    assert "at step 4: step 4 of this run is a at another" in str(failure)


def test_an_edit_of_a_function_counts_although_its_operations_are_the_same(tmp_path):
    """At level op, too, a function that was executed and then edited is not the one that was recorded."""
    source = "def work(interleaving, log):\n    interleaving.step('x')\n    log.append(1)\n"

    def scenario_of(text):
        path = tmp_path / "edited.py"
        path.write_text(text)
        namespace = {"__name__": "edited"}
        exec(compile(text, str(path), "exec"), namespace)  # noqa: S102 - our own text

        def scenario(interleaving):
            log = []
            interleaving.run(a=lambda: namespace["work"](interleaving, log), b=lambda: None)
            raise LookupError("always")

        return scenario

    token = explore(scenario_of(source), level="op").token

    assert isinstance(replay(token, scenario_of(source)).failure, LookupError)
    assert isinstance(replay(token, scenario_of(f"# a comment\n{source}")).failure, LookupError)
    edited = source.replace("log.append(1)", "log.append(2)")
    assert isinstance(replay(token, scenario_of(edited)).failure, Diverged)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.5, " -> 0.5"), (0.30000000000000004, " -> 0.3"), (1763843.25, ""), (-1e9, "")]
)
def test_what_a_clock_says_is_not_shown(value, shown):
    """Fractions are cut to what a reader takes in; those as large as a clock's are left out."""

    def scenario(interleaving):
        n = [0]

        def change():
            r = n[0] + value
            n[0] = r - value + 1
            n[0] -= 1

        interleaving.run(a=change, b=change)
        assert n[0] == 5

    rows = [row for row in explore(scenario).trace.splitlines() if "r = n" in row]

    assert rows
    assert all(re.search(r"r = n\[0\] \+ value(.*?)  +:?", row)[1] == shown for row in rows)
