"""The engine's side of the comparison: every execution of its search, and what came of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._errors import Deadlock, LostWakeup
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._searching._budget import Budget
from pytest_errortrack.interleave._searching._plans import carry_out
from pytest_errortrack.interleave._searching._search import Search
from pytest_errortrack.interleave._session import Session
from soundness_proof.brute_force import Reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_errortrack.interleave._interleaving import Interleaving
    from pytest_errortrack.interleave._session import Outcome
    from soundness_proof.translate import Translation

__all__ = ["Explored", "explore_program"]

_BUDGET = 20_000
_STUCK = re.compile(r"^  (\S+) waits for .*? at \S+:(\d+)", re.MULTILINE)


@dataclass(slots=True)
class Explored(Reached):
    """What the engine's search came to.

    Attributes:
        is_complete: whether the search claimed to have executed everything it was asked for.
        fault: why it showed nothing, though the program repeats itself and nothing in it is out of control.
        traces: how many executions were not equivalent to another, where the search reduces.
    """

    is_complete: bool = False
    fault: str | None = None
    traces: int = 0


class _Scenario:
    """One program as a scenario, and what was seen of its last schedule."""

    def __init__(self, translation: Translation, namespace: dict[str, Any]) -> None:
        assert len(translation.program.children) <= 1, "of two threads that are stuck it is not known which is which"
        self._translation = translation
        self._namespace = namespace
        self._results: dict[str, tuple[Any, ...] | None] = {}
        self._state: Callable[[], tuple[Any, ...]] = tuple
        self._now = 0.0

    def __call__(self, interleaving: Interleaving) -> None:
        """Make the world and run the actors."""
        # All keys are there from the beginning: their order would be something that all actors change.
        self._results = dict.fromkeys(self._translation.program.names)
        # The guard is the program's own: of code from elsewhere the reduction has to expect everything.
        guard = self._namespace["guard_with"](self._results)
        bodies, self._state = self._namespace["world"](guard)
        try:
            interleaving.run(**bodies)
        finally:
            self._now = interleaving.now()

    def outcome(self, outcome: Outcome) -> tuple[Any, ...]:
        """Return what can be seen at the end, in the words of brute force."""
        names, failure = self._translation.program.names, outcome.failure
        results = tuple((name, self._results[name]) for name in names if self._results[name] is not None)
        if failure is None:
            return "ended", results, self._state(), self._now
        if not isinstance(failure, Deadlock | LostWakeup):
            raise failure
        lines = {"k0" if "." in path else path: int(line) for path, line in _STUCK.findall(str(failure))}
        stuck = tuple((name, lines[name]) for name in names if name in lines)
        return "stuck", stuck, results, None if self._translation.has_finally else self._state()


def explore_program(
    translation: Translation,
    folder: Path,
    *,
    level: str = "line",
    search: str = "exhaustive",
    max_preemptions: int | None = 2,
    budget: int = _BUDGET,
) -> Explored:
    """Return what the engine's search reaches, with the least preemptions of an execution that reached it."""
    file = folder / f"program_{abs(hash(translation.source)):x}.py"
    file.write_text(translation.source, "utf-8")
    namespace: dict[str, Any] = {"__name__": file.stem}
    exec(compile(translation.source, str(file), "exec"), namespace)  # noqa: S102 - a module of our own making
    scenario = _Scenario(translation, namespace)
    options = Options(level=level, search=search, max_preemptions=max_preemptions, modules=[file])  # type: ignore[arg-type]
    session = Session(scenario, home=str(file), options=options, environment=Environment())
    explored = Explored()

    def take_note(outcome: Outcome) -> None:
        if outcome.inconclusive is not None:
            return
        kinds = [taken.kind for taken in outcome.run.history.taken]
        key = scenario.outcome(outcome), kinds.count("timer")
        cost = kinds.count("preempt")
        explored.least[key] = min(cost, explored.least.get(key, cost))
        explored.states += 1

    with session.active():
        driver = Search(session, Budget(budget), seed=0, on_outcome=take_note)
        carry_out(driver)
    proved = driver.proved
    explored.is_complete = proved is not None and (
        proved.bound is None or (proved.bound == max_preemptions and proved.timers != 0)
    )
    explored.traces = 0 if proved is None else proved.traces or 0
    explored.fault = driver.divergence or next(iter(driver.inconclusive), None)
    return explored
