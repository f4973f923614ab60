"""Tests of the public names: what there is, what is not there yet, and what importing costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_errortrack import sdk

PROMISED = [
    "init",
    "is_initialized",
    "capture_exception",
    "capture_message",
    "capture_event",
    "add_breadcrumb",
    "set_tag",
    "set_tags",
    "set_user",
    "set_extra",
    "set_context",
    "set_level",
    "set_fingerprint",
    "add_attachment",
    "configure_scope",
    "push_scope",
    "with_scope",
    "new_scope",
    "isolation_scope",
    "start_transaction",
    "start_span",
    "last_event_id",
    "flush",
    "close",
    "Hub",
    "Scope",
    "Client",
    "Transport",
    "MemoryTransport",
    "HttpTransport",
    "Transaction",
    "Span",
    "Breadcrumb",
    "Envelope",
    "Dsn",
    "BadDsn",
]
NOT_YET = ["continue_trace", "get_traceparent", "get_baggage", "capture_checkin", "monitor"]


def test_all_is_sorted_and_true():
    """`__all__` is sorted, and names what there is."""
    assert sdk.__all__ == sorted(sdk.__all__)
    assert [name for name in sdk.__all__ if not hasattr(sdk, name)] == []
    assert set(PROMISED) <= set(sdk.__all__)


def test_integrations_are_named():
    """The package of integrations names what there is, and no client uses any unasked in this version."""
    from pytest_errortrack.sdk import integrations

    assert integrations.__all__ == sorted(integrations.__all__)
    assert [name for name in integrations.__all__ if not hasattr(integrations, name)] == []
    assert integrations.default_integrations() == ()


def test_nothing_else_is_public():
    """What can be reached without an underscore is in `__all__`, or a part of the package."""
    import types

    names = {name for name in vars(sdk) if not name.startswith("_")}
    parts = {name for name in names if isinstance(getattr(sdk, name), types.ModuleType)}

    assert names - parts - {"annotations"} == set(sdk.__all__)


@pytest.mark.parametrize("name", NOT_YET)
def test_function_of_a_later_version_says_so(name):
    """A known function that is not there yet raises a clear error that `hasattr` understands."""
    assert not hasattr(sdk, name)
    with pytest.raises(sdk.UnsupportedFeature, match=f"sdk.{name} is not available in this version") as caught:
        getattr(sdk, name)
    assert isinstance(caught.value, (AttributeError, NotImplementedError, sdk.SdkError))


def test_unknown_name_is_an_ordinary_attribute_error():
    """What nobody ever heard of is an AttributeError as of any module."""
    with pytest.raises(AttributeError, match=r"^module 'pytest_errortrack.sdk' has no attribute 'nonsense'$"):
        sdk.nonsense  # noqa: B018 - the access is the test


def test_setters_write_every_field(memory):
    """Every module-level setter reaches the event."""
    sdk.set_tags({"a": "1"})
    sdk.set_user({"id": 1})
    sdk.set_extra("e", 2)
    sdk.set_context("c", {"x": 1})
    sdk.set_level("fatal")
    sdk.set_fingerprint(["f"])
    sdk.set_transaction_name("t", "task")
    sdk.add_event_processor(lambda event, _hint: {**event, "logger": "l"})
    sdk.capture_message("m")

    (event,) = memory.events
    assert (event["tags"], event["user"], event["extra"]) == ({"a": "1"}, {"id": 1}, {"e": 2})
    assert (event["contexts"]["c"], event["level"], event["fingerprint"]) == ({"x": 1}, "fatal", ["f"])
    assert (event["transaction"], event["logger"]) == ("t", "l")


def test_exception_being_handled_is_the_default(memory, caplog):
    """Without an argument the exception being handled is captured; where there is none, it is told."""
    try:
        raise KeyError("k")
    except KeyError:
        sdk.capture_exception()
    assert sdk.capture_exception() is None
    assert sdk.capture_exception("text") is None

    assert len(memory.events) == 1
    assert caplog.text.count("capture_exception() is ignored") == 2


def test_last_event_id_is_that_of_this_context(memory):
    """P5: the last event id is that of the isolation scope in effect."""
    first = sdk.capture_message("1")
    with sdk.isolation_scope():
        second = sdk.capture_message("2")
        assert sdk.last_event_id() == second
    assert sdk.last_event_id() == first


def run(code):
    """Run code in a fresh interpreter, and return what it prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_import_brings_nothing_heavy():
    """Importing the SDK brings in no codec, no HTTP client, and nothing of what only reporting needs."""
    code = """
import sys
before = set(sys.modules)  # some versions load linecache themselves
import pytest_errortrack.sdk
of_others = {"httpx", "msgspec", "asyncio", "pytest", "hypothesis", "sentry_sdk", "socket", "ssl"}
of_python = {"dataclasses", "difflib", "email", "gzip", "inspect", "json", "linecache", "logging", "random", "uuid"}
needed_by_init = {"_client", "_integration", "_options", "_pipeline", "_stacktrace", "transport"}
ours = {f"pytest_errortrack.sdk.{name}" for name in needed_by_init}
print(*sorted((of_others | of_python | ours) & (set(sys.modules) - before)))
"""
    assert run(code) == []


def test_all_that_may_be_captured_before_init_costs_no_import():
    """Calls in a program that never initialises the SDK load nothing of what only reporting needs."""
    code = """
import sys
from pytest_errortrack import sdk
with sdk.isolation_scope(), sdk.new_scope(), sdk.start_transaction(name="work"), sdk.start_span(op="step"):
    sdk.set_tag("tenant", "acme")
    sdk.add_breadcrumb(message="cart priced")
    sdk.capture_message("nobody listens")
print(*sorted(name for name in sys.modules if name.endswith((".sdk._client", ".sdk._pipeline", ".sdk.transport"))))
"""
    assert run(code) == []


def test_import_and_init_start_nothing():
    """Importing and initialising start no thread and open no connection."""
    code = """
import threading
from pytest_errortrack import sdk
sdk.init("http://k@localhost:9/1")
import sys
print(threading.active_count(), "httpx" in sys.modules)
"""
    assert run(code) == ["1", "False"]
