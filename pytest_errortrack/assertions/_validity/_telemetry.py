"""The rules of what is sent besides events: logs, metrics, spans, check-ins, sessions, feedback, client reports.

https://develop.sentry.dev/sdk/telemetry/ and https://develop.sentry.dev/sdk/data-model/envelope-items/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ._checks import (
    Check,
    anything,
    boolean,
    each,
    mapping,
    mapping_of,
    must,
    number,
    one_of,
    text,
    whole,
)
from ._events import SDK, SPAN, are_in_order, problems_of
from ._grammar import duration, environment, event_id, release, rfc_3339, span_id, timestamp, trace_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["BATCHED", "SINGLE"]

_WIDEST_SLUG: Final = 128
_MOST_GRAVE: Final = 24

_KINDS: Final[dict[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: type(value) is int,
    "double": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    **dict.fromkeys(
        (f"{kind}[]" for kind in ("string", "boolean", "integer", "double")), lambda value: isinstance(value, list)
    ),
}


def _attribute(value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict) or "value" not in value:
        yield f"{path}: expected an object with a value and its type"
        return
    holds = _KINDS.get(str(value.get("type")))
    if holds is None:
        yield from one_of(*_KINDS)(str(value.get("type")), f"{path}.type")
    elif value["value"] is not None:
        yield from must(f"a value of type {value['type']}", holds)(value["value"], f"{path}.value")


_ATTRIBUTES: Final = mapping_of(_attribute)
_LOG: Final = mapping(
    {
        "timestamp": timestamp,
        "level": one_of("trace", "debug", "info", "warn", "error", "fatal"),
        "body": text,
        "trace_id": trace_id,
        "span_id": span_id,
        "severity_number": must(f"a number from 1 to {_MOST_GRAVE}", lambda value: value in range(1, _MOST_GRAVE + 1)),
        "attributes": _ATTRIBUTES,
    },
    required=("timestamp", "level", "body", "trace_id"),
)
_METRIC: Final = mapping(
    {
        "timestamp": timestamp,
        "name": text,
        "type": one_of("counter", "gauge", "distribution"),
        "value": number,
        "unit": text,
        "trace_id": trace_id,
        "span_id": span_id,
        "attributes": _ATTRIBUTES,
    },
    required=("timestamp", "name", "type", "value", "trace_id"),
)
_SPAN_V2: Final = mapping(
    {
        "trace_id": trace_id,
        **dict.fromkeys(("span_id", "parent_span_id"), span_id),
        "name": text,
        "status": one_of("ok", "error"),
        "is_segment": boolean,
        **dict.fromkeys(("start_timestamp", "end_timestamp"), timestamp),
        "attributes": _ATTRIBUTES,
        "links": each(mapping({"trace_id": trace_id, "span_id": span_id}, required=("trace_id", "span_id"))),
    },
    required=("trace_id", "span_id", "name", "start_timestamp", "end_timestamp"),
)


def _span_v2(value: Any, path: str) -> Iterator[str]:
    yield from _SPAN_V2(value, path)
    if isinstance(value, dict):
        yield from are_in_order(value, f"{path}.", "start_timestamp", "end_timestamp")


def _span(value: Any, path: str) -> Iterator[str]:
    yield from SPAN(value, path)
    if isinstance(value, dict):
        yield from are_in_order(value, f"{path}." if path else "", "start_timestamp", "timestamp")


_SCHEDULE: Final = mapping(
    {
        "type": one_of("crontab", "interval"),
        "value": must("a crontab text or a whole number", lambda value: isinstance(value, str) or type(value) is int),
        "unit": one_of("minute", "hour", "day", "week", "month", "year"),
    },
    required=("type", "value"),
)
_CHECK_IN: Final = mapping(
    {
        "check_in_id": event_id,
        "monitor_slug": must(
            f"a text of 1 to {_WIDEST_SLUG} characters",
            lambda value: isinstance(value, str) and value.strip() != "" and len(value) <= _WIDEST_SLUG,
        ),
        "status": one_of("in_progress", "ok", "error"),
        "duration": duration,
        "environment": environment,
        "release": release,
        "contexts": mapping({"trace": mapping({"trace_id": trace_id, "span_id": span_id})}),
        "monitor_config": mapping(
            {
                "schedule": _SCHEDULE,
                **dict.fromkeys(("checkin_margin", "max_runtime"), whole),
                **dict.fromkeys(("failure_issue_threshold", "recovery_threshold"), whole),
                **dict.fromkeys(("timezone", "owner"), text),
            },
            required=("schedule",),
        ),
        "sdk": SDK,
        "timestamp": timestamp,
    },
    required=("check_in_id", "monitor_slug", "status"),
)
_OF_A_RELEASE: Final = mapping(
    {"release": release, "environment": environment, **dict.fromkeys(("ip_address", "user_agent"), text)},
    required=("release",),
)
_SESSION: Final = mapping(
    {
        "sid": event_id,
        "did": text,
        "init": boolean,
        "seq": whole,
        **dict.fromkeys(("started", "timestamp"), rfc_3339),
        "status": one_of("ok", "exited", "crashed", "abnormal", "errored", "unhandled"),
        "errors": whole,
        "duration": duration,
        "attrs": _OF_A_RELEASE,
    },
    required=("sid", "started", "attrs"),
)
_SESSIONS: Final = mapping(
    {
        "aggregates": each(
            mapping(
                {
                    "started": rfc_3339,
                    "did": text,
                    **dict.fromkeys(("exited", "errored", "abnormal", "crashed", "unhandled"), whole),
                },
                required=("started",),
            )
        ),
        "attrs": _OF_A_RELEASE,
    },
    required=("aggregates", "attrs"),
)
_CLIENT_REPORT: Final = mapping(
    {
        "timestamp": timestamp,
        "discarded_events": each(
            mapping({"reason": text, "category": text, "quantity": whole}, required=("reason", "category", "quantity"))
        ),
    }
)
_USER_REPORT: Final = mapping(
    {"event_id": event_id, **dict.fromkeys(("email", "name", "comments"), text)}, required=("event_id",)
)


def _event(value: Any, path: str) -> Iterator[str]:
    yield from mapping_of(anything)(value, path)
    if isinstance(value, dict):
        yield from problems_of("event", value)


def _transaction(value: Any, path: str) -> Iterator[str]:
    yield from mapping_of(anything)(value, path)
    if isinstance(value, dict):
        yield from problems_of("transaction", value)


def _feedback(value: Any, path: str) -> Iterator[str]:
    yield from _event(value, path)
    contexts = value.get("contexts") if isinstance(value, dict) else None
    if not isinstance(contexts, dict) or contexts.get("feedback") is None:
        yield "contexts.feedback: is missing"


SINGLE: Final[Mapping[str, Check]] = {
    "event": _event,
    "transaction": _transaction,
    "feedback": _feedback,
    "user_report": _USER_REPORT,
    "check_in": _CHECK_IN,
    "session": _SESSION,
    "sessions": _SESSIONS,
    "client_report": _CLIENT_REPORT,
    "span": _span,
}
"""What the payload of an item of each type has to be."""

BATCHED: Final[Mapping[str, Check]] = {
    "log": mapping({"items": each(_LOG, may_be_empty=False)}, required=("items",)),
    "trace_metric": mapping({"items": each(_METRIC, may_be_empty=False)}, required=("items",)),
    "span": mapping({"items": each(_span_v2, may_be_empty=False)}, required=("items",)),
}
"""The same for items that hold many of a kind."""
