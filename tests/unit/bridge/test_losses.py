from __future__ import annotations

import pytest
from sentry_sdk.envelope import Item, PayloadRef

from pytest_errortrack.bridge._losses import quantities


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (None, [("error", 3)]),
        (Item(b"12345", type="attachment"), [("attachment", 5)]),
        (Item(b"", type="attachment"), [("attachment", 1)]),
        (Item(PayloadRef(json={"spans": [1, 2]}), type="transaction"), [("transaction", 1), ("span", 3)]),
        (Item(b"1234", type="log", headers={"item_count": 7}), [("log_item", 7), ("log_byte", 4)]),
        (Item(b"", type="event"), [("error", 1)]),
    ],
    ids=["no item", "attachment", "empty attachment", "transaction", "batch", "event"],
)
def test_quantities(item, expected):
    """An item knows better than the caller what was lost, and how much of it."""
    assert list(quantities("error", 3, item)) == expected


def test_a_loss_without_a_category_is_of_the_default_one():
    """An application's own caller may say nothing."""
    assert list(quantities(None, 1, None)) == [("default", 1)]
