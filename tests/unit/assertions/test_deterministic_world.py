from __future__ import annotations

import datetime as dt

import freezegun
import pytest
import time_machine

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import DeterministicWorld
from pytest_errortrack.sdk import testing
from pytest_errortrack.sdk._runtime import SystemRuntime

DAY = dt.datetime(2031, 5, 6, tzinfo=dt.UTC)


def test_ids_count_up_and_time_goes_on_by_a_millisecond():
    """Whatever their length, ids are those of one count; the first look is the first moment of 2020."""
    world = DeterministicWorld()

    assert [world.hex_id(32), world.hex_id(16)] == ["0" * 31 + "1", "0" * 15 + "2"]
    assert [world.time(), world.time()] == [1577836800.0, 1577836800.001]


def test_reset_begins_again():
    """A world that was reset cannot be told from a new one."""
    worlds = [DeterministicWorld(), DeterministicWorld()]
    for _ in range(3):
        worlds[0].hex_id(32), worlds[0].time(), worlds[0].random()
    worlds[0].reset()

    drawn = [(world.hex_id(32), world.time(), world.random()) for world in worlds]

    assert drawn[0] == drawn[1]
    assert 0 <= drawn[0][2] < 1


def test_random_numbers_are_those_of_the_seed_nought():
    """The first ones are pinned: who keeps what was sampled by them finds it again after an update."""
    world = DeterministicWorld()

    assert [round(world.random(), 6) for _ in range(2)] == [0.844422, 0.757954]


@pytest.mark.parametrize("hold", [freezegun.freeze_time, lambda day: time_machine.travel(day, tick=False)])
def test_whoever_holds_the_clock_says_what_time_it_is(hold):
    """While the clock is held it is followed; afterwards the count goes on."""
    world = DeterministicWorld()
    world.time()

    with hold(DAY):
        held = world.time()

    assert held == DAY.timestamp()
    assert world.time() == 1577836800.001


def test_worlds_may_end_in_any_order():
    """The one that began last counts; after all of them the real world is back."""
    first, second = DeterministicWorld(), DeterministicWorld()
    blocks = [testing.another_world(first), testing.another_world(second)]
    runtime = SystemRuntime()
    first.hex_id(16)

    for block in blocks:
        block.__enter__()
    inner = runtime.hex_id(16)
    blocks[0].__exit__(None, None, None)
    still = runtime.hex_id(16)
    blocks[1].__exit__(None, None, None)

    assert (inner, still) == ("0" * 15 + "1", "0" * 15 + "2")
    assert SystemRuntime.worlds == ()
    assert not runtime.hex_id(16).startswith("0" * 12)
    assert runtime.time() > 1577836800 + 365 * 86400
    assert 0 <= runtime.random() < 1


def test_a_runtime_of_the_application_s_own_stays():
    """Who handed in a clock and ids has decided."""

    class Mine(SystemRuntime):
        def hex_id(self, digits):
            """Return always the same."""
            return "7" * digits

    with capture(deterministic=True) as errortrack:
        sdk.init(runtime=Mine())
        sdk.capture_message("paid")

    assert errortrack.events[0].event_id == "7" * 32


def test_a_capture_within_a_deterministic_one_is_deterministic_too():
    """The world is the process's, and ends with the block that asked for it."""
    with capture(deterministic=True) as outer:
        sdk.capture_message("outer")
        with capture() as inner:
            sdk.capture_message("inner")

    assert outer.events[0].event_id.startswith("0" * 30)
    assert inner.events[0].event_id.startswith("0" * 30)
    assert SystemRuntime.worlds == ()


def test_a_block_that_fails_leaves_nothing_behind():
    """Whatever is raised in it, the real world is back."""
    with pytest.raises(ZeroDivisionError), capture(deterministic=True):
        raise ZeroDivisionError

    assert SystemRuntime.worlds == ()
