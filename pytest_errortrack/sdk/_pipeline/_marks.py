"""Marks on exceptions that were captured, so that the same one is not reported twice.

It is the object that counts, not its type or text, and not whether it was the last one. The mark lives on the exception
itself, so that nothing is kept alive and nothing has to be forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import new_lock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_first_capture", "take_mark_off"]

# The attributes themselves, whatever a class makes of the name `__dict__`.
_attributes_of: Callable[[BaseException], dict[str, object]] = BaseException.__dict__["__dict__"].__get__
_ATTRIBUTE = "__errortrack_captured__"
_lock = new_lock()  # held while the marks of a copy are made, which two threads may do at once


class _Marks:
    """By whom one exception object was captured.

    A copy of the exception is another exception: a shallow one shares this object but not the id, and a deep or pickled
    one starts anew.
    """

    __slots__ = ("of", "takers")

    def __init__(self, of: int = 0) -> None:
        self.of = of
        self.takers: dict[object, object] = {}

    def __reduce__(self) -> tuple[Callable[[], _Marks], tuple[()]]:
        return _Marks, ()


def is_first_capture(error: BaseException, taker: object) -> bool:
    """Mark an exception as captured by `taker`, and tell whether it was not before; atomic among threads."""
    marks = _marks(error)
    if marks is None:
        return True
    mine = object()
    return marks.takers.setdefault(taker, mine) is mine


def take_mark_off(error: BaseException, taker: object) -> None:
    """Forget that an exception was captured: it was dropped, and another try may have a better fate."""
    marks = _marks(error)
    if marks is not None:
        marks.takers.pop(taker, None)


def _marks(error: BaseException) -> _Marks | None:
    attributes = _attributes_of(error)
    marks = attributes.setdefault(_ATTRIBUTE, _Marks(id(error)))
    if type(marks) is _Marks and marks.of != id(error):
        marks = _marks_of_copy(error, attributes)
    return marks if type(marks) is _Marks else None


def _marks_of_copy(error: BaseException, attributes: dict[str, object]) -> object:
    """Replace the marks that came along with a copy, once."""
    with _lock:
        marks = attributes[_ATTRIBUTE]
        if type(marks) is not _Marks or marks.of != id(error):
            marks = attributes[_ATTRIBUTE] = _Marks(id(error))
        return marks
