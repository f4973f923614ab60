"""Tests of the names whose values are not sent."""

from __future__ import annotations

import pytest

from pytest_errortrack.sdk._serialize import is_secret, scrub_event


@pytest.mark.parametrize(
    "name", ["password", "Password", "PASSWORD", "api_key", "api-key", "API Key", "token", "Set-Cookie", "sid", "jwt"]
)
def test_secret_names(name):
    """DH1: names are compared without regard to case, and to how words are joined."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["monkey", "inside", "author", "passwordless", "key", "tokens", "", "x" * 1000, 7, None]
)
def test_other_names(name):
    """Section 0: names are compared whole: a search for parts would eat `monkey`."""
    assert not is_secret(name)


def test_scrubbing_copies():
    """S10: the values given are not changed, whoever they belong to."""
    extra = {"password": "x", "list": ({"token": "y"}, [{"secret": "z"}])}
    data = {"pwd": "x"}
    event = {"extra": extra, "user": None, "breadcrumbs": {"values": [{"data": data}, {"message": "m"}, "odd"]}}

    scrub_event(event)

    assert event["extra"] == {"password": "[Filtered]", "list": [{"token": "[Filtered]"}, [{"secret": "[Filtered]"}]]}
    assert event["breadcrumbs"]["values"][0] == {"data": {"pwd": "[Filtered]"}}
    assert (extra["password"], data["pwd"]) == ("x", "x")


def test_odd_events():
    """What has another shape than expected is left as it is."""
    event = {"extra": "text", "user": 7, "breadcrumbs": "odd"}

    scrub_event(event)

    assert event == {"extra": "text", "user": 7, "breadcrumbs": "odd"}


def test_cycles_end():
    """A value that holds itself is scrubbed as deep as anything is sent."""
    cyclic = {"password": "x"}
    cyclic["self"] = cyclic
    event = {"extra": cyclic}

    scrub_event(event)

    assert event["extra"]["self"]["self"]["password"] == "[Filtered]"
