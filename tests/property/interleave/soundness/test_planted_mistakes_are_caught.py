"""The comparison is worth something: mistakes planted in reduction, filter and primitives are each caught by it.

Each mistake is one that is easily made, and which the engine's other tests may well survive. It has to show within a
limited number of the seeded programs.
"""

from __future__ import annotations

import linecache
import sys
from itertools import product

import pytest
from soundness_proof.comparing import Setting, compare
from soundness_proof.generate import seeded

from pytest_errortrack.interleave._accesses._sharing import Sharing
from pytest_errortrack.interleave._controlled._primitives import ControlledLock
from pytest_errortrack.interleave._running._runtime import Runtime
from pytest_errortrack.interleave._searching import _happens_before, _plans, _reduction
from pytest_errortrack.interleave._searching._dpor import Dpor

ALIASES = ("also", "BOX", "nest[", "holder.", "pile", "ITEMS", "index[", "index.", "TABLE")
LINES = Setting("line", "opcode", 1)
REDUCED_OPERATIONS = Setting("op", "op", None, "dpor")
REDUCED_LINES = Setting("line", "opcode", None, "dpor")


def is_called_by(name):
    """Tell whether the function that called the caller has this name."""
    return sys._getframe(2).f_code.co_name == name


def has_alias(code, offset):
    """Tell whether the line of an instruction has an alias in it."""
    line = next(line for start, end, line in code.co_lines() if start <= offset < end)
    return any(alias in linecache.getline(code.co_filename, line or 0) for alias in ALIASES)


def miss_aliases(monkeypatch):
    """Take no note of an object that is reached by another name than its own."""
    take = Sharing.take

    def take_some(sharing, touches, *, actor, layout, effects):
        plain = [touch for touch in touches if not has_alias(layout.code, touch[0])]
        take(sharing, plain, actor=actor, layout=layout, effects=effects)

    monkeypatch.setattr(Sharing, "take", take_some)


def learn_only_once(monkeypatch):
    """Take what was not shared in the first schedule for never shared."""
    end = Sharing.end

    def end_once(sharing, effects):
        if sharing.version:
            sharing.begin()
            return []
        return end(sharing, effects)

    monkeypatch.setattr(Sharing, "end", end_once)


def forget_writes_of_one_key(monkeypatch):
    """Let two writes of the same part commute."""
    find = _happens_before._Touched._find

    def find_reads(touched, target, access, *others):
        before = touched._writes
        touched._writes = {} if access.is_write else before
        try:
            find(touched, target, access, *others)
        finally:
            touched._writes = before

    monkeypatch.setattr(_happens_before._Touched, "_find", find_reads)


def drop_a_race(monkeypatch):
    """Do not reverse the last race of an execution."""
    races = _reduction.races
    monkeypatch.setattr(_reduction, "races", lambda order: list(races(order))[:-1])


def release_silently(monkeypatch):
    """Make the release of a lock no scheduling point."""
    let_go = ControlledLock._let_go

    class Quiet:
        def __init__(self, turns):
            self._turns = turns

        def __getattr__(self, name):
            return (lambda _: None) if name == "point" else getattr(self._turns, name)

    class Actor:
        def __init__(self, actor):
            self.run = Quiet(actor.run)

    monkeypatch.setattr(
        ControlledLock,
        "_let_go",
        lambda lock, actor, label: let_go(lock, actor if actor.run.is_stopping else Actor(actor), label),
    )


def leave_out_what(function):
    """Let steps take no note of what one operation of a primitive touches."""

    def plant(monkeypatch):
        note = Runtime.note

        def note_some(run, *accesses):
            if not is_called_by(function):
                note(run, *accesses)

        monkeypatch.setattr(Runtime, "note", note_some)

    return plant


def reduce_within_the_bound(monkeypatch):
    """Take the unbounded reduction, with its sleep sets, for a bounded search."""
    monkeypatch.setattr(_plans, "Enumeration", lambda session, **_: Dpor(session))


MISTAKES = {
    "an alias that the filter misses": (miss_aliases, LINES, ("places", "containers")),
    "a line that stays cold once it was": (learn_only_once, LINES, ("places", "containers", "blocks", "locks")),
    "the unbounded reduction within a bound": (reduce_within_the_bound, LINES, ("places", "containers")),
    "writes of one key that commute": (forget_writes_of_one_key, REDUCED_LINES, ("places", "containers")),
    "a race that is not reversed": (drop_a_race, REDUCED_LINES, ("places", "containers")),
    "a release that is no scheduling point": (release_silently, Setting("op", "op", 2), ("locks",)),
    "taking a lock that is no conflict": (leave_out_what("_taken"), REDUCED_OPERATIONS, ("locks", "threads")),
    "setting an event that is no conflict": (leave_out_what("set"), REDUCED_OPERATIONS, ("events", "time")),
}
MOST_SEEDS = 60


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(name, monkeypatch, tmp_path):
    """A program is found in which the engine with the mistake, and only with it, reaches something else."""
    plant, setting, profiles = MISTAKES[name]
    plant(monkeypatch)

    programs = (seeded(profile, seed) for seed, profile in product(range(MOST_SEEDS), profiles))
    found = (compare(program, setting, tmp_path, budget=250).difference for program in programs)
    caught = next((difference for difference in found if difference is not None), None)
    monkeypatch.undo()

    assert caught is not None
    assert compare(caught.program, setting, tmp_path, budget=250).difference is None
