from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pytest_errortrack.reporting._exchange import ReceivedRequest
from pytest_errortrack.reporting._intake import Arrival
from pytest_errortrack.reporting._printable import printable
from pytest_errortrack.reporting._receive import Showing
from pytest_errortrack.sdk import Envelope, Item

COLOUR = re.compile(r"\x1b\[[0-9;]*m")

EVENT = {
    "event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
    "level": "warning",
    "release": "shop@1",
    "environment": "ci",
    "transaction": "POST /checkout",
    "tags": {"tenant": "acme"},
    "user": {"id": "u-7"},
    "request": {"method": "POST", "url": "https://shop.example.org/checkout"},
    "breadcrumbs": {"values": [{"message": f"step {number}", "category": "shop"} for number in range(9)]},
    "exception": {
        "values": [
            {
                "type": "PaymentError",
                "value": "declined",
                "stacktrace": {
                    "frames": [
                        {"function": "charge", "filename": "shop/pay.py", "lineno": 31, "in_app": True},
                        {"function": "send", "filename": "httpx/client.py", "lineno": 7, "in_app": False},
                    ]
                },
            }
        ]
    },
}


def arrival(*entries, sdk="sentry.python"):
    """Make an arrival of items, each a type and a payload."""
    items = tuple(
        Item({"type": kind, **headers}, payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        for kind, payload, headers in (((*entry, {}) if len(entry) == 2 else entry) for entry in entries)
    )
    return Arrival(Envelope({}, items), b"", "1", sdk, None)


def shown(*entries, colours=False, **keywords):
    """Print what arrived, as a terminal of 100 columns shows it."""
    system = "truecolor" if colours else None
    console = Console(
        file=io.StringIO(),
        width=100,
        force_terminal=colours,
        color_system=system,
        no_color=not colours,  # the environment may say NO_COLOR
        highlight=False,
    )
    showing = Showing(console)
    showing.take(arrival(*entries, **keywords))
    return console.file.getvalue()


def test_a_card_tells_what_and_where():
    """Level, exception, the application's own frame, tags, user, release, request and the last breadcrumbs."""
    text = shown(("event", EVENT))

    assert "WARNING  PaymentError: declined" in text
    assert "charge (shop/pay.py:31)  in POST /checkout" in text
    for said in (
        "tenant=acme",
        "id=u-7",
        "release  shop@1",
        "env      ci",
        "POST https://shop.example.org/checkout",
        "sentry.python",
    ):
        assert said in text
    assert "shop: step 4" in text
    assert "step 3" not in text


def test_a_card_shows_no_secret():
    """Neither what stands under the name of one nor what looks like one in a text."""
    crumbs = {"values": [{"message": "GET /?token=s3cr3t", "category": "http"}, {"data": {"api_key": "s3cr3t"}}]}
    exception = {"type": "E", "value": "password: s3cr3t"}
    said = {"tags": {"password": "s3cr3t"}, "user": {"id": "u-7", "data": {"secret": "s3cr3t"}}, "breadcrumbs": crumbs}
    request = {"method": "GET", "url": "https://joe:s3cr3t@shop.example.org/"}
    spans = [{"span_id": "b", "parent_span_id": "a", "op": "http", "description": "GET /?token=s3cr3t"}]

    event = shown(("event", {**said, "exception": {"values": [exception]}, "request": request}))
    transaction = shown(("transaction", {**said, "contexts": {"trace": {"span_id": "a"}}, "spans": spans}))
    log = shown(("log", {"items": [{"body": "Authorization: Bearer s3cr3t"}]}))

    for text in (event, transaction, log):
        assert "***" in text
        assert "s3cr3t" not in text
    assert "id=u-7" in event


def test_a_level_has_its_colour():
    """An error is red; a warning is not."""
    assert "\x1b[31m" in shown(("event", {"level": "error"}), colours=True)
    assert "\x1b[31m" not in shown(("event", {"level": "warning"}), colours=True)


def test_a_transaction_shows_the_tree_of_its_spans():
    """Spans are indented below their parents, and a long tree is cut."""
    spans = [{"span_id": "b", "parent_span_id": "a", "op": "db", "description": "select"}]
    spans += [{"span_id": f"c{number}", "parent_span_id": "b", "op": "db", "description": "x"} for number in range(60)]
    payload = {"transaction": "GET /", "contexts": {"trace": {"span_id": "a", "op": "http"}}, "spans": spans}

    text = shown(("transaction", payload))

    assert "TRANSACTION  http: GET /" in text
    assert "    db: x" in text
    assert "... 21 more spans" in text


def test_spans_alone_become_a_transaction():
    """What comes as spans is shown as what it is."""
    span = {"trace_id": "t", "span_id": "a", "name": "job", "is_segment": True, "attributes": {}}

    assert "TRANSACTION  -: job" in shown(("span", {"items": [span]}))


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (("log", {"items": [{"body": "first"}, {"body": "second"}]}), "log  first; second"),
        (("check_in", {"monitor_slug": "nightly", "status": "ok"}), "check_in  nightly, ok"),
        (("session", {"sid": "s1", "status": "exited"}), "session  exited, s1"),
        (("feedback", {"contexts": {"feedback": {"message": "nice"}}}), "feedback  nice"),
        (("attachment", b"12345", {"filename": "a.txt"}), "attachment  a.txt, 5 bytes"),
        (("replay_recording", b"\x00\x01"), "replay_recording  2 bytes"),
        (("client_report", {"discarded_events": []}), "client_report  24 bytes"),
        (("unheard_of", b"[]"), "unheard_of  2 bytes"),
    ],
)
def test_everything_else_is_a_line(entry, line):
    """Items without a card are named, with a few words about what is in them."""
    assert shown(entry) == f"{line}  sentry.python\n"


