"""How an attempt at a test went, phase by phase, from the reports that pytest makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

__all__ = ["Phases"]

_PHASES: Final = ("setup", "call", "teardown")


@dataclass(slots=True)
class Phases:
    """What the reports of one attempt have said so far.

    A subtest makes a report of the phase that it is part of, before that of the phase itself: where it failed the phase
    did, and how long it took is part of how long the phase did.
    """

    _outcomes: dict[str, str] = field(default_factory=dict)
    _durations: dict[str, float] = field(default_factory=dict)

    def take(self, report: pytest.TestReport) -> None:
        """Take note of one phase, or one subtest."""
        if self._outcomes.get(report.when) != "failed":
            self._outcomes[report.when] = _outcome_of(report)
        self._durations[report.when] = report.duration

    @property
    def outcome(self) -> str:
        """`failed` where any phase did, else the first that is not `passed`: `skipped`, `xfailed` or `xpassed`."""
        outcomes = [self._outcomes[phase] for phase in _PHASES if phase in self._outcomes]
        if "failed" in outcomes:
            return "failed"
        return next((outcome for outcome in outcomes if outcome != "passed"), "passed")

    @property
    def duration(self) -> float:
        """How long all phases took."""
        return sum(self._durations.values())


def _outcome_of(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return report.outcome
