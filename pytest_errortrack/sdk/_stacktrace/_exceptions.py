"""Exceptions: from a live one, with everything that led to it, to the `exception.values` of an event.

https://develop.sentry.dev/sdk/data-model/event-payloads/exception/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk._stacktrace._frames import FrameBuilder
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["Link", "exception_values", "links_of"]

_MOST_LINKS = 50
_UNPRINTABLE = "<unprintable>"


class Link(NamedTuple):
    """One exception of a chain or group, and how it belongs to another one."""

    error: BaseException
    number: int
    parent: int | None
    source: str | None


def links_of(error: BaseException) -> list[Link]:
    """Return an exception and all that led to it, the captured one first; at most 50, each once.

    Works without recursion: chains and groups may be nested deeper than Python's stack is.
    """
    links: list[Link] = []
    seen: set[int] = set()  # the links keep the exceptions alive while their ids stand for them
    pending: list[tuple[BaseException, int | None, str | None]] = [(error, None, None)]
    while pending and len(links) < _MOST_LINKS:
        current, parent, source = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        number = len(links)
        links.append(Link(current, number, parent, source))
        following = _causes_of(current)
        # the last one pushed is looked at first: a cause comes before the members of a group
        pending += [(led, number, name) for led, name in reversed(following)]
    return links


def exception_values(
    links: list[Link],
    *,
    mechanism: Mapping[str, Json],
    frames: FrameBuilder,
    write: Callable[[Mapping[str, object]], Event] | None,
) -> list[Event]:
    """Return the `exception.values` of an event, what happened first first.

    Args:
        links: the captured exception and what led to it.
        mechanism: how the captured one was caught.
        frames: builds their stack traces.
        write: turns a frame's variables into JSON; None leaves them out.
    """
    values = []
    for link in links:
        is_group = isinstance(link.error, BaseExceptionGroup)
        described = dict(mechanism) if link.parent is None else _mechanism(link, mechanism)
        described["exception_id"] = link.number
        if is_group:
            described["is_exception_group"] = True
        value: Event = {
            "type": type(link.error).__name__,
            "value": text_of(link.error),
            "module": _module_of(type(link.error)),
            "mechanism": described,
        }
        built = frames.from_traceback(link.error.__traceback__, write)
        if built:
            value["stacktrace"] = {"frames": built}
        values.append(value)
    values.reverse()
    return values


def text_of(error: BaseException) -> str:
    """Return an exception's message and its notes, whatever its `__str__` does."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the exception's own code, which may be broken too
        return _UNPRINTABLE
    notes = getattr(error, "__notes__", None)
    if type(notes) is list:
        text = "\n".join([text, *(note for note in list(notes) if type(note) is str)])
    return text


def _causes_of(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return what led to an exception, and by which of its attributes: an explicit cause, else the context."""
    causes: list[tuple[BaseException, str]] = []
    if error.__cause__ is not None:
        causes.append((error.__cause__, "__cause__"))
    elif error.__context__ is not None and not error.__suppress_context__:
        causes.append((error.__context__, "__context__"))
    if isinstance(error, BaseExceptionGroup):
        members = error.exceptions[:_MOST_LINKS]
        causes += [(member, f"exceptions[{place}]") for place, member in enumerate(members)]
    return causes


def _mechanism(link: Link, captured: Mapping[str, Json]) -> Event:
    return {
        "type": "chained",
        "handled": captured.get("handled"),
        "parent_id": link.parent,
        "source": link.source,
    }


def _module_of(kind: type[BaseException]) -> str | None:
    module = kind.__module__
    return module if type(module) is str and module != "builtins" else None
