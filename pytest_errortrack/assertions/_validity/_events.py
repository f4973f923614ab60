"""The rules of events and transactions. https://develop.sentry.dev/sdk/data-model/event-payloads/ says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ._checks import (
    Check,
    anything,
    boolean,
    each,
    mapping,
    mapping_of,
    must,
    number,
    pairs,
    primitive,
    text,
    whole,
)
from ._contexts import contexts
from ._grammar import (
    dist,
    environment,
    event_id,
    ip_address,
    level,
    measurement_unit,
    method,
    one_word,
    release,
    single_line,
    span_id,
    span_status,
    tag_name,
    tag_value,
    timestamp,
    trace_id,
)
from ._stacks import BREADCRUMBS, EXCEPTION, STACKTRACE, THREADS

__all__ = ["EVENT", "SDK", "TRANSACTION", "are_in_order", "problems_of"]

_object: Final = mapping_of(anything)


def _text_or_pairs(check_value: Check, *, expected: str = "") -> Check:
    check_pairs = pairs(text, check_value)

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield from check_pairs(value, path)
        elif expected and value.strip() and "=" not in value:
            yield f"{path}: expected {expected}, got {value[:40]!r}"

    return check


def _header(value: Any, path: str) -> Iterator[str]:
    yield from (each(primitive) if isinstance(value, list) else primitive)(value, path)


_USER: Final = mapping(
    {
        **dict.fromkeys(("id", "username"), primitive),
        **dict.fromkeys(("email", "name"), text),
        "ip_address": ip_address,
        "geo": mapping(dict.fromkeys(("city", "country_code", "region", "subdivision"), text)),
        "data": _object,
    }
)
_REQUEST: Final = mapping(
    {
        **dict.fromkeys(("url", "fragment", "api_target"), text),
        "method": method,
        "headers": pairs(text, _header),
        "cookies": _text_or_pairs(text, expected="name=value"),
        "query_string": _text_or_pairs(anything),
        "env": _object,
    }
)
SDK: Final = mapping(
    {
        **dict.fromkeys(("name", "version"), text),
        "integrations": each(text),
        "packages": each(mapping(dict.fromkeys(("name", "version"), text))),
    },
    required=("name", "version"),
)
_LOGENTRY: Final = mapping(
    {
        **dict.fromkeys(("message", "formatted"), text),
        "params": must("a list or an object", lambda value: isinstance(value, list | dict)),
    }
)
_MEASUREMENT: Final = mapping({"value": number, "unit": measurement_unit}, required=("value",))
SPAN: Final = mapping(
    {
        "trace_id": trace_id,
        **dict.fromkeys(("span_id", "parent_span_id", "segment_id"), span_id),
        **dict.fromkeys(("start_timestamp", "timestamp"), timestamp),
        **dict.fromkeys(("op", "description"), text),
        "origin": one_word,
        "status": span_status,
        "tags": mapping_of(primitive),
        "data": _object,
        "exclusive_time": number,
        "is_segment": boolean,
        "measurements": mapping_of(_MEASUREMENT),
    },
    required=("trace_id", "span_id", "start_timestamp", "timestamp"),
)
_FIELDS: Final[dict[str, Check]] = {
    "event_id": event_id,
    "level": level,
    **dict.fromkeys(("timestamp", "start_timestamp"), timestamp),
    **dict.fromkeys(("type", "platform", "server_name", "transaction", "culprit", "checksum", "version"), text),
    "transaction_info": mapping({"source": text, "original": text}),
    "logger": single_line,
    "message": anything,
    "logentry": must("an object or a text", lambda value: isinstance(value, dict | str)),
    "fingerprint": each(primitive),
    "release": release,
    "dist": dist,
    "environment": environment,
    "tags": pairs(tag_name, tag_value),
    "user": _USER,
    "extra": _object,
    "request": _REQUEST,
    "contexts": contexts,
    "exception": EXCEPTION,
    "threads": THREADS,
    "stacktrace": STACKTRACE,
    "breadcrumbs": BREADCRUMBS,
    "modules": mapping_of(text),
    "sdk": SDK,
    "spans": each(SPAN),
    "measurements": _object,
    "time_spent": whole,
    "debug_meta": mapping({"images": each(_object)}),
    "template": _object,
    "errors": each(mapping({"type": text}, required=("type",))),
    **dict.fromkeys(("_meta", "_metrics", "_metrics_summary", "site", "received", "project", "key_id"), anything),
    **dict.fromkeys(("breakdowns", "scraping_attempts", "grouping_config", "ingest_path"), anything),
    **dict.fromkeys(("csp", "hpkp", "expectct", "expectstaple", "nel"), anything),
}
EVENT: Final = "event"
TRANSACTION: Final = "transaction"
_EVENT: Final = mapping(_FIELDS, is_closed=True)
_TRANSACTION: Final = mapping(
    _FIELDS | {"measurements": mapping_of(_MEASUREMENT, check_name=one_word)},
    required=("timestamp", "start_timestamp"),
    is_closed=True,
)


def problems_of(kind: str, payload: Mapping[str, Any]) -> list[str]:
    """Tell which rules the payload of an event or a transaction breaks, each with its path; empty where none."""
    if kind == TRANSACTION:
        return [*_TRANSACTION(payload, ""), *_message(payload), *_relations(payload)]
    return [*_EVENT(payload, ""), *_message(payload)]


def _message(event: Mapping[str, Any]) -> Iterator[str]:
    entry, path = event.get("logentry"), "logentry"
    if entry is None:
        entry, path = event.get("message"), "message"
    if isinstance(entry, Mapping):
        yield from _LOGENTRY(entry, path)
        if not entry.get("message") and not entry.get("formatted"):
            yield f"{path}: expected a message or a formatted one, got neither"


def _relations(transaction: Mapping[str, Any]) -> Iterator[str]:
    """Check what holds between the times and ids of a transaction and its spans."""
    trace = _object_at(_object_at(transaction, "contexts"), "trace")
    if trace.get("trace_id") is None or trace.get("span_id") is None or trace.get("type", "trace") != "trace":
        yield "contexts.trace: is no trace with its ids; a server drops the transaction"
    yield from are_in_order(transaction, "", "start_timestamp", "timestamp")
    seen = {_plain(trace.get("span_id")): "contexts.trace"}
    spans = transaction.get("spans")
    for number_, span in enumerate(spans if isinstance(spans, list) else ()):
        path = f"spans[{number_}]"
        if not isinstance(span, Mapping):
            yield from () if span is not None else (f"{path}: expected an object, got None",)
            continue
        yield from are_in_order(span, f"{path}.", "start_timestamp", "timestamp")
        own = span.get("span_id")
        if own is not None and seen.setdefault(_plain(own), path) != path:
            yield f"{path}.span_id: is that of {seen[_plain(own)]} as well"
        if own is not None and span.get("parent_span_id") == own:
            yield f"{path}.parent_span_id: is the span itself"


def are_in_order(payload: Mapping[str, Any], dot_path: str, first: str, last: str) -> Iterator[str]:
    """Check that something ended no earlier than it began."""
    start, end = _seconds(payload.get(first)), _seconds(payload.get(last))
    if start is not None and end is not None and end < start:
        yield f"{dot_path}{last}: is before {first}"


def _plain(value: object) -> object:
    return value if isinstance(value, str) else repr(value)


def _object_at(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, Mapping) else {}


def _seconds(value: object) -> float | None:
    if value is None or list(timestamp(value, "")):
        return None
    if not isinstance(value, str):
        return float(value)  # type: ignore[arg-type] # a number, or `timestamp` would have said so
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
