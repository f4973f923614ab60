"""Tests of the record of losses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pytest_errortrack.sdk import Item
from pytest_errortrack.sdk._pipeline import LossRecorder
from pytest_errortrack.sdk._runtime import SystemRuntime


def nobody(reason, category, quantity, *, summary, detail):
    """Witness nothing."""


def test_counts_are_handed_out_once():
    """CR2: read and reset are one step, also when threads record meanwhile; no count is lost, none told twice."""
    losses = LossRecorder(SystemRuntime(), is_reporting=True, witness=nobody)

    def record(_number):
        losses.record("sample_rate", "error")
        return losses.report(is_forced=True)

    with ThreadPoolExecutor(8) as pool:
        reports = [report for report in pool.map(record, range(400)) if report is not None]

    told = [entry["quantity"] for report in reports for entry in report.json()["discarded_events"]]
    assert sum(told) == 400
    assert losses.report(is_forced=True) is None


def test_nothing_is_no_loss():
    """A quantity of nothing is not recorded."""
    told = []
    losses = LossRecorder(SystemRuntime(), is_reporting=True, witness=lambda *_args, **_more: told.append(1))

    losses.record("before_send", "span", 0)
    losses.record("before_send", "span", -1)

    assert (told, losses.report(is_forced=True)) == ([], None)


def test_item_is_told_with_its_summary():
    """The witness hears of every category that is lost with an item, and which one it was."""
    told = []

    def witness(reason, category, quantity, *, summary, detail):
        told.append((reason, category, quantity, summary, detail))

    losses = LossRecorder(SystemRuntime(), is_reporting=False, witness=witness)
    losses.record_item("send_error", Item({"type": "transaction"}, b'{"type":"transaction","transaction":"t"}'))
    losses.record_item("send_error", Item({"type": "client_report"}, b"{}"), detail="x")

    assert told == [("send_error", "transaction", 1, "t", ""), ("send_error", "span", 1, "t", "")]


def test_losses_of_four_threads_are_all_counted():
    """M8: four threads count at once, at their full speed, and the ledger has every single loss."""
    losses = LossRecorder(SystemRuntime(), is_reporting=True, witness=nobody)

    def record(number):
        for _ in range(5000):
            losses.record("queue_overflow", f"category {number % 2}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))

    assert losses.ledger() == {("queue_overflow", "category 0"): 10_000, ("queue_overflow", "category 1"): 10_000}
