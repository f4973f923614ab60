"""How reports from outside join those that a test captures itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions import CapturedEvent, CapturedTransaction, Circumstances
from pytest_errortrack.sdk.protocol import decode

from ._seen_breadcrumbs import SeenBreadcrumbs
from ._segments import Segments, spans_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.assertions import Recorder
    from pytest_errortrack.sdk import Item

    from ._intake import Arrival

__all__ = ["Joining"]


class Joining:
    """Hands what arrives to a recorder, one arrival at a time.

    Args:
        recorder: finds the recorder that it is meant for.
        is_stranger: tells whether nobody knows that it is meant for that one: it counts to the test that runs.
    """

    def __init__(self, recorder: Callable[[], Recorder], *, is_stranger: Callable[[], bool] = lambda: False) -> None:
        self._recorder = recorder
        self._is_stranger = is_stranger
        self._segments = Segments()
        self._seen_breadcrumbs = SeenBreadcrumbs()
        self._latest: tuple[Recorder, int] | None = None

    def take(self, arrival: Arrival) -> None:
        """Record what arrived: the envelope with all of its items, transactions sent as spans, breadcrumbs."""
        recorder = self._recorder()
        latest = (recorder, recorder.clearings)
        if latest != self._latest:
            self._latest = latest
            self._seen_breadcrumbs.begin()
        circumstances = Circumstances(
            sdk=arrival.sdk,
            nodeid=recorder.nodeid,
            request=_unit_of(arrival),
            is_stranger=self._is_stranger(),
            is_late=recorder.has_ended,
        )
        for item in arrival.envelope.items:
            if item.type == "span":
                self._take_spans(item, recorder, circumstances)
            elif item.type == "event":
                self._take_breadcrumbs(item, recorder, circumstances)
        recorder.receive(arrival.wire, sdk=arrival.sdk, told_losses=False, circumstances=circumstances)

    def _take_spans(self, item: Item, recorder: Recorder, circumstances: Circumstances) -> None:
        for payload in self._segments.take(spans_of(item)):
            recorder.take_transaction(CapturedTransaction(payload, raw=item.payload, circumstances=circumstances))

    def _take_breadcrumbs(self, item: Item, recorder: Recorder, circumstances: Circumstances) -> None:
        """Take those that went with an event; a process sends the same one with every event that follows it."""
        event = CapturedEvent(decode(item.payload), raw=item.payload, circumstances=circumstances)
        for payload in self._seen_breadcrumbs.fresh(crumb.payload for crumb in event.breadcrumbs):
            recorder.breadcrumb(payload)


def _unit_of(arrival: Arrival) -> object:
    """Tell units of work apart, though nobody knows who does them: a trace is one, in however many processes.

    What has no trace is a unit of its own. `assert_isolated(key=...)` compares by these.
    """
    return _trace_id(arrival) or object()


def _trace_id(arrival: Arrival) -> str:
    """Find the trace that an arrival is part of: that of its event, or the one that the envelope's header names."""
    for item in arrival.envelope.items:
        if item.type in {"event", "transaction"}:
            view = CapturedEvent(decode(item.payload), raw=item.payload, circumstances=Circumstances(sdk=arrival.sdk))
            if view.trace_id:
                return str(view.trace_id)
    trace = arrival.envelope.headers.get("trace")
    return str(trace.get("trace_id") or "") if isinstance(trace, dict) else ""
