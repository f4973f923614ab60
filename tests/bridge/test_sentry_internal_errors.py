"""What `sentry_sdk` survives in silence is told: its own mistakes, and those of the callbacks that it is given."""

from __future__ import annotations

import pytest

from pytest_errortrack import capture

sentry_sdk = pytest.importorskip("sentry_sdk")
from sentry_sdk import utils  # noqa: E402 - see above

OPTIONS = {"backend": "sentry_sdk", "dsn": "", "default_integrations": False, "traces_sample_rate": 1.0}
HERE = "test_sentry_internal_errors.py"


def told(errortrack):
    """Return what went wrong inside."""
    return [lost for lost in errortrack.dropped if lost.category == "internal"]


def test_a_failing_before_send_is_told_beside_the_loss():
    """The event is lost to `before_send`, and why is told: the exception, and the application's line that raised it."""
    with capture(**OPTIONS, before_send=lambda event, _: event["no such key"]) as errortrack:
        sentry_sdk.capture_message("test!")

    [lost] = told(errortrack)
    assert (lost.reason, lost.sdk, lost.summary) == ("callback_error", "sentry_sdk", "KeyError: 'no such key'")
    assert lost.detail.startswith(f"raised at {HERE}:")
    assert [each.category for each in errortrack.dropped] == ["internal", "error"]
    assert len(errortrack.events) == 0


def test_a_failing_event_processor_is_told():
    """So is a processor that raises."""
    with capture(**OPTIONS) as errortrack, sentry_sdk.new_scope() as scope:
        scope.add_event_processor(lambda *_: 1 / 0)
        sentry_sdk.capture_message("test!")

    assert [(lost.reason, lost.summary) for lost in told(errortrack)] == [
        ("callback_error", "ZeroDivisionError: division by zero")
    ]


BROKEN = """
def broken(capture_internal_exceptions):
    with capture_internal_exceptions():
        raise RuntimeError("no frames")
"""


@pytest.mark.parametrize(
    ("module", "expected"), [("sentry_sdk.broken", "internal_sdk_error"), ("shop", "callback_error")]
)
def test_a_mistake_of_the_sdk_is_told_apart(module, expected):
    """An exception that came through none of the application's lines is the SDK's own."""
    namespace = {"__name__": module}
    exec(compile(BROKEN, f"/{module}.py", "exec"), namespace)  # noqa: S102 - stands for a module of that name
    with capture(**OPTIONS) as errortrack:
        namespace["broken"](utils.capture_internal_exceptions)

    [lost] = told(errortrack)
    assert (lost.reason, lost.summary) == (expected, "RuntimeError: no frames")


def test_nothing_is_told_where_nothing_failed():
    """An ordinary report tells of no error inside, and the function is back in its place after the recording."""
    before = utils.capture_internal_exception
    with capture(**OPTIONS) as errortrack:
        sentry_sdk.capture_exception(ValueError("test!"))
        during = utils.capture_internal_exception

    assert told(errortrack) == []
    assert during is not before
    assert utils.capture_internal_exception is before
