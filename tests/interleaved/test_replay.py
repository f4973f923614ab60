"""A token replays exactly what was found, or says that it could not."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import pytest_errortrack
from pytest_errortrack.interleave import BadToken, Diverged, decode_token, explore, replay

SCENARIO = textwrap.dedent(
    '''
    """A counter that two actors add to."""

    import threading


    class Counter:
        def __init__(self):
            self.value = 0
            self.lock = threading.Lock()

        def add(self):
            with self.lock:
                value = self.value
            with self.lock:
                self.value = value + 1


    def untouched():
        return 1


    def scenario(interleaving):
        counter = Counter()
        interleaving.run(a=counter.add, b=counter.add)
        assert counter.value == 2
    '''
)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes the scenario's module with some edits and imports it anew."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(edit=lambda text: text):
        (tmp_path / "replayed_counter.py").write_text(edit(SCENARIO))
        sys.modules.pop("replayed_counter", None)
        importlib.invalidate_caches()
        return importlib.import_module("replayed_counter")

    yield load
    sys.modules.pop("replayed_counter", None)


@pytest.mark.parametrize("level", ["op", "line"])
def test_a_token_replays_a_hundred_times_out_of_a_hundred(module, level):
    """Every replay fails in the same way, at the same steps."""
    scenario = module().scenario
    found = explore(scenario, level=level)

    replays = [replay(found.token, scenario) for _ in range(100)]

    assert [type(again.failure) for again in replays] == [AssertionError] * 100
    assert {again.trace for again in replays} == {
        found.trace.replace(f"found as schedule {found.found_at}", "replayed")
    }


def test_a_token_replays_in_a_new_process(module, tmp_path):
    """Nothing of the process that found it is needed."""
    found = explore(module().scenario)
    script = textwrap.dedent(
        f"""
        from pytest_errortrack.interleave import replay
        from replayed_counter import scenario

        again = replay({found.token!r}, scenario)
        print(again.trace)
        raise SystemExit(0 if type(again.failure) is AssertionError else 1)
        """
    )
    package = Path(pytest_errortrack.__file__).parent.parent

    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{package}:{tmp_path}", "PYTHONHASHSEED": "7"},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == found.trace.replace(f"found as schedule {found.found_at}", "replayed").strip()


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("import threading\n", "import threading\nimport this_is_not_needed as _\n", 0),
        lambda text: text.replace("def untouched", "MORE = [\n    1,\n    2,\n]\n\n\ndef untouched"),
        lambda text: text.replace("return 1", "return 2"),
        lambda text: text.replace("class Counter:\n", "class Counter:\n    # counts\n\n"),
    ],
)
def test_edits_outside_of_what_was_executed_do_no_harm(module, edit):
    """Lines may move; the token does not know them."""
    token = explore(module().scenario).token

    assert type(replay(token, module(edit).scenario).failure) is AssertionError


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("value = self.value\n", "value = self.value + 0\n"),
        lambda text: text.replace("self.value = value + 1", "new = value + 1\n            self.value = new"),
        lambda text: text.replace("counter = Counter()", "counter = Counter()\n    counter.value += 0").replace(
            "def add(self):", "def add(self):\n        extra = 1"
        ),
    ],
)
def test_edits_of_what_was_executed_diverge(module, edit):
    """A replay that cannot be the same says so, and where, instead of passing."""
    token = explore(module().scenario).token

    again = replay(token, module(edit).scenario)

    assert isinstance(again.failure, Diverged)
    assert "diverged" in str(again.failure)
    assert "was the code edited" in str(again.failure)


def test_a_choice_that_did_not_come_about_is_named(module):
    """The message has the number of the choice, the actor, the target and the place."""
    token = explore(module().scenario, level="op").token

    again = replay(token, module(lambda text: text.replace("a=counter.add", "c=counter.add")).scenario)

    assert isinstance(again.failure, Diverged)
    assert "at choice 1 of 1: actor 'a' was to give its turn to 'b' at Lock." in str(again.failure)


def test_a_bug_that_was_fixed_without_touching_the_schedule_passes():
    """A replay that goes the same way and does not fail is a pass."""
    is_fixed = []

    def scenario(interleaving):
        log = []
        interleaving.run(*[lambda n=n: (interleaving.step("x"), log.append(n)) for n in range(2)])
        assert is_fixed or log == [0, 1]

    token = explore(scenario, level="op").token
    assert type(replay(token, scenario).failure) is AssertionError

    is_fixed.append(1)
    again = replay(token, scenario)

    assert again.failure is None
    assert again.schedules == 2


def test_a_token_from_another_interpreter_says_so_when_it_diverges(module, monkeypatch):
    """The tag of the recording interpreter is part of the message."""
    monkeypatch.setattr("pytest_errortrack.interleave._telling._report.python_tag", lambda: "cp399")
    token = explore(module().scenario).token

    again = replay(token, module(lambda text: text.replace("value + 1", "value + 1 + 0")).scenario)

    assert "it was recorded with cp399" in str(again.failure)


def test_the_token_holds_what_a_replay_needs(module):
    """Level, bound, seed and the deviations are in it."""
    found = explore(module().scenario, level="op", seed=5)

    token = decode_token(found.token)

    assert (token.level, token.bound, token.seed, token.identity) == ("op", 2, 5, "")
    assert [(d.actor, d.kind, d.target) for d in token.deviations] == [("a", "preempt", "b")]


def test_a_failure_without_interleaving_has_a_token_too():
    """A scenario that fails in the default order, before or after its actors, replays as well."""

    def scenario(interleaving):
        raise LookupError("at once")

    found = explore(scenario)

    assert found.found_at == 1
    assert found.preemptions == 0
    assert "no step: no actor had run" in found.trace
    assert isinstance(replay(found.token, scenario).failure, LookupError)


def test_a_bad_token_is_refused_before_anything_runs():
    """It is a ValueError, and the scenario is not called."""
    with pytest.raises(BadToken):
        replay("et1-nonsense", lambda _: pytest.fail("must not run"))
