"""The vocabularies: for each kind of captured thing the words of its payload, and how each is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedException, mapping_of, values_of

from ._differences import MISSING, Difference, differences
from ._links import LINK_JUDGES
from ._ordered import Steps
from ._secrets import nowhere
from ._values import (
    Asked,
    decides,
    is_text,
    judge_bytes,
    judge_level,
    judge_list,
    judge_mapping,
    judge_number,
    judge_text,
    one_of,
    or_none,
)
from ._vocabulary import Comparison, Reading, Vocabulary, in_order, searched, valued

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.assertions._captured import CapturedBreadcrumb, CapturedFrame, CapturedSpan
    from pytest_errortrack.sdk import Envelope, Item

__all__ = [
    "ATTACHMENTS",
    "BREADCRUMBS",
    "CHECK_INS",
    "ENVELOPES",
    "EVENTS",
    "FEEDBACK",
    "LOGS",
    "METRICS",
    "SESSIONS",
    "SPANS",
    "TRANSACTIONS",
]


class _Qualified(str):
    """A function's qualified name; the end of it after a dot is equal to it too: one SDK sends more than the other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and (str(self) == other or self.endswith(f".{other}"))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _in_app_frames(event: CapturedEvent) -> list[CapturedFrame]:
    """Find the frames of the innermost exception that has any; of a message, those it was sent with.

    Where not one belongs to the application by its own account, all do: a server reads it so.
    """
    stacks = [*event.exceptions, *map(CapturedException, values_of(event.payload.get("threads")))]
    frames = next((each.frames for each in stacks if each.frames), [])
    return [frame for frame in frames if frame.in_app] or frames


def _frame_mapping(frame: CapturedFrame) -> Mapping[str, object]:
    return {**frame.payload, "function": _Qualified(frame.function)}


def _crumb_mapping(crumb: CapturedBreadcrumb) -> Mapping[str, object]:
    defaults = {"message": crumb.message, "category": crumb.category, "level": crumb.level, "type": crumb.type}
    return {**crumb.payload, **defaults}


def _span_mapping(span: CapturedSpan) -> Mapping[str, object]:
    return {"name": span.name, **span.payload}


def _item_mapping(item: Item) -> Mapping[str, object]:
    return item.headers


def _file_names(asked: Asked) -> Comparison:
    """Look for each name among those of the files that went with an event."""
    value = asked.value
    if decides(value):
        return lambda captured: differences(value, captured.attachments, path=asked.keyword)
    if not isinstance(value, list | tuple | set | frozenset) or not all(map(is_text, value)):
        raise asked.refused("a list of file names, each a string or a compiled regex")

    def compare(captured: Any) -> list[Difference]:
        names = captured.attachments
        return [
            Difference(asked.keyword, wanted, names or MISSING)
            for wanted in value
            if all(differences(wanted, name, path=asked.keyword) for name in names)
        ]

    return compare


def _headers(envelope: Envelope) -> Mapping[str, object]:
    return envelope.headers


_TEXT: Final = valued(judge_text)
_TEXT_OR_NONE: Final = valued(or_none(judge_text))
_MAPPING: Final = valued(judge_mapping)
_NUMBER_OR_NONE: Final = valued(or_none(judge_number))
_LEVEL: Final = valued(judge_level)
_SECRETS: Final[dict[str, Reading]] = {"not_contains": nowhere}

_BREADCRUMBS: Final = in_order(
    Steps(
        read=lambda event: event.breadcrumbs,
        names=lambda crumb: (crumb.message,),
        as_mapping=_crumb_mapping,
        nothing="there are no breadcrumbs",
    )
)
_FRAMES: Final = in_order(
    Steps(
        read=_in_app_frames,
        names=lambda frame: (_Qualified(frame.function),),
        as_mapping=_frame_mapping,
        nothing="there are no frames",
    )
)
_SPANS: Final = in_order(
    Steps(
        read=lambda transaction: transaction.spans,
        names=lambda span: (span.description, span.op),
        as_mapping=_span_mapping,
        nothing="there are no spans",
    )
)
_ITEMS: Final = in_order(
    Steps(
        read=lambda envelope: envelope.items,
        names=lambda item: (item.type, str(item.headers.get("filename", ""))),
        as_mapping=_item_mapping,
        nothing="there are no items",
    )
)

