"""Tests of `Breadcrumb`, the value."""

from __future__ import annotations

from pytest_errortrack.sdk import Breadcrumb


def test_words_of_the_specification_and_back():
    """S8: a breadcrumb and its payload say the same."""
    crumb = Breadcrumb("hello", category="auth", level="warning", data={"a": 1}, timestamp=1.5, origin="auto.x")

    assert Breadcrumb.from_dict(crumb.to_dict()) == crumb


def test_what_is_not_there_is_left_out():
    """S8: only type and level have defaults; nothing else is made up."""
    assert Breadcrumb().to_dict() == {"type": "default", "level": "info"}


def test_payload_does_not_share_the_data():
    """S10: changing the payload leaves the breadcrumb as it is."""
    crumb = Breadcrumb(data={"a": 1})

    crumb.to_dict()["data"]["a"] = 2

    assert crumb.data == {"a": 1}
