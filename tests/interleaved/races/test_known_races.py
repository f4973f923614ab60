"""Races that SDKs of this kind once had: ours has none of them, and each test finds the mistake when it is planted."""

from __future__ import annotations

import pytest
from sdk_races import on_clients, on_delivery, on_scopes

RACES = [
    pytest.param(race, id=race.name, marks=[pytest.mark.slow] if race.is_slow else [])
    for race in (*on_scopes.RACES, *on_clients.RACES, *on_delivery.RACES)
]


@pytest.mark.parametrize("race", RACES)
def test_no_schedule_has_the_race(race):
    """Every schedule within the bound, at every instruction, keeps the promise."""
    found = race.searched()

    assert found.failure is None, race.promise
    assert found.complete
    assert found.inconclusive == 0


@pytest.mark.parametrize("race", RACES)
def test_the_planted_mistake_is_found(race):
    """With the mistake in the SDK's place, some schedule breaks the promise: the test can fail."""
    assert isinstance(race.searched(is_planted=True).failure, AssertionError)
