"""The brute force, which everything else is compared with, is itself compared with CPython.

Three ways: its atomic operations with the real containers; the sequence of its micro-operations with the compiled
instructions of this version; and the outcomes of whole programs with real threads under a scheduler of a hundred lines
that may switch before every single instruction.
"""

from __future__ import annotations

import dis

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soundness_proof.brute_force import brute_force
from soundness_proof.effects import EFFECTS
from soundness_proof.generate import PROFILES, seeded
from soundness_proof.language import (
    Augment,
    Call,
    Const,
    Do,
    Extend,
    If,
    Place,
    Program,
    Read,
    SetReg,
    Signal,
    SumEach,
    Sync,
    With,
    Write,
    walk,
)
from soundness_proof.reality import run_for_real
from soundness_proof.shared_world import INITIAL
from soundness_proof.translate import translate


def is_one_form(name):
    """Tell whether an effect is a form of its own, and one instruction.

    Those with a dot are variants. A view of values is made by one call, which reads nothing, and summed by another.
    """
    return "." not in name and name != "values"


PLACES = ("box.a", "G", "c", "table['k']", "items[0]")
FORMS = (
    *(SetReg(0, Read(Place(name))) for name in PLACES),
    *(Write(Place(name), Const(1)) for name in PLACES),
    *(Augment(Place(name), Read(Place("box.b"))) for name in PLACES),
    *(Do(Call(row.container, name, (Const(1),) * row.arguments)) for name, row in EFFECTS.items() if is_one_form(name)),
    Extend(Const(1)),
    SumEach(0),
    If(Call("items", "truth"), (Write(Place("G"), Const(1)),)),
)
# What an instruction does, whatever it is called in this version of CPython.
TOUCHING = {
    "LOAD_ATTR": "load",
    "STORE_ATTR": "store",
    "LOAD_GLOBAL": "load",
    "STORE_GLOBAL": "store",
    "LOAD_DEREF": "load",
    "STORE_DEREF": "store",
    "BINARY_SUBSCR": "call",
    "STORE_SUBSCR": "call",
    "DELETE_SUBSCR": "call",
    "CONTAINS_OP": "call",
    "CALL": "call",
    "CALL_KW": "call",
    "FOR_ITER": "next",
    "TO_BOOL": "call",
}
SHARED_NAMES = ("a", "b", "G", "c")


def instructions_of(translation):
    """Return what the compiled instructions of the first actor touch, in their order."""
    module = compile(translation.source, "<form>", "exec")
    world = next(each for each in module.co_consts if getattr(each, "co_name", "") == "world")
    actor = next(each for each in world.co_consts if getattr(each, "co_name", "") == "actor_A")
    kinds = []
    previous = None
    for each in dis.get_instructions(actor):
        name = each.opname
        is_access = name in TOUCHING and ("ATTR" not in name and "GLOBAL" not in name and "DEREF" not in name)
        is_in_place = each.argrepr == "+=" and previous == "BUILD_LIST"
        if name == "BINARY_OP":
            kinds += ["call"] * (is_in_place or each.argrepr == "[]")
        elif is_access or (name in TOUCHING and str(each.argval) in SHARED_NAMES):
            kinds.append(TOUCHING[name])
        elif name.startswith("POP_JUMP") and previous == "LOAD_DEREF":
            kinds.append("call")  # a truth test of the list itself, before 3.13 without an instruction of its own
        previous = name
    return kinds


def operations_of(translation):
    """Return what the micro-operations of the first actor touch, in their order."""
    names = {"load": "load", "store": "store", "effect": "call", "next": "next"}
    return [names[op.kind] for op in translation.bodies[0].ops if op.kind in names]


@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_every_form_has_the_instructions_that_the_model_has_operations_for(form):
    """A statement touches what is shared in as many steps, of the same kinds, as it does when compiled."""
    translation = translate(Program(((form,), ())))

    expected = operations_of(translation)

    assert expected == instructions_of(translation)


@given(
    name=st.sampled_from(sorted(EFFECTS)),
    elements=st.lists(st.integers(0, 3), max_size=4),
    entries=st.dictionaries(st.sampled_from("kl"), st.integers(0, 3)),
)
def test_every_atomic_operation_does_what_the_container_does(name, elements, entries):
    """The table of effects and the templates of its source say the same."""
    row = EFFECTS[name]
    content = list(elements) if row.container == "items" else dict(entries)
    arguments = (1, "k" if row.container == "table" else 0)[: row.arguments]
    before = tuple(content) if row.container == "items" else tuple(content.items())

    source = row.template.format(*map(repr, arguments), o="content")
    is_expression = not row.is_statement or name in ("append", "insert", "list.clear", "reverse")
    try:
        run = eval if is_expression else exec
        real = run(source, {"content": content})
    except (IndexError, KeyError, ValueError) as error:
        real = type(error)
    try:
        after, result = row.effect(before, *arguments)
    except (IndexError, KeyError, ValueError) as error:
        after, result = before, type(error)

    assert (after, result) == (tuple(content) if row.container == "items" else tuple(content.items()), real)


def runs_for_real(program):
    """Tell whether the small scheduler can run a program: it knows neither time nor threads of threads."""
    timed = (node for node in walk(program) if isinstance(node, Signal | Sync))
    return not program.children and all(node.timeout is None for node in timed)


def for_real(seeds, *, most):
    """Yield programs that can be run for real within a limit."""
    for profile in PROFILES:
        for seed in seeds:
            program = seeded(profile, seed)
            if runs_for_real(program) and len(list(walk(program))) < most:
                yield f"{profile} {seed}", program


@pytest.mark.parametrize(("name", "program"), list(for_real(range(5), most=40)))
def test_programs_end_as_they_do_in_cpython(name, program):
    """With at most one preemption, real threads reach the model's outcomes and no others."""
    translation = translate(program)

    real = run_for_real(translation, bound=1)

    assert real.least == brute_force(translation).within(1, timers=0)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "program"), list(for_real(range(100, 140), most=60)))
def test_many_programs_end_as_they_do_in_cpython(name, program):
    """What holds for some programs holds for hundreds."""
    translation = translate(program)

    real = run_for_real(translation, bound=1)

    assert real.least == brute_force(translation).within(1, timers=0)


TINY = (
    Program(((Augment(Place("box.a"), Const(1)),), (Augment(Place("box.a"), Const(10)),))),
    Program(((With("l0", (Augment(Place("G"), Const(1)),)),), (With("l0", (Augment(Place("G"), Const(10)),)),))),
    Program(((Do(Call("items", "pop")), SetReg(0, Call("items", "len"))), (Do(Call("items", "append", (Const(5),))),))),
)


@pytest.mark.soak
@pytest.mark.parametrize("program", TINY, ids=["lost update", "locked", "list"])
def test_the_smallest_programs_end_as_they_do_in_cpython_with_two_preemptions(program):
    """With two preemptions, too, nothing is missed and nothing made up."""
    translation = translate(program)

    real = run_for_real(translation, bound=2, most=50_000)

    assert real.least == brute_force(translation).within(2, timers=0)


def test_a_wrong_model_is_noticed(monkeypatch):
    """An addition in one step, which CPython has not, makes the comparison fail."""
    program = TINY[0]
    translation = translate(program)
    for body in translation.bodies:
        body.ops[:] = [op._replace(kind="const", one=INITIAL["box.a"]) if op.kind == "load" else op for op in body.ops]

    real = run_for_real(translation, bound=1)

    assert real.least != brute_force(translation).within(1, timers=0)
