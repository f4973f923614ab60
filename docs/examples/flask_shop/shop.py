"""A shop that reports its errors with sentry_sdk, set up the ordinary way."""

from __future__ import annotations

import logging
import os

import sentry_sdk
from flask import Flask, jsonify, request

log = logging.getLogger("shop")

PRICES = {"tea": 4, "pot": 25}
STOCK = {"tea": 3, "pot": 1}


class CardDeclinedError(Exception):
    """The bank said no."""


def charge(card: str, amount: int) -> None:
    """Stand in for the bank, which declines every card that ends in 0."""
    sentry_sdk.add_breadcrumb(category="payment", message=f"charging {amount}")
    if card.endswith("0"):
        raise CardDeclinedError("insufficient funds")


def create_app() -> Flask:
    """Make the application; FlaskIntegration enables itself, as Flask is installed."""
    sentry_sdk.init(
        dsn=os.environ.get("SENTRY_DSN"),
        release="shop@1.0.0",
        environment=os.environ.get("SHOP_ENVIRONMENT", "production"),
        include_local_variables=False,  # `charge` has a card number in hand
        max_request_body_size="never",  # and so has the body of the request
    )
    app = Flask(__name__)

    @app.get("/price/<sku>")
    def price(sku: str):
        return jsonify(price=PRICES[sku])

    @app.post("/checkout")
    def checkout():
        order = request.get_json()
        sentry_sdk.set_user({"id": request.headers["X-User"]})
        sentry_sdk.add_breadcrumb(category="cart", message="cart priced", data={"sku": order["sku"]})
        try:
            charge(order["card"], PRICES[order["sku"]])
        except CardDeclinedError as error:
            sentry_sdk.capture_exception(error, tags={"tenant": order["tenant"], "bank": "acme"})
            return jsonify(error="card declined"), 402
        STOCK[order["sku"]] -= 1
        if STOCK[order["sku"]] < 0:
            log.error("stock of %s is below zero", order["sku"])
        return jsonify(paid=True)

    return app
