from __future__ import annotations

import pytest

SHOP = '''
class PaymentError(Exception):
    """The bank said no."""


def charge(sdk, note):
    raise PaymentError("card declined" + note)


def checkout(sdk, note=""):
    with sdk.start_transaction(name="checkout", op="http.server"):
        sdk.add_breadcrumb(message="cart priced", category="cart")
        with sdk.start_span(op="db", name="SELECT price"):
            pass
        sdk.add_breadcrumb(message="card charged", category="bank")
        with sdk.new_scope() as scope:
            scope.add_attachment(bytes=b"receipt", filename="receipt.txt")
            try:
                charge(sdk, note)
            except PaymentError as error:
                sdk.capture_exception(error)
'''

TESTS = """
import base64
import re

import pytest
{imported}

import shop


@pytest.fixture(autouse=True)
def application():
    sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0)


@pytest.mark.expect_event(
    exception=shop.PaymentError,
    breadcrumbs=["cart priced", re.compile("^card")],
    frames=["charge"],
    attachments=["receipt.txt"],
    not_contains=["hunter2", b"s3cret"],
)
@pytest.mark.expect_transaction(name="checkout", spans=["SELECT price"])
def test_passes():
    shop.checkout(sdk)


@pytest.mark.expect_event(breadcrumbs=["card charged", "cart priced"])
def test_wrong_order():
    shop.checkout(sdk)


@pytest.mark.expect_event(exception="PaymentError", not_contains="hunter2")
def test_leak():
    shop.checkout(sdk, note=base64.b64encode(b"u-7:hunter2").decode())


@pytest.mark.expect_event(not_contains="hunter2", count=(0, None))
def test_nothing_sent():
    pass


@pytest.mark.expect_event(not_contains="hunter2")
def test_one_is_clean():
    shop.checkout(sdk)
    sdk.capture_message("hunter2")


@pytest.mark.expect_transaction(spans=["POST /charge"])
def test_wrong_span():
    shop.checkout(sdk)
"""

SAID = [
    "*breadcrumbs: expected 'cart priced' after breadcrumbs[[]1[]] 'card charged',*",
    "*not_contains: found in exception[[]'values'[]][[]0[]][[]'value'[]] (base64)*",
    "*expected at least one event: where none was sent, nothing can be told of what it contains*",
    "*expected no such event to contain it, found 1 that does*",
    "*spans: expected 'POST /charge', got 'SELECT price'*",
]


@pytest.mark.parametrize("imported", ["from pytest_errortrack import sdk", "import sentry_sdk as sdk"])
def test_markers_know_every_keyword(pytester, imported):
    """Sub-sequences, files and secrets are judged by markers as by calls, for both SDKs, and each is seen failing."""
    pytester.makepyfile(shop=SHOP, test_shop=TESTS.replace("{imported}", imported))

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=5)
    for line in SAID:
        result.stdout.fnmatch_lines([line])


def test_a_value_that_nothing_can_have_is_a_collection_error(pytester):
    """A marker's value is judged when it is collected, with what was meant."""
    pytester.makepyfile(
        test_level="import pytest\n@pytest.mark.expect_event(level='eror')\ndef test_it(): pass",
        test_secret="import pytest\n@pytest.mark.expect_event(not_contains=[])\ndef test_it(): pass",
        test_steps="import pytest\n@pytest.mark.expect_transaction(spans='db')\ndef test_it(): pass",
        test_none="import pytest\n@pytest.mark.expect_event(not_contains='x', count=0)\ndef test_it(): pass",
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines_random(
        [
            "*@expect_event got level='eror': expected one of *; did you mean 'error'?*",
            "*@expect_event got not_contains=*: expected one or many strings or bytes*",
            "*@expect_transaction got spans='db': expected a list*",
            "*@expect_event with not_contains would ask that everything contains it*",
        ]
    )
