"""What a report says of one attempt at a test, as one JSON object: its words, and how it is written and read.

`docs/reference/report-format.md` is the description for users. Writing is canonical: equal records are equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pytest_errortrack.sdk.protocol import decode

__all__ = [
    "SCHEMA",
    "CapturedJson",
    "Finding",
    "Interleaved",
    "Record",
    "ReportError",
    "Run",
    "Step",
    "canonical",
    "read_record",
    "record_of",
    "written",
]

SCHEMA: Final = 1
"""The version of the words below. A reader of another version refuses by name what it cannot read."""

CapturedJson: TypeAlias = dict[str, Any]


class ReportError(ValueError):
    """A report cannot be read or written; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of pytest.

    Attributes:
        id: tells it from every other run.
        started: when it began, in seconds since the epoch.
        python: the version of the interpreter, `3.11.7`.
        platform: `linux`, `darwin`, `win32`.
        pytest: its version.
        errortrack: the version of this package.
        options: our options that were given, as text.
    """

    id: str
    started: float = 0.0
    python: str = ""
    platform: str = ""
    pytest: str = ""
    errortrack: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a phase of a test failed, as pytest printed it.

    Attributes:
        when: `setup`, `call`, `teardown`, or `crash`.
        text: the failure.
    """

    when: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of an interleaving.

    Attributes:
        actor: whose it is, as an index of the actors.
        text: what was done.
        site: where, `file.py:12`.
        number: the step; None for a mark between steps.
    """

    actor: int
    text: str
    site: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interleaved:
    """What exploring interleavings came to.

    Attributes:
        summary: the claim, in one line.
        failed: whether a failing schedule was found.
        token: replays it; empty where there is none.
        preemptions: how many there are in the shrunk schedule.
        actors: their names.
        steps: the shrunk schedule.
    """

    summary: str
    failed: bool = False
    token: str = ""
    preemptions: int | None = None
    actors: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One attempt at a test, or what was reported after it had ended.

    Attributes:
        schema: the version of these words.
        nodeid: the test.
        outcome: `passed failed skipped xfailed xpassed crashed`, or `unknown` for what came late.
        run: the run of pytest.
        attempt: which attempt it was, from 1.
        worker: the worker of pytest-xdist; empty for a run without.
        late: whether this came after the attempt had ended.
        started: when it began, in seconds since the epoch.
        duration: how long it took, in seconds, with set-up and teardown.
        seed: the seed of Hypothesis, where one was given.
        findings: why it failed.
        interleaving: what exploring interleavings came to, where the test does.
        events: the captured events, each `{payload, title, source, captured_at, thread, task, actor, sdk, ...}`.
        transactions: the captured transactions, likewise.
        breadcrumbs: the payloads of all breadcrumbs, sent with an event or not.
        logs: structured logs, each with its payload.
        metrics: metrics, each with its payload.
        check_ins: check-ins, each with its payload.
        sessions: sessions, each with its payload.
        feedback: what users said, each with its payload, `message`, `name` and `contact_email`.
        attachments: `{filename, content_type, size}`; their content is not kept.
        dropped: what the SDKs dropped: `{reason, category, quantity, summary, detail, sdk}`.
        cut: how much was left out to keep the record small, by the name of the list; `texts` counts shortened values.
    """

    schema: int = SCHEMA
    nodeid: str
    outcome: str
    run: Run
    attempt: int = 1
    worker: str = ""
    late: bool = False
    started: float | None = None
    duration: float = 0.0
    seed: str | None = None
    findings: list[Finding] = field(default_factory=list)
    interleaving: Interleaved | None = None
    events: list[CapturedJson] = field(default_factory=list)
    transactions: list[CapturedJson] = field(default_factory=list)
    breadcrumbs: list[CapturedJson] = field(default_factory=list)
    logs: list[CapturedJson] = field(default_factory=list)
    metrics: list[CapturedJson] = field(default_factory=list)
    check_ins: list[CapturedJson] = field(default_factory=list)
    sessions: list[CapturedJson] = field(default_factory=list)
    feedback: list[CapturedJson] = field(default_factory=list)
    attachments: list[CapturedJson] = field(default_factory=list)
    dropped: list[CapturedJson] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, float, str, int, float, bool, str]:
        """What tells this attempt from every other one, in the order in which reports show them."""
        run, started = self.run, self.started or 0.0
        return (self.nodeid, run.started, run.id, self.attempt, started, self.late, self.worker)


def canonical(value: object) -> bytes:
    """Write a record, or a part of one, as compact JSON on one line; the keys of free mappings are sorted."""
    import msgspec  # noqa: PLC0415 - costs 30 ms, for runs that write a report

    return msgspec.json.encode(value, order="deterministic")


def written(record: Record) -> str:
    """Write a record as one line of text."""
    return canonical(record).decode()


def read_record(line: bytes | str) -> Record:
    """Read a record that `written` wrote.

    Raises:
        ReportError: it is none, or of another version.
    """
    try:
        return record_of(decode(line.encode() if isinstance(line, str) else line))
    except ReportError:
        raise
    except (ValueError, RecursionError) as error:
        raise ReportError(f"it is no JSON: {error}") from error


def record_of(value: object) -> Record:
    """Make a record of decoded JSON.

    Raises:
        ReportError: it is none, or of another version.
    """
    import msgspec  # noqa: PLC0415 - as above

    check_schema(value)
    try:
        record = msgspec.convert(value, Record)
    except msgspec.ValidationError as error:
        raise ReportError(f"it is no record: {error}") from error
    for name, number in record.cut.items():
        if number < 0:
            raise ReportError(f"it is no record: its 'cut' says that {number} of {name!r} were left out")
    return record


def check_schema(value: object) -> None:
    """Fail unless this is an object of the version that is read here.

    Raises:
        ReportError: it is not.
    """
    if not isinstance(value, dict) or "schema" not in value:
        raise ReportError("it is no record of pytest-errortrack: it has no 'schema'")
    if value["schema"] != SCHEMA or isinstance(value["schema"], bool):
        raise ReportError(
            f"it is of schema version {value['schema']!r}; this version of pytest-errortrack reads {SCHEMA}"
        )
