from __future__ import annotations

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.reporting._failed_test import failed_test, told_test
from pytest_errortrack.sdk.protocol import encode


def fail(password):
    """Fail as a test does: through a helper, with a secret at hand."""
    try:
        raise LookupError(f"password={password}")
    except LookupError as error:
        raise ValueError("declined") from error


@pytest.fixture
def failure():
    """The exception of a failing test."""
    try:
        fail("hunter" + str(2))
    except ValueError as error:
        return error


def test_the_chain_is_told_without_variables_and_secrets(failure):
    """What led to a failure goes with it; what stood in variables, or looks like a secret, does not."""
    failed = failed_test(failure, nodeid="test_a.py::test_a", attempt=2, when="call")

    values = failed.event["exception"]["values"]
    assert [(value["type"], value["mechanism"]["handled"]) for value in values] == [
        ("LookupError", False),
        ("ValueError", False),
    ]
    assert not [frame for value in values for frame in value["stacktrace"]["frames"] if "vars" in frame]
    assert "hunter2" not in encode(failed.event).decode()
    assert (failed.attempt, failed.outcome, failed.event["level"]) == (2, "failed", "error")
    assert failed.event["fingerprint"] == ["test_a.py::test_a"]


def test_whoever_captures_is_not_told(failure):
    """Neither a capture nor a scope has anything to do with it."""
    with capture() as track:
        sdk.set_tag("tenant", "acme")
        failed = failed_test(failure, nodeid="test_a.py::test_a", attempt=1, when="call")
        events, dropped = list(track.events), list(track.dropped)

    assert (events, dropped) == ([], [])
    assert failed.event["tags"] == {"pytest.when": "call"}


@pytest.mark.parametrize(("when", "outcome", "level"), [("crash", "crashed", "fatal"), ("call", "failed", "error")])
def test_a_failure_of_which_there_is_only_a_text_is_an_event_too(when, outcome, level):
    """A crashed worker and a strict xfail that passed leave no exception."""
    failed = told_test("worker 'gw0' crashed", nodeid="test_a.py::test_a", when=when)

    assert (failed.outcome, failed.event["level"]) == (outcome, level)
    assert failed.event["exception"]["values"][0]["value"] == "worker 'gw0' crashed"
