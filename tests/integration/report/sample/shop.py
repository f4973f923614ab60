"""A small shop that reports its errors: what the pictures of a report are made from."""

from __future__ import annotations

from pytest_errortrack import sdk


class PaymentError(Exception):
    """The card was declined."""


def charge(amount: int, *, card: str) -> None:
    """Charge a card; the one that ends in 0 is declined."""
    sdk.add_breadcrumb(category="payment", message="charging", data={"amount": amount})
    if card.endswith("0"):
        try:
            raise TimeoutError("no answer within 2 s")
        except TimeoutError as error:
            raise PaymentError(f"card ending in {card[-4:]} was declined") from error


def checkout(tenant: str, *, card: str, amount: int = 4200) -> None:
    """Price a cart and charge a card, traced and reported."""
    sdk.set_tag("tenant", tenant)
    sdk.set_tag("payment.provider", "acquirer-2")
    sdk.set_user({"id": "42", "email": "ada@example.org"})
    sdk.add_breadcrumb(category="cart", message="cart priced", data={"items": 3})
    with sdk.start_transaction(name="POST /checkout", op="http.server"):
        with sdk.start_span(op="db", description="SELECT * FROM cart WHERE tenant = ?"):
            _work(40)
        with sdk.start_span(op="http.client", description="POST https://acquirer.example.org/charge"):
            with sdk.start_span(op="serialize", description="order"):
                _work(15)
            _work(60)
            try:
                charge(amount, card=card)
            except PaymentError as error:
                sdk.capture_exception(error)
        with sdk.start_span(op="template", description="receipt.html"):
            _work(20)


def handle(request: str, *, hub: sdk.Hub) -> None:
    """Serve one request on a hub that others use too."""
    with hub.configure_scope() as scope:
        scope.set_extra("Request Params", {"service": request})
        scope.set_extra("Tracking ID", f"cl4w-{request}")
    hub.capture_message(f"health check of {request}")


def _work(rounds: int) -> int:
    return sum(number * number for number in range(rounds * 1_000))
