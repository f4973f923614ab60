from __future__ import annotations

import re
from unittest.mock import ANY

import pytest
from dirty_equals import IsStr
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions._wording import LONGEST, hides_secret, is_secret, one_line, said, without_secrets


@pytest.mark.parametrize(
    "name",
    ["password", "db_password", "apiKey", "API_KEY", "Authorization", "X-CSRF-Token", "Set-Cookie", "sentryDSN", "pwd"],
)
def test_the_last_word_of_a_name_makes_a_secret(name):
    """Whatever the spelling, a name that ends in the word for a secret is one."""
    assert is_secret(name)
    assert "hunter2" not in said({"a": {name: "hunter2"}})
    assert "hunter2" not in said("hunter2", name=name)


@pytest.mark.parametrize("name", ["monkey", "author", "tokens", "token_type", "inside", "session", "keyboard", ""])
def test_other_names_hide_nothing(name):
    """A search for parts of names would hide what a reader has to see."""
    assert not is_secret(name)
    assert "hunter2" in said({name: "hunter2"})


def test_what_was_filtered_or_is_empty_is_shown():
    """That a secret was scrubbed, or is not there, is what a reader wants to know."""
    assert said({"password": "[Filtered]", "token": None, "secret": ""}) == (
        "{'password': '[Filtered]', 'token': None, 'secret': ''}"
    )
    assert hides_secret("password", "x")
    assert not hides_secret("password", "[Filtered]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://thekey@errors.example.com/1", "https://***@errors.example.com/1"),
        ("postgres://joe:hunter2@db/shop", "postgres://***@db/shop"),
        ("Bearer abcdef0123456789", "Bearer ***"),
        ("GET /pay?token=abc&page=2", "GET /pay?token=***&page=2"),
        ("db_password='a b' user=joe", "db_password=*** user=joe"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": \'***\', "n": 1}'),
        ("Authorization: Bearer abc123def45", "Authorization: ***"),
        ("curl -H 'Authorization: Basic YQ==' https://shop", "curl -H 'Authorization: ***' https://shop"),
        ("Set-Cookie: sid=1; Path=/\nHost: shop", "Set-Cookie: ***\nHost: shop"),
        ("Bearer abc123", "Bearer ***"),
        ("password: hunter2hunter2, user: joe", "password: ***, user: joe"),
        ("wrong password: again", "wrong password: ***"),
        ("x-api-key:abc", "x-api-key:***"),
        ("token: 'a b' c", "token: '***' c"),
        ('{"db_password": 12345}', '{"db_password": ***}'),
        ("def login(token: str = None, password: int)", "def login(token: str = None, password: int)"),
        ("TestToken::test_pay", "TestToken::test_pay"),
        ("unexpected token:\n  line 3", "unexpected token:\n  line 3"),
        ("bearer of news", "bearer of news"),
        ("token == 3", "token == 3"),
        ("basic needs", "basic needs"),
        ("wrong password", "wrong password"),
    ],
)
def test_secrets_in_texts_are_masked(text, shown):
    """Keys of URLs and DSNs, bearer tokens, and what stands behind the name of a secret."""
    assert without_secrets(text) == shown


def test_values_are_said_as_a_user_wrote_them():
    """Classes and functions by name, patterns between slashes, also inside of others; matchers by their repr."""

    class Local:
        pass

    assert said(Local) == "Local"
    assert said({"a": re.compile("^x"), "b": KeyError, "c": ANY}) == "{'a': /^x/, 'b': KeyError, 'c': <ANY>}"
    assert said(IsStr(regex="a+")) == "IsStr(regex='a+')"


def test_a_mapping_keeps_its_order_and_is_bounded():
    """What a user wrote first is shown first; of many keys the first eight."""
    assert said({"z": 1, "a": 2}) == "{'z': 1, 'a': 2}"
    assert said({str(n): n for n in range(100)}).endswith("'7': 7, ...}")


@given(st.text(max_size=2000), st.integers(10, 200))
def test_one_line_is_always_one_line_and_bounded(text, longest):
    """Whatever a report says, it takes one line of a message, and nothing in it moves a cursor or turns the text."""
    line = one_line(text, longest=longest)

    assert len(line) <= longest
    assert line.isprintable()


_leaves = st.text() | st.integers() | st.none()


@given(st.recursive(_leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_value_is_said_within_bounds(value):
    """Of whatever depth and size."""
    assert len(said(value)) <= LONGEST


_words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(_words, st.lists(_words, max_size=3), st.sampled_from(["password", "apiKey", "Authorization", "csrf-token"]))
def test_a_secret_is_never_shown_at_any_depth(before, path, name):
    """However deep below other keys, the value under the name of a secret is not in the text."""
    value = {f"{before}_{name}": "S3CRET"}
    for key in path:
        value = {key: value}

    assert "S3CRET" not in said(value)
