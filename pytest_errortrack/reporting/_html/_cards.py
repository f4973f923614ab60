"""Captured events and transactions as cards: what a reader sees of one, picked from its payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions import LEVELS as FROM_THE_LEAST
from pytest_errortrack.assertions import CapturedEvent, CapturedTransaction, Circumstances, level_called

from ._text import clock, compact, pretty
from ._waterfall import Waterfall, waterfall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.assertions import CapturedException, CapturedFrame
    from pytest_errortrack.reporting._record import CapturedJson

__all__ = ["Crumb", "EventCard", "Frame", "Link", "TransactionCard", "crumb_of", "event_card", "transaction_card"]

LEVELS: Final = FROM_THE_LEAST[::-1]
MOST_FRAMES: Final = 40
"""How many frames of one exception are shown: the innermost ones."""

MOST_CRUMBS: Final = 100
MOST_PAIRS: Final = 100

_COMMAND_LINE: Final = "sys.argv"
"""An extra that `sentry_sdk` adds to each event: here it is always pytest's."""

_LEAST_OF_LOGS: Final = "trace"
"""A level of logs that events do not have."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Crumb:
    """One breadcrumb as a row."""

    time: str
    level: str
    category: str
    message: str
    data: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack, with its lines as triples of number, text and whether it is the one."""

    function: str
    place: str
    in_app: bool
    lines: tuple[tuple[int | None, str, bool], ...]
    vars: Pairs


@dataclass(frozen=True, slots=True)
class Link:
    """One exception of a chain: the frames are the innermost ones, the innermost first."""

    type: str
    value: str
    module: str
    mechanism: str
    frames: tuple[Frame, ...]
    more_frames: int


