"""What a test captured, as the report of a test shows it: compact, and bounded."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedTransaction, Payload
from pytest_errortrack.assertions._wording import LONGEST, one_line, said

from ._absence import set_up_note
from ._layout import bounded
from ._losses import lost_lines
from ._titles import culprit_of, plural, titled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["report_section"]

MOST_EVENTS: Final = 8
MOST_TRANSACTIONS: Final = 3
MOST_SPANS: Final = 8
MOST_CRUMBS: Final = 3

_COMMAND_LINE: Final = "sys.argv"
"""An extra that `sentry_sdk` adds to each event: here it is always pytest's."""


def report_section(recorder: Recorder) -> str:
    """Compose the section that a failing test gets: everything captured, bounded; empty when there is nothing."""
    events, transactions = list(recorder.events), list(recorder.transactions)
    lines = [line for event in _few(events, MOST_EVENTS) for line in _event_lines(event)]
    lines += _left_out("event", len(events), MOST_EVENTS)
    lines += [line for each in _few(transactions, MOST_TRANSACTIONS) for line in _transaction_lines(each)]
    lines += _left_out("transaction", len(transactions), MOST_TRANSACTIONS)
    lines += _telemetry_lines(recorder)
    lines += [line[2:] for line in lost_lines(recorder.lost)]
    note = set_up_note(recorder, [*events, *transactions]) if events or transactions else ""
    return "\n".join([*bounded(lines), *([note] if note else [])])


def _few(items: Sequence[Payload], most: int) -> list[Payload]:
    """Take the first ones, and of too many the last as well."""
    return list(items) if len(items) <= most else [*items[: most - 1], items[-1]]


def _left_out(noun: str, total: int, most: int) -> list[str]:
    return [f"... {total - most} more {plural(noun, total - most)} before the last"] if total > most else []


def _event_lines(event: Payload) -> Iterator[str]:
    yield titled(event)
    if isinstance(event, CapturedEvent):
        frame = culprit_of(event)
        if frame is not None and f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" != str(event.circumstances.site):
            place = f"{frame.function} ({frame.filename}:{frame.lineno})"
            yield f"    raised in {one_line(place, longest=LONGEST - 14)}"
    for name in ("tags", "user", "extra"):
        value = {key: each for key, each in getattr(event, name).items() if key != _COMMAND_LINE}
        if value:
            yield f"    {name} {said(value, longest=LONGEST - 6 - len(name))}"
    crumbs = event.breadcrumbs[-MOST_CRUMBS:]
    if crumbs:
        told = ", ".join(one_line(crumb.message or crumb.category, longest=40) for crumb in crumbs)
        yield f"    last {plural('breadcrumb', len(crumbs))} {one_line(told, longest=LONGEST - 22)}"


def _transaction_lines(transaction: Payload) -> Iterator[str]:
    yield f"transaction {titled(transaction)}"
    if isinstance(transaction, CapturedTransaction) and transaction.spans:
        tree = transaction.span_tree().split("\n")[1:]  # the first line is the transaction, told above
        yield from (f"  {one_line(line)}" for line in tree[:MOST_SPANS])
        if len(tree) > MOST_SPANS:
            yield f"    ... {len(tree) - MOST_SPANS} more spans"


def _telemetry_lines(recorder: Recorder) -> Iterator[str]:
    if not recorder.has_ended:
        recorder.flush_pending()
    kept = recorder.telemetry
    kinds = (("log", kept.logs), ("metric", kept.metrics), ("check-in", kept.check_ins), ("session", kept.sessions))
    for noun, items in kinds:
        if items:
            last = "the last " if len(items) > 1 else ""
            yield one_line(f"{len(items)} {plural(noun, len(items))}: {last}{items[-1]!r}")
    if kept.attachments:
        names = ", ".join(each.filename for each in islice(kept.attachments, 8))
        yield one_line(f"{len(kept.attachments)} {plural('attachment', len(kept.attachments))}: {names}")
    if recorder.breadcrumbs and not recorder.events:
        yield f"{len(recorder.breadcrumbs)} {plural('breadcrumb', len(recorder.breadcrumbs))}, sent with no event"
