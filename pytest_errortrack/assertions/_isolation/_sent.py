"""What of a stamped value was really sent: a callback may have changed it, or taken it away, after it was stamped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.assertions._captured import Json
    from pytest_errortrack.sdk.testing import Stamped

    from ._things import Thing

__all__ = ["GONE", "sent"]

GONE: Final = object()
"""Instead of a value that was not sent."""


def sent(thing: Thing, stamped: Stamped) -> object:
    """Find a stamped value in what was sent.

    A value that stands under a key of its own is told as it was sent: `before_send` may have masked it, and the key
    still says whose it is. A level, a name or a fingerprint that is another now was replaced: it is nobody's but
    the callback's.
    """
    find = _FINDERS.get(stamped.path[0], _as_stamped)
    return find(thing, stamped)


def _as_stamped(_: Thing, stamped: Stamped) -> object:
    return stamped.value


def _by_path(thing: Thing, stamped: Stamped) -> object:
    if stamped.path[:2] == ("contexts", "flags"):
        return _flag(thing, stamped)
    held: object = thing.payload
    for key in stamped.path:
        if isinstance(held, list) and key.isdecimal() and int(key) < len(held):
            held = held[int(key)]
        elif isinstance(held, dict) and key in held:
            held = held[key]
        else:
            return GONE
    return held


def _if_the_same(thing: Thing, stamped: Stamped) -> object:
    held = thing.payload.get(stamped.path[0])
    written = list(stamped.value) if isinstance(stamped.value, tuple) else stamped.value
    return held if held == written else GONE


def _flag(thing: Thing, stamped: Stamped) -> object:
    contexts = thing.payload.get("contexts") or {}
    values = (contexts.get("flags") or {}).get("values") or ()
    return next((each.get("result") for each in values if each.get("flag") == stamped.path[2]), GONE)


def _crumb(thing: Thing, stamped: Stamped) -> object:
    """Find a breadcrumb, wherever it stands by now; its message may have been masked."""
    alike = [crumb for crumb in _crumbs(thing.payload) if _signature(crumb) == _signature(stamped.value)]
    same = (crumb for crumb in alike if _message(crumb) == _message(stamped.value))
    return next(same, alike[0] if alike else GONE)


def _crumbs(payload: Json) -> list[Any]:
    held = payload.get("breadcrumbs")
    values = held.get("values") if isinstance(held, dict) else held
    return values if isinstance(values, list) else []


def _signature(crumb: object) -> tuple[object, ...]:
    """Say what of a breadcrumb stays when its message is masked; times are written in two ways."""
    if not isinstance(crumb, dict):
        return (crumb,)
    when = crumb.get("timestamp")
    if isinstance(when, datetime):
        when = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return when, crumb.get("type"), crumb.get("category")


def _message(crumb: object) -> object:
    return crumb.get("message") if isinstance(crumb, dict) else None


def _attachment(thing: Thing, stamped: Stamped) -> object:
    name = getattr(stamped.value, "filename", stamped.path[-1])
    return stamped.value if name in thing.attachments else GONE


def _attribute(thing: Thing, stamped: Stamped) -> object:
    held = thing.payload.get("attributes")
    value = held.get(stamped.path[1], GONE) if isinstance(held, dict) else GONE
    return value["value"] if isinstance(value, dict) and "value" in value else value


_FINDERS: Final[dict[str, Callable[[Thing, Stamped], object]]] = {
    **dict.fromkeys(("tags", "extra", "user", "contexts", "spans", "measurements"), _by_path),
    **dict.fromkeys(("level", "fingerprint", "transaction", "trace_id", "span_id"), _if_the_same),
    "breadcrumbs": _crumb,
    "attachments": _attachment,
    "attributes": _attribute,
}
