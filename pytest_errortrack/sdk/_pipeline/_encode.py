"""The last step of an event: tags in order, values bounded, bytes of at most a megabyte.

https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._pipeline._shrinking import encode_smaller
from pytest_errortrack.sdk._serialize import DEFAULT_LIMITS, bounded, normalise, safe_str
from pytest_errortrack.sdk.protocol import encode

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["encode_event"]

_MAX_EVENT_SIZE = 1024 * 1024
_TAG_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,32}\Z")
_LONGEST_TAG = 200


def encode_event(event: Event, *, trusted: frozenset[int] = frozenset(), scrubs: bool = False) -> bytes | None:
    """Return an event's bytes: of one that is too big without what matters least, or None if that does not help.

    Args:
        event: anything at all.
        trusted: the ids of the parts that are as the SDK built them; see `normalise`.
        scrubs: whether secrets have still to be left out.
    """
    _put_tags_in_order(event)
    normal = normalise(event, DEFAULT_LIMITS, trusted=trusted, scrubs=scrubs)
    payload = encode(normal)
    return payload if len(payload) <= _MAX_EVENT_SIZE else encode_smaller(normal, limit=_MAX_EVENT_SIZE)


def _put_tags_in_order(event: Event) -> None:
    """Make tags what a server takes: short strings without newlines; say in `errors` which keys it would refuse."""
    tags = event.get("tags")
    if not isinstance(tags, dict):
        return
    kept: Event = {}
    errors: list[Json] = []
    for key, value in tags.items():
        name = key if type(key) is str else safe_str(key, _LONGEST_TAG)
        if not _TAG_KEY.match(name):
            errors.append({"type": "invalid_data", "name": f"tags.{name[:_LONGEST_TAG]}", "reason": "invalid tag key"})
        elif type(value) is str and len(value) <= _LONGEST_TAG and value.isprintable():
            kept[name] = value
        else:
            kept[name] = bounded(_one_line(value), _LONGEST_TAG)
    event["tags"] = kept
    if errors:
        own = event.get("errors")
        event["errors"] = [*(own if isinstance(own, list) else ()), *errors]


def _one_line(value: object) -> str:
    return safe_str(value, _LONGEST_TAG + 1).replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
