"""The captured things that the oracle looks at, all in one form: events, transactions, logs and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedLog, CapturedMetric, CapturedTransaction
from pytest_errortrack.assertions._wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_errortrack.assertions._actors import Actor
    from pytest_errortrack.assertions._captured import Circumstances, Json
    from pytest_errortrack.assertions._recording import Recorder
    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["Thing", "Watched", "everything", "things"]

_LONGEST_TITLE: Final = 40
_NAMES: Final = {
    CapturedEvent: "events",
    CapturedTransaction: "transactions",
    CapturedLog: "logs",
    CapturedMetric: "metrics",
}

Watched = CapturedEvent | CapturedTransaction | CapturedLog | CapturedMetric


@dataclass(frozen=True, slots=True)
class Thing:
    """One captured thing.

    Attributes:
        label: what a failure calls it, `events[0]`.
        item: the thing itself, as a test has it.
        stamped: the values that it took from scopes and spans, with the stamps of their writers.
        attachments: the names of the files that were sent with it.
    """

    label: str
    item: Watched
    stamped: Sequence[Stamped]
    attachments: Sequence[str] = ()

    @property
    def payload(self) -> Json:
        """All of it, as it went over the wire."""
        return self.item.payload

    @property
    def circumstances(self) -> Circumstances:
        """Who captured it, where and when."""
        return self.item.circumstances

    @property
    def actor(self) -> Actor | None:
        """Who captured it; None where nobody knows."""
        return self.item.circumstances.actor

    @property
    def is_whole(self) -> bool:
        """Whether it carries all that scopes hold: an event or a transaction."""
        return isinstance(self.item, CapturedEvent | CapturedTransaction)

    def title(self) -> str:
        """Say what it says, in a few words."""
        return one_line(_words(self.item), longest=_LONGEST_TITLE)


def things(captured: Iterable[Watched], recorder: Recorder) -> list[Thing]:
    """Put captured things in the one form; each is called by its place."""
    return [_thing(index, item, recorder) for index, item in enumerate(captured)]


def everything(events: Iterable[Watched], recorder: Recorder) -> list[Thing]:
    """Put these events, and all transactions, logs and metrics of the recording, in the one form.

    Metrics that an older SDK added up before it sent them are nobody's in particular, and left out.
    """
    telemetry = recorder.telemetry
    found = things(events, recorder) + things(list(recorder.transactions), recorder)
    for kind in (telemetry.logs, telemetry.metrics):
        found += [thing for thing in things(list(kind), recorder) if thing.actor is not None]
    return found


def _thing(index: int, item: Watched, recorder: Recorder) -> Thing:
    label = f"{_NAMES[type(item)]}[{index}]"
    if isinstance(item, CapturedLog | CapturedMetric):
        return Thing(label, item, item.circumstances.stamped)
    return Thing(label, item, recorder.stamped.get(item.event_id, ()), item.attachments)


def _words(item: Watched) -> str:
    if isinstance(item, CapturedEvent):
        exception = item.exception
        said = f"{exception.type}: {exception.value}" if exception is not None else item.message
        return said or item.title
    return item.body if isinstance(item, CapturedLog) else item.name
