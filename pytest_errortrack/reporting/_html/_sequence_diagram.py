"""An interleaving as a sequence diagram: one lifeline per actor, its steps in their order, and where turns changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.reporting._record import Interleaved, Step

__all__ = ["Box", "Diagram", "Lifeline", "Switch", "sequence_diagram"]

GUTTER: Final = 44
HEAD: Final = 40
ROW: Final = 30
BOX: Final = 24
_WIDE: Final = 340
_NARROW: Final = 220
_FEW_ACTORS: Final = 3
_CHARACTER: Final = 7.3
"""How wide a character of the diagram's font is, for cutting what would not fit its box."""

_PREEMPTED: Final = "preempted"


@dataclass(frozen=True, slots=True)
class Lifeline:
    """One actor: its name and where its line stands."""

    name: str
    number: int
    x: float
    left: float


@dataclass(frozen=True, slots=True)
class Box:
    """One step: where it stands, and what it says.

    Attributes:
        actor: whose it is, as the lifeline's number.
        x: the left edge.
        y: the upper edge.
        number: the step.
        text: what was done, cut to fit.
        site: where, cut to fit.
        whole: all of it, for whoever points at it.
    """

    actor: int
    x: float
    y: float
    number: int | None
    text: str
    site: str
    whole: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of turns: from where to where, and whether it was forced."""

    begin: float
    end: float
    y: float
    preempted: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """Everything to draw.

    Attributes:
        width: in pixels, like all else.
        height: the same.
        column: how wide a column is.
        lifelines: the actors.
        boxes: the steps.
        switches: the changes of turns.
        notes: what is said between steps, as pairs of text and place.
    """

    width: float
    height: float
    column: float
    lifelines: tuple[Lifeline, ...]
    boxes: tuple[Box, ...]
    switches: tuple[Switch, ...]
    notes: tuple[tuple[str, float, float], ...]

    @property
    def preemptions(self) -> int:
        """How many changes were forced."""
        return sum(switch.preempted for switch in self.switches)


def sequence_diagram(interleaved: Interleaved) -> Diagram | None:
    """Lay out an interleaving; None where there is none to show."""
    steps = [step for step in interleaved.steps if 0 <= step.actor < len(interleaved.actors)]
    if not steps:
        return None
    column = _WIDE if len(interleaved.actors) <= _FEW_ACTORS else _NARROW
    lifelines = tuple(
        Lifeline(_fit(name, column - 24), number, GUTTER + column * (number + 0.5), GUTTER + column * number + 6)
        for number, name in enumerate(interleaved.actors)
    )
    boxes, switches, notes, y = _rows(steps, lifelines, column)
    return Diagram(
        width=GUTTER + column * len(lifelines) + 6,
        height=y + 14,
        column=column,
        lifelines=lifelines,
        boxes=tuple(boxes),
        switches=tuple(switches),
        notes=tuple(notes),
    )


def _rows(
    steps: Sequence[Step], lifelines: Sequence[Lifeline], column: float
) -> tuple[list[Box], list[Switch], list[tuple[str, float, float]], float]:
    boxes: list[Box] = []
    switches: list[Switch] = []
    notes: list[tuple[str, float, float]] = []
    y: float = HEAD + 12
    last: Step | None = None
    forced = False
    for step in steps:
        line = lifelines[step.actor]
        if step.number is None:
            if _PREEMPTED in step.text:
                forced = True
                last = step
            else:
                notes.append((step.text, line.x, y + BOX / 2))
                y += ROW
            continue
        if last is not None and last.actor != step.actor:
            switches.append(Switch(lifelines[last.actor].x, line.x, y + BOX / 2, forced))
            y += ROW
        forced = False
        boxes.append(_box(step, line, y=y, column=column))
        y += ROW
        last = step
    return boxes, switches, notes, y


def _box(step: Step, line: Lifeline, *, y: float, column: float) -> Box:
    room = int((column - 28) / _CHARACTER)
    site = step.site if len(step.site) <= room // 2 else f"...{step.site[-(room // 2 - 3) :]}"
    text = _cut(step.text, room - len(site) - 2)
    whole = f"step {step.number}: {step.text}" + (f" at {step.site}" if step.site else "")
    return Box(line.number, line.left, y, step.number, text, site, whole)


def _fit(text: str, width: float) -> str:
    return _cut(text, int(width / _CHARACTER))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - 3, 1)]}..."
