from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_from_bytes

import pytest

from pytest_errortrack.assertions import CapturedAttachment, CapturedEvent, CapturedLog, Circumstances
from pytest_errortrack.assertions._expecting import Asked, Secret, places_of, secrets_of
from pytest_errortrack.sdk import Envelope, Item

NOBODY = Circumstances()


def way(secret, text):
    """Tell in which form a secret is in a text; None where it is not."""
    return Secret.of(secret, name="not_contains").way_in(text)


def quoted(text, times):
    """Encode a text for a URL, again and again."""
    for _ in range(times):
        text = "%" + "%".join(f"{byte:02X}" for byte in text.encode())
    return text


def places(captured, *secrets):
    """List where each of the secrets that is somewhere is, by its name."""
    return {
        secret.name: found for secret, found in places_of(secrets_of(Asked("one()", "not_contains", secrets)), captured)
    }


def encoded(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


# The forms of one secret.


@pytest.mark.parametrize(
    ("secret", "text", "form"),
    [
        ("key", "a key!", ""),
        ("key", b"a key!", ""),
        (b"key", "a key!", ""),
        ("key", "a kex!", None),
        ('k"y', json.dumps('a k"y'), "escaped"),
        ("k\u00fcy", json.dumps("a k\u00fcy"), "escaped"),
        ("k\u00fcy", json.dumps("a k\u00fcy").replace("fc", "FC"), "escaped"),
        ("k\u00fcy", json.dumps(json.dumps("a k\u00fcy")), "escaped"),
        ("k/y", "a k\\/y", "escaped"),
        ("k'\ny", repr("a k'\ny"), "escaped"),
        (b"k\xffy", repr(b"a k\xffy"), "escaped"),
        (b"k\xffy", json.dumps(repr(b"a k\xffy")), "escaped"),
        ("k y", "a%20k%20y", "URL-encoded"),
        ("k y", "a+k+y", "URL-encoded"),
        ("k&y", "a=1&b=k%26y", "URL-encoded"),
        ("k&y", "b=k%2526y", "URL-encoded"),
        ("k& y", "b=k%26+y", "URL-encoded"),
        ('k"y', quote(json.dumps('k"y')), "URL-encoded"),
        ("hunter2", encoded("user:hunter2"), "base64"),
        ("hunter2", encoded("user:hunter2").encode(), "base64"),
        ("hunter2", quote(encoded("user:hunter2??>"), safe=""), "base64"),
        ("hunter 2", encoded(quote("user:hunter 2")), "base64"),
        ("hunter 2", encoded("a+hunter+2"), "base64"),
        ('hunter"2', encoded(json.dumps('hunter"2')), "base64"),
        ("hunter2", encoded("huntex2"), None),
        ("hunter222", encoded("hunter222") + "x", "base64"),
        ("hunter222", "x" + encoded("hunter222") + "x", "base64"),
        (b"k\xffy", repr(b"a k\xffz"), None),
        ('k"y', json.dumps('a k"z'), None),
    ],
)
def test_the_form_in_which_a_secret_is_there_is_told(secret, text, form):
    """As it is before escaped, escaped before URL-encoded, URL-encoded before base64."""
    assert way(secret, text) == form


def test_a_secret_that_a_text_has_in_two_forms_is_told_in_the_plainer_one():
    """Who reads it understands the plain one best."""
    url, b64 = quoted("hunter 2", 1), encoded("hunter 2")

    assert way("hunter 2", f"{url} {b64}") == "URL-encoded"
    assert way("hunter 2", f"{url} {b64} hunter 2") == ""
    assert way('"hunter 2', f'{quoted(chr(34) + "hunter 2", 1)} \\"hunter 2') == ""
    assert way("k\u00fc", f"{quoted('k' + chr(252), 1)} k\\u00fc") == "escaped"


@pytest.mark.parametrize(("times", "form"), [(1, "URL-encoded"), (3, "URL-encoded"), (4, None)])
def test_a_url_is_decoded_three_times(times, form):
    """Once for each hop that encoded it again."""
    assert way("key", quoted("key", times)) == form


@pytest.mark.parametrize(
    ("secret", "form"), [("key", None), ("keys", "base64"), (b"k\x00y\xff", "base64"), ("k\u00fcy", "base64")]
)
def test_three_bytes_are_not_looked_for_in_base64(secret, form):
    """Any text of letters decodes to some three bytes; four are looked for, whatever they are."""
    raw = secret if isinstance(secret, bytes) else secret.encode()

    assert way(secret, encoded(b"ab" + raw + b"cd")) == form


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "!", "!!", "!!!"])
@pytest.mark.parametrize("secret", ["k\u00ff?>", "hunter2", "hunter22", "hunter222"])
def test_base64_is_read_whichever_way_it_is_written(before, after, secret):
    """With and without padding, in both alphabets, at every place of a group, and alone or within other text."""
    raw = f"{before}{secret}{after}".encode()

    for text in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        for written in (text, text.rstrip(b"="), b"token=" + text + b";", b"(" + text.rstrip(b"=") + b")"):
            assert way(secret, written) == "base64", written


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\\n", "\\r\\n", "\n  ", "\r\n\t"])
def test_base64_may_be_broken_into_lines(end):
    """Wherever a line ends, as it is or escaped, and indented."""
    text = encoded("user:hunter2 and more")

    for at in range(1, len(text)):
        assert way("hunter2", f"{text[:at]}{end}{text[at:]}") == "base64", at


