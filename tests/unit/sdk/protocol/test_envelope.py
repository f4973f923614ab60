"""Tests of the envelope's bytes: the specification's examples, and what is refused."""

from __future__ import annotations

import pytest

from pytest_errortrack.sdk import BadEnvelope, Envelope, Item


def test_every_item_says_its_length():
    """T1: headers are compact lines of JSON, and the length is always written."""
    envelope = Envelope({"event_id": "a" * 32}, (Item({"type": "event"}, b'{"a":1}'),))

    expected = b'{"event_id":"' + b"a" * 32 + b'"}\n{"type":"event","length":7}\n{"a":1}\n'
    assert envelope.serialize() == expected


@pytest.mark.parametrize(
    ("text", "payloads"),
    [
        (b"{}", []),
        (b"{}\n", []),
        (b'{"event_id":"x"}\n{"type":"attachment","length":10}\n\xef\xbb\xbfHello\r\n\n', [b"\xef\xbb\xbfHello\r\n"]),
        (b'{}\n{"type":"attachment","length":0}\n\n{"type":"attachment","length":0}\n', [b"", b""]),
        (b'{}\n{"type":"attachment","length":0}\n\n{"type":"attachment","length":0}\n\n', [b"", b""]),
        (b'{}\n{"type":"attachment"}\nhelloworld\n', [b"helloworld"]),
        (b'{}\n{"type":"attachment"}\nhelloworld', [b"helloworld"]),
        (b'{}\n{"type":"attachment"}\nhello\r\n{"type":"event"}\n{}\n', [b"hello\r", b"{}"]),
        (b'{}\n{"type":"attachment"}', [b""]),
        (b'{}\n{"type":"x","length":3}\na\nb', [b"a\nb"]),
    ],
)
def test_examples_of_the_specification_are_read(text, payloads):
    """T1: explicit and implicit lengths, empty payloads, carriage returns, with and without the last newline."""
    assert [item.payload for item in Envelope.parse(text).items] == payloads


def test_unknown_types_and_headers_are_kept():
    """T1: what this version does not know travels all the same."""
    text = b'{"new":[1]}\n{"type":"not_yet","length":2,"other":{"a":null}}\nhi\n'

    envelope = Envelope.parse(text)

    assert envelope.headers == {"new": [1]}
    assert envelope.items[0].type == "not_yet"
    assert envelope.items[0].headers["other"] == {"a": None}
    assert envelope.serialize() == b'{"new":[1]}\n{"type":"not_yet","length":2,"other":{"a":null}}\nhi\n'


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "the envelope header at byte 0 is missing"),
        (b"\n{}", "the envelope header at byte 0 is missing"),
        (b"[]", "the envelope header at byte 0 is no JSON object"),
        (b"{nope", "the envelope header at byte 0 is no JSON"),
        (b"{}\n\n", "the header of item 1 at byte 3 is missing"),
        (b"{}\n{}\nx", "the header of item 1 at byte 3 has no type"),
        (b'{}\n{"type":7}\nx', "has no type .found 7"),
        (b'{}\n{"type":"event","length":-1}\nx', "bad length .found -1"),
        (b'{}\n{"type":"event","length":true}\nx', "bad length .found True"),
        (b'{}\n{"type":"event","length":"1"}\nx', "bad length .found '1'"),
        (
            b'{}\n{"type":"event","length":9}\nabc',
            "item 1 is cut short: its header says 9 bytes, at byte 31 are only 3",
        ),
        (b'{}\n{"type":"event","length":1}\nabc', "item 1 must end with a newline at byte 32"),
        (b'{}\n{"type":"event","length":1}\na\r\n', "item 1 must end with a newline at byte 32"),
        (b'{}\n{"type":"event","length":1}\na\n{"type":"event","length":3}\nb', "item 2 is cut short"),
    ],
)
def test_malformed_bytes_are_refused_saying_what_and_where(text, what):
    """T1: the parser is strict, and says which item and which byte."""
    with pytest.raises(BadEnvelope, match=what):
        Envelope.parse(text)


def test_payload_that_is_no_json_says_whose_it_is():
    """Asking a payload for JSON names the item when it has none."""
    with pytest.raises(BadEnvelope, match="the payload of the 'attachment' item is no JSON"):
        Item({"type": "attachment"}, b"hello").json()


@pytest.mark.parametrize("text", [b'"\\ud800"', b'{"a":"\\ud800"}', b'{"a":"\\uDFFF."}', b'["\\ud800\\u0041"]'])
def test_lone_surrogates_of_other_writers_are_read(text):
    """T1: Python's own codec writes what is no character, of file names for one; it is read as a question mark."""
    assert "?" in str(Item({"type": "event"}, text).json())


@pytest.mark.parametrize("inner", [b"", b'"\\ud800"'], ids=["plain", "with half a surrogate pair"])
def test_a_payload_nested_deeper_than_the_stack_is_refused(inner):
    """It is told as what cannot be read is, in whatever depth of calls."""
    item = Item({"type": "event"}, b"[" * 100_000 + inner + b"]" * 100_000)

    with pytest.raises(BadEnvelope, match="nested too deep"):
        item.json()
