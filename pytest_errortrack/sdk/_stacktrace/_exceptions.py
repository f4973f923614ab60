"""Exceptions: from a live one, with everything that led to it, to the `exception.values` of an event.

https://develop.sentry.dev/sdk/data-model/event-payloads/exception/
"""

from __future__ import annotations

from errno import errorcode
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType, TracebackType

    from pytest_errortrack.sdk._stacktrace._frames import FrameBuilder
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["Link", "exception_values", "links_of", "traceback_of"]

# What the interpreter itself set, whatever a class makes of these names.
traceback_of: Callable[[BaseException], TracebackType | None] = BaseException.__dict__["__traceback__"].__get__
_cause_of: Callable[[BaseException], BaseException | None] = BaseException.__dict__["__cause__"].__get__
_context_of: Callable[[BaseException], BaseException | None] = BaseException.__dict__["__context__"].__get__
_is_context_suppressed: Callable[[BaseException], bool] = BaseException.__dict__["__suppress_context__"].__get__
_members_of: Callable[[BaseException], tuple[BaseException, ...]] = BaseExceptionGroup.__dict__["exceptions"].__get__
_number_of: Callable[[BaseException], object] = OSError.__dict__["errno"].__get__

_MOST_LINKS = 50
_MOST_NOTES = 100
_SEQUENCES = frozenset({list, tuple})
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
    stack: FrameType | None = None,
    thread_id: int | None = None,
    shares: bool = False,
) -> list[Event]:
    """Return the `exception.values` of an event, what happened first first.

    Args:
        links: the captured exception and what led to it.
        mechanism: how the captured one was caught.
        frames: builds their stack traces.
        write: turns a frame's variables into JSON; None leaves them out.
        stack: where the captured one is captured, in place of a traceback if it was never raised.
        thread_id: where it was captured.
        shares: whether frames of several events may share values, since nobody will change them.
    """
    values = []
    for link in links:
        error, kind = link.error, type(link.error)
        described = _mechanism(link, mechanism)
        value: Event = {
            "type": kind.__name__,
            "value": text_of(error),
            "module": _module_of(kind),
            "mechanism": described,
        }
        traceback = traceback_of(error)
        built = frames.from_traceback(traceback, write, shares=shares)
        if link.parent is None:
            if thread_id is not None:
                value["thread_id"] = thread_id
            if stack is not None and traceback is None:
                built = frames.from_stack(stack)
                described["synthetic"] = True
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
    notes = _notes_of(error)
    return "\n".join([text, *notes]) if notes else text


def _notes_of(error: BaseException) -> list[str]:
    try:
        notes: Any = error.__notes__
    except Exception:  # noqa: BLE001 - the usual case is AttributeError; a class can do anything with its attributes
        return []
    if type(notes) not in _SEQUENCES:
        return []
    return [note for note in notes[:_MOST_NOTES] if type(note) is str]


def _causes_of(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return what led to an exception, and by which of its attributes: an explicit cause, else the context."""
    causes: list[tuple[BaseException, str]] = []
    cause, context = _cause_of(error), _context_of(error)
    if cause is not None:
        causes.append((cause, "__cause__"))
    elif context is not None and not _is_context_suppressed(error):
        causes.append((context, "__context__"))
    if _is_a(error, BaseExceptionGroup):
        members = _members_of(error)[:_MOST_LINKS]
        causes += [(member, f"exceptions[{place}]") for place, member in enumerate(members)]
    return causes


def _mechanism(link: Link, captured: Mapping[str, Json]) -> Event:
    """Return how an exception was caught: the captured one as it is said, the others by way of it."""
    described: Event
    if link.parent is None:
        described = dict(captured)
    else:
        handled = captured.get("handled")
        described = {"type": "chained", "handled": handled, "parent_id": link.parent, "source": link.source}
    described["exception_id"] = link.number
    if _is_a(link.error, BaseExceptionGroup):
        described["is_exception_group"] = True
    if _is_a(link.error, OSError):
        number = _number_of(link.error)
        if type(number) is int:
            name = errorcode.get(number)
            described["meta"] = {"errno": {"number": number, "name": name} if name else {"number": number}}
    return described


def _is_a(error: BaseException, kind: type[BaseException]) -> bool:
    """Tell whether an exception really is of a kind; what it says in `__class__` does not count."""
    return issubclass(type(error), kind)


def _module_of(kind: type[BaseException]) -> str | None:
    module = kind.__module__
    return module if type(module) is str and module != "builtins" else None
