"""The files that go along with an event: those of the scopes, and those that hint and callbacks add.

https://develop.sentry.dev/sdk/data-model/envelope-items/#attachment
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import Attachment, ScopeState
from pytest_errortrack.sdk.protocol import Item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.sdk._pipeline import LossRecorder

__all__ = ["attachment_items", "attachments_of"]

_MAX_ENVELOPE_SIZE = 200 * 1024 * 1024
_RESERVED = 2 * 1024 * 1024  # for the event itself, the headers, and a report of losses


def attachments_of(states: Sequence[ScopeState], given: object) -> list[Any]:
    """Return the attachments of the scopes, and what a hint has besides."""
    attachments: list[Any] = [attachment for state in states for attachment in state["attachments"]]
    if isinstance(given, (list, tuple)):
        attachments += given
    return attachments


def attachment_items(attachments: object, *, limit: int, losses: LossRecorder) -> list[Item]:
    """Return attachments as items; one that cannot be read, or is too big, is left out alone and counted.

    Args:
        attachments: what the callbacks left in the hint.
        limit: how many bytes one of them may have; all of them together may have what an envelope may.
        losses: counts what is left out.
    """
    items: list[Item] = []
    left = _MAX_ENVELOPE_SIZE - _RESERVED
    for attachment in attachments if isinstance(attachments, (list, tuple)) else ():
        if not isinstance(attachment, Attachment):
            log.error("an attachment is left out: it has to be an Attachment (found %s)", type(attachment).__name__)
            continue
        item = _item(attachment, min(limit, left), losses)
        if item is not None:
            left -= len(item.payload)
            items.append(item)
    return items


def _item(attachment: Attachment, limit: int, losses: LossRecorder) -> Item | None:
    try:
        content = _content(attachment, limit)
    except OSError as error:
        log.error("the attachment %s cannot be read: %s", attachment.filename, error)
        detail = f"it cannot be read: {error}"
        losses.record("internal_sdk_error", "attachment", 1, summary=attachment.filename, detail=detail)
        return None
    if len(content) > limit:
        detail = f"it is bigger than {limit} bytes"
        losses.record("invalid", "attachment", len(content), summary=attachment.filename, detail=detail)
        return None
    headers = {
        "type": "attachment",
        "filename": attachment.filename,
        "attachment_type": "event.attachment",
        "content_type": attachment.content_type or "application/octet-stream",
    }
    return Item(headers, content)


def _content(attachment: Attachment, limit: int) -> bytes:
    if attachment.content is not None:
        return attachment.content
    with open(str(attachment.path), "rb") as file:  # noqa: PTH123 - a path as the user gave it, read once
        return file.read(limit + 1)
