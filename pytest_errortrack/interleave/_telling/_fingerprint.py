"""Which points a schedule passed, in a few characters: enough to tell a replay from any other run, and where they part.

Each point counts with the actor that passed it and with all statements of the function it stands in, so an edit
anywhere in a function that was executed shows, and an edit anywhere else does not.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.interleave._labels import Labels, Point
    from pytest_errortrack.interleave._running._history import History

__all__ = ["Fingerprint", "difference", "differing_steps", "fingerprint", "place"]

_MOST_PRINTS = 32  # of two characters each
_PRINT_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The points that a schedule passed.

    Attributes:
        steps: how many there were.
        digest: a fingerprint of all.
        prints: short ones of the first few, the first few more, and so on, at equal distances.
    """

    steps: int
    digest: str
    prints: str

    @property
    def every(self) -> int:
        """How many steps lie between two prints."""
        return _distance(self.steps)


def fingerprint(history: History, labels: Labels, *, steps: int | None = None) -> Fingerprint:
    """Return what identifies the points passed in a schedule.

    Args:
        history: of the schedule.
        labels: its words.
        steps: the length of the schedule that it is to be compared with; its own by default.
    """
    state = blake2s(digest_size=8)
    every = _distance(len(history.labels) if steps is None else steps)
    prints: list[str] = []
    for number, (path, point) in enumerate(_passed(history, labels), 1):
        state.update(f"{path}\0{point.text}\0{point.function}\0".encode("utf-8", "replace"))
        if number % every == 0 or number == len(history.labels):
            prints.append(b64encode(state.digest()[:_PRINT_WIDTH])[:_PRINT_WIDTH].decode())
    return Fingerprint(len(history.labels), state.hexdigest(), "".join(prints))


def differing_steps(recorded: Fingerprint, history: History, labels: Labels) -> tuple[int, int] | None:
    """Return between which steps, from 1, a schedule first differs from a recorded one; None if it does not."""
    now = fingerprint(history, labels, steps=recorded.steps)
    if (now.steps, now.digest) == (recorded.steps, recorded.digest):
        return None
    before, after = _pieces(recorded.prints), _pieces(now.prints)
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    if same is None:
        same = min(len(before), len(after))
    first = same * recorded.every + 1
    return first, max(first, min(first + recorded.every - 1, max(recorded.steps, now.steps)))


def difference(before: History, now: History, labels: Labels) -> str | None:
    """Say in which step two schedules differ first; None if they do not."""
    old, new = list(_passed(before, labels)), list(_passed(now, labels))
    for number, (one, other) in enumerate(zip(old, new, strict=False), 1):
        if (one[0], one[1].text) != (other[0], other[1].text):
            return f"step {number} was {_step(*one)} before, and {_step(*other)} this time"
    if len(old) == len(new):
        return None
    return f"it had {len(old)} steps before, and {len(new)} this time"


def place(point: Point) -> str:
    """Return what happens at a point and where, for messages."""
    what = point.name or point.source or point.text
    return f"{what} ({point.site})" if point.site else what


def _step(path: str, point: Point) -> str:
    return f"{path or 'the scenario'} at {place(point)}"


def _passed(history: History, labels: Labels) -> Iterator[tuple[str, Point]]:
    points = labels.points
    for path, label in zip(history.owners(), history.labels, strict=True):
        yield path, points[label]


def _distance(steps: int) -> int:
    return max(1, -(-steps // _MOST_PRINTS))


def _pieces(prints: str) -> list[str]:
    return [prints[at : at + _PRINT_WIDTH] for at in range(0, len(prints), _PRINT_WIDTH)]
