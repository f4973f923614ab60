"""What the order service promises about its error reports and its traces."""

from __future__ import annotations

import pytest
import shop
from fastapi.testclient import TestClient


@pytest.fixture
def client():
    return TestClient(shop.app, raise_server_exceptions=False)


def test_unknown_order_is_reported_once_by_the_integration(client, captured_events):
    response = client.get("/orders/99")

    assert response.status_code == 500
    event = captured_events.one(level="error", exception=KeyError, handled=False, transaction="/orders/{order_id}")
    assert [frame.function for frame in event.exception.frames][-2:] == ["read_order", "load"]


def test_cancelled_order_is_reported_with_its_user(client, captured_events):
    response = client.post("/orders/8/shipment", headers={"X-User": "u-7"})

    assert response.status_code == 409
    event = captured_events.one(
        exception=shop.CancelledOrderError,
        handled=True,
        tags={"order.state": "cancelled"},
        user={"id": "u-7"},
    )
    assert "shipping pot" in [crumb.message for crumb in event.breadcrumbs]


@pytest.mark.expect_event(level="error", logger="orders", message="order 99 cannot be cancelled: it does not exist")
def test_cancelling_an_unknown_order_is_logged_as_an_error(client):
    assert client.delete("/orders/99").status_code == 404


def test_shipping_an_open_order_reports_nothing(client, captured_events, captured_breadcrumbs):
    assert client.post("/orders/7/shipment", headers={"X-User": "u-7"}).json() == {"shipped": True}

    captured_events.none()
    assert "shipping tea" in [crumb.message for crumb in captured_breadcrumbs]


def test_reading_an_order_is_traced_down_to_the_store(client, captured_transactions):
    client.get("/orders/7")

    transaction = captured_transactions.one(name="/orders/{order_id}", op="http.server", status="ok")
    assert [span.op for span in transaction.spans if span.op == "db"] == ["db"]
    assert "load order" in transaction.span_tree()


def test_failed_shipment_is_traced_with_its_status(client, captured_transactions):
    client.post("/orders/8/shipment", headers={"X-User": "u-7"})

    captured_transactions.one(name="/orders/{order_id}/shipment", source="route", tags={"http.status_code": "409"})
