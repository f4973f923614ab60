from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import (
    EVENTS,
    CapturedEnvelopes,
    CapturedEvent,
    CapturedEvents,
    Circumstances,
    Expectation,
    ExpectationError,
    Recorder,
)
from pytest_errortrack.sdk import Envelope, Item

SECRET = "hünter2/+\"'\\ x"


def event(payload):
    return CapturedEvent({"event_id": "e", **payload}, raw=b"", circumstances=Circumstances())


def found(payload, *secrets, **keywords):
    """Return the words of what is found in an event."""
    expectation = Expectation.parse(EVENTS, asked_by="one()", not_contains=list(secrets), **keywords)
    return [difference.words for difference in expectation.mismatches(event(payload))]


def encoded(before="", after=""):
    """List forms in which the secret may be sent, by name."""
    text = f"{before}{SECRET}{after}"
    raw = text.encode()
    return {
        "plain": text,
        "json": json.dumps({"body": text}),
        "json-unicode": json.dumps({"body": text}, ensure_ascii=False),
        "json-in-json": json.dumps({"body": json.dumps({"password": text})}),
        "json-slashes": json.dumps({"body": text}, ensure_ascii=False).replace("/", "\\/"),
        "json-upper": json.dumps({"body": text}).replace("00fc", "00FC"),
        "repr": repr([text]),
        "quote": urllib.parse.quote(text, safe=""),
        "quote-twice": urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
        "quote_plus": urllib.parse.urlencode({"password": text, "x": "1"}),
        "lower-case-quote": urllib.parse.quote(text, safe="").lower(),
        "partly-quoted": "%" + "%".join(f"{byte:02x}" for byte in raw),
        "base64": base64.b64encode(raw).decode(),
        "base64-urlsafe": f"token={base64.urlsafe_b64encode(raw).decode().rstrip('=')};",
        "base64-lines": base64.encodebytes(b"x" * 50 + raw).decode(),
        "base64-in-url": urllib.parse.quote(base64.b64encode(raw).decode(), safe=""),
        "url-in-base64": base64.b64encode(urllib.parse.quote(text, safe="").encode()).decode(),
    }


@pytest.mark.parametrize("form", sorted(encoded()))
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
def test_a_secret_is_found_in_every_form(form, before):
    """As it is, escaped, URL-encoded and in base64, whichever bytes stand before it there."""
    text = encoded(before, "!")[form]

    assert found({"extra": {"request": text}}, SECRET), text


@pytest.mark.parametrize("form", sorted(encoded()))
def test_another_secret_is_found_in_none_of_them(form):
    """What is not there is not found, whatever is decoded."""
    assert found({"extra": {"request": encoded("user:")[form]}}, "s3cretXYZ") == []


def test_where_it_is_found_is_said_and_how():
    """The words name the path as a user would write it, and the encoding; not the secret."""
    payload = {
        "request": {"headers": {"Authorization": "Basic " + base64.b64encode(b"me:hunter2").decode()}},
        "exception": {"values": [{"type": "E", "value": "user hunter2 unknown"}]},
    }

    assert found(payload, "hunter2") == [
        "not_contains: found in request['headers']['Authorization'] (base64), exception['values'][0]['value']"
    ]


def test_each_secret_has_a_difference_of_its_own():
    """Of many, those that are found are named by their number."""
    assert found({"tags": {"a": "one"}, "extra": {"b": "two"}}, "one", "zero", "two") == [
        "not_contains[0]: found in tags['a']",
        "not_contains[2]: found in extra['b']",
    ]


def test_keys_and_numbers_are_looked_through():
    """A secret may be a key, or a number that was sent as one."""
    payload = {"extra": {"hunter2": {"card": 4111111111111111}}}

    assert found(payload, "hunter2") == ["not_contains: found in a key of extra"]
    assert found(payload, "4111111111111111") == ["not_contains: found in extra['hunter2']['card']"]


def test_many_places_are_counted():
    """The words stay short."""
    (words,) = found({"extra": {str(number): "hunter2" for number in range(9)}}, "hunter2")

    assert words.endswith("extra['2'] and in 6 more places")


def test_lines_of_source_code_are_not_looked_through():
    """A test's own lines are sent with a stack trace, and they name the secret; its variables are looked through."""
    frame = {"function": "f", "context_line": "hunter2", "pre_context": ["hunter2"], "post_context": ["hunter2"]}
    stack = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}

    assert found(stack, "hunter2") == []
    frame["vars"] = {"password": "'hunter2'"}
    assert found(stack, "hunter2") == [
        "not_contains: found in exception['values'][0]['stacktrace']['frames'][0]['vars']['password']"
    ]
    assert found({"extra": {"context_line": "hunter2"}}, "hunter2"), "only in a stack trace it is source code"


