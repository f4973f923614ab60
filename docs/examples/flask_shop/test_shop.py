"""What the shop promises about its error reports."""

from __future__ import annotations

import pytest
import shop

ORDER = {"tenant": "nordic", "sku": "pot", "card": "4111-1111-1111-1111"}
DECLINED = {**ORDER, "card": "4111-1111-1111-1110"}


@pytest.fixture
def client():
    return shop.create_app().test_client()


def order(client, payload):
    return client.post("/checkout", json=payload, headers={"X-User": "u-7"})


def test_unknown_article_is_reported_once_by_the_integration(client, captured_events):
    response = client.get("/price/unknown")

    assert response.status_code == 500
    event = captured_events.one(level="error", exception=KeyError, handled=False, transaction="price")
    assert event.request["url"].endswith("/price/unknown")
    assert len(captured_events) == 1


def test_declined_card_is_reported_with_its_tenant_and_user(client, captured_events):
    response = order(client, DECLINED)

    assert response.status_code == 402
    event = captured_events.one(
        exception=shop.CardDeclinedError,
        message="insufficient funds",
        tags={"tenant": "nordic"},
        user={"id": "u-7"},
        release="shop@1.0.0",
    )
    assert [crumb.message for crumb in event.breadcrumbs] == ["cart priced", "charging 25"]


def test_no_card_number_leaves_the_shop(client, captured_events):
    order(client, DECLINED)

    event = captured_events.one(exception=shop.CardDeclinedError)
    assert DECLINED["card"] not in event.raw.decode()


@pytest.mark.expect_event(level="error", message="stock of pot is below zero", logger="shop")
def test_stock_below_zero_is_logged_as_an_error(client, monkeypatch):
    monkeypatch.setitem(shop.STOCK, "pot", 0)

    assert order(client, ORDER).json == {"paid": True}


def test_paid_order_reports_nothing(client, captured_events, monkeypatch):
    monkeypatch.setitem(shop.STOCK, "pot", 1)

    assert order(client, ORDER).json == {"paid": True}
    assert captured_events == []


def test_breadcrumbs_are_left_even_when_nothing_is_reported(client, captured_breadcrumbs, monkeypatch):
    monkeypatch.setitem(shop.STOCK, "pot", 1)

    order(client, ORDER)

    assert [crumb.message for crumb in captured_breadcrumbs] == ["cart priced", "charging 25"]


def test_next_request_does_not_inherit_the_user(client, captured_events):
    order(client, DECLINED)
    client.get("/price/unknown")

    captured_events.one(exception=KeyError, where=lambda event: not event.user)
