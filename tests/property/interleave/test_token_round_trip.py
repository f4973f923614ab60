"""Tokens survive the way to text and back, and nothing else passes for one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave import BadToken, Token, decode_token
from pytest_errortrack.interleave._hypothesis import Drawn
from pytest_errortrack.interleave._schedule import Deviation
from pytest_errortrack.interleave._token import encode

words = st.text(max_size=20)
deviations = st.builds(
    Deviation, words, words, st.integers(1, 10**6), st.sampled_from(["preempt", "next", "waiter", "timer"]), words
)
tokens = st.builds(
    Token,
    st.lists(deviations, max_size=10).map(tuple),
    level=st.sampled_from(["op", "line"]),
    bound=st.integers(0, 9),
    seed=st.integers(0, 2**64),
    step_limit=st.integers(1, 10**9),
    digest=words,
    python=words,
    identity=words,
    steps=st.integers(0, 10**6),
    prints=words,
    drawn=st.none() | st.builds(Drawn, words, words, words),
)


@given(token=tokens)
def test_what_is_encoded_is_decoded(token):
    """Every field comes back, whatever characters are in it."""
    assert decode_token(encode(token)) == token


@given(token=tokens)
def test_a_token_can_be_pasted_anywhere(token):
    """It is one word of url-safe characters."""
    assert re.fullmatch(r"et1-[\w-]+", encode(token), re.ASCII)


@given(token=tokens, data=st.data())
def test_a_damaged_token_is_never_read_as_another(token, data):
    """A character changed or lost is noticed, unless it stands for the same bytes."""
    text = encode(token)
    at = data.draw(st.integers(4, len(text) - 1))
    new = data.draw(st.sampled_from(["", "A", "_", "é"]))
    damaged = text[:at] + new + text[at + 1 :]

    try:
        read = decode_token(damaged)
    except BadToken:
        return
    assert read == token


@given(text=st.text(max_size=80))
def test_any_other_text_is_refused(text):
    """Nothing but BadToken is raised for text that is no token."""
    for candidate in (text, f"et1-{text}"):
        try:
            decode_token(candidate)
        except BadToken as error:
            assert "token" in str(error)  # noqa: PT017 - either it is refused, or it is a token after all
