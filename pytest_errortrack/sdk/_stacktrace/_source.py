"""Lines of source around a line number, kept for the next event that passes the same place.

https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#frame-attributes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["Excerpt", "SourceLines"]

_CONTEXT = 5
_LONGEST_LINE = 1024
_MOST_ENTRIES = 4096


class Excerpt(NamedTuple):
    """A line of source, and those around it."""

    before: list[str]
    line: str
    after: list[str]


class SourceLines:
    """Reads excerpts through `linecache`, which knows zip files and loaders, and keeps them.

    Not locked: the worst that two threads can do is to read the same file twice.
    """

    __slots__ = ("_excerpts",)

    def __init__(self) -> None:
        self._excerpts: dict[tuple[str, int], Excerpt | None] = {}

    def around(self, filename: str, lineno: int, module_globals: dict[str, Json]) -> Excerpt | None:
        """Return the lines around a line, or None where there is no source."""
        key = (filename, lineno)
        try:
            return self._excerpts[key]
        except KeyError:
            pass
        excerpt = _read(filename, lineno, module_globals)
        if len(self._excerpts) >= _MOST_ENTRIES:
            self._excerpts = {}
        self._excerpts[key] = excerpt
        return excerpt

    def add_to(self, frame: Event, filename: str, module_globals: dict[str, Json]) -> None:
        """Add the excerpt to a frame; the lists in it are the frame's own."""
        excerpt = self.around(filename, frame["lineno"], module_globals)
        if excerpt is not None:
            frame["pre_context"] = excerpt.before.copy()
            frame["context_line"] = excerpt.line
            frame["post_context"] = excerpt.after.copy()


def _read(filename: str, lineno: int, module_globals: dict[str, Json]) -> Excerpt | None:
    import linecache  # noqa: PLC0415 - imports tokenize and re; needed from the first event on

    try:
        lines = linecache.getlines(filename, module_globals)
    except Exception:  # noqa: BLE001 - a loader is anybody's code
        return None
    place = lineno - 1
    if not 0 <= place < len(lines):
        return None
    first = max(0, place - _CONTEXT)
    shown = [_shown(line) for line in lines[first : place + _CONTEXT + 1]]
    return Excerpt(shown[: place - first], shown[place - first], shown[place - first + 1 :])


def _shown(line: str) -> str:
    """Return a line without its end, bounded, and without what no JSON can carry."""
    return line.rstrip("\r\n")[:_LONGEST_LINE].encode("utf-8", "replace").decode()