def test_the_end_is_counted():
    """The summary counts what came, and what was refused."""
    showing = Showing(Console(file=io.StringIO()))
    assert showing.summary() == "received: 0 events"

    showing.take(arrival(("event", {}), ("event", {}), ("transaction", {}), ("log", {})))
    showing.log(ReceivedRequest("POST", "/", 200, 0))
    showing.log(ReceivedRequest("GET", "/", 404, 0, "not found"))

    assert showing.summary() == "received: 2 events, 1 transaction, 1 other item, 1 refused request"


def test_what_is_refused_is_shown_with_its_reason():
    """Somebody whose reports do not arrive sees why."""
    console = Console(file=io.StringIO(), width=100)
    Showing(console).log(ReceivedRequest("POST", "/api/1/envelope/", 401, 9, "missing authorization information"))

    assert "401  POST /api/1/envelope/  missing authorization information" in console.file.getvalue()


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b]0;owned\x07",
        "\x1b[2J\x1b[H",
        "\x9b31m",
        "[bold red]markup[/]",
        "[link=file:///etc/passwd]x[/link]",
        "user\u202egnp.exe",
        "a\rb",
        "a\nb",
        "\ud800",
        "\x00\x7f",
    ],
)
def test_hostile_text_is_shown_and_does_nothing(hostile):
    """Escape codes, markup, direction overrides and line breaks come out as visible text."""
    frame = {"function": hostile, "filename": hostile, "in_app": True}
    exception = {"type": hostile, "value": hostile, "stacktrace": {"frames": [frame]}}
    event = {
        **dict.fromkeys(("level", "event_id", "release", "environment", "transaction"), hostile),
        "exception": {"values": [exception]},
        "tags": {hostile: hostile},
        "user": {"id": hostile},
        "request": {"method": hostile, "url": hostile},
        "breadcrumbs": [{"message": hostile, "category": hostile}],
    }
    spans = [{"span_id": "b", "parent_span_id": "a", "op": hostile, "description": hostile}]
    transaction = {"transaction": hostile, "contexts": {"trace": {"span_id": "a", "op": hostile}}, "spans": spans}

    text = shown(("event", event), ("transaction", transaction), (printable(hostile), {hostile: 1}), sdk=hostile)

    if hostile.startswith("["):
        assert hostile in text
    assert_harmless(text)


def assert_harmless(text):
    """Make sure that nothing but colours and line breaks is in what a terminal gets."""
    rest = COLOUR.sub("", text)
    assert all(sign == "\n" or sign.isprintable() for sign in rest)
    rest.encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = ["level", "message", "exception", "tags", "user", "request", "breadcrumbs", "transaction", "contexts", "spans"]
WORDS += ["logentry", "event_id", "release", "environment", "values", "trace", "op", "items", "type", "value"]
payloads = st.dictionaries(st.sampled_from(WORDS), json_values | st.dictionaries(st.sampled_from(WORDS), json_values))


@given(kind=st.sampled_from(["event", "transaction", "span", "log", "feedback", "session"]), payload=payloads)
def test_any_payload_is_drawn_and_is_harmless(kind, payload):
    """Whatever JSON stands where a payload should, a terminal gets text and colours and nothing else."""
    assert_harmless(shown((kind, payload), colours=True))


@given(st.text(st.characters(exclude_categories=[])))
def test_printable_text_is_printable_and_bounded(text):
    """For any text at all, half surrogates included; and text that was printable already stays as it is."""
    found = printable(text, longest=50)

    assert found.isprintable()
    assert len(found) <= 50 * 10 + 3
    assert found == text or not text.isprintable() or len(text) > 50 or "***" in found
