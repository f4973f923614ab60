"""The engine's search and an independent brute force reach the same outcomes of random small programs.

Per program the final states, what each actor observed and the deadlocks have to be the same, and for a bounded search
the least number of preemptions of each, too. The programs are those of the seeds below, so that every failure repeats.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soundness_proof.comparing import Setting, Tally, compare, reduced
from soundness_proof.generate import PROFILES, generate, seeded
from soundness_proof.language import Augment, Const, Do, If, Place, Program, Read, SetReg, Signal, Sync, With, Write

SETTINGS = {
    "operations": Setting("op", "op", 2),
    "shared lines": Setting("line", "opcode", 1),
    "instructions": Setting("opcode", "opcode", 1),
    "operations, reduced": Setting("op", "op", None, "dpor"),
    "shared lines, reduced": Setting("line", "opcode", None, "dpor"),
    "instructions, reduced": Setting("opcode", "opcode", None, "dpor"),
}
WITH_PRIMITIVES = ("locks", "conditions", "events", "pulses", "time", "threads")
SEEDS = {
    "instructions": range(2),
    "instructions, reduced": range(2),
    "operations, reduced": range(12),
}  # of each kind of program
BUDGETS = {"instructions": 800}
BUDGET = 250


def compare_all(setting, seeds, profiles, folder, *, budget):
    """Compare the programs of some seeds, and fail with the smallest program that shows a difference."""
    total = Tally()
    for profile in profiles:
        for seed in seeds:
            comparison = compare(seeded(profile, seed), setting, folder, budget=budget)
            total.add(comparison.tally)
            if comparison.difference is not None:
                pytest.fail(f"{profile} {seed}: {reduced(comparison.difference, folder)}")
    return total


def profiles_of(setting):
    """Return the kinds of programs that have scheduling points at a level."""
    return WITH_PRIMITIVES if setting.level == "op" else tuple(PROFILES)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_search_reaches_exactly_what_brute_force_reaches(name, tmp_path, compared):
    """No final state, observation or deadlock is missed, none is made up, and none takes more preemptions."""
    setting = SETTINGS[name]
    seeds, budget = SEEDS.get(name, range(6)), BUDGETS.get(name, BUDGET)

    total = compare_all(setting, seeds, profiles_of(setting), tmp_path, budget=budget)

    compared.append((name, total))
    assert total.outcomes > total.programs > 4 * total.incomplete


@pytest.mark.soak
@pytest.mark.parametrize("name", [*SETTINGS, "shared lines, two preemptions"])
def test_the_search_reaches_exactly_what_brute_force_reaches_of_many_more(name, tmp_path, compared):
    """What holds for some programs holds for more than two thousand."""
    setting = SETTINGS.get(name, Setting("line", "opcode", 2))
    seeds = range(1_000, 1_060 if name in SETTINGS else 1_030)

    total = Tally()
    for profile in profiles_of(setting):
        total.add(compare_all(setting, seeds, [profile], tmp_path, budget=3_000))

    compared.append((f"{name}, many", total))
    assert total.outcomes > total.programs > 10 * total.incomplete


@settings(max_examples=40)
@given(draw=st.data(), profile=st.sampled_from(tuple(PROFILES)))
def test_of_any_program_at_all_the_search_reaches_what_brute_force_does(draw, profile, tmp_path_factory):
    """Hypothesis finds no program of the language for which the two disagree, at shared lines with one preemption."""
    program = generate(PROFILES[profile], lambda options: draw.draw(st.sampled_from(options)))

    comparison = compare(program, SETTINGS["shared lines"], tmp_path_factory.mktemp("programs"), budget=BUDGET)

    assert comparison.difference is None, str(comparison.difference)


PULSE = Program(((Do(Sync("event.wait")),), (Signal("set"), Signal("clear"))))
NEVER_RELEASED = Program(
    (
        (If(Sync("acquire", "l0"), (Augment(Place("c"), Const(1)),)),),
        (SetReg(0, Read(Place("c"))),),
        (With("l0", (If(Sync("try", "l1"), (Augment(Place("c"), Const(100)),)),)),),
    )
)

_BOX = Place("box.a")
_NOTIFYING = (Write(_BOX, Const(1)), Signal("notify", "cond"), Augment(_BOX, Const(1)))
NOTIFIED_WITHIN = Program(((Write(_BOX, Const(1)), Augment(_BOX, Const(100))), (With("cond", _NOTIFYING),)))

ALIVE = Program(
    (
        (Signal("start", "k0"),),
        (Augment(Place("box.b"), Const(1)), SetReg(1, Sync("is_alive", "k0"))),
    ),
    ((SetReg(0, Read(Place("box.b"))), Write(Place("c"), Const(1))),),
)


def test_who_waits_for_an_event_goes_on_though_it_is_cleared_at_once(tmp_path):
    """What an event was set for is not lost when it is cleared before its waiters can run."""
    assert compare(PULSE, SETTINGS["operations"], tmp_path).difference is None


def test_a_lock_that_is_never_released_does_not_lead_the_reduction_astray(tmp_path):
    """The reduced search finds its way where an actor has ended and still holds a lock."""
    assert compare(NEVER_RELEASED, SETTINGS["operations, reduced"], tmp_path).difference is None


def test_a_notification_is_a_point_though_the_lock_is_held(tmp_path):
    """Who does not take the condition's lock can come in just before its holder notifies."""
    assert compare(NOTIFIED_WITHIN, SETTINGS["operations"], tmp_path).difference is None


@pytest.mark.parametrize("name", SETTINGS)
def test_a_thread_that_has_done_everything_may_still_be_alive(name, tmp_path):
    """Just before a thread ends others can come in, if anybody asks for its end."""
    assert compare(ALIVE, SETTINGS[name], tmp_path).difference is None
