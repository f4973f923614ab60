"""Where in the user's code a report comes from, also when a framework or an integration made it."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack import _points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType, TracebackType

__all__ = ["better_site", "own_call_site", "raised_at"]

_LIBRARY_FOLDERS: Final = frozenset({"site-packages", "dist-packages"})
_verdicts: Final[dict[str, bool]] = {}  # by file name; a program has only so many


def better_site(site: _points.Site | None, event: Any, exception: BaseException | None) -> _points.Site | None:
    """Choose the line that tells a reader most.

    Usually that is the line that captured. Where a framework captured what nobody handled, it is the innermost line of
    the user's own code that the exception came through.

    Args:
        site: where the capture was made.
        event: the event as captured.
        exception: the exception that it is about.
    """
    if site is not None and _is_own(site.path):
        return site
    came_through = raised_at(exception) if exception is not None else None
    called_from = own_call_site()
    choices = (came_through, called_from) if _is_unhandled(event) else (called_from, came_through)
    return next((choice for choice in choices if choice is not None), site)


def own_call_site() -> _points.Site | None:
    """Find the innermost line of the user's own code that led here."""
    return _innermost(_calling_places())


def raised_at(error: BaseException) -> _points.Site | None:
    """Find the innermost line of the user's own code that an exception came through."""
    return _innermost(_traceback_places(error.__traceback__))


def _innermost(places: Iterable[tuple[str, CodeType, int]]) -> _points.Site | None:
    for module, code, line in places:
        if _points.is_user_module(module) and _is_own(code.co_filename):
            return _points.Site(code.co_filename, line, code.co_qualname)
    return None


def _traceback_places(traceback: TracebackType | None) -> list[tuple[str, CodeType, int]]:
    places = []
    while traceback is not None:
        frame = traceback.tb_frame
        places.append((frame.f_globals.get("__name__", ""), frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return places[::-1]


def _calling_places() -> Iterator[tuple[str, CodeType, int]]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
    while frame is not None:
        yield frame.f_globals.get("__name__", ""), frame.f_code, frame.f_lineno
        frame = frame.f_back


def _is_own(filename: str) -> bool:
    """Tell whether a file is the user's: no installed package and not the standard library."""
    verdict = _verdicts.get(filename)
    if verdict is None:
        path = Path(filename)
        libraries = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
        verdict = _verdicts[filename] = not (
            filename.startswith("<frozen ")
            or _LIBRARY_FOLDERS.intersection(path.parts)
            or any(path.is_relative_to(library) for library in libraries)
        )
    return verdict


def _is_unhandled(event: Any) -> bool:
    values = (event.get("exception") or {}).get("values") or ()
    return any((value.get("mechanism") or {}).get("handled") is False for value in values)
