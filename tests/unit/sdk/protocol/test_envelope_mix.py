"""What may be together in one envelope."""

from __future__ import annotations

from collections import Counter

from pytest_errortrack import sdk

ALONE = ("event", "transaction")
NEVER_WRITTEN = {"security", "unreal_report", "form_data"}


def test_an_envelope_holds_one_event_or_transaction(start):
    """T2: never two, never both; attachments go with their event, a report of losses rides along, nothing else."""
    memory = start(traces_sample_rate=1.0, before_send=lambda event, _: None if event["message"] == "no" else event)
    sdk.add_attachment(b"x", "x.bin")

    with sdk.start_transaction(name="checkout"), sdk.start_span(op="db"):
        for message in ("first", "no", "second"):
            sdk.capture_message(message)
    sdk.flush()

    mixes = [Counter(item.type for item in envelope.items) for envelope in memory.envelopes]
    assert all(sum(mix[kind] for kind in ALONE) <= 1 for mix in mixes)
    assert [mix for mix in mixes if mix["event"]] == [Counter(event=1, attachment=1)] * 2
    assert [mix["attachment"] for mix in mixes if not mix["event"]] == [0] * (len(mixes) - 2)
    assert sum(mix["transaction"] for mix in mixes) == 1
    assert sum(mix["client_report"] for mix in mixes) == 1
    assert not NEVER_WRITTEN & set().union(*mixes)


def test_an_empty_envelope_is_not_sent(memory):
    """T1, T2: with nothing to say nothing is sent, however often it is flushed."""
    sdk.flush()
    sdk.flush()

    assert memory.envelopes == []