# What events and transactions share.
_PAYLOAD: Final[dict[str, Reading]] = {
    **dict.fromkeys(("tags", "user", "extra", "contexts", "request", "data"), _MAPPING),
    **dict.fromkeys(("release", "environment", "server_name", "platform", "trace_id", "span_id"), _TEXT_OR_NONE),
    "breadcrumbs": _BREADCRUMBS,
    "attachments": _file_names,
    **_SECRETS,
}
_TRACED: Final = dict.fromkeys(("trace_id", "span_id"), _TEXT_OR_NONE)

EVENTS: Final = Vocabulary(
    noun="event",
    links=tuple(LINK_JUDGES),
    values={
        "level": _LEVEL,
        "transaction": _TEXT_OR_NONE,
        "logger": _TEXT_OR_NONE,
        "fingerprint": valued(judge_list),
        "frames": _FRAMES,
        **_PAYLOAD,
    },
)
TRANSACTIONS: Final = Vocabulary(
    noun="transaction",
    values={
        **dict.fromkeys(("name", "op"), _TEXT),
        **dict.fromkeys(("status", "source"), _TEXT_OR_NONE),
        "measurements": _MAPPING,
        "spans": _SPANS,
        **_PAYLOAD,
    },
)
SPANS: Final = Vocabulary(
    noun="span",
    values={
        **dict.fromkeys(("op", "description", "name"), _TEXT),
        **dict.fromkeys(("status", "origin", "parent_span_id"), _TEXT_OR_NONE),
        **dict.fromkeys(("tags", "data"), _MAPPING),
        **_TRACED,
        **_SECRETS,
    },
)
BREADCRUMBS: Final = Vocabulary(
    noun="breadcrumb",
    values={
        **dict.fromkeys(("message", "category", "type"), _TEXT),
        "match": searched("message"),
        "level": _LEVEL,
        "data": _MAPPING,
        **_SECRETS,
    },
)
LOGS: Final = Vocabulary(
    noun="log",
    values={
        "level": valued(one_of("trace", "debug", "info", "warn", "error", "fatal")),
        "body": _TEXT,
        "match": searched("body"),
        "attributes": _MAPPING,
        **_TRACED,
        **_SECRETS,
    },
)
METRICS: Final = Vocabulary(
    noun="metric",
    values={
        "name": _TEXT,
        "type": valued(one_of("counter", "gauge", "distribution", "set")),
        "value": _NUMBER_OR_NONE,
        "unit": _TEXT_OR_NONE,
        "attributes": _MAPPING,
        **_TRACED,
        **_SECRETS,
    },
)
CHECK_INS: Final = Vocabulary(
    noun="check-in",
    values={
        "monitor_slug": _TEXT,
        "status": valued(one_of("in_progress", "ok", "error")),
        "check_in_id": _TEXT,
        "duration": _NUMBER_OR_NONE,
        "monitor_config": _MAPPING,
        **dict.fromkeys(("release", "environment"), _TEXT_OR_NONE),
        **_SECRETS,
    },
)
SESSIONS: Final = Vocabulary(
    noun="session",
    values={
        "status": valued(or_none(one_of("ok", "exited", "crashed", "abnormal"))),
        "errors": valued(judge_number),
        **dict.fromkeys(("did", "sid", "started", "release", "environment"), _TEXT_OR_NONE),
        "duration": _NUMBER_OR_NONE,
        **dict.fromkeys(("attrs", "counts"), _MAPPING),
        **_SECRETS,
    },
)
ATTACHMENTS: Final = Vocabulary(
    noun="attachment",
    values={
        **dict.fromkeys(("filename", "attachment_type", "event_id"), _TEXT),
        "content_type": _TEXT_OR_NONE,
        "bytes": valued(judge_bytes),
        **_SECRETS,
    },
)
FEEDBACK: Final = Vocabulary(
    noun="feedback",
    values={
        "message": _TEXT,
        "match": searched("message"),
        **dict.fromkeys(("contact_email", "name", "url", "source", "associated_event_id", "trace_id"), _TEXT_OR_NONE),
        "tags": _MAPPING,
        **_SECRETS,
    },
)
ENVELOPES: Final = Vocabulary(
    noun="envelope",
    values={
        "headers": valued(judge_mapping, _headers),
        "event_id": valued(or_none(judge_text), lambda envelope: mapping_of(envelope.headers).get("event_id")),
        "items": _ITEMS,
        **_SECRETS,
    },
)
