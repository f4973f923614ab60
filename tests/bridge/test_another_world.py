from __future__ import annotations

import datetime as dt
import logging
import random
import time
import uuid

import freezegun
import pytest
import sentry_sdk
from sentry_sdk import client, logger, scope, session, tracing, tracing_utils, utils
from sentry_sdk.crons import api as crons

from pytest_errortrack import bridge, capture
from pytest_errortrack.assertions import DeterministicWorld

REAL = [
    (client, "uuid", uuid),
    (client, "random", random),
    (client, "datetime", dt.datetime),
    (scope, "datetime", dt.datetime),
    (session, "uuid", uuid),
    (tracing, "uuid", uuid),
    (tracing, "nanosecond_time", utils.nanosecond_time),
    (tracing_utils, "uuid", uuid),
    (logger, "time", time),
    (crons, "uuid", uuid),
]


@pytest.fixture(autouse=True)
def everything_is_put_back():
    """Whatever a test does, the modules have the real things afterwards, by identity."""
    yield
    assert [getattr(module, name) is original for module, name, original in REAL] == [True] * len(REAL)


def test_stand_ins_are_seen_by_sentry_sdk_alone():
    """The application's own ids and times are real; what a stand-in has no opinion on is the real thing's."""
    with bridge.another_world(DeterministicWorld()):
        assert client.uuid.uuid4().hex == "0" * 31 + "1"
        assert client.datetime.now(dt.UTC).year == 2020
        assert client.datetime.fromisoformat("2031-05-06").year == 2031
        assert isinstance(dt.datetime.now(dt.UTC), client.datetime)
        assert client.uuid.UUID is uuid.UUID
        assert logger.time.sleep is time.sleep
        assert logger.time.time_ns() == 1577836800_001_000_000

        assert not uuid.uuid4().hex.startswith("0" * 16)
        assert dt.datetime.now(dt.UTC).year > 2020
        assert all(getattr(module, name) is not original for module, name, original in REAL)


def test_blocks_may_end_in_any_order():
    """The one that began last counts, until the last one ends."""
    blocks = [bridge.another_world(DeterministicWorld()), bridge.another_world(DeterministicWorld())]

    blocks[0].__enter__()
    first = client.uuid.uuid4().int
    blocks[1].__enter__()
    second = client.uuid.uuid4().int
    blocks[0].__exit__(None, None, None)
    third = client.uuid.uuid4().int
    blocks[1].__exit__(None, None, None)

    assert (first, second, third) == (1, 1, 2)


def test_a_clock_that_was_frozen_before_and_let_go_in_between_is_real_again():
    """What is put back is what there is by then."""
    frozen = freezegun.freeze_time("2031-05-06")
    frozen.start()
    block = bridge.another_world(DeterministicWorld())
    block.__enter__()
    assert client.datetime.now(dt.UTC).year == 2031
    frozen.stop()
    block.__exit__(None, None, None)

    assert client.datetime is dt.datetime


def test_the_trace_of_the_application_s_scopes_is_theirs_again():
    """A test in a world of its own has traces of that world; what was there before comes back."""
    before = sentry_sdk.get_isolation_scope().get_active_propagation_context().trace_id

    with capture(deterministic=True) as errortrack:
        sentry_sdk.capture_message("paid")

    assert int(errortrack.events[0].trace_id, 16) < 10
    assert sentry_sdk.get_isolation_scope().get_active_propagation_context().trace_id == before


def test_the_time_of_a_log_record_is_logging_s():
    """It is part of the record that every other handler sees."""
    with capture(deterministic=True) as errortrack:
        sentry_sdk.init(auto_enabling_integrations=False)
        logging.getLogger("shop").warning("low")
        sentry_sdk.capture_message("paid")

    (crumb,) = errortrack.events[0].breadcrumbs
    assert not str(crumb.timestamp).startswith("2020")
    assert errortrack.events[0].payload["timestamp"].startswith("2020-01-01T")
