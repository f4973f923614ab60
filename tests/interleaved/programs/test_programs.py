"""The classic programs: each mistake is found with its least number of preemptions, each repaired form is complete."""

from __future__ import annotations

import linecache

import pytest
from classic_programs.catalogue import PROGRAMS
from classic_programs.exploring import BUDGET, coarser_than, complete_repaired, found, one_lower

from pytest_errortrack.interleave import Vacuous, explore

# Their repaired forms have thousands of schedules; that no schedule of them fails is shown by reduction as well.
LARGE = {
    "bakery",
    "bounded_buffer",
    "claim_then_look",
    "dining_philosophers",
    "if_instead_of_while",
    "look_then_claim",
    "lost_update_of_three",
    "notify_for_two",
    "peterson",
    "pool_shutdown",
    "readers_writers",
    "slow_answer",
}

each_program = pytest.mark.parametrize("program", [pytest.param(each, id=each.name) for each in PROGRAMS])


@each_program
def test_the_mistake_is_found_with_the_fewest_preemptions(program):
    """What is found is of the right kind, and its shrunk schedule has as many preemptions as it needs, no more."""
    exploration = found(program)

    assert (type(exploration.failure), exploration.preemptions) == (program.kind, program.preemptions)


@each_program
def test_the_trace_shows_the_racing_lines(program):
    """Whoever reads the interleaving sees the lines that are the mistake."""
    shown = {linecache.getline(row.path, row.line).strip() for row in found(program).steps}

    assert [part for part in program.racing if not any(part in line for line in shown)] == []


@pytest.mark.parametrize("program", [pytest.param(each, id=each.name) for each in PROGRAMS if each.preemptions > 0])
def test_fewer_preemptions_do_not_show_it(program):
    """All schedules with one preemption fewer pass: the least number is the least."""
    exploration = one_lower(program)

    assert exploration.failure is None
    assert exploration.complete


@pytest.mark.parametrize(
    "program",
    [pytest.param(each, id=each.name, marks=[pytest.mark.soak] * (each.name in LARGE)) for each in PROGRAMS],
)
def test_the_repaired_form_is_complete(program):
    """All schedules of the repaired form pass, with one preemption more than the mistake needs."""
    exploration = complete_repaired(program)

    assert exploration.failure is None
    assert exploration.complete


@pytest.mark.parametrize("program", [pytest.param(each, id=each.name) for each in PROGRAMS if each.level != "op"])
def test_a_coarser_grain_does_not_show_it(program):
    """The grain that a program is listed with is the coarsest at which its mistake can be seen."""
    exploration = explore(
        program.buggy,
        level=coarser_than(program.level),
        search="exhaustive",
        max_preemptions=program.preemptions,
        budget=BUDGET,
    )

    assert exploration.failure is None or isinstance(exploration.failure, Vacuous)


def test_programs_have_names_of_their_own():
    """Each program is in the catalogue once, with both its forms, and its mistake is told of."""
    names = [program.name for program in PROGRAMS]

    assert len(set(names)) == len(names)
    assert all(callable(program.repaired) and program.about for program in PROGRAMS)
