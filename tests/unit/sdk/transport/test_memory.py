"""Tests of `MemoryTransport`: it keeps what a receiver would see."""

from __future__ import annotations

from pytest_errortrack.sdk import Envelope, Item, MemoryTransport


def test_what_is_kept_went_over_the_wire():
    """T13: envelopes are written to bytes and read back, so that a test sees what a receiver would."""
    memory = MemoryTransport()
    envelope = Envelope({"event_id": "x"}, (Item({"type": "event"}, b'{"a":1}'), Item({"type": "attachment"}, b"\n\n")))

    memory.send(envelope)

    (kept,) = memory.envelopes
    assert kept is not envelope
    assert kept.items[0].headers == {"type": "event", "length": 7}
    assert (memory.events, memory.transactions, memory.client_reports) == ([{"a": 1}], [], [])
    assert [item.payload for item in memory.attachments] == [b"\n\n"]


def test_clear_forgets_and_close_does_not():
    """A closed memory can be read; a cleared one is empty."""
    memory = MemoryTransport()
    memory.send(Envelope())
    memory.close(1.0)
    assert memory.flush(1.0) is True
    assert len(memory.envelopes) == 1
    memory.clear()
    assert memory.envelopes == []
