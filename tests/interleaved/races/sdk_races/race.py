"""What a race is: a scenario, whose bug it was, where to look, and how to plant that bug again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_errortrack import sdk
from pytest_errortrack.interleave import explore
from pytest_errortrack.sdk._scope import fresh_roots, process
from pytest_errortrack.sdk.testing import preserved_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_errortrack.interleave import Exploration

__all__ = ["Race", "client_to", "untouched"]

_MANY = 20_000
_WHERE_LOCKS_ARE = ("_runtime", "_scope._process")


@dataclass(frozen=True, slots=True)
class Race:
    """A race in the words of a scenario.

    Attributes:
        bugs: where it was found, by repository and number.
        promise: what holds in every schedule.
        scenario: is given an interleaving, and by keyword what can be planted.
        modules: where every instruction is a point, by names below `pytest_errortrack.sdk`.
        planted: what the scenario is given in place of what is right.
        preemptions: how many are tried, exhaustively.
        is_slow: whether it takes more than a few seconds.
    """

    bugs: tuple[str, ...]
    promise: str
    scenario: Callable[..., None]
    modules: tuple[str, ...]
    planted: Mapping[str, Any] = field(default_factory=dict)
    preemptions: int = 1
    is_slow: bool = False

    @property
    def name(self) -> str:
        """The race in a few words, for the test's own name."""
        return f"{self.scenario.__name__} ({', '.join(self.bugs)})"

    def searched(self, *, is_planted: bool = False) -> Exploration:
        """Try every schedule within the bound, at level opcode."""
        scenario = partial(self.scenario, **self.planted) if is_planted else self.scenario
        modules = [f"pytest_errortrack.sdk.{name}" for name in (*_WHERE_LOCKS_ARE, *self.modules)]
        if is_planted:
            modules.append(self.scenario.__module__)
        return explore(
            scenario,
            level="opcode",
            modules=modules,
            search="exhaustive",
            max_preemptions=self.preemptions,
            max_timers=0,
            budget=_MANY,
        )


@contextmanager
def untouched() -> Iterator[None]:
    """Begin with fresh scopes and no client, and leave nothing behind; once for every schedule."""
    with preserved_state():
        process.roots = fresh_roots()
        process.client = None
        process.main_hub = None
        yield


def client_to(transport: object, *, make: type[sdk.Client] = sdk.Client, **options: Any) -> sdk.Client:
    """Return a client that reports to a transport, whatever the environment says."""
    return make(transport=transport, environ={}, server_name="here", release="1", **options)
