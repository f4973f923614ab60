"""What the claims of a search rest on, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.interleave._exploration import Proved
    from pytest_errortrack.interleave._session import Session

__all__ = ["assumptions"]

_ALWAYS = (
    "code between scheduling points is atomic",
    "the scenario is deterministic apart from the schedule",
    "memory is sequentially consistent, as under the GIL",
)
_AT_OPERATIONS = "actors share nothing but what operations touch"
_OF_FILTER = (
    "functions written in C, or outside of the modules, touch no more than what is known of them, what they hold, "
    "their own module, or what their arguments lead to"
)
_OF_FINALISERS = "it makes no difference to others when the last local variable that holds an object goes away"
_OF_REDUCTION = "steps that touch nothing in common come to the same in any order"
_OF_TIME = "not more than one wait runs out of time while others could go on"
_OF_NO_TIME = "no wait runs out of time while others could go on"
_OF_LIBRARIES = (
    "what libraries do on their own, while they hand a request on from thread to thread, makes no difference to others"
)


def assumptions(session: Session, proved: Proved | None = None) -> tuple[str, ...]:
    """Return what a claim rests on: always the first three, and what else applied to these schedules."""
    is_reduced = proved is not None and proved.traces is not None
    applied = {
        _AT_OPERATIONS: session.options.level == "op" and not is_reduced,  # which looks at lines as well
        _OF_FINALISERS: session.options.level != "op" or is_reduced,
        _OF_FILTER: session.options.level == "line" or is_reduced,
        _OF_REDUCTION: is_reduced,
        _OF_TIME: proved is not None and bool(proved.timers),
        _OF_NO_TIME: proved is not None and proved.timers == 0,
        _OF_LIBRARIES: any(point.is_quiet for point in session.labels.points),
    }
    return (*_ALWAYS, *(words for words, is_so in applied.items() if is_so))
