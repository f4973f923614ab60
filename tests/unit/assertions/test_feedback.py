from __future__ import annotations

import json

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope as SentryEnvelope
from sentry_sdk.envelope import Item as SentryItem
from sentry_sdk.envelope import PayloadRef

from pytest_errortrack import capture
from pytest_errortrack.assertions import CapturedFeedbacks, Recorder
from pytest_errortrack.sdk import Envelope, Item

EVENT_ID, TRACE_ID = "4f" * 16, "a1" * 16
# As a browser SDK sends it.
FEEDBACK = {
    "type": "feedback",
    "event_id": "c3" * 16,
    "timestamp": 1.5,
    "contexts": {
        "trace": {"trace_id": TRACE_ID, "span_id": "b2" * 8},
        "feedback": {
            "message": "the button does nothing",
            "contact_email": "ada@example.org",
            "name": "Ada",
            "url": "https://shop/pay",
            "source": "widget",
            "associated_event_id": EVENT_ID,
        },
    },
    "tags": {"tenant": "acme"},
}
REPORT = {"event_id": EVENT_ID, "email": "ada@example.org", "name": "Ada", "comments": "it broke"}


@pytest.fixture
def feedback():
    """What a recorder makes of one item of either kind."""
    recorder = Recorder(nodeid="test_shop.py::test_it")
    items = [Item({"type": kind}, json.dumps(payload).encode()) for kind, payload in _KINDS]
    for item in items:
        recorder.receive(Envelope({"event_id": EVENT_ID}, (item,)).serialize(), sdk="sentry.javascript.browser")
    return CapturedFeedbacks(lambda: recorder)


_KINDS = [("feedback", FEEDBACK), ("user_report", REPORT)]


def test_both_forms_read_in_the_same_words(feedback):
    """Who said what about which event, whichever item it came in."""
    today, older = feedback

    assert (today.message, older.message) == ("the button does nothing", "it broke")
    assert today.contact_email == older.contact_email == "ada@example.org"
    assert today.name == older.name == "Ada"
    assert today.associated_event_id == older.associated_event_id == EVENT_ID
    assert (today.url, today.source, today.trace_id) == ("https://shop/pay", "widget", TRACE_ID)
    assert (older.url, older.source, older.trace_id, older.tags) == (None, None, None, {})
    assert repr(today) == "<CapturedFeedback 'the button does nothing'>"


def test_it_can_be_asked_like_events(feedback):
    """The vocabulary is made of these words; what is not so is told."""
    assert feedback.one(contact_email="ada@example.org", tags={"tenant": "acme"}) is feedback[0]

    with pytest.raises(AssertionError, match="found it in 2 of 2 feedbacks"):
        feedback.assert_not_contains("ada@example.org")
    with pytest.raises(AssertionError, match="expected exactly one feedback, found 0"):
        feedback.one(message="all is well")


def test_feedback_is_no_event(feedback):
    """It is about an event, or about none, and must not count as one."""
    assert feedback._recorder().events == []


def test_a_snapshot_shows_which_event_it_is_about(feedback):
    """The id of the event is named like all ids."""
    today, older = feedback.normalized(drop=["contexts.trace"])

    assert today["contexts"]["feedback"]["associated_event_id"] == older["event_id"] == "<event 1>"
    assert older == {"comments": "it broke", "email": "ada@example.org", "event_id": "<event 1>", "name": "Ada"}


def test_what_an_application_sends_through_sentry_sdk_is_captured():
    """The SDK has no call for it; applications put an envelope together themselves."""
    with capture() as errortrack:
        sentry_sdk.init(auto_enabling_integrations=False)
        event_id = sentry_sdk.capture_message("broken")
        envelope = SentryEnvelope(headers={"event_id": "c3" * 16})
        envelope.add_item(SentryItem(payload=PayloadRef(json=FEEDBACK), type="feedback"))
        envelope.add_item(SentryItem(payload=PayloadRef(json={**REPORT, "event_id": event_id}), type="user_report"))
        sentry_sdk.get_client().transport.capture_envelope(envelope)

    assert errortrack.feedback.matching(name="Ada", count=2)[1].associated_event_id == event_id
    assert len(errortrack.events) == 1
    errortrack.envelopes.assert_valid()
