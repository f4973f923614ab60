"""Tests of the request that an event belongs to: collected from what servers hand to applications."""

from __future__ import annotations

import io

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._pipeline._collected import request_of_asgi, request_of_wsgi

JSON = b'{"cart": [1, 2], "password": "hunter2"}'


class Pipe(io.BytesIO):
    """A body that can be read once only."""

    def seekable(self):
        """Say so."""
        return False


class Broken(io.BytesIO):
    """A body whose connection is gone."""

    def read(self, *_arguments):
        """Fail."""
        raise OSError


def environ(body=b"", kind="application/json", **more):
    """Return what a WSGI server hands to an application."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/shop",
        "PATH_INFO": "/pay nów".encode().decode("latin-1"),
        "QUERY_STRING": "page=2&token=hunter2",
        "SERVER_NAME": "shop.example.org",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_ACCEPT": "*/*",
        "HTTP_AUTHORIZATION": "hunter2",
        "HTTP_COOKIE": "theme=dark; sessionid=hunter2",
        "HTTP_X_FORWARDED_FOR": "203.0.113.7",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **more,
    }


def scope(**more):
    """Return what an ASGI server hands to an application."""
    headers = [
        (b"host", b"shop.example.org"),
        (b"accept", b"text/html"),
        (b"accept", b"*/*"),
        (b"cookie", b"theme=dark"),
        (b"content-type", b"application/json"),
        (b"x-real-ip", b"203.0.113.7"),
    ]
    return {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/pay",
        "query_string": b"page=2",
        "headers": headers,
        "server": ("shop.example.org", 443),
        "client": ("203.0.113.7", 4711),
        **more,
    }


def captured(memory, **hint):
    """Report an exception in the middle of a request, and return its event."""
    sdk.capture_exception(ValueError("no funds"), hint=hint)
    return memory.events[-1]


def test_request_of_a_wsgi_application(memory):
    """E9, DH1: method, URL, query, headers, body and server; without secrets, cookies and addresses."""
    event = captured(memory, wsgi_environ=environ(JSON))

    assert event["request"] == {
        "method": "POST",
        "url": "http://shop.example.org:8000/shop/pay%20n%C3%B3w",
        "query_string": "page=2&token=[Filtered]",
        "headers": {
            "Accept": "*/*",
            "Authorization": "[Filtered]",
            "Content-Type": "application/json",
            "Content-Length": str(len(JSON)),
        },
        "data": {"cart": [1, 2], "password": "[Filtered]"},
        "env": {"SERVER_NAME": "shop.example.org", "SERVER_PORT": "8000"},
    }
    assert "user" not in event


def test_request_with_personal_data(start):
    """E9, DH1: with send_default_pii cookies, addresses and the headers that tell them are collected too."""
    event = captured(start(send_default_pii=True), wsgi_environ=environ(HTTP_HOST="shop.example.org"))

    assert event["request"]["url"] == "http://shop.example.org/shop/pay%20n%C3%B3w"
    assert event["request"]["cookies"] == {"theme": "dark", "sessionid": "[Filtered]"}
    assert event["request"]["headers"]["X-Forwarded-For"] == "203.0.113.7"
    assert event["request"]["env"]["REMOTE_ADDR"] == "203.0.113.7"
    assert event["user"] == {"ip_address": "203.0.113.7"}


def test_user_of_the_application_beats_the_collected_one(start):
    """DH1, S4: what the application says of its user and of its request stays."""
    memory = start(send_default_pii=True)
    sdk.set_user({"id": 7, "ip_address": "198.51.100.1"})
    hint = {"wsgi_environ": environ()}

    sdk.capture_event({"message": "m", "request": {"method": "GET"}}, hint=hint)

    assert memory.events[0]["request"] == {"method": "GET"}
    assert memory.events[0]["user"] == {"id": 7, "ip_address": "198.51.100.1"}


def test_request_of_an_asgi_application(start):
    """E9: the same of an ASGI scope; a header that comes twice is joined, and a default port not told."""
    event = captured(start(send_default_pii=True), asgi_scope=scope(), request_body=b"[1]")

    assert event["request"] == {
        "method": "POST",
        "url": "https://shop.example.org/pay",
        "query_string": "page=2",
        "headers": {
            "Host": "shop.example.org",
            "Accept": "text/html, */*",
            "Content-Type": "application/json",
            "X-Real-Ip": "203.0.113.7",
        },
        "cookies": {"theme": "dark"},
        "data": [1],
        "env": {"REMOTE_ADDR": "203.0.113.7"},
    }
    assert event["user"] == {"ip_address": "203.0.113.7"}


def test_asgi_scope_with_next_to_nothing():
    """E9: a scope without server, client, headers and body is a request too."""
    request = request_of_asgi({"type": "http", "path": "/"}, b"", sends_pii=False, body_size=0)

    assert request == {"url": "http:///"}


@pytest.mark.parametrize(
    ("size", "length", "is_shown"),
    [
        *(("never", 1, False), ("small", 1_000, True), ("small", 1_001, False)),
        *(("medium", 10_000, True), ("medium", 10_001, False), ("always", 50_000, True)),
    ],
)
@pytest.mark.parametrize("kind", ["wsgi_environ", "asgi_scope"])
def test_bodies_up_to_a_size(start, kind, size, length, is_shown):
    """DH2: a body longer than the option allows is left out, not cut."""
    memory = start(max_request_body_size=size)
    body = b"[" + b"1" * (length - 2) + b"]" if length > 1 else b"1"
    body = b'["' + b"x" * (length - 4) + b'"]' if length > 4 else body
    hint = {"wsgi_environ": environ(body)} if kind == "wsgi_environ" else {"asgi_scope": scope(), "request_body": body}

    assert ("data" in captured(memory, **hint)["request"]) is is_shown


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("application/json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        ("application/problem+json", b'{"a": 1}', {"a": 1}),
        ("application/json", b"not json", None),
        ("application/json", b'"only a text"', None),
        ("application/x-www-form-urlencoded", b"a=1&b=2&b=3&c=", {"a": "1", "b": ["2", "3"], "c": ""}),
        ("application/x-www-form-urlencoded", b"\xff=1", None),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 200), None),
        ("text/plain", b"my password is hunter2", None),
        ("", b"anything", None),
    ],
)
def test_only_bodies_that_can_be_read(kind, body, shown):
    """DH1, DH2: forms and JSON are shown by their names; any other body never is."""
    request = request_of_wsgi(environ(body, kind), sends_pii=False, body_size=10_000)

    assert request.get("data") == shown


def test_body_stays_for_the_application():
    """DH2: a stream that can go back is left where it was; one that cannot is not touched."""
    half_read = environ(JSON)
    half_read["wsgi.input"].seek(5)
    pipe = environ(JSON, **{"wsgi.input": Pipe(JSON)})

    assert request_of_wsgi(half_read, sends_pii=False, body_size=10_000)["data"]["cart"] == [1, 2]
    assert half_read["wsgi.input"].tell() == 5
    assert "data" not in request_of_wsgi(pipe, sends_pii=False, body_size=10_000)
    assert pipe["wsgi.input"].read() == JSON


@pytest.mark.parametrize("more", [{"wsgi.input": None}, {"wsgi.input": Broken(JSON)}, {"CONTENT_LENGTH": "-1"}])
def test_body_that_cannot_be_read(more):
    """DH2: without a stream, a length, or a connection there is no body, and no error."""
    assert "data" not in request_of_wsgi(environ(JSON, **more), sends_pii=False, body_size=10_000)


@pytest.mark.parametrize(
    "hint",
    [
        {"wsgi_environ": {7: 1, "PATH_INFO": object()}},
        {"wsgi_environ": "odd"},
        {"wsgi_environ": {}},
        {"asgi_scope": {"headers": [7]}},
        {"asgi_scope": {"headers": [(b"a", 7)], "client": 7}},
        {"asgi_scope": None},
    ],
    ids=["odd names and values", "a text", "nothing", "headers of numbers", "a pair of a number", "no scope"],
)
def test_request_that_is_none(start, hint):
    """E9: a hint with something else in the place of a request costs the event its request at most."""
    event = captured(start(send_default_pii=True), **hint)

    assert event["exception"]["values"][0]["value"] == "no funds"