def test_a_short_secret_is_not_found_by_chance():
    """Three digits turn up in any id or time; a long secret is found there too."""
    trace = "b598ccc1f464bce6059e1eb759f6bdf1"
    payload = {"timestamp": 1795348818.79, "contexts": {"trace": {"trace_id": trace, "op": "x"}}}

    assert found(payload, "881", "598") == []
    assert found(payload, trace) == ["not_contains: found in contexts['trace']['trace_id']"]


def test_bytes_are_found_in_texts_and_representations():
    """Bytes may be looked for too, in UTF-8 text and in what `repr` makes of bytes."""
    secret = b"\x00\xffkey"

    assert found({"extra": {"vars": repr(b"<" + secret + b">")}}, secret)
    assert found({"extra": {"vars": base64.b64encode(b"12" + secret).decode()}}, secret)
    assert found({"extra": {"vars": "h\u00fcnter2"}}, "h\u00fcnter2".encode())


@pytest.mark.parametrize("api", ["native", "sentry_sdk"])
def test_what_went_with_an_event_is_looked_through(api):
    """Attachments and headers of the same envelope were sent as well."""
    theirs = sdk if api == "native" else pytest.importorskip("sentry_sdk")
    with capture() as errortrack:
        theirs.init(dsn="http://key@localhost/1")
        with theirs.new_scope() as scope:
            scope.add_attachment(bytes=b"\x00password=hunter2", filename="request.bin")
            theirs.capture_message("with a file")
        theirs.capture_message("without")

    events = errortrack.events
    assert events.one(message="without", not_contains="hunter2").message == "without"
    with pytest.raises(AssertionError, match=r"not_contains: found in attachment 'request\.bin'"):
        events.one(message="with a file", not_contains="hunter2")


def test_one_does_not_pass_over_a_leak():
    """Where another event is as asked but for the secret that it contains, the one that is clean proves nothing."""
    with capture() as errortrack:
        sdk.capture_message("refused hunter2", level="error")
        sdk.capture_message("refused", level="error")
        sdk.capture_message("hunter2", level="info")

    with pytest.raises(AssertionError, match="expected no such event to contain it, found 1 that does"):
        errortrack.events.one(level="error", not_contains="hunter2")


@pytest.mark.parametrize(
    "check",
    [
        lambda events: events.one(level="error", not_contains="hunter2"),
        lambda events: events.matching(not_contains="hunter2"),
        lambda events: events.matching(level="error", not_contains="hunter2", count=1),
        lambda events: events.count(not_contains="hunter2"),
        lambda events: events.wait_for(not_contains="hunter2", timeout=0),
        lambda events: events.assert_ordered([{"not_contains": "hunter2"}]),
        lambda events: events.assert_ordered([{"level": "error"}, {"level": "info", "not_contains": "hunter2"}]),
    ],
)
def test_no_check_passes_where_something_leaks(check):
    """It is no filter: whatever else is clean, what is as asked but for the secret fails the call."""
    with capture() as errortrack:
        sdk.capture_message("refused", level="error")
        sdk.capture_message("and done", level="info")
        sdk.capture_message("refused hunter2", level="error")
        sdk.capture_message("hunter2 again", level="info")

    with pytest.raises(AssertionError, match=r"expected no such event to contain it, found [12] that do"):
        check(errortrack.events)


def test_find_looks_for_a_clean_one():
    """It finds the first that is clean, or none; of nothing at all it cannot tell."""
    with capture() as errortrack:
        sdk.capture_message("hunter2", level="error")
        assert errortrack.events.find(not_contains="hunter2") is None
        sdk.capture_message("refused", level="error")

    assert errortrack.events.find(not_contains="hunter2").message == "refused"


def test_an_order_says_which_step_leaks():
    """The message names the step, and where the secret is."""
    with capture() as errortrack:
        sdk.capture_message("refused", level="error")
        sdk.capture_message("refused hunter2", level="error")

    with pytest.raises(AssertionError) as caught:
        errortrack.events.assert_ordered([{"level": "error"}, {"not_contains": "hunter2"}][1:])
    assert "asked by assert_ordered(), step 1 of 1: not_contains='***'" in str(caught.value)
    assert "not_contains: found in message" in str(caught.value)


