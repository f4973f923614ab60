"""What an event of `sentry_sdk` captured here and now would get from the scopes."""

from __future__ import annotations

import copy
from collections import deque
from typing import Any, Final

import sentry_sdk

__all__ = ["merged_scope"]

_FIELDS: Final = {
    "level": "_level",
    "user": "_user",
    "tags": "_tags",
    "extra": "_extras",
    "contexts": "_contexts",
    "fingerprint": "_fingerprint",
    "transaction": "_transaction",
    "breadcrumbs": "_breadcrumbs",
}


def merged_scope() -> dict[str, Any]:
    """Return copies of what the merged scopes hold, in the payload's words; no processor runs."""
    merged = sentry_sdk.get_current_scope()._merge_scopes()  # noqa: SLF001 - the public way would run the processors
    held = {word: getattr(merged, slot, None) for word, slot in _FIELDS.items()}
    return {word: _copied(value) for word, value in held.items() if value}


def _copied(value: object) -> object:
    return list(value) if isinstance(value, deque) else copy.copy(value)
