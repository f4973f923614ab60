r"""Metrics in the text form that older SDKs send: one line for what was added up in ten seconds.

    name@unit:value:value|type|#tag:value,tag:value|T1700000000

https://develop.sentry.dev/sdk/telemetry/metrics/ describes the newer form, which has no lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.assertions._captured import Json

__all__ = ["parse_statsd"]

_LINE: Final = re.compile(
    r"(?P<name>[^@:|]+)(?:@(?P<unit>[^:|]*))?:(?P<values>[^|]*)\|(?P<type>\w+)"
    r"(?:\|#(?P<tags>[^|]*))?(?:\|T(?P<timestamp>\d+))?\Z"
)
_TYPES: Final = {"c": "counter", "g": "gauge", "d": "distribution", "s": "set"}
_GAUGE: Final = ("value", "min", "max", "sum", "count")
_ESCAPED: Final = re.compile(r"\\(u\{(?P<code>[0-9a-f]{1,5})\}|.)")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}


def parse_statsd(text: str) -> Iterator[Json]:
    """Yield a payload for each value of each line; a gauge is one payload. Lines that say nothing are left out."""
    for line in text.split("\n"):
        found = _LINE.match(line)
        if found is None:
            continue
        common: Json = {"name": found["name"], "type": _TYPES.get(found["type"], found["type"])}
        if found["unit"]:
            common["unit"] = found["unit"]
        common["attributes"] = dict(_tags(found["tags"] or ""))
        if found["timestamp"]:
            common["timestamp"] = int(found["timestamp"])
        values = list(_numbers(found["values"]))
        if common["type"] == "gauge":
            yield common | dict(zip(_GAUGE, values, strict=False))
        else:
            yield from (common | {"value": value} for value in values)


def _tags(text: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, text.split(",")):
        name, _, value = pair.partition(":")
        yield name, _ESCAPED.sub(_unescaped, value)


def _unescaped(found: re.Match[str]) -> str:
    code = found["code"]
    return chr(int(code, 16)) if code else _ESCAPES.get(found[1], found[1])


def _numbers(text: str) -> Iterator[float | int]:
    for number in text.split(":"):
        try:
            yield int(number) if number.lstrip("-").isdecimal() else float(number)
        except ValueError:  # what is no number is no value
            continue
