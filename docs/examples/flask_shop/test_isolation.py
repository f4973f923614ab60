"""Two customers at once: no report of one carries what belongs to the other."""

from __future__ import annotations

import pytest
import sentry_sdk
import shop

from pytest_errortrack.interleave import explore, interleaved


def order(client, customer):
    payload = {"tenant": customer, "sku": "pot", "card": "4111-1111-1111-1110"}
    return client.post("/checkout", json=payload, headers={"X-User": customer})


@interleaved
def test_reports_of_two_customers_do_not_mix(interleaving, captured_events):
    app = shop.create_app()

    interleaving.run(
        a=lambda: order(app.test_client(), "nordic"),
        b=lambda: order(app.test_client(), "baltic"),
    )

    captured_events.assert_isolated()
    assert {event.user["id"]: event.tags["tenant"] for event in captured_events} == {
        "nordic": "nordic",
        "baltic": "baltic",
    }


def test_user_on_the_global_scope_is_found(captured_events, monkeypatch):
    """The same shop with the mistake: the user is set on the one scope that all requests share."""
    monkeypatch.setattr(shop.sentry_sdk, "set_user", lambda user: sentry_sdk.get_global_scope().set_user(user))
    app = shop.create_app()

    def requests(interleaving):
        captured_events.clear()
        interleaving.run(
            a=lambda: order(app.test_client(), "nordic"),
            b=lambda: order(app.test_client(), "baltic"),
        )
        captured_events.assert_isolated()

    exploration = explore(requests)

    with pytest.raises(AssertionError, match=r"carries data that .* wrote"):
        raise exploration.failure
    assert exploration.preemptions == 1
