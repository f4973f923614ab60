"""Tests of what an event says of a request: without secrets."""

from __future__ import annotations

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._serialize import is_personal_header, is_sensitive, scrubbed_request

F = "[Filtered]"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Auth-Token", "my_secret_thing", "PASSWORD", "db-passwd", "pwd2", "apikey", "JWT"),
        *("bearer", "x-sso", "SAMLResponse", "csrftoken", "X-XSRF-TOKEN", "credentials", "sessionid", "sid"),
        *("identity", b"Authorization"),
    ],
)
def test_parts_of_names_count(name):
    """DH1: in headers, cookies and queries a part of a name is enough, in any case."""
    assert is_sensitive(name)


@pytest.mark.parametrize("name", ["Accept", "Host", "User-Agent", "page", "", 7, None])
def test_names_without_such_a_part(name):
    """DH1: other names stay."""
    assert not is_sensitive(name)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Remote-Addr", "Via", "X-User"])
def test_headers_that_tell_who_asks(name):
    """DH1: addresses and users are told by headers too."""
    assert is_personal_header(name)
    assert not is_personal_header("Accept")


@pytest.mark.parametrize(
    ("field", "given", "sent"),
    [
        ("headers", {"Authorization": "x", "Accept": "*"}, {"Authorization": F, "Accept": "*"}),
        ("headers", [["X-Api-Key", "x"], ("Accept", "*"), "odd"], [["X-Api-Key", F], ["Accept", "*"], "odd"]),
        ("headers", {"Cookie": "a=1; sessionid=2"}, {"Cookie": f"a=1; sessionid={F}"}),
        ("headers", {"Set-Cookie": "nonsense"}, {"Set-Cookie": F}),
        ("headers", "odd", "odd"),
        ("cookies", {"a": "1", "csrftoken": "2"}, {"a": "1", "csrftoken": F}),
        ("cookies", "a=1;my_token=2=3", f"a=1;my_token={F}"),
        ("cookies", "no cookie at all", F),
        ("cookies", 7, F),
        ("query_string", "page=2&access_token=x&token", f"page=2&access_token={F}&token"),
        ("query_string", {"key": "x", "page": "2"}, {"key": F, "page": "2"}),
        ("query_string", [("sid", "x"), ("page", "2")], [["sid", F], ["page", "2"]]),
        ("url", "https://example.org/pay?token=x&page=2", f"https://example.org/pay?token={F}&page=2"),
        ("url", "https://me:secret@example.org/pay", f"https://{F}@example.org/pay"),
        ("url", "/pay@home", "/pay@home"),
        ("url", 7, 7),
        ("data", {"password": "x", "monkey": "y"}, {"password": F, "monkey": "y"}),
        ("data", "a text", "a text"),
        ("env", {"SECRET_KEY": "x", "SERVER_NAME": "y"}, {"SECRET_KEY": F, "SERVER_NAME": "y"}),
        ("method", "POST", "POST"),
    ],
)
def test_parts_of_a_request(field, given, sent):
    """DH1: each part by its own rules: parts of names, but whole names in bodies; what cannot be read goes whole."""
    assert scrubbed_request({field: given}) == {field: sent}


def test_request_of_an_unknown_shape_stays():
    """DH1: what is no request as the specification has it is left alone."""
    assert scrubbed_request("odd") == "odd"


@pytest.mark.parametrize("options", [{}, {"before_send": lambda event, _hint: event}], ids=["unasked", "asked"])
def test_requests_of_events_are_scrubbed(start, options):
    """DH1, S10: also one that a processor or a caller put there, whoever looks; the caller's own is not changed."""
    request = {"headers": {"Authorization": "hunter2"}, "data": {"deep": [{"pwd": "hunter2"}]}}
    memory = start(**options)

    sdk.capture_event({"message": "m", "request": request})

    assert memory.events[0]["request"] == {"headers": {"Authorization": F}, "data": {"deep": [{"pwd": F}]}}
    assert request["headers"]["Authorization"] == "hunter2"


def test_requests_are_left_alone_without_scrubbing(start):
    """DH1: scrub_data=False sends them as they are."""
    memory = start(scrub_data=False)

    sdk.capture_event({"message": "m", "request": {"headers": {"Authorization": "x"}}})

    assert memory.events[0]["request"] == {"headers": {"Authorization": "x"}}
