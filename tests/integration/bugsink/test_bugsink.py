"""`pytest --errortrack-dsn` against a real error tracker, read back through its own interface."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.server

SUITE = """
import pytest
import sentry_sdk

from pytest_errortrack import sdk


class PaymentError(Exception):
    pass


def pay(amount):
    raise PaymentError(f"cannot pay {amount}")


def test_native_exception(captured_events):
    sdk.init(release="shop@1.2.3", environment="ci")
    sdk.set_tag("tenant", "nordic")
    sdk.set_user({"id": "u-7"})
    sdk.add_breadcrumb(message="cart priced", data={"articles": 2})
    try:
        pay(25)
    except PaymentError as error:
        sdk.capture_exception(error)
    captured_events.one(exception=PaymentError, tags={"tenant": "nordic"})


def test_native_chain():
    sdk.init()
    try:
        try:
            pay(4)
        except PaymentError as error:
            raise LookupError("no other card") from error
    except LookupError as error:
        sdk.capture_exception(error, tags={"step": "second card"})


@pytest.mark.parametrize("kind", ["a/b", "x y"])
def test_native_message(kind):
    sdk.init()
    sdk.capture_message(f"native {kind}", level="warning")


def test_sentry_sdk_exception(captured_events):
    sentry_sdk.init(release="shop@1.2.3", default_integrations=False)
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("tenant", "baltic")
        try:
            pay(9)
        except PaymentError as error:
            sentry_sdk.capture_exception(error)
    captured_events.one(exception=PaymentError)


def test_sentry_sdk_then_fails():
    sentry_sdk.init(default_integrations=False)
    sentry_sdk.capture_exception(PaymentError("before the failure"))
    assert 1 == 2


def test_two_events():
    sdk.init()
    for amount in (1, 2):
        try:
            pay(amount)
        except PaymentError as error:
            sdk.capture_exception(error)


def test_reports_nothing():
    assert True
"""

# What must be stored: the test's name, its outcome, the exceptions oldest cause first (or the message), its own tags.
EXPECTED = [
    ("test_native_chain", "passed", [("PaymentError", "cannot pay 4"), ("LookupError", "no other card")]),
    ("test_native_exception", "passed", [("PaymentError", "cannot pay 25")]),
    ("test_native_message[a/b]", "passed", "native a/b"),
    ("test_native_message[x y]", "passed", "native x y"),
    ("test_sentry_sdk_exception", "passed", [("PaymentError", "cannot pay 9")]),
    ("test_sentry_sdk_then_fails", "failed", [("PaymentError", "before the failure")]),
    ("test_two_events", "passed", [("PaymentError", "cannot pay 1")]),
    ("test_two_events", "passed", [("PaymentError", "cannot pay 2")]),
]
OWN_TAGS = {
    "test_native_exception": {"tenant": "nordic"},
    "test_native_chain": {"step": "second card"},
    "test_sentry_sdk_exception": {"tenant": "baltic"},
}


@pytest.fixture
def run_suite(pytester, monkeypatch):
    """Run the small suite in a process of its own."""
    for name in ("SENTRY_DSN", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT", "ERRORTRACK_DSN", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(test_reports=SUITE)

    def run(*options):
        result = pytester.runpytest_subprocess("-p", "no:randomly", *options)
        result.assert_outcomes(passed=7, failed=1)
        return result

    return run


def test_every_event_is_stored_with_its_test_and_its_own_data(bugsink, run_suite):
    """What was captured arrives in a real error tracker as it was, tagged with node id, outcome and attempt."""
    result = run_suite("--errortrack-dsn", bugsink.dsn)

    stored = bugsink.stored_events()
    assert sorted(map(summary, stored), key=str) == sorted(EXPECTED, key=str)
    for event in stored:
        name = event["tags"]["pytest.nodeid"].partition("::")[2]
        assert event["tags"]["pytest.nodeid"] == f"test_reports.py::{name}"
        assert event["tags"]["pytest.attempt"] == "1"
        assert OWN_TAGS.get(name, {}).items() <= event["tags"].items()
    # `message` is an attribute of the specification's events, and what `sentry_sdk` sends as well; Bugsink stores it,
    # but its schema knows `logentry` alone.
    complaints = [line for line in bugsink.log().lower().splitlines() if "validation failed" in line]
    assert [line for line in complaints if "'message' was unexpected" not in line] == []
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_rest_of_an_event_arrives_as_captured(bugsink, run_suite):
    """Release, environment, user, breadcrumbs and frames survive the way to the server."""
    run_suite("--errortrack-dsn", bugsink.dsn)

    (event,) = [event for event in bugsink.stored_events() if summary(event)[0] == "test_native_exception"]
    assert (event["release"], event["environment"]) == ("shop@1.2.3", "ci")
    assert event["user"]["id"] == "u-7"
    (breadcrumb,) = event["breadcrumbs"]["values"]
    assert (breadcrumb["message"], breadcrumb["data"]) == ("cart priced", {"articles": 2})
    functions = [frame["function"] for frame in event["exception"]["values"][-1]["stacktrace"]["frames"]]
    assert functions[-2:] == ["test_native_exception", "pay"]


def test_outcomes_are_the_same_when_the_server_is_down(bugsink, run_suite):
    """An unreachable server changes no outcome and no exit code; the summary says once how much it did not get."""
    without = run_suite()
    bugsink.stop()

    result = run_suite("--errortrack-dsn", bugsink.dsn)

    assert result.ret == without.ret == pytest.ExitCode.TESTS_FAILED
    told = [line for line in result.outlines if "delivered" in line and "NOT" in line]
    assert len(told) == 1
    assert f"{len(EXPECTED)} NOT delivered" in told[0]


def test_the_key_is_never_printed(bugsink, run_suite):
    """The header names the server, and no output holds the key of the DSN."""
    key = bugsink.dsn.partition("//")[2].partition("@")[0]

    result = run_suite("--errortrack-dsn", bugsink.dsn)

    result.stdout.fnmatch_lines(["*errortrack*127.0.0.1*"])
    assert key not in result.stdout.str() + result.stderr.str()


def summary(event):
    """Tell of a stored event what EXPECTED tells."""
    values = (event.get("exception") or {}).get("values") or []
    entry = event.get("logentry") or event.get("message") or ""
    message = entry if isinstance(entry, str) else entry.get("formatted") or entry.get("message")
    said = [(value["type"], value["value"]) for value in values] or message
    return event["tags"]["pytest.nodeid"].partition("::")[2], event["tags"]["pytest.outcome"], said
