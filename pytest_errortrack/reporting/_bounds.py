"""How a record is kept small and fit to be shown: values are shortened, losses counted, secrets masked.

A record travels between processes and stands in files; one test that reports a hundred thousand events, or one event
that carries a megabyte, must not make either useless. The limits shrink in steps until the record fits.
A report is kept, and shown to others: what is a secret by the name that it stands under does not get into it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions import MASK, hides_secret, without_secrets

from ._record import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._record import CapturedJson, Record

__all__ = ["MOST_BYTES", "bounded", "presentable"]

MOST_BYTES: Final = 256 * 1024
"""The size of a record, as UTF-8."""

MOST_NODEID: Final = 2_000
"""The longest node id that is kept as it is; of a longer one the end gives way to a fingerprint."""

_MOST_DEPTH: Final = 20
_LARGEST_INT: Final = 2**63
_LISTS: Final = (
    *("events", "transactions", "breadcrumbs", "logs", "metrics"),
    *("check_ins", "sessions", "feedback", "attachments", "dropped"),
)


@dataclass(frozen=True, slots=True)
class _Limits:
    """One step.

    Attributes:
        things: how many captured things of one kind are kept.
        text: how many characters of a text.
        entries: how many entries of a list or mapping within.
    """

    things: int
    text: int
    entries: int


_STEPS: Final = (
    _Limits(500, 16_384, 1_000),
    _Limits(200, 4_096, 200),
    _Limits(100, 1_024, 100),
    _Limits(40, 512, 50),
    _Limits(10, 256, 20),
    _Limits(3, 128, 8),
    _Limits(0, 64, 4),
)


def bounded(record: Record) -> Record:
    """Return the record as it may be written: plain JSON, no larger than `MOST_BYTES`, without its secrets."""
    for limits in _STEPS:
        small = _Cutter(limits).record(record)
        if len(canonical(small)) <= MOST_BYTES:
            break
    return small


def presentable(payload: CapturedJson) -> CapturedJson:
    """Return a payload as plain JSON of a size that servers take, without its secrets."""
    return _Cutter(_Limits(0, 8_192, 200)).mapping(payload)


class _Cutter:
    """Shortens one record by one step's limits, counting."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._texts = 0

    def record(self, record: Record) -> Record:
        """Return the record with everything within the limits."""
        lists: dict[str, Any] = {name: self._things(getattr(record, name)) for name in _LISTS}
        cut = {name: len(getattr(record, name)) - len(kept) for name, kept in lists.items()}
        findings = [replace(each, text=self._middle_out(each.text)) for each in record.findings[: self._limits.entries]]
        small = replace(
            record,
            nodeid=_identity(record.nodeid),
            findings=findings,
            interleaving=self._interleaving(record),
            **lists,
        )
        cut["findings"] = len(record.findings) - len(findings)
        cut["texts"] = self._texts
        for name, earlier in record.cut.items():
            cut[name] = cut.get(name, 0) + earlier
        return replace(small, cut={name: count for name, count in cut.items() if count})

    def _things(self, things: list[Any]) -> list[Any]:
        # The first ones and the last: what began it, and what it came to.
        most = self._limits.things
        kept = things if len(things) <= most else [*things[: most - most // 2], *things[len(things) - most // 2 :]]
        return [self._value(thing, 0) for thing in kept]

    def _interleaving(self, record: Record) -> Any:
        found = record.interleaving
        if found is None:
            return None
        steps = [
            replace(step, text=self._text(step.text), site=self._text(step.site))
            for step in found.steps[: self._limits.entries]
        ]
        token = found.token if len(found.token) <= self._limits.text else ""  # half a token replays nothing
        actors = [self._text(name) for name in found.actors[: self._limits.entries]]
        steps = [step for step in steps if 0 <= step.actor < len(actors)]
        return replace(found, summary=self._text(found.summary), actors=actors, steps=steps, token=token)

    def _value(self, value: object, depth: int) -> object:
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and -_LARGEST_INT <= value < _LARGEST_INT:
            return value
        if not isinstance(value, dict | list | tuple):
            return self._text(str(value))
        if depth >= _MOST_DEPTH:
            self._texts += 1
            return "..."
        if isinstance(value, dict):
            return self.mapping(value, depth)
        return self._list(list(value), depth)

    def mapping(self, value: Mapping[Any, Any], depth: int = 0) -> dict[str, object]:
        """Return a mapping with everything in it within the limits."""
        most = self._limits.entries
        small: dict[str, object] = {}
        for key, each in list(value.items())[:most]:
            name = self._text(str(key))
            small[name] = MASK if hides_secret(name, each) else self._value(each, depth + 1)
        if len(value) > most:
            self._texts += 1
            small["..."] = f"{len(value) - most} more"
        return small

    def _list(self, value: list[object], depth: int) -> list[object]:
        most = self._limits.entries
        if len(value) <= most:
            return [self._value(each, depth + 1) for each in value]
        self._texts += 1
        # Of a stack the last frames matter, of breadcrumbs the last steps; the first say how it began.
        tail = most - most // 4
        kept = [*value[: most // 4], f"... {len(value) - most} more ...", *value[len(value) - tail :]]
        return [self._value(each, depth + 1) for each in kept]

    def _text(self, text: str) -> str:
        text = _presentable(text)
        if len(text) <= self._limits.text:
            return text
        self._texts += 1
        return f"{text[: self._limits.text]}... ({len(text):,} characters)"

    def _middle_out(self, text: str) -> str:
        """Shorten a failure: pytest says what happened at its end, and where at its beginning."""
        text = _presentable(text)
        most = self._limits.text
        if len(text) <= most:
            return text
        self._texts += 1
        return f"{text[: most // 4]}\n... {len(text) - most:,} characters left out ...\n{text[-(most - most // 4) :]}"


def _identity(nodeid: str) -> str:
    nodeid = _encodable(nodeid)
    if len(nodeid) <= MOST_NODEID:
        return nodeid
    fingerprint = hashlib.sha256(nodeid.encode()).hexdigest()[:16]
    return f"{nodeid[:MOST_NODEID]}...{fingerprint}"


def _presentable(text: str) -> str:
    return without_secrets(_encodable(text))


def _encodable(text: str) -> str:
    """Replace what UTF-8 cannot say: halves of surrogate pairs, from file names for one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
