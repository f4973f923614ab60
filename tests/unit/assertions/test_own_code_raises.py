from __future__ import annotations

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation


class Picky:
    def __eq__(self, other):
        raise RuntimeError("never compare me")

    __hash__ = None

    def __repr__(self):
        return "Picky()"


def event(**payload):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances())


def has_tenant(captured):
    return captured.tags["tenant"] == "acme"


@pytest.mark.parametrize("ask", ["one", "find", "matching", "none", "count"])
def test_a_predicate_that_raises_fails_the_call(ask):
    """The failure names the predicate, its error and the event, and keeps the error as its cause; it is no mismatch."""
    with capture() as errortrack:
        sdk.capture_message("disk full", level="warning")

    with pytest.raises(AssertionError) as caught:
        getattr(errortrack.events, ask)(where=has_tenant)

    assert str(caught.value) == (
        f"{ask}(): where=has_tenant raised KeyError: 'tenant'\n  asked of the event warning 'disk full'"
    )
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_value_whose_equality_raises_fails_the_call():
    """The failure names the value and the place that it was compared with."""
    expectation = Expectation.parse(EVENTS, asked_by="@expect_event", tags={"tenant": Picky()})

    with pytest.raises(AssertionError) as caught:
        expectation.matches(event(message="low", tags={"tenant": "acme"}))

    assert str(caught.value).splitlines() == [
        "@expect_event: comparing Picky() with tags['tenant'] raised RuntimeError: never compare me",
        "  asked of the event error 'low'",
    ]
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_predicate_is_asked_only_where_all_else_fits():
    """What the keywords rule out, the predicate need not put up with."""
    expectation = Expectation.parse(EVENTS, asked_by="one()", level="error", where=has_tenant)

    assert not expectation.matches(event(level="warning"))
    assert [difference.path for difference in expectation.mismatches(event(level="warning"))] == ["level"]
    assert expectation.matches(event(level="error", tags={"tenant": "acme"}))