def test_a_secret_that_is_no_valid_text_is_looked_for():
    """A string may hold half of a pair; it is found where it was sent so."""
    assert way("k\ud800y", "a k\ud800y") == ""
    assert way("k\ud800y", json.dumps("a k\ud800y")) == "escaped"


def test_what_is_prepared_of_a_secret():
    """What was asked, its name, its bytes; among the escaped forms there is none that is its bytes again."""
    plain, escaped = Secret.of("key", name="a"), Secret.of('"', name="b")

    assert (plain.asked, plain.name, plain.plain, plain.escaped) == ("key", "a", b"key", ())
    assert escaped.escaped == tuple(sorted(escaped.escaped))
    assert set(escaped.escaped) >= {b'\\"', b'\\\\\\"'}
    assert b'"' not in escaped.escaped
    assert Secret.of(bytearray(b"key") and b"key", name="c").plain == b"key"


@pytest.mark.parametrize("many", [["a", b"b"], ("a", b"b"), {"a", b"b"}, frozenset({"a", b"b"})])
def test_many_secrets_are_named_by_their_number(many):
    """One alone has the keyword's name."""
    secrets = secrets_of(Asked("one()", "not_contains", many))

    assert {each.asked for each in secrets} == {"a", b"b"}
    assert [each.name for each in secrets] == ["not_contains[0]", "not_contains[1]"]
    assert [each.name for each in secrets_of(Asked("one()", "not_contains", ["a"]))] == ["not_contains"]
    assert [each.name for each in secrets_of(Asked("one()", "not_contains", b"a"))] == ["not_contains"]


# Where it is.


def event(payload, *, envelope=None):
    return CapturedEvent(payload, raw=b"", circumstances=NOBODY, envelope=envelope)


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({"message": "hunter2!"}, ["message"]),
        ({"hunter2!": 1}, ["a key of the payload"]),
        ({"extra": {"hunter2!": 1}}, ["a key of extra"]),
        ({"extra": {"a": [{"b": "hunter2!"}]}}, ["extra['a'][0]['b']"]),
        ({"extra": ["x", ("y", "hunter2!")]}, ["extra[1][1]"]),
        ({"extra": {"a": b"hunter2!", "b": "%68unter2!"}}, ["extra['a']", "extra['b'] (URL-encoded)"]),
        (
            {"extra": {"c": "hunter2!", "a": {"b": "hunter2!"}}, "tags": ["hunter2!"]},
            ["extra['c']", "extra['a']['b']", "tags[0]"],
        ),
        ({"extra": {"a": None, "b": True}}, None),
        ({"event_id": "hunter2!"}, ["event_id"]),
        ({"context_line": "hunter2!"}, ["context_line"]),
        (
            {
                "stacktrace": {
                    "frames": [{"context_line": "hunter2!", "pre_context": ["hunter2!"], "filename": "hunter2!"}]
                }
            },
            ["stacktrace['frames'][0]['filename']"],
        ),
        (
            {"stacktrace": {"frames": [{"post_context": {"hunter2!": 1}, "vars": "hunter2!"}]}},
            ["stacktrace['frames'][0]['vars']"],
        ),
    ],
)
def test_paths_are_as_a_user_would_write_them(payload, where):
    """In the order of the payload; a stack trace's lines of source code are left out, and nothing else is."""
    assert places(event(payload), "hunter2!").get("not_contains") == where


@pytest.mark.parametrize(
    ("payload", "secret"), [({"a": 4111}, "4111"), ({"a": 1.5}, "1.5"), ({"a": False}, None), ({"a": None}, None)]
)
def test_numbers_are_looked_through_as_they_were_sent(payload, secret):
    """True, false and nothing are no secrets."""
    for each in ("4111", "1.5", "False", "None", "false", "null"):
        assert ("not_contains" in places(event(payload), each)) is (each == secret), each


