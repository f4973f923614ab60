"""The token's text: what is refused, and in which words."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from pytest_errortrack.interleave import BadToken, Token, decode_token
from pytest_errortrack.interleave._schedule import Deviation
from pytest_errortrack.interleave._token import MAX_DEVIATIONS, encode, python_tag


def make(count=1):
    deviations = tuple(Deviation("a", f"f#{number}.0", 1, "preempt", "b") for number in range(count))
    return Token(deviations, level="op", bound=2, seed=1, step_limit=99, digest="d", python="cp311", identity="t::x")


def armoured(content: bytes) -> str:
    packed = zlib.compress(content)
    return "et1-" + base64.urlsafe_b64encode(zlib.crc32(packed).to_bytes(4, "big") + packed).rstrip(b"=").decode()


def test_a_token_is_short():
    """One preemption with a test's id fits a line of a terminal or two."""
    assert len(encode(make())) < 160


def test_the_largest_token_can_be_read():
    """A thousand deviations are allowed, one more is not."""
    assert len(decode_token(encode(make(MAX_DEVIATIONS))).deviations) == MAX_DEVIATIONS
    with pytest.raises(BadToken, match="at most 1000 deviations"):
        encode(make(MAX_DEVIATIONS + 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("hello", "'hello' is no replay token"),
        ("et2-abc", "is of version 2"),
        ("et1-", "damaged"),
        ("et1-@@@@", "not base 64"),
        (encode(make())[:-4], "checksum does not match"),
        (encode(make()).swapcase(), "no replay token|version"),
        (armoured(b"not json"), "content cannot be read"),
        (armoured(b"[1, 2]"), "content cannot be read"),
        (armoured(json.dumps(["p", "op", "x", 1, 1, "d", "", []]).encode()), "content cannot be read"),
        (armoured(json.dumps(["p", "op", 1, 1, 1, "d", "", [["a", "l", 1, "jump", "b"]]]).encode()), "unknown kind"),
        (armoured(b" " * 5_000_000), "cut short or too long"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(text, message):
    """Empty, another word, another version, damaged: the message tells them apart."""
    with pytest.raises(BadToken, match=message):
        decode_token(text)


def test_a_token_without_the_later_fields_can_be_read():
    """Those that were printed before the fields were added still replay."""
    fields = ["cp311", "op", 2, 1, 99, "d", "t::x", [["a", "f#0.0", 1, "preempt", "b"]]]

    assert decode_token(armoured(json.dumps(fields).encode())) == make()


def test_a_bad_token_is_a_value_error():
    """Callers may catch it as what it is."""
    with pytest.raises(ValueError, match="empty"):
        decode_token("")


def test_white_space_around_a_token_is_ignored():
    """It comes from terminals and mails."""
    assert decode_token(f" {encode(make())}\n") == make()


def test_the_python_tag_names_the_interpreter():
    """Such as cp311."""
    assert python_tag().startswith(("cp3", "py3"))
