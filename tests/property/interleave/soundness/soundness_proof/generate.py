"""Random programs, from a published seed or from Hypothesis: both only choose."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from soundness_proof.effects import EFFECTS
from soundness_proof.language import (
    Add,
    Augment,
    Call,
    Catch,
    Const,
    Do,
    Extend,
    Finally,
    Helper,
    If,
    Node,
    Not,
    Place,
    Program,
    Read,
    Reg,
    Repeat,
    SetReg,
    Signal,
    SumEach,
    Sync,
    While,
    With,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Choose = Callable[[Sequence[Any]], Any]

__all__ = ["PROFILES", "Profile", "generate", "seeded"]

_PLACES = ("box.a", "box.b", "G", "c", "table['k']", "items[0]")
_ALIASES = ("plain", "plain", "global", "alias", "nested", "attribute")
_EXPRESSIONS = tuple(name for name, row in EFFECTS.items() if not row.is_statement and row.arguments < 2)
_OWN_NODES = ("extend", "list.set", "dict.set")  # these change a place, too
_STATEMENTS = tuple(name for name, row in EFFECTS.items() if row.is_statement and name not in _OWN_NODES)


@dataclass(frozen=True, slots=True)
class Profile:
    """What programs of one kind are made of.

    Attributes:
        name: for summaries.
        kinds: the statements to choose from; one that is named twice is chosen more often.
        sizes: how many statements the actors have, one row to choose.
        places: which places there are.
        children: whether a thread is started and joined.
    """

    name: str
    kinds: tuple[str, ...]
    sizes: tuple[tuple[int, ...], ...]
    places: tuple[str, ...] = _PLACES
    children: bool = False


_PLAIN = ("write", "read", "read", "augment", "augment", "do")
PROFILES = {
    profile.name: profile
    for profile in (
        Profile("places", _PLAIN, ((2, 2), (3, 2), (2, 1, 1)), places=("box.a", "box.b", "G", "c")),
        Profile("containers", ("do", "do", "query", "augment", "each", "extend", "if"), ((2, 2), (3, 1), (1, 1, 1))),
        Profile("blocks", (*_PLAIN, "if", "repeat", "catch", "finally", "helper", "each"), ((2, 2), (2, 1))),
        Profile("locks", (*_PLAIN, "with", "with", "with", "try", "raw", "timed"), ((2, 2), (3, 2), (1, 1, 1))),
        Profile("conditions", ("wait", "notify", "await", "write", "augment", "with"), ((2, 2), (1, 2), (1, 1, 1))),
        Profile("events", ("set", "event", "write", "read", "augment", "is_set"), ((2, 2), (3, 2), (2, 1, 1))),
        Profile("pulses", ("set", "clear", "event", "event for", "read", "is_set"), ((2, 2), (3, 2), (2, 1, 1))),
        Profile(
            "time",
            ("sleep", "timed", "wait for", "set", "event for", "notify", *_PLAIN, "with"),
            ((3, 2), (2, 2), (1, 1, 2)),
        ),
        Profile("threads", ("augment", "write", "read", "with"), ((2, 1), (1, 2)), children=True),
    )
}


class _Maker:
    def __init__(self, profile: Profile, choose: Choose) -> None:
        self._profile = profile
        self._choose = choose
        self._depth = 0
        # Few places for all actors, or they would hardly ever meet.
        self._places = (choose(profile.places),) * 3 + (choose(profile.places),)
        self._container = choose(("items", "table"))

    # --- expressions ------------------------------------------------------------------------------------------

    def place(self) -> Place:
        name = self._choose(self._places)
        if name.startswith("box"):
            how = self._choose(("", "", "", "getattr", "vars"))
            return Place(name, f"{how}:{self._choose(_ALIASES)}" if how else self._choose(_ALIASES))
        return Place(name, self._choose(_ALIASES) if "[" in name else "plain")

    def call(self, names: Sequence[str]) -> Call:
        name = self._choose([name for name in names if EFFECTS[name].container == self._container])
        count = EFFECTS[name].arguments
        if name in ("list.get", "dict.get"):
            return Call("items", "last", (), self._choose(_ALIASES))
        return Call(EFFECTS[name].container, name, tuple(self.value() for _ in range(count)), self._choose(_ALIASES))

    def value(self) -> Node:
        kind = self._choose(("const", "const", "reg", "read", "sum"))
        if kind == "const":
            return Const(self._choose((1, 10, 100)))
        if kind == "reg":
            return Reg(self._choose((0, 1)))
        if kind == "read":
            return Read(self.place())
        return Add(Read(self.place()), Const(self._choose((1, 10, 100))))

    def condition(self) -> Node:
        kind = self._choose(("read", "call", "not"))
        node = Read(self.place()) if kind == "read" else self.call(_EXPRESSIONS)
        return Not(node) if kind == "not" else node

    # --- statements -------------------------------------------------------------------------------------------

    def block(self, length: int) -> tuple[Node, ...]:
        return tuple(self.statement() for _ in range(length))

    def inner(self) -> tuple[Node, ...]:
        self._depth += 1
        block = self.block(self._choose((1, 1, 2)) if self._depth < 2 else 1)
        self._depth -= 1
        return block

    def statement(self) -> Node:
        kinds = [kind for kind in self._profile.kinds if self._depth < 2 or kind in _FLAT]
        return getattr(self, "_" + self._choose(kinds or _PLAIN).replace(" ", "_"))()

    def _write(self) -> Node:
        return Write(self.place(), self.value())

    def _read(self) -> Node:
        return SetReg(self._choose((0, 1)), Read(self.place()))

    def _augment(self) -> Node:
        return Augment(self.place(), self.value())

    def _do(self) -> Node:
        return Do(self.call(_STATEMENTS))

    def _query(self) -> Node:
        return SetReg(self._choose((0, 1)), self.call(_EXPRESSIONS))

    def _helper(self) -> Node:
        return SetReg(0, Add(Helper(self._choose(("bump", "both"))), Read(self.place())))

    def _each(self) -> Node:
        return SumEach(self._choose((0, 1)))

    def _extend(self) -> Node:
        return Extend(self.value())

    def _if(self) -> Node:
        return If(self.condition(), self.inner())

    def _repeat(self) -> Node:
        return Repeat(2, self.inner())

    def _catch(self) -> Node:
        return Catch(self.inner(), (self._read(),))

    def _finally(self) -> Node:
        return Finally(self.inner(), (self._augment(),))

    def _with(self) -> Node:
        return With(self._choose(("l0", "l0", "l1", "cond")), self.inner())

    def _try(self) -> Node:
        lock = self._choose(("l0", "l1"))
        return If(Sync("try", lock), (self._augment(), Signal("release", lock)))

    def _raw(self) -> Node:
        lock = self._choose(("l0", "l1"))
        return If(Sync("acquire", lock), (self._augment(), Signal("release", lock)))

    def _timed(self) -> Node:
        lock = self._choose(("l0", "l1"))
        body = (self._augment(), Signal("release", lock))
        return If(Sync("acquire", lock, self._choose((1, 2))), body)

    def _wait(self) -> Node:
        return With("cond", (SetReg(0, Sync("wait", "cond")), self._read()))

    def _wait_for(self) -> Node:
        return With("cond", (SetReg(0, Sync("wait", "cond", self._choose((1, 2)))),))

    def _await(self) -> Node:
        return With("cond", (While(Not(Read(Place("box.a"))), (Do(Sync("wait", "cond")),)), self._read()))

    def _notify(self) -> Node:
        return With("cond", (Write(Place("box.a"), Const(1)), Signal(self._choose(("notify", "notify_all")), "cond")))

    def _set(self) -> Node:
        return Signal("set")

    def _clear(self) -> Node:
        return Signal("clear")

    def _is_set(self) -> Node:
        return SetReg(1, Sync("is_set"))

    def _event(self) -> Node:
        return SetReg(0, Sync("event.wait"))

    def _event_for(self) -> Node:
        return SetReg(0, Sync("event.wait", "", self._choose((1, 2))))

    def _sleep(self) -> Node:
        return Signal("sleep", "time", self._choose((0, 1, 2)))


_FLAT = frozenset(("write", "read", "augment", "do", "query", "each", "extend", "set", "is_set", "clear", "sleep"))


def generate(profile: Profile, choose: Choose) -> Program:
    """Return a program of a kind; `choose` picks one of a sequence."""
    maker = _Maker(profile, choose)
    actors = [maker.block(size) for size in choose(profile.sizes)]
    if not profile.children:
        return Program(tuple(actors))
    child = (maker.block(choose((1, 2))),)
    limit = choose((None, None, 1))
    starter = (Signal("start", "k0"), *actors[0], Signal("join", "k0", limit))
    actors[0] = starter[: choose((2, 3, 3))] if len(starter) > 2 else starter
    if choose((True, False)):
        actors[1] = (*actors[1], SetReg(1, Sync("is_alive", "k0")))
    return Program(tuple(actors), child)


def seeded(profile: str, seed: int) -> Program:
    """Return the program of a kind that belongs to a seed."""
    return generate(PROFILES[profile], random.Random(f"{profile}:{seed}").choice)  # noqa: S311 - to be repeatable
