"""A whole report: runs and records, each once, in an order that does not depend on how they came together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._record import SCHEMA, Record, ReportError, Run, canonical, check_schema, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Document", "document_of", "json_text", "jsonl_text", "merge"]


@dataclass(frozen=True, slots=True)
class Document:
    """What one report file says.

    Attributes:
        runs: the runs of pytest, the earliest first.
        records: their attempts, by test.
        damaged: what could not be read, one line for each file that was cut short.
    """

    runs: tuple[Run, ...]
    records: tuple[Record, ...]
    damaged: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Iterable[Record], *, runs: Iterable[Run] = (), damaged: Iterable[str] = ()) -> Document:
        """Put records and runs in their order, each once.

        Of two records that claim to be of the same attempt, the one that says more is kept.
        """
        kept: dict[object, Record] = {}
        known: dict[str, Run] = {}
        for record in records:
            other = kept.get(record.key)
            kept[record.key] = record if other is None else max(record, other, key=_weight)
        for run in [*runs, *(record.run for record in kept.values())]:
            known[run.id] = max(run, known.get(run.id, run), key=_weight)
        return cls(
            runs=tuple(sorted(known.values(), key=lambda run: (run.started, run.id))),
            records=tuple(sorted(kept.values(), key=lambda record: record.key)),
            damaged=tuple(sorted(set(damaged))),
        )

    def counts(self) -> dict[str, int]:
        """Count tests, attempts, outcomes and what was captured."""
        attempts = [record for record in self.records if not record.late]
        counts = Counter(record.outcome for record in attempts)
        return {
            "tests": len({(record.nodeid, record.run.id) for record in self.records}),
            "attempts": len(attempts),
            **{outcome: counts[outcome] for outcome in sorted(counts)},
            "events": sum(len(record.events) + record.cut.get("events", 0) for record in self.records),
            "transactions": sum(
                len(record.transactions) + record.cut.get("transactions", 0) for record in self.records
            ),
            "late": sum(len(record.events) + len(record.transactions) for record in self.records if record.late),
        }

    def headline(self) -> str:
        """Say in one line what is in it."""
        counts = self.counts()
        tests = f"{_amount(counts['attempts'], 'attempt')} at {_amount(counts['tests'], 'test')}"
        return f"{tests}, {_amount(counts['events'], 'event')}, {_amount(counts['transactions'], 'transaction')}"


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _weight(value: object) -> tuple[int, bytes]:
    text = canonical(value)
    return len(text), text


def merge(*documents: Document) -> Document:
    """Join reports; the order and repetition of the arguments make no difference."""
    return Document.of(
        (record for document in documents for record in document.records),
        runs=(run for document in documents for run in document.runs),
        damaged=(line for document in documents for line in document.damaged),
    )


def jsonl_text(document: Document) -> bytes:
    """Write one record a line."""
    return b"".join(canonical(record) + b"\n" for record in document.records)


def json_text(document: Document) -> bytes:
    """Write all of it as one JSON document, one record a line."""
    head = canonical({"schema": SCHEMA, "counts": document.counts(), "runs": list(document.runs)})
    records = b",\n".join(canonical(record) for record in document.records)
    return head[:-1] + b',"records":[\n' + records + b"\n]}\n"


def document_of(value: Any) -> Document:
    """Make a document of the decoded JSON that `json_text` wrote.

    Raises:
        ReportError: it is none, or of another version.
    """
    import msgspec  # noqa: PLC0415 - costs 30 ms, for runs that deal with reports

    check_schema(value)
    if not isinstance(value.get("records"), list):
        raise ReportError("it is no report of pytest-errortrack: it has no list 'records'")
    try:
        runs = msgspec.convert(value.get("runs", []), list[Run])
    except msgspec.ValidationError as error:
        raise ReportError(f"its runs cannot be read: {error}") from error
    return Document.of((record_of(each) for each in value["records"]), runs=runs)
