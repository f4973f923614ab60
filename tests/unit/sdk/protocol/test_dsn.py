"""Tests of `Dsn`: what is one, what is not, and what is never printed."""

from __future__ import annotations

import re

import pytest

from pytest_errortrack.sdk import BadDsn, Dsn


def test_parts_are_read():
    """D1: scheme, key, secret, host, port, path and project are told apart."""
    dsn = Dsn.parse("https://pub:sec@errors.example.org:8443/some/path/42")

    assert (dsn.scheme, dsn.public_key, dsn.secret_key) == ("https", "pub", "sec")
    assert (dsn.host, dsn.port, dsn.path, dsn.project_id) == ("errors.example.org", 8443, "/some/path", "42")


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("https://k@h/1", "https://h/api/1/envelope/"),
        ("http://k@h:8000/a/b/1", "http://h:8000/a/b/api/1/envelope/"),
        ("http://k@[::1]:8000/1", "http://[::1]:8000/api/1/envelope/"),
        ("http://k@[::1]/1", "http://[::1]/api/1/envelope/"),
    ],
)
def test_endpoint_is_where_envelopes_go(text, endpoint):
    """D1: the endpoint keeps port and path, and ends in the project's envelope address."""
    assert Dsn.parse(text).endpoint == endpoint


def test_auth_header_names_key_and_client():
    """D3: the header has version, client and key, and the secret only where there is one."""
    assert Dsn.parse("https://k@h/1").auth_header("me/1") == "Sentry sentry_version=7, sentry_client=me/1, sentry_key=k"
    assert Dsn.parse("https://k:s@h/1").auth_header("me/1").endswith(", sentry_secret=s")


def test_org_id_comes_from_the_host():
    """D2: a host like o123.ingest.example.org carries the organisation."""
    assert Dsn.parse("https://k@o123.ingest.example.org/1").org_id == "123"
    assert Dsn.parse("https://k@errors.example.org/1").org_id is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nonsense", "no scheme"),
        ("ftp://k@h/1", "its scheme is 'ftp'"),
        ("https://h/1", "no public key"),
        ("https://@h/1", "public key is empty"),
        ("https://:secret@h/1", "public key is empty"),
        ("https://k@h", "project id"),
        ("https://k@h/", "project id"),
        ("https://k@h/1?x=2", "project id"),
        ("https://k@/1", "no host"),
        ("https://k@h:0/1", "port is '0'"),
        ("https://k@h:65536/1", "port is '65536'"),
        ("https://k@h:abc/1", "port is 'abc'"),
        ("https://k@h:/1", "port is ''"),
    ],
)
def test_malformed_dsn_is_refused_with_the_reason_and_an_example(text, what):
    """D1: a malformed DSN is refused at once, saying what is wrong with it and what a right one looks like."""
    with pytest.raises(BadDsn, match=what) as caught:
        Dsn.parse(text)

    assert "https://PUBLIC_KEY@errors.example.org/42" in str(caught.value)


def test_keys_are_never_printed():
    """No text made of a DSN has its keys, be it right or wrong."""
    dsn = Dsn.parse("https://publickey:secretkey@h/1")
    with pytest.raises(BadDsn) as caught:
        Dsn.parse("ftp://publickey:secretkey@h/1")

    for text in (str(dsn), repr(dsn), str(caught.value)):
        assert "publickey" not in text
        assert "secretkey" not in text


@pytest.mark.parametrize("text", ["memory://", "memory://anything", "MEMORY://"])
def test_memory_needs_no_key(text):
    """The memory transport's DSN is its scheme."""
    assert Dsn.parse(text).scheme == "memory"


@pytest.mark.parametrize(("given", "shown"), [("foo", "'foo'"), ("secretkey@x", "'secretke...'")])
def test_dots_stand_where_something_was_cut(given, shown):
    """What is no DSN may be a key: its beginning is shown, all of it only where that is short."""
    with pytest.raises(BadDsn, match=re.escape(f"found {shown};")):
        Dsn.parse(given)
