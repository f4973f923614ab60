"""From what a recorder holds to the lists of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions import CapturedTransaction

from ._record import Interleaved, Step

if TYPE_CHECKING:
    from typing import Any

    from pytest_errortrack.assertions import Payload, Recorder
    from pytest_errortrack.interleave import Exploration

    from ._record import CapturedJson

__all__ = ["captured_lists", "interleaved_of", "late_lists"]


def captured_lists(recorder: Recorder) -> dict[str, Any]:
    """Return everything that a recorder holds, by the names of a record's lists."""
    telemetry = recorder.telemetry
    return {
        "events": [_report(event) for event in list(recorder.events) if not event.late],
        "transactions": [_report(each) for each in list(recorder.transactions) if not each.late],
        "breadcrumbs": [dict(crumb.payload) for crumb in list(recorder.breadcrumbs)],
        "logs": [_record(each) for each in list(telemetry.logs)],
        "metrics": [_record(each) for each in list(telemetry.metrics)],
        "check_ins": [_record(each) for each in list(telemetry.check_ins)],
        "sessions": [_record(each) for each in list(telemetry.sessions)],
        "feedback": [
            _record(each) | _present(message=each.message, name=each.name, contact_email=each.contact_email)
            for each in list(telemetry.feedback)
        ],
        "attachments": [
            {"filename": each.filename, "content_type": each.content_type, "size": len(each.bytes)}
            for each in list(telemetry.attachments)
        ],
        "dropped": [
            {
                "reason": lost.reason,
                "category": lost.category,
                "quantity": lost.quantity,
                "summary": lost.summary,
                "detail": lost.detail,
                "sdk": lost.sdk,
            }
            for lost in list(recorder.lost)
        ],
    }


def late_lists(late: Payload) -> dict[str, list[CapturedJson]]:
    """Return one late report by the name of its list."""
    return {"transactions" if isinstance(late, CapturedTransaction) else "events": [_report(late)]}


def interleaved_of(exploration: Exploration) -> Interleaved:
    """Return what an exploration came to."""
    places = {path: place for place, (path, _) in enumerate(exploration.actors)}
    steps = [
        Step(actor=places[row.actor], text=row.text.strip(), site=row.site, number=row.number)
        for row in exploration.steps
        if row.actor in places
    ]
    return Interleaved(
        summary=exploration.summary(),
        failed=exploration.failure is not None,
        token=exploration.token,
        preemptions=exploration.preemptions,
        actors=[name for _, name in exploration.actors],
        steps=steps,
    )


def _report(captured: Payload) -> CapturedJson:
    said: CapturedJson = {"title": getattr(captured, "title", captured.event_id), "payload": captured.payload}
    said |= {"sdk": captured.sdk, "captured_at": captured.captured_at, "thread": captured.thread}
    return said | _present(
        source=getattr(captured, "source", None),
        task=captured.task,
        actor=captured.actor,
        step=captured.circumstances.step,
        stranger=captured.stranger,
        late=captured.late,
        attachments=captured.attachments,
    )


def _record(captured: Any) -> CapturedJson:
    return {"payload": captured.payload} | _present(sdk=captured.sdk, captured_at=captured.captured_at)


def _present(**said: object) -> CapturedJson:
    return {name: value for name, value in said.items() if value not in (None, "", False, [])}
