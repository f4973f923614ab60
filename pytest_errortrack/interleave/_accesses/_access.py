"""One access of a step to something that others may see, and when two accesses do not commute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["UNKNOWN", "Access", "conflict", "of"]

_ANYTHING: Final = 0  # no object has this identity


class Access(NamedTuple):
    """An access, known before it happens.

    Attributes:
        target: the identity of the object; 0 stands for whatever there is.
        part: the way into the object, such as `("extra", "id")`; the empty one is all of it.
        is_write: whether it may change that part.
    """

    target: int
    part: tuple[Hashable, ...] = ()
    is_write: bool = True


UNKNOWN: Final = Access(_ANYTHING)
"""The access of a step of which nothing is known: it commutes with none."""


def of(target: object, *part: Hashable, is_write: bool = True) -> Access:
    """Return the access to a part of an object."""
    return Access(id(target), part, is_write)


def conflict(first: Access, second: Access) -> bool:
    """Tell whether the order of two accesses by different actors may make a difference."""
    if not (first.is_write or second.is_write):
        return False
    if first.target != second.target:
        return _ANYTHING in (first.target, second.target)
    shared: Any = zip(first.part, second.part, strict=False)
    return all(one == other for one, other in shared)