@pytest.mark.parametrize(
    "check",
    [
        lambda events: events.one(not_contains="hunter2"),
        lambda events: events.none(not_contains="hunter2"),
        lambda events: events.matching(not_contains="hunter2"),
        lambda events: events.matching(not_contains="hunter2", count=(0, None)),
        lambda events: events.wait_for(not_contains="hunter2", timeout=0),
        lambda events: events.wait_for(not_contains="hunter2", timeout=0, count=(0, 1)),
        lambda events: events.assert_not_contains("hunter2"),
        lambda events: events.assert_ordered([{"not_contains": "hunter2"}]),
        lambda events: events.find(not_contains="hunter2"),
        lambda events: events.count(not_contains="hunter2"),
    ],
)
def test_no_check_passes_where_nothing_was_sent(check):
    """Where nothing was captured nothing can be told of what it contains: every check fails."""
    with capture() as errortrack, pytest.raises(AssertionError):
        check(errortrack.events)


@pytest.mark.parametrize("asking", [{"wants_none": True}, {"counted": True, "count": 0}])
def test_a_double_negation_is_refused(asking):
    """`none(not_contains=...)` would ask that everything contains it; nobody means that."""
    with pytest.raises(ExpectationError, match="would ask that everything contains it") as caught:
        Expectation.parse(EVENTS, asked_by="none()", not_contains="x", **asking)
    assert isinstance(caught.value, AssertionError)


def test_envelopes_are_looked_through_whole():
    """`assert_not_contains` on envelopes covers every item of every kind, and says where."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    with capture() as errortrack:
        sentry_sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0, enable_logs=True)
        sentry_sdk.crons.capture_checkin(monitor_slug="night-hunter2", status="ok")
        sentry_sdk.logger.warning("refused", attributes={"password": "hunter2"})
        with sentry_sdk.start_transaction(name="checkout"), sentry_sdk.new_scope() as scope:
            scope.add_attachment(bytes=b"\x00hunter2", filename="dump.bin")
            sentry_sdk.capture_message("clean")

    errortrack.envelopes.assert_not_contains("s3cret", b"\x00key")
    with pytest.raises(AssertionError) as caught:
        errortrack.envelopes.assert_not_contains("hunter2")
    headline, by, *places = str(caught.value).splitlines()
    assert (headline, by) == (
        "expected what was sent not to contain it, found it in 3 of 4 envelopes",
        "  asked by assert_not_contains()",
    )
    assert {place.strip() for place in places if not place.startswith("  envelopes")} == {
        "in check_in['monitor_slug']",
        "in log['items'][0]['attributes']['password']['value']",
        "in attachment 'dump.bin'",
    }
    with pytest.raises(AssertionError, match=r"secrets\[1\] in check_in"):
        errortrack.envelopes.assert_not_contains("s3cret", "hunter2")
    with pytest.raises(ExpectationError, match="one or many strings or bytes"):
        errortrack.envelopes.assert_not_contains()


def received(*items, **headers):
    """Return the events that a recorder made of one envelope."""
    recorder = Recorder()
    recorder.receive(Envelope(headers, items).serialize(), sdk="sentry_sdk")
    return CapturedEvents(lambda: recorder), CapturedEnvelopes(lambda: recorder)


def test_another_event_of_the_same_envelope_is_another_event():
    """What an event contains is nothing that was sent with its neighbour; the envelope contains both."""
    leaking = Item({"type": "event"}, b'{"message":"hunter2"}')
    events, envelopes = received(leaking, Item({"type": "event"}, b'{"message":"clean"}'))

    assert events.one(message="clean", not_contains="hunter2") is events[1]
    with pytest.raises(AssertionError, match=r"in items\[0\]\['message'\]"):
        envelopes.assert_not_contains("hunter2")


def test_the_key_of_the_dsn_is_no_leak():
    """An envelope may name where it goes; what else is in its headers was sent."""
    item = Item({"type": "event"}, b'{"message":"clean"}')
    events, envelopes = received(item, dsn="https://publickey@localhost/1", trace={"transaction": "/login/hunter2"})

    envelopes.assert_not_contains("publickey")
    events.one(not_contains="publickey")
    with pytest.raises(AssertionError, match=r"not_contains: found in envelope\.headers\['trace'\]\['transaction'\]"):
        events.one(not_contains="hunter2")


def test_equal_places_are_named_once():
    """Keys of one mapping are one place."""
    assert found({"extra": {"hunter2 a": 1, "hunter2 b": 2}}, "hunter2") == ["not_contains: found in a key of extra"]
