"""A schedule that is longer than was to be expected ends in fair turns, and nothing is claimed of it."""

from __future__ import annotations

from pytest_errortrack.interleave import explore


def is_complete(steps):
    """Tell whether an exploration is complete in which one order takes so many steps."""

    def scenario(interleaving):
        hurried = []

        def work():
            for _ in range(steps if hurried else 5):
                interleaving.step("work")

        interleaving.run(work, lambda: hurried.append(1))

    exploration = explore(scenario, level="op", search="dpor", budget=20)
    assert exploration.failure is None
    return exploration.complete


def test_no_schedule_beyond_the_limit_is_claimed():
    """From the first length on that is too long, all are: also those that pass the limit by a few steps only."""
    verdicts = [is_complete(steps) for steps in range(1_000, 1_036, 2)]

    assert verdicts[0]
    assert not verdicts[-1]
    assert verdicts == sorted(verdicts, reverse=True)