OWN_IDS_AND_TIMES = {
    "event_id": lambda each: {"event_id": each},
    "timestamp": lambda each: {"timestamp": each},
    "start_timestamp": lambda each: {"start_timestamp": each},
    "sid": lambda each: {"sid": each},
    "started": lambda each: {"started": each},
    "contexts.trace.trace_id": lambda each: {"contexts": {"trace": {"trace_id": each}}},
    "contexts.trace.data.thread.id": lambda each: {"contexts": {"trace": {"data": {"thread.id": each}}}},
    "contexts.trace.links.span_id": lambda each: {"contexts": {"trace": {"links": [{"span_id": each}]}}},
    "spans.parent_span_id": lambda each: {"spans": [{}, {"parent_span_id": each}]},
    "spans.data.thread.id": lambda each: {"spans": [{"data": {"thread.id": each}}]},
    "spans.links.trace_id": lambda each: {"spans": [{"links": [{"trace_id": each}]}]},
    "breadcrumbs.values.timestamp": lambda each: {"breadcrumbs": {"values": [{"timestamp": each}]}},
    "breadcrumbs.timestamp": lambda each: {"breadcrumbs": [{"timestamp": each}]},
    "exception.thread_id": lambda each: {"exception": {"values": [{"thread_id": each}]}},
    "exception.frames.lineno": lambda each: {"exception": {"values": [{"stacktrace": {"frames": [{"lineno": each}]}}]}},
    "threads.frames.lineno": lambda each: {"threads": [{"stacktrace": {"frames": [{"lineno": each}]}}]},
    "items.timestamp": lambda each: {"items": [{"timestamp": each, "trace_id": each}]},
    "aggregates.started": lambda each: {"aggregates": [{"started": each}]},
}


@pytest.mark.parametrize("name", sorted(OWN_IDS_AND_TIMES))
def test_a_short_secret_is_not_found_in_an_id_or_a_time(name):
    """Seven bytes turn up by chance in what an SDK sets itself, eight do not; elsewhere both are found."""
    payload = {**OWN_IDS_AND_TIMES[name]("xx12345678xx"), "extra": "xx1234567xx"}

    assert places(event(payload), "1234567") == {"not_contains": ["extra"]}
    assert places(event(OWN_IDS_AND_TIMES[name]("xx12345678xx")), "12345678") != {}


@pytest.mark.parametrize(
    "key", ["event_id", "trace_id", "sid", "started", "timestamp", "thread.id", "sample_rand", "lineno"]
)
@pytest.mark.parametrize(
    "place",
    [
        lambda own: {"extra": own},
        lambda own: {"tags": own},
        lambda own: {"user": own},
        lambda own: {"user": {"data": own}},
        lambda own: {"request": {"data": own}},
        lambda own: {"contexts": {"billing": own}},
        lambda own: {"contexts": {"trace.data": own}},
        lambda own: {"contexts": {"billing": {"trace": own}}},
        lambda own: {"extra": {"spans": [own], "contexts": {"trace": own}}},
        lambda own: {"breadcrumbs": {"values": [{"data": own}]}},
        lambda own: {"exception": {"values": [{"stacktrace": {"frames": [{"vars": own}]}}]}},
        lambda own: {"exception": {"values": [{"mechanism": {"data": own}}]}},
    ],
)
def test_what_an_application_names_like_an_id_is_looked_through(key, place):
    """By chance is only what the SDK sets at its own place: below tags, extra and the like every name is the user's."""
    assert "not_contains" in places(event(place({key: "hunter2"})), "hunter2")


@pytest.mark.parametrize(
    "own", [{"other": "hunter2"}, {"trace": {"other": "hunter2"}}, {"other": {"trace_id": "hunter2"}}]
)
def test_a_header_of_its_own_is_looked_through(own):
    """Of an envelope's headers only the ids and times that the SDK sets are left out."""
    known = {"event_id": "hunter2", "sent_at": "hunter2", "trace": {"trace_id": "hunter2", "sample_rand": "hunter2"}}

    assert places(Envelope(known, ()), "hunter2") == {}
    assert "not_contains" in places(Envelope({**known, **own}, ()), "hunter2")


@pytest.mark.parametrize(
    "payload",
    [
        {"extra": {"stacktrace": {"context_line": "hunter2!"}}},
        {"extra": {"stacktrace": {"frames": [{"context_line": "hunter2!"}]}}},
        {"exception": {"values": [{"stacktrace": {"context_line": "hunter2!"}}]}},
        {"exception": {"values": [{"stacktrace": {"frames": [{"vars": {"context_line": "hunter2!"}}]}}]}},
        {"contexts": {"exception": {"values": [{"stacktrace": {"frames": [{"pre_context": ["hunter2!"]}]}}]}}},
    ],
)
def test_only_a_frame_has_lines_of_source_code(payload):
    """What an application calls a stack trace is data like any other."""
    assert "not_contains" in places(event(payload), "hunter2!")


