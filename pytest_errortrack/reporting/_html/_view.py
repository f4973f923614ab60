"""What a page shows, test by test: the records of one test in one run, brought together and bounded.

However large the report, the page stays one that a browser can open: the cards of failing tests come first, and when
the room for whole cards is used up, events are shown by their heads.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions import CapturedSession, Circumstances

from ._cards import LEVELS, Crumb, EventCard, TransactionCard, crumb_of, event_card, level_of, transaction_card
from ._sequence_diagram import Diagram, sequence_diagram
from ._text import amount, compact, date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_errortrack.reporting._document import Document
    from pytest_errortrack.reporting._record import CapturedJson, Finding, Interleaved, Record, Run

__all__ = ["AttemptView", "PageView", "TestView", "page_view"]

MOST_WHOLE_CARDS: Final = 1_000
"""How many events of a page are shown with everything."""

MOST_CARDS_OF_A_TEST: Final = 100
"""How many events and transactions of one attempt get a card at all."""

MOST_ROWS: Final = 200
"""How many logs, metrics and the like of one attempt are listed."""

MOST_OPEN: Final = 10
"""How many failing tests stand open when the page is opened."""

_OUTCOMES: Final = ("crashed", "failed", "flaky", "unknown", "xpassed", "xfailed", "skipped", "passed")
_BAD: Final = frozenset({"crashed", "failed"})


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt, or what came after it."""

    number: int
    outcome: str
    late: bool
    worker: str
    took: str
    seed: str
    findings: tuple[Finding, ...]
    interleaving: Interleaved | None
    diagram: Diagram | None
    events: tuple[EventCard, ...]
    more_events: int
    transactions: tuple[TransactionCard, ...]
    more_transactions: int
    crumbs: tuple[Crumb, ...]
    lists: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...]
    cut: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TestView:
    """One test in one run.

    Attributes:
        id: a name for links, the same in each report of this run.
        place: file and classes.
        name: the test itself.
        outcome: how it ended after all attempts; `flaky` where an earlier one failed and the last one passed.
        levels: which levels its events have.
        attempts: each of them.
        run: the run's number where the report has several.
        events: how many were captured.
        transactions: how many were captured.
        took: how long all attempts took.
        is_open: whether it stands open at first.
    """

    id: str
    place: str
    name: str
    outcome: str
    levels: tuple[str, ...]
    attempts: tuple[AttemptView, ...]
    run: int | None
    events: int
    transactions: int
    took: str
    is_open: bool

    @property
    def has_reports(self) -> bool:
        """Whether it captured anything that is shown."""
        return bool(self.events or self.transactions or any(each.crumbs or each.lists for each in self.attempts))

    @property
    def has_late(self) -> bool:
        """Whether anything came after its end."""
        return any(attempt.late for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page: counts as pairs of word and number, in the order in which they are shown."""

    tests: tuple[TestView, ...]
    runs: tuple[tuple[int, str, str], ...]
    outcomes: tuple[tuple[str, int], ...]
    levels: tuple[tuple[str, int], ...]
    events: int
    transactions: int
    late: int


def page_view(document: Document) -> PageView:
    """Bring the records of a report together."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in document.records:
        groups.setdefault((record.nodeid, record.run.id), []).append(record)
    ordered = sorted(groups.values(), key=lambda records: (_OUTCOMES.index(_outcome(records)), records[0].key))
    numbers = {run.id: number for number, run in enumerate(document.runs, start=1)}
    room = _Room()
    tests = tuple(
        _test(records, numbers[records[0].run.id] if len(numbers) > 1 else None, room=room) for records in ordered
    )
    outcomes = Counter(test.outcome for test in tests)
    levels = Counter(level_of(_level(said)) for record in document.records for said in record.events)
    counts = document.counts()
    return PageView(
        tests=tests,
        runs=tuple((numbers[run.id], _run_title(run), date(run.started)) for run in document.runs),
        outcomes=tuple((word, outcomes[word]) for word in _OUTCOMES if outcomes[word]),
        levels=tuple((level, levels[level]) for level in LEVELS if levels[level]),
        events=counts["events"],
        transactions=counts["transactions"],
        late=counts["late"],
    )


class _Room:
    """What of the page is left for whole cards, and for tests that stand open."""

    def __init__(self) -> None:
        self._cards = MOST_WHOLE_CARDS
        self._open = MOST_OPEN

    def has_card(self) -> bool:
        self._cards -= 1
        return self._cards >= 0

    def opens(self) -> bool:
        self._open -= 1
        return self._open >= 0


def _test(records: Sequence[Record], run: int | None, *, room: _Room) -> TestView:
    nodeid = records[0].nodeid
    outcome = _outcome(records)
    head, bracket, parameters = nodeid.partition("[")  # a parameter may hold `::` too
    place, colons, name = head.rpartition("::")
    levels = {level_of(_level(said)) for record in records for said in record.events}
    return TestView(
        id=f"t-{hashlib.sha256(f'{records[0].run.id} {nodeid}'.encode()).hexdigest()[:10]}",
        place=place + colons,
        name=f"{name}{bracket}{parameters}",
        outcome=outcome,
        levels=tuple(level for level in LEVELS if level in levels),
        attempts=tuple(_attempt(record, room) for record in records),
        run=run,
        events=sum(len(record.events) + record.cut.get("events", 0) for record in records),
        transactions=sum(len(record.transactions) + record.cut.get("transactions", 0) for record in records),
        took=amount(sum(record.duration for record in records)),
        is_open=outcome in _BAD and room.opens(),
    )


def _outcome(records: Iterable[Record]) -> str:
    outcomes = [record.outcome for record in records if not record.late]
    if not outcomes:
        return "unknown"
    if outcomes[-1] == "passed" and not _BAD.isdisjoint(outcomes):
        return "flaky"
    return outcomes[-1] if outcomes[-1] in _OUTCOMES else "unknown"


def _attempt(record: Record, room: _Room) -> AttemptView:
    events = record.events[:MOST_CARDS_OF_A_TEST]
    transactions = record.transactions[:MOST_CARDS_OF_A_TEST]
    interleaving = record.interleaving
    return AttemptView(
        number=record.attempt,
        outcome=record.outcome if record.outcome in _OUTCOMES else "unknown",
        late=record.late,
        worker=record.worker,
        took=amount(record.duration),
        seed=record.seed or "",
        findings=tuple(record.findings),
        interleaving=interleaving,
        diagram=None if interleaving is None else sequence_diagram(interleaving),
        events=tuple(event_card(said, brief=not room.has_card()) for said in events),
        more_events=len(record.events) - len(events) + record.cut.get("events", 0),
        transactions=tuple(transaction_card(said) for said in transactions),
        more_transactions=len(record.transactions) - len(transactions) + record.cut.get("transactions", 0),
        crumbs=tuple(crumb_of(payload) for payload in record.breadcrumbs[-MOST_ROWS:]),
        lists=tuple(_lists(record)),
        cut=tuple(
            (name.replace("_", " "), count)
            for name, count in sorted(record.cut.items())
            if name not in {"events", "transactions"}
        ),
    )


def _lists(record: Record) -> Iterable[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]]:
    """Yield heading, column heads and rows of each kind of small things."""
    kinds: tuple[tuple[str, list[CapturedJson], tuple[str, ...]], ...] = (
        ("Logs", [_within(each) for each in record.logs], ("level", "body", "attributes")),
        ("Metrics", [_within(each) for each in record.metrics], ("type", "name", "value", "unit", "attributes")),
        ("Check-ins", [_within(each) for each in record.check_ins], ("monitor_slug", "status", "duration")),
        ("Sessions", [_session(each) for each in record.sessions], ("status", "sid", "errors", "duration")),
        ("Feedback of users", record.feedback, ("message", "name", "contact_email")),
        ("Attachments", record.attachments, ("filename", "content_type", "size")),
        ("Dropped by the SDK", record.dropped, ("reason", "category", "quantity", "summary", "detail")),
    )
    for heading, things, names in kinds:
        if things:
            rows = tuple(tuple(_cell(thing.get(name)) for name in names) for thing in things[:MOST_ROWS])
            yield heading, tuple(name.replace("_", " ") for name in names), rows


def _cell(value: object) -> str:
    return "" if value is None else compact(value)


def _within(said: CapturedJson) -> CapturedJson:
    payload = said.get("payload")
    return payload if isinstance(payload, dict) else {}


def _session(said: CapturedJson) -> CapturedJson:
    """Give a session; of a bucket of them, as its status, how many ended in which way."""
    payload = _within(said)
    if payload.get("status") is not None:
        return payload
    counts = CapturedSession(payload, Circumstances()).counts
    return {**payload, "status": ", ".join(f"{name} x{count}" for name, count in counts.items())}


def _level(said: CapturedJson) -> object:
    return _within(said).get("level") or "error"


def _run_title(run: Run) -> str:
    parts = [f"Python {run.python}" if run.python else "", run.platform, f"pytest {run.pytest}" if run.pytest else ""]
    parts += [f"{name}={value}" for name, value in sorted(run.options.items())]
    return ", ".join(part for part in parts if part) or f"run {run.id[:8]}"
