"""Orders over HTTP, with errors and performance reported by sentry_sdk, set up when the module is imported."""

from __future__ import annotations

import logging
import os
from typing import Annotated

import sentry_sdk
from fastapi import FastAPI, Header, HTTPException

log = logging.getLogger("orders")

ORDERS = {7: {"article": "tea", "state": "open"}, 8: {"article": "pot", "state": "cancelled"}}

# FastApiIntegration and StarletteIntegration enable themselves, as FastAPI is installed.
sentry_sdk.init(
    dsn=os.environ.get("SENTRY_DSN"),
    release="orders@2.1.0",
    traces_sample_rate=float(os.environ.get("TRACES_SAMPLE_RATE", "1.0")),
)
app = FastAPI()


class CancelledOrderError(Exception):
    """Somebody wants to ship what was cancelled."""


def load(order_id: int) -> dict[str, str]:
    """Read an order from the store."""
    with sentry_sdk.start_span(op="db", name="load order") as span:
        span.set_data("order", order_id)
        return ORDERS[order_id]


def ship(order: dict[str, str]) -> None:
    """Send an order on its way."""
    sentry_sdk.add_breadcrumb(category="order", message=f"shipping {order['article']}")
    if order["state"] == "cancelled":
        raise CancelledOrderError(order["article"])


@app.get("/orders/{order_id}")
async def read_order(order_id: int) -> dict[str, str]:
    return load(order_id)


@app.post("/orders/{order_id}/shipment")
async def ship_order(order_id: int, x_user: Annotated[str, Header()]) -> dict[str, bool]:
    sentry_sdk.set_user({"id": x_user})
    try:
        ship(load(order_id))
    except CancelledOrderError as error:
        sentry_sdk.capture_exception(error, tags={"order.state": "cancelled"})
        raise HTTPException(409, "this order was cancelled") from error
    return {"shipped": True}


@app.delete("/orders/{order_id}")
def cancel_order(order_id: int) -> dict[str, bool]:
    if order_id not in ORDERS:
        log.error("order %s cannot be cancelled: it does not exist", order_id)
        raise HTTPException(404, "no such order")
    return {"cancelled": True}
