"""One line for each captured thing: what it is, what made it, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedBreadcrumb, CapturedEvent, CapturedFrame
from pytest_errortrack.assertions._wording import LONGEST, one_line
from pytest_errortrack.sdk import Envelope

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_errortrack._points import Site
    from pytest_errortrack.assertions._captured import Circumstances

__all__ = ["captured_lines", "chain_of", "culprit_of", "label", "plural", "titled"]

MOST_LINES: Final = 12
"""How many captured things a text lists."""

MOST_LINKS: Final = 4
LEAST_TITLE: Final = 44
"""How much of a title is shown before less is said of where it came from."""

LONGEST_ACTOR: Final = 32
LONGEST_PLACE: Final = 40
_MAIN: Final = "MainThread"


def captured_lines(
    captured: Sequence[object], *, noun: str, marked: Collection[int] = (), wanted: Sequence[int] = ()
) -> list[str]:
    """List what was captured, one line each, bounded.

    Args:
        captured: all of it.
        noun: what it is, in the singular.
        marked: those with a mark before them.
        wanted: those that have to be in the list however long it is.
    """
    if not captured:
        return [f"  captured: no {noun}"]
    lines = [f"  captured {len(captured)} {plural(noun, len(captured))}:"]
    before = -1
    for index in _shown(len(captured), wanted):
        lines += _gap(before, index)
        mark = "  > " if index in marked else "    "
        lines.append(titled(captured[index], prefix=f"{mark}{label(noun, index)} "))
        before = index
    return lines + _gap(before, len(captured))


def label(noun: str, index: int) -> str:
    """Name a captured thing as a test would read it: `events[0]`."""
    return f"{plural(noun.replace('-', '_'), 2)}[{index}]"


def plural(noun: str, number: int) -> str:
    """Say a noun in the right number."""
    return noun if number == 1 else f"{noun}s"


def titled(item: object, *, prefix: str = "") -> str:
    """Say what one captured thing is, and where it came from, on one line."""
    circumstances: Circumstances | None = getattr(item, "circumstances", None)
    parts = [part for part in _origin(item, circumstances) if part]
    title = _title(item)
    least = min(len(title), LEAST_TITLE)
    who = next((part for part in parts if part.startswith("by ")), "")
    if who and len(prefix) + len(title) + sum(len(part) + 2 for part in parts) > LONGEST:
        parts.remove(who)  # less is lost by it than by a shorter title
    while parts and len(prefix) + least + sum(len(part) + 2 for part in parts) > LONGEST:
        parts.pop(0)
    ends = "".join(f"  {part}" for part in parts)
    return f"{prefix}{one_line(title, longest=LONGEST - len(prefix) - len(ends))}{ends}"


def _title(item: object) -> str:
    if isinstance(item, Envelope):
        return envelope_title(item)
    if isinstance(item, CapturedBreadcrumb):
        return " ".join(part for part in (item.level, item.category, repr(item.message)) if part)
    title = getattr(item, "title", None)  # of a text it is a method
    return title if isinstance(title, str) else repr(item)


def envelope_title(envelope: Envelope) -> str:
    """Say what an envelope holds."""
    return f"envelope of {', '.join(item.type for item in envelope.items) or 'nothing'}"


def chain_of(event: CapturedEvent) -> str:
    """Say the links of an exception's chain, the captured one first; empty for one without a cause."""
    links = event.exceptions[::-1]
    if len(links) < 2:  # noqa: PLR2004 - one link alone is no chain
        return ""
    said = [one_line(f"{link.type}: {link.value}" if link.value else link.type, longest=40) for link in links]
    more = [f"{len(links) - MOST_LINKS} more"] if len(links) > MOST_LINKS else []
    return " <- ".join([*said[:MOST_LINKS], *more])


def culprit_of(event: CapturedEvent) -> CapturedFrame | None:
    """Find the frame to look at: the innermost of the application, else the innermost of all."""
    frames = event.exception.frames if event.exception else []
    return next((frame for frame in reversed(frames) if frame.in_app), frames[-1] if frames else None)


def _origin(item: object, circumstances: Circumstances | None) -> list[str]:
    if circumstances is None:
        return []
    actor = circumstances.actor.name if circumstances.actor else None
    return [
        f"from {item.source}" if isinstance(item, CapturedEvent) else "",
        f"at {_place(circumstances.site)}" if circumstances.site else "",
        f"by {one_line(actor, longest=LONGEST_ACTOR)}" if actor and not _is_main(actor) else "",
        "(of a thread that no test started)" if circumstances.is_stranger and circumstances.step is None else "",
        "(late: its test had ended)" if circumstances.is_late else "",
    ]


def _is_main(actor: str) -> bool:
    """Tell whether it is the thread that runs the tests, as whose work everything counts that nobody else does."""
    return actor.partition(" (")[0] == _MAIN


def _place(site: Site) -> str:
    """Say a place: of a long file name the middle is left out, never the line."""
    place = str(site)
    half = LONGEST_PLACE // 2
    return place if len(place) <= LONGEST_PLACE else f"{place[: half - 3]}...{place[-half:]}"


def _shown(total: int, wanted: Sequence[int]) -> list[int]:
    """Choose what is listed: what has to be, the last, and the first ones for as long as there is room."""
    if total <= MOST_LINES:
        return list(range(total))
    preferred = dict.fromkeys([*wanted[: MOST_LINES - 3], total - 1, *range(MOST_LINES)])
    return sorted(list(preferred)[: MOST_LINES - 1])  # a line or more tell how many are left out


def _gap(before: int, after: int) -> list[str]:
    missing = after - before - 1
    return [f"    ... {missing} more ..."] if missing else []
