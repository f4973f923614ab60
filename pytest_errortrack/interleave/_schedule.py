"""The values that a schedule is made of: who acts, and where it leaves the default order.

The default order is fixed: go on with the running actor while it can go on, else take the first that can, in the
order of creation. A schedule is the list of its deviations from that, so the default one is the empty list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["END", "SCENARIO", "START", "THREAD_END", "ActorRef", "Deviation", "Kind"]

Kind = Literal["preempt", "next", "waiter", "timer"]

SCENARIO = ""  # the path of the scenario itself, which starts the actors
START = "start"  # the label of the choice who begins
END = "end"  # the label of the choice who goes on when an actor ended
THREAD_END = "end of thread"  # the label of the point just before a thread that an actor started ends


@dataclass(frozen=True, slots=True)
class ActorRef:
    """An actor as others see it.

    Attributes:
        name: what it is called in traces.
        path: its place in the tree of actors, `"a.0"` for the first thread that `a` started.
        parent_path: the path of the actor that started it; None for those of `run`.
    """

    name: str
    path: str
    parent_path: str | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """One choice that differs from the default order, in words that survive edits elsewhere.

    Attributes:
        actor: the path of the actor that was at the point.
        label: the stable label of the point.
        occurrence: how often that actor had been at points of this label, this time included.
        kind: `preempt` when the actor could have gone on, else why there was a choice.
        target: the path of the actor that was chosen.
    """

    actor: str
    label: str
    occurrence: int
    kind: Kind
    target: str

    @property
    def is_preemption(self) -> bool:
        """Whether the actor was interrupted, rather than blocked or done."""
        return self.kind == "preempt"
