"""Names the fixtures that a test of interleavings keeps from schedule to schedule, where that may be why it fails."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pytest_errortrack import interleave

if TYPE_CHECKING:
    import pytest

__all__ = ["hint_of_kept_fixtures"]

_NO_STATE = (
    "_pytest",
    "pytest_errortrack",
    "pytest",
    "hypothesis",
    "xdist",
)  # whose fixtures hold none of a scenario's


def hint_of_kept_fixtures(item: pytest.Item, exploration: interleave.Exploration) -> str:
    """Return what to say of a failure that state kept in fixtures may explain; nothing if it does not look like that.

    A scenario whose state is not made anew passes at first, and then fails in whatever order, or does not repeat
    itself.
    """
    failure, found_at = exploration.failure, exploration.found_at
    fails_in_any_order = found_at is not None and found_at > 1 and exploration.preemptions == 0
    if not (isinstance(failure, interleave.Diverged) or fails_in_any_order):
        return ""
    names = _kept_by(item)
    if not names:
        return ""
    shown = " and ".join(repr(name) for name in names)
    what = "the fixture" if len(names) == 1 else "the fixtures"
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{what} {shown} {verb} set up once for all schedules: what they change has to be made in the test, or what "
        "one schedule leaves there is found by the next"
    )


def _kept_by(item: pytest.Item) -> list[str]:
    """Return the user's own fixtures that a test asks for by name."""
    found: Any = getattr(item, "_fixtureinfo", None)  # what pytest itself goes by; there is no public way
    if found is None:
        return []
    definitions = {name: found.name2fixturedefs[name][-1] for name in found.argnames if name in found.name2fixturedefs}
    return [name for name, each in definitions.items() if not _home_of(each.func).startswith(_NO_STATE)]


def _home_of(function: object) -> str:
    return str(getattr(inspect.unwrap(function) if callable(function) else function, "__module__", ""))
