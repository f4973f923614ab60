"""What is sent of a user is what servers take: texts."""

from __future__ import annotations

from uuid import UUID

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk.testing import merged_scope

ID = UUID(int=7)


@pytest.mark.parametrize("field", ["id", "username", "email", "name", "ip_address"])
@pytest.mark.parametrize(("given", "sent"), [(7, "7"), (ID, str(ID)), (True, "True"), ("7", "7"), (None, None)])
def test_what_names_a_user_is_sent_as_a_text(memory, field, given, sent):
    """E1: an id of a database is a number or a UUID, and a text in the specification; so it is one on the wire."""
    sdk.set_user({field: given, "age": 41})
    sdk.capture_message("m")
    sdk.capture_event({"message": "m", "user": {field: given}})

    assert [event["user"] for event in memory.events] == [{field: sent, "age": 41}] * 2
    assert merged_scope()["user"] == {field: given, "age": 41}


def test_what_holds_more_than_a_text_keeps_its_shape(memory):
    """DH1: secrets inside of what is no id at all are still found by their names."""
    sdk.set_user({"id": {"password": "hunter2"}})
    sdk.capture_message("m")
    sdk.capture_event({"message": "m", "user": 7})

    assert memory.events[0]["user"] == {"id": {"password": "[Filtered]"}}
    assert memory.events[1]["user"] == 7


def test_user_of_a_transaction_is_sent_as_texts(start):
    """E1, TR10: transactions name their user as events do."""
    memory = start(traces_sample_rate=1.0)
    sdk.set_user({"id": 7})
    with sdk.start_transaction(name="t"):
        pass

    assert memory.transactions[0]["user"] == {"id": "7"}


@pytest.mark.parametrize("name", ["new-checkout", "new checkout"])
def test_feature_flag_is_sent_by_the_name_it_was_given(memory, name):
    """S6, E8: a name that a server may shorten or refuse is its business, as it is with `sentry_sdk`."""
    sdk.add_feature_flag(name, True)
    sdk.capture_message("m")

    assert memory.events[0]["contexts"]["flags"]["values"] == [{"flag": name, "result": True}]
