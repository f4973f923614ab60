"""Classes that stand for those of `threading` during an exploration.

To an actor and to the scenario's thread, calling one makes a controlled primitive; to every other thread it makes the
plain one. `isinstance` holds for both, since code that asks means the thing, not the maker.
"""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._running._actor import here
from pytest_errortrack.interleave._running._timing import FOREIGN

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._actor import Resource, Turns

__all__ = ["StandIn", "bare_identity_for", "check_arguments", "identity_for", "is_controlled_thread", "outsider"]

_SCENARIO = "the scenario"
_plain_lock = _thread.allocate_lock


def is_controlled_thread() -> bool:
    """Tell whether the current thread is an actor's, or the scenario's during a schedule."""
    return here.actor is not None or here.run is not None


def outsider() -> str:
    """Return a word for a holder that is no actor: the current thread."""
    return _SCENARIO if here.run is not None else FOREIGN


def identity_for(made: Resource) -> int:
    """Return what identifies a primitive that is being made, as something that steps touch and wait for."""
    identity = bare_identity_for(made)
    run = _run()
    if run is not None and run.records:
        run.know(made, identity)
    return identity


def bare_identity_for(made: object) -> int:
    """Return the same for one for which nobody waits itself."""
    run = _run()
    return id(made) if run is None or not run.records else run.identity()


def _run() -> Turns | None:
    return here.run if here.actor is None else here.actor.run


def check_arguments(*, blocking: bool, timeout: float) -> None:
    """Refuse what the plain locks refuse, in their words."""
    if timeout != -1 and not (blocking and 0 <= timeout <= _thread.TIMEOUT_MAX):
        _plain_lock().acquire(blocking, timeout)  # which raises


class StandIn(type):
    """The type of such a class; `_plain_type` and `_make_plain` in its own body name the plain one."""

    def __instancecheck__(cls, instance: object) -> bool:
        plain = cls.__dict__.get("_plain_type")
        return type.__instancecheck__(cls, instance) or (plain is not None and isinstance(instance, plain))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        make_plain = cls.__dict__.get("_make_plain")
        if make_plain is not None and not is_controlled_thread():
            return make_plain(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def controlled(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a controlled one, whoever asks."""
        return super().__call__(*args, **kwargs)
