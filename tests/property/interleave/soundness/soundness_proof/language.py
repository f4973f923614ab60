"""The mini-language: small concurrent programs as data.

A program has two or three actors, and threads that these start. They act on one shared world: `box`, an object with
the attributes `a` and `b`; `items`, a list; `table`, a dictionary; `G`, a global; `c`, a variable of the enclosing
function; two locks, a condition and an event. Each actor has two registers of its own, which are what it observed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTERS = 2


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a program."""


# --- places and expressions -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place(Node):
    """Something that holds one value: an attribute, a global, a cell, a key or an index.

    Attributes:
        name: such as `box.a`, `G`, `c`, `table["k"]` or `items[0]`.
        style: how the source gets at it: by its plain name, an alias, `getattr`, a property...
    """

    name: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A number."""

    value: int


@dataclass(frozen=True, slots=True)
class Reg(Node):
    """One of the actor's registers."""

    number: int


@dataclass(frozen=True, slots=True)
class Read(Node):
    """The value of a place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Add(Node):
    """The sum of two expressions."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The negation of an expression."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """An operation on a container that CPython does in one instruction; see `effects`."""

    container: str
    operation: str
    arguments: tuple[Node, ...] = ()
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Helper(Node):
    """A call of a function of the program, whose lines are run as the caller's own.

    Attributes:
        name: `bump` adds one to `box.b` and returns what it reads of it then; `both` is a property of two attributes.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Sync(Node):
    """An operation of a primitive that has a result.

    Attributes:
        operation: `try`, `acquire`, `wait`, `event.wait`, `is_set`, `is_alive` or `locked`.
        target: the lock, or the thread.
        timeout: in virtual seconds; None waits as long as it takes.
    """

    operation: str
    target: str = ""
    timeout: int | None = None


# --- statements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetReg(Node):
    """Assign to a register."""

    number: int
    value: Node


@dataclass(frozen=True, slots=True)
class Write(Node):
    """Assign to a place."""

    place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Augment(Node):
    """Add to a place: a load, the addition, a store."""

    place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Extend(Node):
    """Add an element by `+=`: changes the list in place, and stores the same list again."""

    value: Node


@dataclass(frozen=True, slots=True)
class Do(Node):
    """Evaluate an expression for its effect."""

    value: Node


@dataclass(frozen=True, slots=True)
class SumEach(Node):
    """Add each element of the list to a register, one step of the iterator at a time."""

    number: int


@dataclass(frozen=True, slots=True)
class If(Node):
    """Run a block if an expression is true."""

    condition: Node
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """Run a block a number of times."""

    times: int
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class While(Node):
    """Run a block as long as an expression is true; the block has to wait for something."""

    condition: Node
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class With(Node):
    """Run a block under a lock or the condition."""

    lock: str
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Finally(Node):
    """Run a block, and another whatever becomes of it."""

    body: tuple[Node, ...]
    final: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Catch(Node):
    """Run a block, and another if it raises."""

    body: tuple[Node, ...]
    handler: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Signal(Node):
    """An operation of a primitive without a result.

    Attributes:
        operation: `release`, `notify`, `notify_all`, `set`, `clear`, `sleep`, `start` or `join`.
        target: the lock, or the thread.
        timeout: of `join`; how long to `sleep`.
    """

    operation: str
    target: str = ""
    timeout: int | None = None


@dataclass(frozen=True, slots=True)
class Program(Node):
    """A whole program.

    Attributes:
        actors: the bodies that run from the beginning: A, B and C.
        children: the bodies of the threads `k0`, `k1` that some actor may start.
    """

    actors: tuple[tuple[Node, ...], ...]
    children: tuple[tuple[Node, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The actors' names, children last."""
        children = tuple(f"k{number}" for number in range(len(self.children)))
        return tuple("ABC"[: len(self.actors)]) + children

    @property
    def bodies(self) -> tuple[tuple[Node, ...], ...]:
        """The actors' statements, children last."""
        return self.actors + self.children


def walk(node: Any) -> Iterator[Node]:
    """Yield a node and everything in it."""
    if isinstance(node, tuple):
        for each in node:
            yield from walk(each)
    elif is_dataclass(node):
        yield node  # type: ignore[misc]  # every dataclass here is a Node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


def smaller(program: Program) -> Iterator[Program]:
    """Yield programs with one statement less, a block in place of a compound one, or a simpler part."""
    if len(program.actors) > 2:
        for number in range(len(program.actors)):
            yield replace(program, actors=program.actors[:number] + program.actors[number + 1 :])
    if program.children and not any(isinstance(node, Signal | Sync) and node.target == "k0" for node in walk(program)):
        yield replace(program, children=())
    for name in ("actors", "children"):
        bodies = getattr(program, name)
        for number, body in enumerate(bodies):
            for shorter in _smaller_block(body):
                yield replace(program, **{name: (*bodies[:number], shorter, *bodies[number + 1 :])})


def _smaller_block(body: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    for number, statement in enumerate(body):
        before, after = body[:number], body[number + 1 :]
        yield before + after
        for field in fields(statement):
            value = getattr(statement, field.name)
            if isinstance(value, tuple) and field.name != "arguments":
                yield before + value + after
                for shorter in _smaller_block(value):
                    yield (*before, replace(statement, **{field.name: shorter}), *after)
            elif isinstance(value, Node):
                for simpler in _simpler(value):
                    yield (*before, replace(statement, **{field.name: simpler}), *after)


def _simpler(node: Node) -> Iterator[Node]:
    if isinstance(node, Place):
        if node.style != "plain":
            yield replace(node, style="plain")
    elif isinstance(node, Add):
        yield node.left
        yield node.right
    elif not isinstance(node, Const | Reg | Sync):
        yield Const(1)
