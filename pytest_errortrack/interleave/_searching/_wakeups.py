"""Wake-up sequences: what still has to be executed after a prefix, and with which steps it has to begin.

A tree holds them: its branches begin alike, and a sequence that an earlier one covers is not added (Abdulla, Aronis,
Jonsson, Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._searching._happens_before import Order

__all__ = ["Node", "Wakeup", "insert"]


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A sequence of steps that reverses a race.

    Attributes:
        steps: the numbers of steps of an execution.
        actor: who is to go on after these.
        identity: of the step that this actor did in that execution; None if it did none.
        is_certain: whether the actor can certainly go on.
        order: of that execution.
        start: the number of the first step that can be among these.
    """

    steps: tuple[int, ...]
    actor: str
    identity: int | None
    is_certain: bool
    order: Order
    start: int


@dataclass(slots=True, eq=False)
class Node:
    """A step of sequences that begin alike.

    Attributes:
        actor: who is to go on.
        identity: of the step as it was in the execution that the sequence comes from; None if not known.
        is_certain: whether the actor can certainly go on.
        children: what is to follow; nothing in particular if there are none.
    """

    actor: str
    identity: int | None
    is_certain: bool = True
    children: list[Node] = field(default_factory=list)


def insert(nodes: list[Node], wakeup: Wakeup) -> bool:
    """Add a sequence to those that have to follow a prefix; False if one of them covers it."""
    order, left = wakeup.order, list(wakeup.steps)
    while True:
        node = next((node for node in nodes if _begins(node, left, wakeup)), None)
        if node is None:
            break
        own = _first_of(node.actor, left, order)
        if own is None or not node.children:
            return False  # all that is wanted, or what it begins with, will be executed
        left.remove(own)
        nodes = node.children
    for index in left:
        added = Node(order.execution.steps[index].actor, order.identities[index])
        nodes.append(added)
        nodes = added.children
    nodes.append(Node(wakeup.actor, wakeup.identity, wakeup.is_certain))
    return True


def _begins(node: Node, left: Sequence[int], wakeup: Wakeup) -> bool:
    """Tell whether a sequence can certainly begin with a node's step."""
    order = wakeup.order
    if not node.is_certain:
        return False
    own = _first_of(node.actor, left, order)
    if own is None:
        # What the last actor does may change with what is done before it, so it begins only if it is alone.
        return not left and node.actor == wakeup.actor
    return not any(index < own and order.precedes(index, own) for index in left)


def _first_of(actor: str, left: Sequence[int], order: Order) -> int | None:
    steps = order.execution.steps
    return next((index for index in left if steps[index].actor == actor), None)
