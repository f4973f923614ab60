"""What was captured, made ready for a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.assertions._normalized import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Snapshot", "snapshots_of"]


class Snapshot:
    """Something with a payload, of which a test keeps a snapshot."""

    __slots__ = ()

    payload: dict[str, Any]

    def normalized(self, *, keep: Sequence[str] = (), drop: Sequence[str] = ()) -> dict[str, Any]:
        """Return the payload as plain, sorted dicts and lists that are the same in every run.

        Ids are numbered (`"<event 1>"`), times, durations and automatic releases replaced; what else depends on the
        run or the machine is left out: the SDK, installed modules, the host, threads, line numbers, source code and
        local variables. What the application said stays.

        Args:
            keep: names or paths of what is to stay although it differs from run to run: `"modules"`.
            drop: names or paths of what is to be left out besides: `"tags.request_id"`.

        Raises:
            ExpectationError: `keep` names nothing that would be replaced, or one of them is no list of names.
        """
        return snapshots_of([self], keep=keep, drop=drop)[0]

    def _to_normalise(self) -> dict[str, Any]:
        return self.payload


def snapshots_of(things: Iterable[object], *, keep: Sequence[str], drop: Sequence[str]) -> list[dict[str, Any]]:
    """Normalise several things together: ids that they share stay shared."""
    payloads = [thing._to_normalise() for thing in things if isinstance(thing, Snapshot)]  # noqa: SLF001 - of this module
    return normalise(payloads, keep=keep, drop=drop)
