"""What applications hand to scopes, made into what scopes keep: copies, and never an exception."""

from __future__ import annotations

from itertools import islice
from math import isfinite
from os import fsdecode
from os.path import basename
from typing import TYPE_CHECKING, cast

from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope._state import Attachment
from pytest_errortrack.sdk._serialize import safe_str
from pytest_errortrack.sdk.protocol import Event, Json, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_errortrack.sdk.protocol import Breadcrumb

__all__ = ["attachment_of", "attribute_of", "breadcrumb_of", "fingerprint_of", "mapping_of"]

_TYPES = {bool: "boolean", int: "integer", float: "double", str: "string"}
_LONGEST_TEXT = 1024
_MOST_PARTS = 100
_LARGEST_INTEGER = 2**63 - 1


def mapping_of(function: str, value: Mapping[str, Json]) -> Event:
    """Return a copy of a mapping; anything else is a mistake that an application must survive."""
    try:
        if not hasattr(value, "keys"):
            raise TypeError("no mapping")
        copy: Event = copied(dict(value))
    except Exception:  # noqa: BLE001 - a mapping of the application's may fail in any way
        log.error("%s needs a mapping (found %s); it is ignored", function, type(value).__name__)
        return {}
    return copy


def fingerprint_of(value: Iterable[str]) -> tuple[str, ...] | None:
    """Return a fingerprint's parts, of which there are never many; a single text is one part."""
    try:
        return (value,) if isinstance(value, str) else tuple(islice(value, _MOST_PARTS))
    except Exception:  # noqa: BLE001 - as above
        log.error("a fingerprint is a list of texts (found %s); it is ignored", type(value).__name__)
        return None


def attachment_of(content: object, filename: object, path: object, content_type: object) -> Attachment | None:
    """Return what was given as an attachment, or None where there are neither bytes nor a path."""
    try:
        if content is not None:
            is_binary = issubclass(type(content), (bytes, bytearray, memoryview))
            content = bytes(cast("bytes", content)) if is_binary else None
        location = None if path is None else fsdecode(cast("str", path))
    except Exception:  # noqa: BLE001 - as above
        return None
    if content is None and location is None:
        return None
    name = _text_of(filename) or (basename(location) if location else "attachment")  # noqa: PTH119 - a name is wanted
    return Attachment(name, content, location, _text_of(content_type))


def _text_of(value: object) -> str | None:
    return None if value is None else safe_str(value, _LONGEST_TEXT)


def breadcrumb_of(
    crumb: Breadcrumb | Mapping[str, Json] | None, fields: Mapping[str, Json], now: Callable[[], float]
) -> Event:
    """Put a breadcrumb together from whatever it was given as."""
    if crumb is None and "timestamp" not in fields:
        values: Event = {"timestamp": now(), "type": "default", "level": "info", **fields}
    else:
        values = {"timestamp": None, "type": "default", "level": "info"}
        if crumb is not None:
            from pytest_errortrack.sdk.protocol import Breadcrumb  # noqa: PLC0415 - see `sdk/_later.py`

            if issubclass(type(crumb), Breadcrumb):  # an object may lie about its class
                values.update(cast("Breadcrumb", crumb).to_dict())
            else:
                values.update(mapping_of("add_breadcrumb()", cast("Mapping[str, Json]", crumb)))
        values.update(fields)
        if values["timestamp"] is None:
            values["timestamp"] = now()
    if "data" in values:
        values["data"] = copied(values["data"])
    return values


def attribute_of(value: object, unit: str | None = None) -> Mapping[str, Json]:
    """Return an attribute with its type, which is inferred: a plain value, or a list of plain values of one type.

    Anything else, a number that JSON has no word for included, becomes a text.

    https://develop.sentry.dev/sdk/telemetry/attributes/
    """
    typed: Event = {"value": value, "type": _type_of(value)}
    if isinstance(value, (list, tuple)):
        kinds = {_type_of(item) for item in value}
        if len(kinds) <= 1 and None not in kinds:
            typed = {"value": list(value), "type": "array"}
    if typed["type"] is None:
        typed = {"value": safe_str(value, _LONGEST_TEXT), "type": "string"}
    if unit is not None:
        typed["unit"] = safe_str(unit, _LONGEST_TEXT)
    return cast("Mapping[str, Json]", typed)


def _type_of(value: object) -> str | None:
    if type(value) is float and not isfinite(value):
        return None
    if type(value) is int and not -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
        return None
    return _TYPES.get(type(value))
