"""Tests of what an item counts as when it is lost."""

from __future__ import annotations

import pytest

from pytest_errortrack.sdk import Item
from pytest_errortrack.sdk.protocol import category_of, encode, quantities_of, summary_of


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("event", "error"),
        ("transaction", "transaction"),
        ("attachment", "attachment"),
        ("sessions", "session"),
        ("check_in", "monitor"),
        ("log", "log_item"),
        ("client_report", "internal"),
        ("something_new", "default"),
    ],
)
def test_category_of_an_item_type(kind, category):
    """T6: item types map to the data categories of the specification."""
    assert category_of(kind) == category


def test_transaction_counts_its_spans_and_itself():
    """P4: a lost transaction is one transaction, and one span more than it has."""
    item = Item({"type": "transaction"}, encode({"type": "transaction", "spans": [{}, {}]}))

    assert quantities_of(item) == (("transaction", 1), ("span", 3))


def test_attachment_counts_bytes_and_client_report_nothing():
    """T7, CR2: attachments count in bytes; losing a client report is nobody's loss."""
    assert quantities_of(Item({"type": "attachment"}, b"12345")) == (("attachment", 5),)
    assert quantities_of(Item({"type": "client_report"}, b"{}")) == ()


@pytest.mark.parametrize(
    ("event", "summary"),
    [
        ({"exception": {"values": [{"type": "KeyError", "value": "a"}, {"type": "E", "value": "boom"}]}}, "E: boom"),
        ({"message": "hello"}, "hello"),
        ({"logentry": {"formatted": "formatted"}}, "formatted"),
        ({"logentry": {"message": "raw"}}, "raw"),
        ({"type": "transaction", "transaction": "checkout"}, "checkout"),
        ({"message": "x" * 500}, "x" * 200),
        ({}, ""),
    ],
)
def test_summary_says_which_event_it_was(event, summary):
    """A lost event is told by its innermost words, in at most 200 characters."""
    assert summary_of(Item({"type": "event"}, encode(event))) == summary


def test_what_cannot_be_read_can_still_be_counted():
    """A loss is countable whatever was lost."""
    broken = Item({"type": "transaction"}, b"not json")

    assert quantities_of(broken) == (("transaction", 1), ("span", 1))
    assert summary_of(broken) == ""
    assert summary_of(Item({"type": "attachment", "filename": "a.txt"}, b"")) == "a.txt"
