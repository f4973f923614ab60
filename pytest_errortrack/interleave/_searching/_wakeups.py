"""Wake-up sequences: what still has to be executed after a prefix, and with which steps it has to begin.

A tree holds them: its branches begin alike, and a sequence that an earlier one covers is not added (Abdulla, Aronis,
Jonsson, Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Node", "Sequel", "drop_first", "first_path", "insert"]


class Sequel(NamedTuple):
    """A step that is to follow, as it was in another execution.

    Attributes:
        actor: who is to go on.
        identity: of the step; 0 for the last one of a sequence, which may come out differently.
        past: the identities of the steps that come before it.
        is_certain: whether the actor can certainly go on.
    """

    actor: str
    identity: int = 0
    past: Collection[int] = ()
    is_certain: bool = True


@dataclass(slots=True, eq=False)
class Node:
    """A step of sequences that begin alike.

    Attributes:
        step: what is to be done.
        children: what is to follow; nothing in particular if there are none.
        covered: sequences that need not be executed because this one will be, if there are no children.
    """

    step: Sequel
    children: list[Node] = field(default_factory=list)
    covered: list[tuple[Sequel, ...]] = field(default_factory=list)


def insert(nodes: list[Node], sequence: Sequence[Sequel]) -> bool:
    """Add a sequence to those that have to follow a prefix; False if one of them covers it."""
    left = list(sequence)
    while (found := _beginning(nodes, left)) is not None:
        node, own = found
        if not node.children:
            node.covered.append(tuple(left))
            return False
        if own is left[-1]:
            return False
        left = [step for step in left if step is not own]
        nodes = node.children
    for step in left:
        added = Node(step)
        nodes.append(added)
        nodes = added.children
    return True


def _beginning(nodes: Sequence[Node], left: Sequence[Sequel]) -> tuple[Node, Sequel] | None:
    """Return a node with whose step a sequence can certainly begin, and that step of the sequence."""
    for node in nodes:
        own = next((step for step in left if step.actor == node.step.actor), None)
        if own is None or not node.step.is_certain:
            continue
        # What the last step does may change with what is done before it, so it begins only if it is alone.
        is_first = len(left) == 1 if own is left[-1] else not any(step.identity in own.past for step in left)
        if is_first:
            return node, own
    return None


def first_path(node: Node) -> list[Node]:
    """Return the first sequence that begins with a node."""
    path = [node]
    while path[-1].children:
        path.append(path[-1].children[0])
    return path


def drop_first(node: Node) -> None:
    """Remove the first sequence that begins with a node; without children the node is what is left of it."""
    for above in reversed(first_path(node)[:-1]):
        del above.children[0]
        if above.children:
            break
