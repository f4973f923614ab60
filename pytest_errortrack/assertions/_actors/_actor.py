"""Actors and writers: who reads and writes scopes, and the stamp of a write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack import _points

__all__ = ["Actor", "Writer"]


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody who reads and writes scopes: compared by identity.

    Attributes:
        name: what a failure calls it.
        parent: who started it, or submitted it.
        born: the number of the operation with which it began, among all operations of the process.
        host: for a job: the thread or task that took it, and whose set-up it finds.
        taken: for a job: when that was.
    """

    name: str
    parent: Actor | None
    born: int
    host: Actor | None = None
    taken: int = 0

    def line(self) -> Iterator[Actor]:
        """Yield the parent, its parent, and so on."""
        actor = self.parent
        while actor is not None:
            yield actor
            actor = actor.parent

    def ancestors(self) -> Iterator[Actor]:
        """Yield everybody from whom this actor inherits: parents and hosts, their parents and hosts, each once."""
        return (older for older, _ in self._older() if older is not self)

    def birth_below(self, ancestor: Actor) -> int:
        """Tell when the last line from `ancestor` to this actor left the ancestor."""
        return max((born for older, born in self._older() if older is ancestor), default=self.born)

    def _older(self) -> Iterator[tuple[Actor, int]]:
        """Walk to each ancestor along each line; with the birth of whoever stands below it."""
        waiting, met = [self], {self}
        while waiting:
            actor = waiting.pop()
            for older, born in ((actor.parent, actor.born), (actor.host, actor.taken)):
                if older is None:
                    continue
                yield older, born
                if older not in met:
                    met.add(older)
                    waiting.append(older)


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """The stamp beside a value: who wrote it, where and when.

    Attributes:
        actor: who.
        site: where in the user's code.
        number: which operation of the recording it was, from 1.
        step: the raw step of the interleaving, where one is explored.
        operation: what was called.
        value: what was written, as far as it can be compared later: texts, numbers, and groups of them.
    """

    actor: Actor
    site: _points.Site | None
    number: int
    step: int | None
    operation: str
    value: object = None
