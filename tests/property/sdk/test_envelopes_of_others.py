"""Envelopes between two implementations: what ours writes theirs reads, and the other way round.

The other one is the `sentry_sdk` that is installed, with its own writer and its own parser.
"""

from __future__ import annotations

import io

import sentry_sdk
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentry_sdk.envelope import Envelope as TheirEnvelope
from sentry_sdk.envelope import Item as TheirItem
from sentry_sdk.envelope import PayloadRef
from sentry_sdk.transport import Transport as TheirTransport

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Envelope, Item

words = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["", "\u2028", "a\nb\r\nc", "\0", "💥", "ß\\"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(words, values, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(words, json_values, max_size=4)
more_headers = st.dictionaries(words.filter(lambda name: name not in {"type", "length", "content_type"}), json_values)
binaries = st.binary(max_size=60) | st.lists(st.sampled_from([b"\n", b"\r\n", b"{}", b"\0", b"\xff"])).map(b"".join)
attachments = st.tuples(st.sampled_from(["attachment", "client_report", "unheard_of"]), more_headers, binaries)
events = st.tuples(st.sampled_from(["event", "transaction"]), more_headers, mappings)


def ours_of(items):
    """Return items as our SDK makes them."""
    return tuple(
        Item({**more, "type": kind}, sdk.Envelope(content).serialize()[:-1] if isinstance(content, dict) else content)
        for kind, more, content in items
    )


@settings(max_examples=50)
@given(mappings, st.lists(events | attachments, max_size=5))
@example({"event_id": "ab" * 16}, [("attachment", {"filename": 'ä "quoted"\n.bin'}, b"")])
@example({}, [("attachment", {}, b"\n"), ("attachment", {}, b""), ("event", {}, {"message": "💥"})])
def test_theirs_reads_what_ours_writes(headers, items):
    """T1: sentry_sdk's parser finds the headers, the items and the payloads that we wrote, whatever bytes they are."""
    written = Envelope(headers, ours_of(items)).serialize()

    read = TheirEnvelope.deserialize(written)

    assert read.headers == headers
    assert len(read.items) == len(items)
    for item, (kind, more, content) in zip(read.items, items, strict=True):
        assert item.type == kind
        assert more.items() <= item.headers.items()
        assert content == (item.payload.json if isinstance(content, dict) else item.get_bytes())


@settings(max_examples=50)
@given(mappings, st.lists(events | attachments, max_size=5))
@example({}, [("event", {}, {"message": "\ud800"})])
def test_ours_reads_what_theirs_writes(headers, items):
    """T1: our parser finds the headers, the items and the payloads that sentry_sdk wrote."""
    envelope = TheirEnvelope(headers)
    for kind, more, content in items:
        payload = PayloadRef(json=content) if isinstance(content, dict) else PayloadRef(bytes=content)
        envelope.add_item(TheirItem(payload, headers=more, type=kind))

    read = Envelope.parse(envelope.serialize())

    assert read.headers == headers
    assert len(read.items) == len(items)
    for item, (kind, more, content) in zip(read.items, items, strict=True):
        assert item.type == kind
        assert more.items() <= item.headers.items()
        assert item.headers["length"] == len(item.payload)
        if isinstance(content, dict):
            assert item.json() == readable(content)
        else:
            assert item.payload == content


@settings(max_examples=50)
@given(mappings, st.lists(events | attachments, max_size=5))
def test_bytes_survive_both(headers, items):
    """T1: ours, read and written by theirs, read by ours again: the same payloads in the same order."""
    ours = Envelope(headers, ours_of(items))

    theirs = TheirEnvelope.deserialize(ours.serialize())
    back = Envelope.parse(theirs.serialize())

    assert back.headers == ours.headers
    assert [item.type for item in back.items] == [item.type for item in ours.items]
    for item, before in zip(back.items, ours.items, strict=True):
        if item.type in {"event", "transaction"}:
            assert item.json() == before.json()
        else:
            assert item.payload == before.payload


def test_a_real_report_is_read_by_the_other_side(memory):
    """T1: an event with attachments of ours, text and binary and empty, is what theirs reads as well."""
    sdk.add_attachment(b"\x00\xff\n\r\n", "blob.bin")
    sdk.add_attachment("größe: 5 €".encode(), "note.txt", content_type="text/plain")
    sdk.add_attachment(b"", "empty")
    sdk.capture_message("päy 💥\nnow", tags={"tenant": "ñ"})

    (envelope,) = memory.envelopes
    read = TheirEnvelope.deserialize_from(io.BytesIO(envelope.serialize()))

    assert read.get_event() == memory.events[0]
    assert read.headers["event_id"] == memory.events[0]["event_id"]
    assert [(item.headers["filename"], item.get_bytes()) for item in read.items[1:]] == [
        ("blob.bin", b"\x00\xff\n\r\n"),
        ("note.txt", "größe: 5 €".encode()),
        ("empty", b""),
    ]


def test_a_real_report_of_theirs_is_read_here():
    """T1: what sentry_sdk's own client sends is an envelope for us, attachments included."""
    sent = []

    class Collecting(TheirTransport):
        def capture_envelope(self, envelope):
            sent.append(envelope.serialize())

    client = sentry_sdk.Client("https://public@errors.example.org/1", transport=Collecting, default_integrations=False)
    scope = sentry_sdk.Scope()
    scope.add_attachment(b"\x00\n\xff", "blob.bin")
    client.capture_event({"message": "päy 💥"}, scope=scope)
    client.close()

    event, attachment = Envelope.parse(sent[0]).items

    assert event.json()["message"] == "päy 💥"
    assert (attachment.headers["filename"], attachment.payload) == ("blob.bin", b"\x00\n\xff")


def readable(value):
    """Return a JSON value with lone surrogates, which are no characters, replaced as our reader does it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {readable(name): readable(each) for name, each in value.items()}
    return [readable(each) for each in value] if isinstance(value, list) else value
