"""The grammars of single values: ids, times, releases, tags.

https://develop.sentry.dev/sdk/data-model/event-payloads/ and https://docs.sentry.io/platforms/python/enriching-events/tags/
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Any, Final

from ._checks import both, is_number, must, one_of, primitive, text

__all__ = [
    "dist",
    "duration",
    "environment",
    "event_id",
    "filled",
    "ip_address",
    "level",
    "measurement_unit",
    "method",
    "one_token",
    "one_word",
    "release",
    "rfc_3339",
    "single_line",
    "span_id",
    "span_status",
    "tag_name",
    "tag_value",
    "timestamp",
    "trace_id",
]

_UUID: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999
_RELEASE_WIDTH, _ENVIRONMENT_WIDTH, _DIST_WIDTH, _TAG_WIDTH, _UNIT_WIDTH = 250, 64, 64, 200, 15
_STATUSES: Final = (
    *("ok", "cancelled", "unknown", "unknown_error", "invalid_argument", "deadline_exceeded", "not_found"),
    *("already_exists", "permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range"),
    *("unimplemented", "internal_error", "failure", "unavailable", "data_loss", "unauthenticated", "error"),
)
_NO_RELEASE: Final = re.compile(r"[\n\r\t\f\x0b/\\]")


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_time_text(value: object) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        # No more than six digits of a second: a server takes more of them than Python does.
        datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    except ValueError:
        return False
    return True


def _is_seconds(value: object) -> bool:
    return is_number(value) and 0 <= value <= _LAST_SECOND


def _is_status(value: object) -> bool:
    if isinstance(value, str):
        return value in _STATUSES
    return type(value) is int and 0 <= value < len(_STATUSES)


def _is_release(value: str) -> bool:
    return (
        value.strip() != ""
        and len(value) <= _RELEASE_WIDTH
        and not _NO_RELEASE.search(value)
        and value.strip() not in {".", ".."}
        and value.strip().lower() != "latest"
    )


def _is_environment(value: object) -> bool:
    return (
        isinstance(value, str)
        and value.strip() != ""
        and len(value) <= _ENVIRONMENT_WIDTH
        and not _NO_RELEASE.search(value)
        and value.strip().lower() not in {"none", ".", ".."}
    )


def _is_address(value: object) -> bool:
    if value == "{{auto}}":
        return True
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _is_tag_value(value: Any) -> bool:
    return not isinstance(value, str) or (value.strip() != "" and len(value) <= _TAG_WIDTH and "\n" not in value)


event_id: Final = must("32 hexadecimal digits", lambda value: isinstance(value, str) and bool(_UUID.fullmatch(value)))
trace_id: Final = must(
    "32 hexadecimal digits, not all zero",
    lambda value: _matches("[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}", value) and bool(value.strip("0-")),
)
span_id: Final = must(
    "16 hexadecimal digits, not all zero",
    lambda value: _matches("[0-9a-fA-F]{16}", value) and bool(value.strip("0")),
)
timestamp: Final = must(
    "seconds since 1970, or a time as in 2026-01-31T12:00:00Z",
    lambda value: _is_seconds(value) or _is_time_text(value),
)
rfc_3339: Final = must("a time as in 2026-01-31T12:00:00Z", _is_time_text)
level: Final = one_of("fatal", "critical", "error", "warning", "info", "log", "debug")
release: Final = must(
    f"a release: up to {_RELEASE_WIDTH} characters without slashes and line breaks, not 'latest' and not dots alone",
    lambda value: _is_release(str(value)) and isinstance(value, str | int | float),
)
environment: Final = must(
    f"an environment: up to {_ENVIRONMENT_WIDTH} characters without slashes and line breaks, not 'none'",
    _is_environment,
)
dist: Final = must(
    f"letters, digits and _ . - only, up to {_DIST_WIDTH} of them",
    lambda value: isinstance(value, str) and _matches(rf"[a-zA-Z0-9_.-]{{1,{_DIST_WIDTH}}}", value.strip()),
)
tag_name: Final = must(
    f"letters, digits and _ . : - only, up to {_TAG_WIDTH} of them",
    lambda value: _matches(rf"[a-zA-Z0-9_.:-]{{1,{_TAG_WIDTH}}}", value),
)
tag_value: Final = both(primitive, must(f"a text of one line, of 1 to {_TAG_WIDTH} characters", _is_tag_value))
single_line: Final = both(text, must("a text of one line", lambda value: "\n" not in value and "\r" not in value))
one_word: Final = both(text, must("letters, digits, _ and . only", lambda value: _matches(r"[a-zA-Z0-9_.]*", value)))
filled: Final = must("a text that is not empty", lambda value: isinstance(value, str) and value.strip() != "")
one_token: Final = must("a text without spaces", lambda value: _matches(r"\S+", value))
ip_address: Final = must("an IP address, or {{auto}}", _is_address)
method: Final = must("an HTTP method", lambda value: _matches(r"[A-Za-z\-_]{3,32}", value))
measurement_unit: Final = must(
    f"a unit: letters, digits and _ only, up to {_UNIT_WIDTH} of them",
    lambda value: _matches(rf"[a-zA-Z0-9_]{{0,{_UNIT_WIDTH}}}", value),
)
duration: Final = must("a number from 0", lambda value: is_number(value) and value >= 0)
span_status: Final = must("the status of a span", _is_status)
