"""Why nobody can go on: the wait-for cycle of a deadlock, or the signal that never comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._errors import Deadlock, InterleavingFailure, Livelock, LostWakeup
from pytest_errortrack.interleave._running._actor import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._labels import Labels

__all__ = ["explain_length", "explain_livelock", "explain_standstill"]


def explain_standstill(actors: Sequence[Actor], labels: Labels) -> InterleavingFailure:
    """Return the finding for actors none of which can go on."""
    blocked = [actor for actor in actors if not (actor.is_done or actor.is_idle) and actor.pending is not None]
    lines = [f"  {_wait_of(actor, labels)}" for actor in blocked]
    cycle = _cycle(blocked)
    key = tuple(sorted(f"{actor.path}@{labels.points[actor.label].text}" for actor in cycle or blocked))
    if cycle:
        names = tuple(actor.name for actor in cycle)
        head = f"deadlock: {' waits for '.join((*names, names[0]))}"
        return Deadlock("\n".join([head, *lines]), cycle=names, oracle_key=key)
    waits_for_signal = [actor for actor in blocked if _final_holder(actor) is None]
    if waits_for_signal:
        names_waiting = " and ".join(actor.name for actor in waits_for_signal)
        verb = "waits" if len(waits_for_signal) == 1 else "wait"
        head = f"lost wakeup: {names_waiting} {verb} for a signal that nobody is left to give"
        return LostWakeup("\n".join([head, *lines]), oracle_key=key)
    return Deadlock("\n".join(["deadlock: a lock was never released", *lines]), oracle_key=key)


def explain_livelock(
    alive: Sequence[Actor], running: Sequence[Actor], labels: Labels, *, steps: int
) -> InterleavingFailure:
    """Return the finding for actors some of which go on for ever, though each got its turn; the others starve."""
    starving = [actor for actor in alive if actor not in running]
    names = " and ".join(actor.name for actor in running)
    head = (
        f"livelock: {names} still ran after {steps:,} steps, most of them in fair turns, and came to the same places "
        "again and again with nothing changed"
    )
    lines = [f"  starving: {_wait_of(actor, labels)}" for actor in starving]
    return Livelock("\n".join([head, *lines]), oracle_key=tuple(actor.path for actor in alive))


def explain_length(running: Sequence[Actor], labels: Labels, *, steps: int) -> str:
    """Return why a schedule is given up whose actors may have a long way to go, or go on for ever."""
    names = " and ".join(actor.name for actor in running)
    has_lines = any(point.path and not point.is_operation for point in labels.points)
    advice = "choose level='op' or fewer modules, or give them less to do" if has_lines else "give them less to do"
    where = ", ".join(labels.points[actor.label].site or labels.points[actor.label].text for actor in running)
    return (
        f"{names} still ran after {steps:,} steps, most of them in fair turns (at {where}); if they only have a long "
        f"way to go, {advice}"
    )


def _holder_of(actor: Actor) -> Actor | str | None:
    return None if actor.pending is None else actor.pending.holder()


def _final_holder(actor: Actor) -> Actor | str | None:
    """Follow the waits to the one everything depends on; there is no cycle."""
    holder = _holder_of(actor)
    while isinstance(holder, Actor) and not holder.is_done:
        holder = _holder_of(holder)
    return holder


def _cycle(blocked: Sequence[Actor]) -> list[Actor]:
    for first in blocked:
        path: list[Actor] = []
        actor: Actor | str | None = first
        while isinstance(actor, Actor) and not actor.is_done and actor not in path:
            path.append(actor)
            actor = _holder_of(actor)
        if isinstance(actor, Actor) and actor in path:
            return path[path.index(actor) :]
    return []


def _wait_of(actor: Actor, labels: Labels) -> str:
    point = labels.points[actor.label]
    where = f" at {point.site}" if point.site else ""
    if actor.pending is None:
        return f"{actor.name} runs{where}"
    return f"{actor.name} waits for {actor.pending.describe()}{where}{_held(actor.pending.holder(), actor)}"


def _held(holder: Actor | str | None, waiter: Actor) -> str:
    if holder is None or (isinstance(holder, Actor) and waiter.pending is holder):
        return ""
    if isinstance(holder, str):
        return f", held by {holder}"
    if holder is waiter:
        return ", which it holds itself"
    return f", held by {holder.name}" + (", which ended without releasing it" if holder.is_done else "")
