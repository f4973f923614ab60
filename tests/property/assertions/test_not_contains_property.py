from __future__ import annotations

import base64
import binascii
import json
import urllib.parse

from hypothesis import assume, event, given, target
from hypothesis import strategies as st

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation

SECRETS = st.text("abc+/%= é\"\\\n'", min_size=4, max_size=8)
AROUND = st.text("ab/+-_ =%", max_size=5)
ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

ENCODERS = {
    "plain": lambda text: text,
    "json": lambda text: json.dumps([text]),
    "json, readable": lambda text: json.dumps([text], ensure_ascii=False),
    "repr": lambda text: repr([text]),
    "quote": lambda text: urllib.parse.quote(text, safe=""),
    "quote_plus": urllib.parse.quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "urlsafe": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in a URL": lambda text: urllib.parse.quote(base64.b64encode(text.encode()).decode(), safe=""),
}


def is_found(secret, text):
    """Ask an event that has the text somewhere deep."""
    payload = {"extra": {"deep": [{"text": text}]}}
    captured = CapturedEvent(payload, raw=b"", circumstances=Circumstances())
    return not Expectation.parse(EVENTS, asked_by="one()", not_contains=secret).matches(captured)


def unescaped(secret):
    """List how a secret looks within a string of JSON or a `repr`, one level or two deep."""
    ways = (
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: repr(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    )
    once = {way(secret) for way in ways}
    return {secret, *once, *(way(form) for way in ways for form in once)}


def naive_decodings(text):
    """Yield every text that this one could be an encoding of, trying every piece of it."""
    yield text
    for quoted in (text, text.replace(b"+", b" ")):
        once = urllib.parse.unquote_to_bytes(quoted)
        twice = urllib.parse.unquote_to_bytes(once)
        yield from (once, twice, urllib.parse.unquote_to_bytes(twice))


def naive_pieces(text):
    """Decode every piece of a text that could be base64."""
    text = text.replace(b"-", b"+").replace(b"_", b"/")
    for start in range(len(text)):
        for end in range(start + 2, len(text) + 1):
            piece = text[start:end]
            if not ALPHABET.issuperset(piece):
                break
            if len(piece) % 4 != 1:
                try:
                    yield base64.b64decode(piece + b"=" * (-len(piece) % 4))
                except binascii.Error:
                    continue


def is_found_naively(secret, text):
    """Search every decoded form of every piece."""
    forms = {form.encode() for form in unescaped(secret)}
    for decoded in naive_decodings(text.encode()):
        if any(form in decoded for form in forms):
            return True
        for piece in naive_pieces(decoded):
            if any(form in again for again in naive_decodings(piece) for form in forms):
                return True
    return False


@given(SECRETS, st.tuples(AROUND, AROUND), st.sampled_from(sorted(ENCODERS)), st.tuples(AROUND, AROUND))
def test_a_secret_is_found_however_it_was_sent(secret, inside, encoder, outside):
    """Completeness: in every encoding, whatever stands around it before and after it was encoded."""
    before, after = outside
    # Nothing can tell where an encoded text begins when it stands directly beside a percent sign or an escape.
    assume("%" not in before + after)
    text = f"{before}{ENCODERS[encoder](secret.join(inside))}{after}"

    assert is_found(secret, text), (encoder, text)


@given(SECRETS, st.text("YWJjYmFhYg+/%26 abc=-_", max_size=16), st.sampled_from(["", *sorted(ENCODERS)]))
def test_it_is_found_exactly_where_a_naive_search_finds_it(secret, text, encoder):
    """Soundness: decoding every piece in every way finds nothing else, and no less."""
    if encoder:
        text += ENCODERS[encoder](secret)
    expected = is_found_naively(secret, text)
    event("found" if expected else "not found")

    assert is_found(secret, text) == expected


@given(st.binary(min_size=4, max_size=8), st.binary(max_size=4), st.binary(max_size=4))
def test_bytes_are_found_in_base64_at_every_alignment(secret, before, after):
    """Bytes that no text can hold arrive as base64 or as a `repr`."""
    target(len(before))

    assert is_found(secret, base64.b64encode(before + secret + after).decode())
    assert is_found(secret, f"<{repr(secret)[2:-1]}>")
