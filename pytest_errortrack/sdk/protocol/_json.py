"""JSON in and out, by the one codec the project depends on, which is imported when the first byte is needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Event", "Json", "decode", "encode"]

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, a list or a dict with string keys of such."""

Event: TypeAlias = dict[str, Any]
"""An event payload in the words of the specification; see https://develop.sentry.dev/sdk/data-model/event-payloads/."""


@cache
def _codec() -> tuple[Callable[[object], bytes], Callable[[bytes], Json]]:
    import msgspec  # noqa: PLC0415 - costs 30 ms, and a program that never reports need not pay them

    return msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


def encode(value: Json) -> bytes:
    """Return compact JSON without newlines; the value must be made of JSON types only."""
    return _codec()[0](value)


def decode(text: bytes) -> Json:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is no JSON, or nested too deep to be read here.
    """
    try:
        return _read(text)
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None


def _read(text: bytes) -> Json:
    try:
        return _codec()[1](text)
    except ValueError:
        if b"\\ud" not in text.lower():
            raise
        import json  # noqa: PLC0415 - needed next to never

        # Python's own codec writes lone surrogates, of file names for one, and servers take them.
        return _codec()[1](json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
