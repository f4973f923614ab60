"""Two users at once: no report and no trace of one carries what belongs to the other."""

from __future__ import annotations

import pytest
import sentry_sdk
import shop
from fastapi.testclient import TestClient

from pytest_errortrack.interleave import explore, interleaved


def ship(client, user):
    return client.post("/orders/8/shipment", headers={"X-User": user}).status_code


@interleaved
def test_shipments_of_two_users_do_not_mix(interleaving, captured_events):
    client = TestClient(shop.app)

    answers = interleaving.run(a=lambda: ship(client, "u-1"), b=lambda: ship(client, "u-2"))

    assert answers == [409, 409]
    captured_events.assert_isolated()
    assert {event.user["id"] for event in captured_events} == {"u-1", "u-2"}


def test_user_on_the_global_scope_is_found(captured_events, monkeypatch):
    """The same service with the mistake: the user is set on the one scope that all requests share."""
    monkeypatch.setattr(shop.sentry_sdk, "set_user", lambda user: sentry_sdk.get_global_scope().set_user(user))
    client = TestClient(shop.app)

    def requests(interleaving):
        captured_events.clear()
        interleaving.run(a=lambda: ship(client, "u-1"), b=lambda: ship(client, "u-2"))
        captured_events.assert_isolated()

    exploration = explore(requests)

    with pytest.raises(AssertionError, match=r"carries data that .* wrote"):
        raise exploration.failure
    assert exploration.preemptions <= 1
