"""Of which classes a captured exception was, and all that stands behind it.

Noted when it is captured: the exception itself is let go when the recording ends, and a base class has to match after
that too. In the order of the links on the wire, read from the captured one on, so that a link can be paired with its
class: both SDKs look at an exception, then at its cause or else its context, then at the members of a group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["types_in"]


def types_in(exception: BaseException | None) -> tuple[type[BaseException], ...]:
    """List the classes of an exception and of all that led to it, the captured one first, each exception once."""
    return tuple(type(each) for each in _exceptions_in(exception))


def _exceptions_in(exception: BaseException | None) -> Iterator[BaseException]:
    pending, seen = [exception], set[int]()
    while pending:
        found = pending.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, BaseExceptionGroup):
            pending += reversed(found.exceptions)
        pending.append(found.__cause__ if found.__suppress_context__ else found.__context__)
