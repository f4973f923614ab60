"""The errors of the engine.

    InterleaveError
        NotAvailable              what a later version brings (also a TypeError)
        BadToken                  a replay token that cannot be read (also a ValueError)
        InterleavingFailure       what an exploration found (also an AssertionError)
            Deadlock              nobody can go on: they wait for each other
            LostWakeup            nobody can go on: somebody waits for a signal that no one is left to give
            Livelock              the actors go on for ever
            Diverged              the same choices did not give the same run
            Vacuous               the exploration could not have found anything
            Inconclusive          the engine lost control of an actor, so nothing was shown

`ActorAborted` stands apart: it unwinds an actor of a schedule that is over, and nobody is meant to catch it.
"""

from __future__ import annotations

__all__ = [
    "ActorAborted",
    "BadToken",
    "Deadlock",
    "Diverged",
    "Inconclusive",
    "InterleaveError",
    "InterleavingFailure",
    "Livelock",
    "LostWakeup",
    "NotAvailable",
    "Vacuous",
]


class InterleaveError(Exception):
    """The base of all errors of the engine."""


class NotAvailable(InterleaveError, TypeError):  # noqa: N818 - a state, not a fault
    """Something was asked for that this version does not do."""

    def __init__(self, what: str, *, instead: str = "") -> None:
        super().__init__(f"{what} is not available in this version" + (f"; {instead}" if instead else ""))


class BadToken(InterleaveError, ValueError):  # noqa: N818 - public name
    """A replay token is not one, was damaged, or belongs to another version."""


class InterleavingFailure(InterleaveError, AssertionError):  # noqa: N818 - public name
    """What an exploration found; the notes hold the interleaving and how to replay it.

    Attributes:
        oracle_key: what makes two findings of one type the same finding, for shrinking.
    """

    def __init__(self, message: str, *, oracle_key: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.oracle_key = oracle_key


class Deadlock(InterleavingFailure):
    """No actor can go on, because they wait for what the others hold.

    Attributes:
        cycle: the names of the actors that wait for each other, in order; empty when a lock was never released.
    """

    def __init__(self, message: str, *, cycle: tuple[str, ...] = (), oracle_key: tuple[str, ...] = ()) -> None:
        super().__init__(message, oracle_key=oracle_key)
        self.cycle = cycle


class LostWakeup(InterleavingFailure):
    """No actor can go on, because one waits for a signal that nobody is left to give."""


class Livelock(InterleavingFailure):
    """The actors still run after very many steps, though each got its turn."""


class Diverged(InterleavingFailure):
    """A run that was to follow recorded choices went another way."""


class Vacuous(InterleavingFailure):
    """The exploration passed without a chance to fail."""


class Inconclusive(InterleavingFailure):
    """An actor blocked where the engine cannot see it, so its schedule showed nothing."""


class ActorAborted(BaseException):
    """Unwinds an actor whose schedule is over; derives from BaseException so that `except Exception` lets it by."""


for _name in set(__all__) - {"ActorAborted"}:
    globals()[_name].__module__ = __package__  # a traceback names the place where users import it from
