"""Properties of the envelope: what is written is what is read, and nothing that is read can do harm."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.sdk import BadEnvelope, Envelope, Item

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda values: (
        st.lists(values, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), values, max_size=3)
    ),
    max_leaves=6,
)
headers = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), json_values, max_size=4)
payloads = st.binary(max_size=40) | st.lists(st.sampled_from([b"\n", b"\r", b"{}", b"a", b"\xff"])).map(b"".join)
items = st.builds(
    lambda more, kind, payload: Item({**more, "type": kind, "length": len(payload)}, payload),
    headers,
    st.sampled_from(["event", "attachment", "unheard_of"]),
    payloads,
)
envelopes = st.builds(Envelope, headers, st.lists(items, max_size=4).map(tuple))


@given(envelopes)
def test_round_trip(envelope):
    """T1: reading what was written gives the same envelope, newlines, carriage returns and all."""
    assert Envelope.parse(envelope.serialize()) == envelope


@given(envelopes)
def test_last_newline_may_be_missing(envelope):
    """T1: an envelope means the same without its last newline."""
    text = envelope.serialize()

    assert text.endswith(b"\n")
    assert Envelope.parse(text[:-1]) == envelope


@given(headers, st.lists(payloads.filter(lambda payload: b"\n" not in payload), max_size=4))
def test_length_may_be_left_out(head, bodies):
    """T1: without a length an item ends at the next newline; carriage returns are part of it."""
    written = Envelope(head, ()).serialize() + b"".join(b'{"type":"attachment"}\n' + body + b"\n" for body in bodies)

    assert [item.payload for item in Envelope.parse(written).items] == bodies


@given(st.binary(max_size=80))
def test_any_bytes_are_an_envelope_or_refused(text):
    """T1: the parser raises nothing but BadEnvelope."""
    with contextlib.suppress(BadEnvelope):
        envelope = Envelope.parse(text)
        assert [item.payload for item in Envelope.parse(envelope.serialize()).items] == [
            item.payload for item in envelope.items
        ]


@given(envelopes, st.data())
def test_cut_envelopes_are_a_prefix_or_refused(envelope, data):
    """T1: an envelope cut off anywhere is refused, or has none but the items that were whole."""
    text = envelope.serialize()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        read = Envelope.parse(cut)
    except BadEnvelope:
        return
    assert read.headers == envelope.headers
    assert read.items == envelope.items[: len(read.items)]
