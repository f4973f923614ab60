"""Making an event that is too big smaller: what explains least goes first, and the event says what is gone.

Variables, the data of breadcrumbs, long extras and then all of them, frames in the middle, and last every long text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize import TIGHT_LIMITS, normalise
from pytest_errortrack.sdk.protocol import copied, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.sdk.protocol import Event

__all__ = ["encode_smaller"]

_FRAMES_PER_END = 25


def encode_smaller(event: Event, *, limit: int) -> bytes | None:
    """Return the bytes of an event of JSON values without as much of it as need be, or None if nothing helps.

    Args:
        event: is left as it is.
        limit: how many bytes there may be.
    """
    shrunk: Event = copied(event)
    own = shrunk.get("errors")
    errors = shrunk["errors"] = list(own) if isinstance(own, list) else []
    for name, shrink in _STEPS:
        if not shrink(shrunk):
            continue
        reason = f"it was made shorter or left out: the event was bigger than {limit} bytes"
        errors.append({"type": "value_too_long", "name": name, "reason": reason})
        payload = encode(shrunk)
        if len(payload) <= limit:
            return payload
    payload = encode(normalise(shrunk, TIGHT_LIMITS))
    return payload if len(payload) <= limit else None


def _without_variables(event: Event) -> bool:
    return any([frame.pop("vars", None) for stack in _stacks(event) for frame in _dicts(stack["frames"])])  # noqa: C419 - all of them, not only the first


def _without_crumb_data(event: Event) -> bool:
    return any([crumb.pop("data", None) for crumb in _values(event, "breadcrumbs")])  # noqa: C419 - as above


def _with_short_extra(event: Event) -> bool:
    extra = event.get("extra")
    if not extra:
        return False
    event["extra"] = normalise({"extra": extra}, TIGHT_LIMITS)["extra"]
    return bool(event["extra"] != extra)


def _without_extra(event: Event) -> bool:
    return bool(event.pop("extra", None))


def _with_fewer_frames(event: Event) -> bool:
    is_changed = False
    for stack in _stacks(event):
        frames = stack["frames"]
        if len(frames) > 2 * _FRAMES_PER_END:
            stack["frames"] = [*frames[:_FRAMES_PER_END], *frames[-_FRAMES_PER_END:]]
            is_changed = True
    return is_changed


def _stacks(event: Event) -> Iterator[Event]:
    for field in ("exception", "threads"):
        for value in _values(event, field):
            stack = value.get("stacktrace")
            if isinstance(stack, dict) and isinstance(stack.get("frames"), list):
                yield stack


def _values(event: Event, field: str) -> list[Event]:
    part = event.get(field)
    return _dicts(part.get("values") if isinstance(part, dict) else part)


def _dicts(values: Any) -> list[Event]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


_STEPS: tuple[tuple[str, Callable[[Event], bool]], ...] = (
    ("exception.values.stacktrace.frames.vars", _without_variables),
    ("breadcrumbs.values.data", _without_crumb_data),
    ("extra", _with_short_extra),
    ("extra", _without_extra),
    ("exception.values.stacktrace.frames", _with_fewer_frames),
)