@dataclass(frozen=True, slots=True)
class EventCard:
    """One event.

    Attributes:
        level: one of `LEVELS`.
        type: the exception's, or `message`.
        message: what it says.
        culprit: where it happened.
        facts: who captured it, where and how.
        tags: its tags.
        user: its user.
        fingerprint: how it is grouped.
        links: the chain of exceptions, the captured one first.
        crumbs: what happened before.
        extra: what else was said.
        folded: contexts and request, as pairs of heading and text.
        attachments: their names.
        late: whether its test had ended.
        brief: whether only the head is shown.
    """

    level: str
    type: str
    message: str
    culprit: str
    facts: Pairs
    tags: Pairs = ()
    user: Pairs = ()
    fingerprint: str = ""
    links: tuple[Link, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    extra: Pairs = ()
    folded: Pairs = ()
    attachments: tuple[str, ...] = ()
    late: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class TransactionCard:
    """One transaction: its head and its waterfall."""

    name: str
    op: str
    status: str
    took: str
    facts: Pairs
    tags: Pairs
    folded: Pairs
    waterfall: Waterfall


def event_card(said: CapturedJson, *, brief: bool = False) -> EventCard:
    """Make the card of one event of a record."""
    event = CapturedEvent(_mapping(said.get("payload")), raw=b"", circumstances=Circumstances())
    links = event.exceptions[::-1]
    head = EventCard(
        level=level_of(event.level),
        type=links[0].type if links else "message",
        message=(links[0].value if links else event.message) or "",
        culprit=_culprit(event, said),
        facts=_facts(said, event),
        late=bool(said.get("late")),
        brief=brief,
    )
    if brief:
        return head
    return EventCard(
        level=head.level,
        type=head.type,
        message=head.message,
        culprit=head.culprit,
        facts=head.facts,
        late=head.late,
        tags=_pairs(event.tags),
        user=_pairs(event.user),
        fingerprint=", ".join(map(str, event.fingerprint)) if isinstance(event.fingerprint, list) else "",
        links=tuple(map(_link, links)),
        crumbs=tuple(crumb_of(crumb.payload) for crumb in event.breadcrumbs[-MOST_CRUMBS:]),
        extra=_pairs({name: value for name, value in event.extra.items() if name != _COMMAND_LINE}),
        folded=_folded(event.payload, {"request": "Request", "contexts": "Contexts"}),
        attachments=tuple(map(str, _list(said.get("attachments")))),
    )


def transaction_card(said: CapturedJson) -> TransactionCard:
    """Make the card of one transaction of a record."""
    transaction = CapturedTransaction(_mapping(said.get("payload")), raw=b"", circumstances=Circumstances())
    drawn = waterfall(transaction)
    return TransactionCard(
        name=transaction.name or "(no name)",
        op=transaction.op,
        status=str(transaction.status or "no status"),
        took=drawn.bars[0].took,
        facts=_facts(said, transaction),
        tags=_pairs(transaction.tags),
        folded=_folded(
            transaction.payload, {"measurements": "Measurements", "request": "Request", "contexts": "Contexts"}
        ),
        waterfall=drawn,
    )


def crumb_of(payload: CapturedJson) -> Crumb:
    """Make a row of a breadcrumb."""
    data = payload.get("data")
    return Crumb(
        time=clock(payload.get("timestamp")),
        level=level_of(payload.get("level") or "info"),
        category=str(payload.get("category") or payload.get("type") or ""),
        message=str(payload.get("message") or ""),
        data=compact(data) if data else "",
    )


def level_of(level: object) -> str:
    """Return one of `LEVELS` for whatever a payload says."""
    word = str(level).lower()
    return level_called("debug" if word == _LEAST_OF_LOGS else word) or "error"


def _culprit(event: CapturedEvent, said: CapturedJson) -> str:
    outermost = event.exception
    frames = outermost.frames if outermost else []
    own = [frame for frame in frames if frame.in_app] or frames
    if own:
        return f"{own[-1].function or '?'}  {_place(own[-1])}"
    place = str(said.get("captured_at") or "")
    return place.replace("\\", "/").rpartition("/")[2]


def _facts(said: CapturedJson, captured: CapturedEvent | CapturedTransaction) -> Pairs:
    known = {
        "captured at": said.get("captured_at"),
        "by": said.get("source"),
        "actor": said.get("actor"),
        "thread": said.get("thread"),
        "task": said.get("task"),
        "step": said.get("step"),
        "SDK": said.get("sdk"),
        "transaction": captured.transaction if isinstance(captured, CapturedEvent) else None,
        "logger": getattr(captured, "logger", None),
        "release": captured.release,
        "environment": captured.environment,
        "trace": captured.trace_id,
        "owner": "unknown: counted to the test that ran" if said.get("stranger") else None,
    }
    return tuple((name, str(value)) for name, value in known.items() if value)


def _link(link: CapturedException) -> Link:
    frames = link.frames[::-1]
    handled = link.mechanism.get("handled")
    how = str(link.mechanism.get("type") or "")
    said = {"True": "handled", "False": "unhandled"}.get(str(handled), "")  # a payload may hold anything
    return Link(
        type=link.type or "(no type)",
        value=link.value,
        module=link.module,
        mechanism=", ".join(part for part in (how, said) if part),
        frames=tuple(map(_frame, frames[:MOST_FRAMES])),
        more_frames=max(0, len(frames) - MOST_FRAMES),
    )


def _frame(frame: CapturedFrame) -> Frame:
    before = _list(frame.payload.get("pre_context"))
    here = frame.payload.get("context_line")
    after = _list(frame.payload.get("post_context"))
    number = frame.lineno if isinstance(frame.lineno, int) else None
    lines: list[tuple[int | None, str, bool]] = []
    if here is not None:
        texts = [*before, here, *after]
        first = None if number is None else number - len(before)
        lines = [
            (None if first is None else first + place, str(text), place == len(before))
            for place, text in enumerate(texts)
        ]
    return Frame(frame.function or "?", _place(frame), frame.in_app, tuple(lines), _pairs(frame.vars))


def _place(frame: CapturedFrame) -> str:
    name = frame.filename or str(frame.payload.get("abs_path") or frame.payload.get("module") or "?")
    return f"{name}:{frame.lineno}" if frame.lineno else name


def _folded(payload: CapturedJson, headings: Mapping[str, str]) -> Pairs:
    return tuple((heading, pretty(payload[name])) for name, heading in headings.items() if payload.get(name))


def _pairs(mapping: Mapping[str, Any]) -> Pairs:
    return tuple((str(name), compact(value)) for name, value in list(mapping.items())[:MOST_PAIRS])


def _mapping(value: object) -> CapturedJson:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
