"""Of which classes a captured exception was, and all that stands behind it.

Noted when it is captured: the exception itself is let go when the recording ends, and a base class has to match after
that too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["types_in"]


def types_in(exception: BaseException | None) -> tuple[type[BaseException], ...]:
    """List the classes of an exception, of its causes and contexts, and of the members of its groups, each once."""
    return tuple(dict.fromkeys(type(each) for each in _exceptions_in(exception)))


def _exceptions_in(exception: BaseException | None) -> Iterator[BaseException]:
    pending, seen = [exception], set[int]()
    while pending:
        found = pending.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        pending += [found.__context__, found.__cause__]
        if isinstance(found, BaseExceptionGroup):
            pending += found.exceptions
