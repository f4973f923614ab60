from __future__ import annotations

import re

import pytest

from pytest_errortrack.assertions._wording import _Short, hides_secret, is_secret, one_line, said, without_secrets


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (re.compile("^x"), "/^x/"),
        (re.compile(b"^x"), "/b'^x'/"),
        (len, "len"),
        ("x".join, "str.join"),
        (ValueError("x"), "ValueError('x')"),
        ([1, KeyError], "[1, KeyError]"),
        ("it's", '"it\'s"'),
        ("a\nb", r"'a\nb'"),
        (b"x", "b'x'"),
        ({}, "{}"),
        ({1: {2: 3}}, "{1: {2: 3}}"),
    ],
)
def test_a_value_is_said_shortly(value, shown):
    """Names for what has one, else the repr."""
    assert said(value) == shown


def test_what_is_local_is_said_without_the_function_around_it():
    """A class of a test reads like any other."""

    class Local:
        def method(self):
            """Do nothing."""

    def function():
        """Do nothing."""

    assert (said(Local), said(function), said(Local().method)) == ("Local", "function", "Local.method")


class Odd:
    """Something that can be called and has no name, or the other way round."""

    def __init__(self, **names):
        self.__dict__.update(names)

    def __repr__(self):
        return "<Odd>"


def test_what_has_a_name_and_cannot_be_called_is_said_by_its_repr():
    """A name alone makes no function."""
    assert said(Odd(__qualname__="name")) == "<Odd>"


@pytest.mark.parametrize("kind", [list, tuple, set, dict.fromkeys])
def test_eight_elements_are_said(kind):
    """Of more, the first eight and dots."""
    short = _Short()
    eight, nine = short.repr(kind(range(8))), short.repr(kind(range(9)))

    assert "..." not in eight
    assert "7" in eight
    assert "..." in nine
    assert "7" in nine
    assert "8" not in nine


def test_texts_and_other_reprs_have_four_hundred_characters():
    """Cut at the end; other reprs in the middle."""
    short = _Short()

    assert short.repr("x" * 400) == repr("x" * 400)
    assert short.repr("x" * 401) == repr("x" * 400) + "..."
    assert len(short.repr(Odd)) < 400
    assert len(short.repr(ValueError("y" * 500))) == 400


def test_six_levels_are_said():
    """Below them objects are dots, and an empty one is empty."""
    deep, empty = "x", {}
    for _ in range(7):
        deep, empty = {"k": deep}, {"k": empty}

    assert said(deep) == "{'k': {'k': {'k': {'k': {'k': {'k': {...}}}}}}}"
    assert said(empty["k"]) == "{'k': {'k': {'k': {'k': {'k': {'k': {}}}}}}}"


@pytest.mark.parametrize("value", [None, True, False, int, "", "[Filtered]"])
def test_what_tells_nothing_is_no_secret(value):
    """What is absent, empty or filtered, a switch, and the class that a value has to be of."""
    assert not hides_secret("password", value)
    assert said(value, name="password") == said(value)


@pytest.mark.parametrize("value", ["x", 0, 1, [], {"a": 1}, b""])
def test_all_else_under_the_name_of_a_secret_is_masked(value):
    """Numbers and groups too; a key that is no text has no name."""
    assert hides_secret("password", value)
    assert said({"password": value, 3: "x"}) == "{'password': '***', 3: 'x'}"
    assert said(value, name="password") == "'***'"
    assert not hides_secret(3, value)


@pytest.mark.parametrize(
    "name", ["private_key", "access-key", "secretKey", "session_id", "session_key", "not_contains"]
)
def test_two_words_may_make_a_secret(name):
    """A key or an id alone is none."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["key", "public_key", "user_id", "key_private", "contains", "123"])
def test_other_words_make_none(name):
    """The last two count, in their order."""
    assert not is_secret(name)


def test_a_long_text_is_cut_to_one_line():
    """Ninety-two characters, or as many as are asked for; line breaks are shown."""
    assert one_line("x" * 92) == "x" * 92
    assert one_line("x" * 93) == "x" * 89 + "..."
    assert one_line("x" * 11, longest=10) == "x" * 7 + "..."
    assert one_line("x" * 10, longest=10) == "x" * 10
    assert one_line("a\nb\r\nc") == r"a\nb\r\nc"
    assert one_line("\x1b[2Ja\u202eb\x00\ud800") == r"\x1b[2Ja\u202eb\x00\ud800"
    assert said("x" * 99, longest=10) == "'xxxxxx..."
    assert one_line("at https://key@host") == "at https://***@host"


def test_what_is_masked_in_a_text_stays_masked():
    """Masking twice is masking once, whatever quotes stand around it."""
    texts = ["token='a b' x", '{"password": "a"}', "Basic YWxhZGRpbjpvcGVu", "cookie=a; b", "'secret': '[Filtered]'"]
    texts += ["Cookie: a=b; c", "password: 'a'", "api_key: 1}", "Authorization: Bearer abc123def45\nHost: x"]
    once = [without_secrets(text) for text in texts]

    assert once == [
        "token=*** x",
        "{\"password\": '***'}",
        "Basic ***",
        "cookie=***; b",
        "'secret': '[Filtered]'",
        "Cookie: ***",
        "password: '***'",
        "api_key: ***}",
        "Authorization: ***\nHost: x",
    ]
    assert [without_secrets(text) for text in once] == once
