"""How a text gets onto the page: what cannot be seen is made visible, and nothing is endless."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Final

__all__ = ["amount", "clock", "compact", "date", "pretty", "seconds_of", "visible"]

MOST_CHARACTERS: Final = 20_000
"""What one value may take on the page."""

_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, and what changes the direction of the text around it: a file `gpj.exe` that reads `exe.jpg`, say."""

_LATEST: Final = 1e12
"""No time of ours; a payload may hold any number, and not a number compares with nothing."""

_MINUTE: Final = 60
_MILLION: Final = 1e6


def visible(value: object) -> object:
    """Make a value fit to be shown; jinja2 calls it for each value that a template prints, and escapes it then."""
    if value is None:
        return ""
    if hasattr(value, "__html__"):
        return value
    text = str(value)
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}... ({len(text):,} characters)"
    return _INVISIBLE.sub(
        lambda found: f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(found[0]):04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}",
        text,
    )


def pretty(value: object) -> str:
    """Write a JSON value as people read it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def compact(value: object) -> str:
    """Write a JSON value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def seconds_of(timestamp: object) -> float | None:
    """Read a timestamp as payloads have it: seconds since the epoch, or RFC 3339 text."""
    if isinstance(timestamp, int | float) and not isinstance(timestamp, bool):
        return float(timestamp) if abs(timestamp) < _LATEST else None
    if isinstance(timestamp, str):
        try:
            read = dt.datetime.fromisoformat(timestamp)
        except ValueError:
            return None
        # payloads without a zone mean UTC
        return (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).timestamp()
    return None


def clock(timestamp: object) -> str:
    """Say the time of day of a timestamp, in UTC; empty where it is none."""
    moment = _moment(timestamp)
    return "" if moment is None else f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"


def date(timestamp: object) -> str:
    """Say day and time of a timestamp, in UTC; empty where it is none."""
    moment = _moment(timestamp)
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _moment(timestamp: object) -> dt.datetime | None:
    seconds = seconds_of(timestamp)
    if not seconds:
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def amount(seconds: float) -> str:
    """Say how long something took."""
    if not abs(seconds) < _LATEST:
        return "?"
    if abs(seconds) < 1e-3:  # noqa: PLR2004 - below a millisecond
        return f"{seconds * _MILLION:.0f} µs"
    if abs(seconds) < 1:
        return f"{seconds * 1000:.3g} ms" if abs(seconds) < 0.1 else f"{seconds * 1000:.0f} ms"  # noqa: PLR2004 - a tenth
    if abs(seconds) < _MINUTE:
        return f"{seconds:.2f} s"
    return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
