"""Which steps were executed in which executions: what tells whether one step makes a difference to another.

Whether two steps commute is not computed from what they touch: what a step touches is known only after it was executed,
and may change with what came before. Instead it is looked up. A branch of a complete search has all executions that
begin like it; so a step that it makes no difference to was executed in it, as the same step after the same past.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_errortrack.interleave._searching._happens_before import Order

__all__ = ["Branch", "Memory", "Span"]

_OPEN: Final = sys.maxsize

Span = list[int]  # the first and the last of some executions in a row


class Branch(NamedTuple):
    """The executions that begin alike: they follow one another."""

    first: int
    last: int


class Memory:
    """Remembers the steps of all executions by their identity, which stands for a step and its past."""

    def __init__(self) -> None:
        self._spans: dict[int, list[Span]] = {}
        self._pasts: dict[int, Collection[int]] = {}
        self._followers: dict[tuple[str, int], list[int]] = {}

    def add(self, order: Order, index: int, *, number: int) -> Span:
        """Remember a step of an execution; what is returned is to be closed when executions no longer begin with it."""
        identity = order.identities[index]
        span = [number, _OPEN]
        spans = self._spans.get(identity)
        if spans is None:
            self._spans[identity] = [span]
            self._pasts[identity] = order.pasts[index]
            key = order.execution.steps[index].actor, order.own_identity(index)
            self._followers.setdefault(key, []).append(identity)
        else:
            spans.append(span)
        return span

    def close(self, span: Span, *, number: int) -> None:
        """Note that an execution was the last one that begins with a step."""
        span[1] = number

    def knows(self, identity: int, branch: Branch) -> bool:
        """Tell whether a step was executed in a branch."""
        return bool(self._within(identity, [branch]))

    def knows_sequence(
        self, identities: Sequence[int], actor: str, own: int, *, before: Collection[int], branch: Branch
    ) -> bool:
        """Tell whether a sequence of steps, and then the next step of an actor, were executed in a branch.

        Args:
            identities: of the steps.
            actor: who did the last step, of which it is not known how it comes out.
            own: the identity of the step that this actor did before it; 0 if none.
            before: the identities of all that was executed before the sequence.
            branch: where to look.
        """
        common: Iterable[Branch] = [branch]
        for identity in identities:
            common = self._within(identity, common)
            if not common:
                return False
        common = tuple(common)
        return any(
            self._within(follower, common)
            and all(past in before or past in identities for past in self._pasts[follower])
            for follower in self._followers.get((actor, own), ())
        )

    def _within(self, identity: int, branches: Iterable[Branch]) -> list[Branch]:
        spans = self._spans.get(identity)
        if spans is None:
            return []
        return [
            Branch(max(first, branch.first), min(last, branch.last))
            for branch in branches
            for first, last in spans
            if first <= branch.last and last >= branch.first
        ]
