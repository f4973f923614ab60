"""The classic programs by other searches and at finer grains: what is there is found, whoever looks."""

from __future__ import annotations

import pytest
from classic_programs.catalogue import PROGRAMS
from classic_programs.exploring import BUDGET, SPINNING, reduced

from pytest_errortrack.interleave import Livelock, explore

SAMPLES = 2_000
MOST_BY_DEFAULT = 2
DEEP = {"fibonacci"}  # needs more ordered events than the samplers with a guarantee are asked for
TIMED = {"timeout_race", "slow_answer", "watchdog_timer"}  # reduction claims nothing where time may pass
FINER = {"op": "line", "line": "opcode"}


def each_of(programs):
    """Return the mark that runs a test for each of some programs."""
    return pytest.mark.parametrize("program", [pytest.param(each, id=each.name) for each in programs])


@each_of(each for each in PROGRAMS if each.preemptions <= MOST_BY_DEFAULT and each.kind is not Livelock)
def test_the_default_search_finds_it_with_the_fewest_preemptions(program):
    """Who gives no options gets the mistake, and the shortest way to it, or is not told that it is the shortest."""
    exploration = explore(program.buggy, level=program.level, seed=1)

    assert type(exploration.failure) is program.kind
    if exploration.is_fewest:  # the proof has a second, which a busy machine may spend elsewhere
        assert exploration.preemptions == program.preemptions
    else:
        assert exploration.preemptions >= program.preemptions


@each_of(each for each in PROGRAMS if each.name not in SPINNING | TIMED)
def test_reduction_finds_it_and_proves_the_repaired_form(program):
    """One schedule of each kind is enough, whatever the number of preemptions: the mistake is in one of them."""
    exploration, repaired = reduced(program.buggy, program.level), reduced(program.repaired, program.level)

    assert (type(exploration.failure), exploration.preemptions) == (program.kind, program.preemptions)
    assert repaired.failure is None
    assert repaired.complete


@each_of(each for each in PROGRAMS if each.name in TIMED)
def test_reduction_claims_nothing_where_time_takes_part(program):
    """The repaired form passes, and is not called complete: when time passes is not reduced."""
    repaired = reduced(program.repaired, program.level)

    assert repaired.failure is None
    assert not repaired.complete


@pytest.mark.soak
@each_of(PROGRAMS)
def test_a_finer_grain_needs_no_fewer_preemptions(program):
    """More scheduling points show the same mistake, and none of them makes it easier."""
    exploration = explore(
        program.buggy,
        level=FINER[program.level],
        search="exhaustive",
        max_preemptions=program.preemptions,
        budget=BUDGET,
    )

    assert (type(exploration.failure), exploration.preemptions) == (program.kind, program.preemptions)


@pytest.mark.soak
@pytest.mark.parametrize("search", ["random", "pct", "surw", "pos"])
@each_of(each for each in PROGRAMS if each.name not in DEEP)
def test_samplers_find_it(program, search):
    """Each sampler meets a failure within its samples, and what is left after shrinking is no less than the least."""
    exploration = explore(program.buggy, level=program.level, search=search, budget=SAMPLES, seed=1)

    assert exploration.failure is not None
    assert exploration.found_at is not None
    assert exploration.preemptions >= program.preemptions


@pytest.mark.soak
def test_the_random_walk_finds_what_needs_strict_alternation():
    """A mistake of four preemptions is found by chance as well."""
    (program,) = (each for each in PROGRAMS if each.name == "fibonacci")

    exploration = explore(program.buggy, level=program.level, search="random", budget=SAMPLES, seed=1)

    assert (type(exploration.failure), exploration.preemptions) == (program.kind, program.preemptions)
