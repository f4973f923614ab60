"""Where the calling code is: in which actor, schedule and step. For those who stamp what actors do.

All of it works in an actor's thread and in the scenario's, while a schedule lasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._actor import Turns
    from pytest_errortrack.interleave._schedule import ActorRef

__all__ = ["current_actor", "current_run_id", "current_step", "step_number"]


def current_actor() -> ActorRef | None:
    """Return the actor that the calling code runs in, None outside of actors."""
    actor = here.actor
    return None if actor is None else actor.ref


def current_step() -> int | None:
    """Return the raw index of the step that the calling actor is doing, None outside of actors.

    It grows in the order in which things happen within a schedule; `step_number` makes a shown number of it.
    """
    actor = here.actor
    return None if actor is None else actor.run.step()


def step_number(raw: int) -> int:
    """Return the number under which the interleaving that is printed shows a raw step.

    It is exact in the schedule that is printed, and may be asked while that schedule runs.
    """
    run = _current_run()
    return raw + 1 if run is None else run.shown_step(raw)


def current_run_id() -> object | None:
    """Return what identifies the running schedule, None outside of schedules."""
    run = _current_run()
    return None if run is None else run.run_id


def _current_run() -> Turns | None:
    actor = here.actor
    return here.run if actor is None else actor.run
