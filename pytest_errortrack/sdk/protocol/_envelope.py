"""Envelopes: the bytes that travel, written and strictly read.

    header line, then for every item: item header line, payload; all of it joined by newlines

https://develop.sentry.dev/sdk/data-model/envelopes/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._errors import BadEnvelope
from pytest_errortrack.sdk.protocol._json import Json, decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Envelope", "Item"]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an envelope: headers (with a `type`), and a payload."""

    headers: Mapping[str, Json]
    payload: bytes

    @property
    def type(self) -> str:
        """What the item is: `"event"`, `"transaction"`, `"attachment"`, ..."""
        kind: str = self.headers["type"]
        return kind

    def json(self) -> Json:
        """Return the payload read as JSON.

        Raises:
            BadEnvelope: it is no JSON.
        """
        try:
            return decode(self.payload)
        except ValueError as error:
            raise BadEnvelope(f"the payload of the {self.type!r} item is no JSON: {error}") from error

    def _serialize(self) -> list[bytes]:
        return [encode({**self.headers, "length": len(self.payload)}), self.payload]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What goes to a server in one piece."""

    headers: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[Item, ...] = ()

    def serialize(self) -> bytes:
        """Return the envelope's bytes; every item says its length."""
        lines = [encode(self.headers)]
        for item in self.items:
            lines += item._serialize()  # noqa: SLF001 - two halves of one grammar
        lines.append(b"")
        return b"\n".join(lines)

    @classmethod
    def parse(cls, text: bytes) -> Envelope:
        """Read an envelope's bytes.

        Unknown item types and headers are kept. An item without a `length` ends at the next newline. The last newline
        may be missing.

        Raises:
            BadEnvelope: the bytes are no envelope; the message says what is wrong and at which byte.
        """
        headers, position = _header_line(text, 0, "the envelope header")
        items: list[Item] = []
        while position < len(text):
            item, position = _item(text, position, number=len(items) + 1)
            items.append(item)
        return cls(headers, tuple(items))

    def with_items(self, items: tuple[Item, ...]) -> Envelope:
        """Return an envelope with the same headers and other items."""
        return Envelope(self.headers, items)


def _item(text: bytes, position: int, *, number: int) -> tuple[Item, int]:
    """Read the item that starts at a position, and return where the next one starts."""
    name = f"item {number}"
    start = position
    headers, position = _header_line(text, position, f"the header of {name}")
    if not isinstance(headers.get("type"), str):
        raise BadEnvelope(f"the header of {name} at byte {start} has no type (found {headers.get('type')!r})")
    length = headers.get("length")
    if length is None:
        end = _line_end(text, position)
    elif isinstance(length, int) and not isinstance(length, bool) and length >= 0:
        end = position + length
    else:
        raise BadEnvelope(f"the header of {name} at byte {start} has a bad length (found {length!r})")
    if end > len(text):
        left = len(text) - position
        raise BadEnvelope(f"{name} is cut short: its header says {length} bytes, at byte {position} are only {left}")
    if end < len(text) and text[end : end + 1] != b"\n":
        found = text[end : end + 1]
        raise BadEnvelope(f"{name} must end with a newline at byte {end}, {length} bytes in (found {found!r})")
    return Item(headers, text[position:end]), end + 1


def _header_line(text: bytes, position: int, name: str) -> tuple[dict[str, Json], int]:
    end = _line_end(text, position)
    line = text[position:end]
    if not line.strip():
        raise BadEnvelope(f"{name} at byte {position} is missing")
    try:
        headers = decode(line)
    except ValueError as error:
        raise BadEnvelope(f"{name} at byte {position} is no JSON: {error}") from error
    if not isinstance(headers, dict):
        raise BadEnvelope(f"{name} at byte {position} is no JSON object (found {line[:40]!r})")
    # a header that is the last line of all has an empty payload after it, even where the newline is missing
    return headers, min(end + 1, len(text))


def _line_end(text: bytes, position: int) -> int:
    end = text.find(b"\n", position)
    return len(text) if end < 0 else end
