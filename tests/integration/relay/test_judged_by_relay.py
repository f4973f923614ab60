"""What we call valid and invalid, compared with the real judge: Relay's normaliser.

Relay judges events and transactions. It does not judge envelopes, check-ins, sessions, logs or metrics, and it does not
judge the length of tags: those rules have tests of their own in tests/unit/assertions/test_validity.py.
"""

from __future__ import annotations

import copy
import time

import pytest
import sentry_sdk
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions._validity import problems_of

pytestmark = [pytest.mark.slow, pytest.mark.server]

NOW = time.time()
TRACE = {"trace_id": "a1" * 16, "span_id": "b2" * 8, "op": "task", "status": "ok", "origin": "manual", "data": {"a": 1}}
FRAME = {
    "function": "pay",
    "filename": "shop.py",
    "abs_path": "/srv/shop.py",
    "module": "shop",
    "lineno": 3,
    "colno": 1,
    "in_app": True,
    "pre_context": ["a"],
    "context_line": "b",
    "post_context": ["c"],
    "vars": {"n": "1"},
}
EVENT = {
    "event_id": "4f" * 16,
    "timestamp": NOW,
    "platform": "python",
    "level": "error",
    "logger": "shop",
    "transaction": "checkout",
    "transaction_info": {"source": "custom"},
    "server_name": "web-1",
    "release": "shop@1.0",
    "dist": "1",
    "environment": "production",
    "fingerprint": ["{{ default }}", "x"],
    "tags": {"tenant": "acme"},
    "extra": {"cart": [1, "a"]},
    "user": {"id": "7", "email": "a@example.org", "username": "a", "ip_address": "127.0.0.1", "geo": {"city": "Ulm"}},
    "request": {
        "url": "http://shop/pay",
        "method": "POST",
        "headers": {"Accept": "*"},
        "cookies": {"a": "b"},
        "query_string": "a=b",
        "env": {"A": "b"},
        "data": {"a": 1},
        "fragment": "top",
    },
    "contexts": {
        "trace": TRACE,
        "os": {"name": "Linux", "version": "6"},
        "runtime": {"name": "CPython", "version": "3"},
        "browser": {"name": "Firefox", "version": "1"},
        "shop": {"id": 7},
    },
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": "no funds",
                "module": "shop",
                "thread_id": 1,
                "mechanism": {
                    "type": "generic",
                    "handled": True,
                    "exception_id": 0,
                    "parent_id": 1,
                    "source": "__cause__",
                    "data": {"a": 1},
                    "is_exception_group": False,
                    "meta": {"errno": {"number": 2}},
                },
                "stacktrace": {"frames": [FRAME]},
            }
        ]
    },
    "threads": {"values": [{"id": 1, "name": "main", "crashed": False, "current": True}]},
    "breadcrumbs": {
        "values": [
            {"message": "m", "category": "c", "type": "default", "level": "info", "timestamp": NOW, "data": {"a": 1}}
        ]
    },
    "modules": {"pytest": "9"},
    "sdk": {
        "name": "sentry.python",
        "version": "2",
        "packages": [{"name": "pypi:sentry-sdk", "version": "2"}],
        "integrations": ["logging"],
    },
}
SPAN = {
    "trace_id": "a1" * 16,
    "span_id": "c3" * 8,
    "parent_span_id": "b2" * 8,
    "start_timestamp": NOW - 0.8,
    "timestamp": NOW - 0.5,
    "op": "db",
    "description": "SELECT",
    "status": "ok",
    "origin": "auto.db",
    "tags": {"a": "b"},
    "data": {"a": 1},
    "exclusive_time": 1.0,
}
TRANSACTION = {
    "type": "transaction",
    "event_id": "4f" * 16,
    "platform": "python",
    "transaction": "checkout",
    "transaction_info": {"source": "custom"},
    "start_timestamp": NOW - 1,
    "timestamp": NOW,
    "contexts": {"trace": TRACE},
    "tags": {"tenant": "acme"},
    "spans": [SPAN],
    "measurements": {"cart.size": {"value": 3.0, "unit": "none"}},
}
# What is put in the place of a value. Not among them: times long ago or to come, which only a server can judge.
WRONG = st.sampled_from(
    [
        *(
            None,
            0,
            3,
            -1,
            1.5,
            True,
            False,
            "",
            " ",
            "x",
            "a b",
            "a/b",
            "a\nb",
            ".",
            "None",
            "latest",
            "yesterday",
            "ä",
        ),
        *("x" * 65, "x" * 260, "00" * 8, "00" * 16, "4F" * 16, "4f" * 15, "zz" * 16, "b2" * 8, "0x1f"),
        *(
            "2026-01-31T12:00:00Z",
            "2026-13-31T12:00:00Z",
            "127.0.0.1",
            "{{auto}}",
            "GET",
            "get!",
            "warn",
            "fatal",
            "ok",
        ),
        *(
            [],
            {},
            [[]],
            ["x"],
            [3],
            [None],
            [{}],
            {"x": "y"},
            {"values": []},
            {"values": "x"},
            {"values": [{}]},
            {"x": [1]},
        ),
        *([["a", "b"]], [["a"]], {"value": "x"}, {"frames": []}, {"type": "x"}),
    ]
)