def test_what_must_be_nowhere_is_told_with_three_places():
    """How many more there are, where there are more than three."""
    from pytest_errortrack.assertions import EVENTS, Expectation

    expectation = Expectation.parse(EVENTS, asked_by="one()", not_contains="hunter2!")

    def words(number):
        """Return what is said of so many places."""
        payload = {"extra": {str(each): "hunter2!" for each in range(number)}}
        (found,) = expectation.mismatches(event(payload))
        assert (found.path, found.expected) == ("not_contains", "hunter2!")
        return found.words

    three = "not_contains: found in extra['0'], extra['1'], extra['2']"
    assert words(1) == "not_contains: found in extra['0']"
    assert words(3) == three
    assert words(4) == f"{three} and in 1 more places"
    assert words(6) == f"{three} and in 3 more places"


def test_a_file_is_looked_through_with_its_headers():
    """Of an attachment, its name and what is in it."""
    attachment = CapturedAttachment({"filename": "hunter2!.txt"}, NOBODY, b"\x00hunter2!", "e")

    assert places(attachment, "hunter2!") == {"not_contains": ["filename", "bytes"]}
    assert places(CapturedAttachment({}, NOBODY, b"12345", "e"), "12345") == {"not_contains": ["bytes"]}


def test_anything_with_a_payload_is_looked_through():
    """Logs and the like by their payload, a plain value as it is."""
    assert places(CapturedLog({"body": "hunter2!"}, NOBODY), "hunter2!") == {"not_contains": ["body"]}
    assert places({"body": "hunter2!"}, "hunter2!") == {"not_contains": ["body"]}
    assert places({"context_line": "hunter2!"}, "hunter2!") == {"not_contains": ["context_line"]}
    assert places([1234567], "1234567") == {"not_contains": ["[0]"]}


def envelope():
    """An envelope of everything that has a path of its own."""
    return Envelope(
        {"dsn": "https://hunter2!@localhost/1", "trace": {"a": "hunter2!"}, "event_id": "hunter2!"},
        (
            Item({"type": "event", "length": "hunter2!", "x": "hunter2!"}, b'{"message": "hunter2!"}'),
            Item({"type": "attachment", "filename": "a.txt", "y": "hunter2!"}, b'{"a": "hunter2!"}'),
            Item({"type": "log"}, b'{"a": "hunter2!"}'),
            Item({"type": "log"}, b"\xff hunter2!"),
            Item({"type": "attachment"}, b"hunter2!"),
            Item({"type": "transaction"}, b'{"a": "hunter2!"}'),
        ),
    )


def test_an_envelope_is_looked_through_item_by_item():
    """An item is named by its type, its number or its file; what is no JSON, and every file, by its bytes."""
    assert places(envelope(), "hunter2!") == {
        "not_contains": [
            "envelope.headers['trace']['a']",
            "envelope.headers['event_id']",
            "event['x']",
            "event['message']",
            "attachment 'a.txt'['y']",
            "attachment 'a.txt'",
            "items[2]['a']",
            "items[3]",
            "items[4]",
            "transaction['a']",
        ]
    }


def test_with_an_event_goes_what_is_no_other_event():
    """Its own payload first; of the envelope all but the events and transactions."""
    assert places(event({"message": "hunter2!"}, envelope=envelope()), "hunter2!") == {
        "not_contains": [
            "message",
            "envelope.headers['trace']['a']",
            "envelope.headers['event_id']",
            "attachment 'a.txt'['y']",
            "attachment 'a.txt'",
            "items[2]['a']",
            "items[3]",
            "items[4]",
        ]
    }


def test_a_short_secret_in_a_file_is_no_chance():
    """Bytes of a file and of an item that is no JSON are looked through for short ones too."""
    whole = Envelope({}, (Item({"type": "attachment"}, b"abc"), Item({"type": "other"}, b"\xffabc")))

    assert places(whole, "abc") == {"not_contains": ["attachment", "other"]}


def test_each_place_is_named_once_and_each_secret_for_itself():
    """What is nowhere is left out."""
    captured = event({"extra": {"one x": 1, "one y": 2, "two": "one"}})

    assert places(captured, "one", "zero", "two") == {
        "not_contains[0]": ["a key of extra", "extra['two']"],
        "not_contains[2]": ["a key of extra"],
    }


def test_a_percent_sign_alone_is_no_encoding():
    """A text with signs of a URL's encoding is decoded as far as it goes."""
    assert way("100% sure", "100% sure") == ""
    assert way("a b", quote_from_bytes(b"a b") + "%") == "URL-encoded"
