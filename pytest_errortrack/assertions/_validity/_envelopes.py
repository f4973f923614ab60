"""The rules of envelopes and their items, and the assertion that all of them are kept.

https://develop.sentry.dev/sdk/data-model/envelopes/
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.sdk import BadDsn, BadEnvelope, Dsn
from pytest_errortrack.sdk.protocol import summary_of

from ._checks import mapping, must, text, whole
from ._events import SDK
from ._grammar import event_id, rfc_3339, trace_id
from ._telemetry import BATCHED, SINGLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.sdk import Envelope, Item

__all__ = ["envelope_problems", "refuse_invalid"]

_MOST_SHOWN: Final = 20
_OF_AN_EVENT: Final = frozenset({"event", "transaction", "feedback", "user_report"})
_MAIN: Final = ("event", "transaction", "feedback")
_ONCE: Final = (*_MAIN, "check_in", "log", "trace_metric")
_CONTENT_TYPES: Final = {
    "log": "application/vnd.sentry.items.log+json",
    "trace_metric": "application/vnd.sentry.items.trace-metric+json",
}


def _is_dsn(value: object) -> bool:
    try:
        Dsn.parse(value if isinstance(value, str) else "")
    except BadDsn:
        return False
    return True


def _is_share(value: object) -> bool:
    """Tell whether it is a share of the whole: a sample rate, or what is compared with it; older SDKs send a number."""
    try:
        return isinstance(value, str | int | float) and 0 <= float(value) <= 1
    except ValueError:
        return False


_share: Final = must("a number from 0 to 1", _is_share)
_HEADERS: Final = mapping(
    {
        "event_id": event_id,
        "sent_at": rfc_3339,
        "dsn": must("a DSN", _is_dsn),
        "sdk": SDK,
        "trace": mapping(
            {
                "trace_id": trace_id,
                **dict.fromkeys(("sample_rate", "sample_rand"), _share),
                "sampled": must("'true' or 'false'", lambda value: value in ("true", "false")),
                **dict.fromkeys(("public_key", "release", "environment", "transaction", "user_id", "org_id"), text),
                "replay_id": event_id,
            },
            required=("trace_id",),
        ),
    }
)
_ITEM_HEADERS: Final = mapping(
    {
        "type": text,
        "length": whole,
        "item_count": whole,
        **dict.fromkeys(("content_type", "filename", "attachment_type", "platform"), text),
    },
    required=("type",),
)


def envelope_problems(envelope: Envelope) -> Iterator[tuple[str, str]]:
    """Yield each broken rule of an envelope, after the name of the part that it is about."""
    yield from (("the header", problem) for problem in _header_problems(envelope))
    for number, item in enumerate(envelope.items):
        name = f"items[{number}] {_named(item)}"
        yield from ((name, problem) for problem in _item_problems(item))
        if item.type in {"event", "transaction"}:
            yield from ((name, problem) for problem in _other_id(envelope, item))


def refuse_invalid(envelopes: Sequence[Envelope]) -> None:
    """Fail unless every envelope keeps all rules.

    Raises:
        AssertionError: one does not; or there is none, which proves nothing.
    """
    __tracebackhide__ = True
    if not envelopes:
        raise AssertionError("no envelope was captured: that all of none are valid proves nothing")
    found = [(number, *each) for number, envelope in enumerate(envelopes) for each in envelope_problems(envelope)]
    if not found:
        return
    problems = f"{len(found)} problem{'s' * (len(found) != 1)}"
    lines = [f"what was sent breaks the rules of the data model: {problems}"]
    before = None
    for number, part, problem in islice(found, _MOST_SHOWN):
        if (number, part) != before:
            lines.append(f"  envelopes[{number}] {part}")
        before = (number, part)
        lines.append(f"    {problem}")
    if len(found) > _MOST_SHOWN:
        lines.append(f"  and {len(found) - _MOST_SHOWN} more")
    raise AssertionError("\n".join(lines))


def _named(item: Item) -> str:
    summary = summary_of(item)
    return item.type if summary == item.type or not summary else f"{item.type} {summary[:80]!r}"


def _header_problems(envelope: Envelope) -> Iterator[str]:
    yield from _HEADERS(envelope.headers, "")
    kinds = Counter(item.type for item in envelope.items)
    belonging = sorted(_OF_AN_EVENT & kinds.keys())
    if belonging and envelope.headers.get("event_id") is None:
        yield f"event_id: is missing, and there is an item of type {belonging[0]}"
    for kind in _ONCE:
        if kinds[kind] > 1:
            yield f"expected at most one item of type {kind}, got {kinds[kind]}"
    main = [kind for kind in _MAIN if kinds[kind]]
    if len(main) > 1:
        yield f"expected only one of {', '.join(_MAIN)}, got {' and '.join(main)}"


def _item_problems(item: Item) -> Iterator[str]:
    yield from (f"header {problem}" for problem in _ITEM_HEADERS(item.headers, ""))
    length = item.headers.get("length")
    if isinstance(length, int) and length != len(item.payload):
        yield f"header length: is {length}, the payload has {len(item.payload)} bytes"
    if item.type == "attachment":
        if not item.headers.get("filename"):
            yield "header filename: is missing"
        return
    check = _check_of(item)
    if check is None:
        return
    try:
        payload: Any = item.json()
    except BadEnvelope as error:
        yield str(error)
        return
    if payload is None:
        yield "the payload: expected an object, got None"
        return
    yield from check(payload, "")
    if item.type in BATCHED and check is BATCHED[item.type]:
        yield from _batch_problems(item, payload)


def _check_of(item: Item) -> Any:
    is_single_span = item.type == "span" and item.headers.get("item_count") is None
    return SINGLE.get(item.type) if is_single_span else BATCHED.get(item.type) or SINGLE.get(item.type)


def _batch_problems(item: Item, payload: Any) -> Iterator[str]:
    entries = payload.get("items") if isinstance(payload, dict) else None
    count = item.headers.get("item_count")
    if count is None:
        yield "header item_count: is missing"
    elif isinstance(entries, list) and count != len(entries):
        yield f"header item_count: is {count}, the payload has {len(entries)}"
    expected = _CONTENT_TYPES.get(item.type)
    if expected is not None and item.headers.get("content_type") != expected:
        yield f"header content_type: expected {expected}, got {item.headers.get('content_type')!r}"


def _other_id(envelope: Envelope, item: Item) -> Iterator[str]:
    try:
        payload: Any = item.json()
    except BadEnvelope:  # told already
        return
    own = payload.get("event_id") if isinstance(payload, dict) else None
    outer = envelope.headers.get("event_id")
    if isinstance(own, str) and isinstance(outer, str) and own.replace("-", "") != outer.replace("-", ""):
        yield "event_id: is not that of the envelope's header"