def places(value, path=()):
    """Yield the path of every value within a payload."""
    if path:
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in below:
        yield from places(each, (*path, name))


def replaced(payload, path, value):
    """Return a copy with another value at one place."""
    result = place = copy.deepcopy(payload)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return result


def without(payload, path):
    """Return a copy without one place."""
    result = place = copy.deepcopy(payload)
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return result


def mutations(payload):
    """Payloads that differ from a good one at one to two places."""
    paths = st.sampled_from(list(places(payload)))
    return st.one_of(
        st.builds(replaced, st.just(payload), paths, WRONG),
        st.builds(without, st.just(payload), paths),
        st.builds(lambda name, value: {**payload, name: value}, st.sampled_from(["foo", "spans", "stacktrace"]), WRONG),
    )


@pytest.mark.parametrize(("kind", "payload"), [("event", EVENT), ("transaction", TRANSACTION)])
def test_a_good_payload_has_no_problem_for_either(relay, kind, payload):
    """The payloads that the mutations start from are good."""
    assert relay.problems(payload) == []
    assert problems_of(kind, payload) == []


@settings(max_examples=1500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=mutations(EVENT))
@example(payload={**EVENT, "foo": 1})
def test_what_relay_rejects_of_an_event_we_reject(relay, payload):
    """No rule of the server's that a wrong value can break is missing here."""
    if relay.problems(payload):
        assert problems_of("event", payload), relay.problems(payload)


@settings(max_examples=800)
@given(payload=mutations(TRANSACTION))
def test_what_relay_rejects_of_a_transaction_we_reject(relay, payload):
    """The relations between times and ids are among it: a server refuses the whole transaction."""
    if relay.problems(payload):
        assert problems_of("transaction", payload), relay.problems(payload)


def every_kind(api):
    """Report what can be reported, in the words that both SDKs share."""
    api.set_tag("tenant", "acme")
    api.set_user({"id": 7, "ip_address": "127.0.0.1"})
    api.set_context("shop", {"id": 7})
    api.set_extra("cart", [1, object()])
    api.add_breadcrumb(message="priced", category="shop", level="warning", data={"n": 1})
    with api.start_transaction(name="checkout", op="task"), api.start_span(op="db"):
        try:
            try:
                {}["id"]
            except KeyError as error:
                raise ExceptionGroup("both", [ValueError("no funds"), OSError(2, "gone")]) from error
        except ExceptionGroup as error:
            api.capture_exception(error)
        api.capture_message("paid", level="warning")


@pytest.mark.parametrize("name", ["native", "sentry_sdk"])
def test_what_the_sdks_send_has_no_problem_for_either(relay, name):
    """Both SDKs, with everything that they add by themselves."""
    with capture() as errortrack:
        if name == "native":
            sdk.init(traces_sample_rate=1.0, release="shop@1.0")
            every_kind(sdk)
        else:
            sentry_sdk.init(traces_sample_rate=1.0, release="shop@1.0", attach_stacktrace=True)
            every_kind(sentry_sdk)
        payloads = [*errortrack.events, *errortrack.transactions]

    assert len(payloads) == 3
    assert [relay.problems(each.payload) for each in payloads] == [[], [], []]
    assert [each.problems for each in payloads] == [[], [], []]
    errortrack.envelopes.assert_valid()
