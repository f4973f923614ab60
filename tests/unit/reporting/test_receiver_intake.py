from __future__ import annotations

import base64
import json
import zlib
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.reporting._answers import Refusal
from pytest_errortrack.reporting._intake import Limits, Request, read_envelope, route_of

KEY = "0123456789abcdef0123456789abcdef"
EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
EVENT = json.dumps({"event_id": EVENT_ID, "message": "m"}).encode()
ENVELOPE = b'{"event_id":"%s"}\n{"type":"event"}\n%s\n' % (EVENT_ID.encode(), EVENT)


def request(body=ENVELOPE, *, target=f"/api/1/envelope/?sentry_key={KEY}", method="POST", **headers):
    """Make a request that is right but for what is given."""
    return Request(method, target, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def read(*arguments, key=KEY, limits=None, **keywords):
    """Read such a request."""
    return read_envelope(request(*arguments, **keywords), key=key, limits=limits or Limits())


def refusal(*arguments, **keywords):
    """Read such a request, and return why it is refused: status, and the body of the answer."""
    with pytest.raises(Refusal) as caught:
        read(*arguments, **keywords)
    return caught.value.status, json.loads(caught.value.answer.body)


def items(*entries, **headers):
    """Write an envelope of items, each a type and a payload; no item says its length."""
    lines = [json.dumps(headers).encode()]
    for kind, payload in entries:
        lines += [
            json.dumps({"type": kind}).encode(),
            payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
        ]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    "target",
    [
        f"/api/1/envelope/?sentry_key={KEY}",
        f"/api/1/envelope?sentry_version=7&sentry_key={KEY}&sentry_client=x%2F1",
        f"//api//1//envelope//?sentry_key={KEY}",
    ],
)
def test_an_envelope_is_read_with_or_without_its_trailing_slash(target):
    """The bytes come out as they were sent, with the project and the event's id."""
    arrival = read(target=target)

    assert (arrival.wire, arrival.project, arrival.event_id) == (ENVELOPE, "1", EVENT_ID)


@pytest.mark.parametrize(
    "headers",
    [
        {"x_sentry_auth": f"Sentry sentry_version=7, sentry_client=raven/6, sentry_key={KEY}, sentry_secret=s"},
        {"authorization": f"sentry sentry_key={KEY},sentry_version=7"},
    ],
)
def test_the_key_may_stand_in_a_header(headers):
    """As SDKs of servers send it, with and without a blank after the comma."""
    assert read(target="/api/1/envelope/", **headers).event_id == EVENT_ID


def test_the_key_may_stand_in_the_envelope():
    """As it comes through a tunnel: in the DSN of the envelope's header."""
    body = items(("session", {"sid": "s"}), dsn=f"http://{KEY}@127.0.0.1/1")

    assert read(body, target="/api/1/envelope/").event_id is None


@pytest.mark.parametrize(
    ("keywords", "status", "detail"),
    [
        ({"target": "/api/1/envelope/"}, 401, "missing authorization information"),
        ({"target": "/api/1/envelope/", "x_sentry_auth": "Basic abc"}, 401, "bad x-sentry-auth header"),
        (
            {"target": "/api/1/envelope/?sentry_key=fedcba"},
            403,
            "event submission rejected with_reason: ProjectId",
        ),
        ({"body": items(dsn="nonsense")}, 400, "bad envelope authentication header"),
        ({"body": items(dsn="http://other@127.0.0.1/1")}, 400, "invalid event envelope"),
        ({"target": "/api/1/envelope/?" + "a=b&" * 60}, 400, "bad query string"),
        ({"target": f"/api/none/envelope/?sentry_key={KEY}"}, 400, "bad project path parameter"),
        ({"target": "/api/1/minidump/"}, 404, None),
        ({"target": "/"}, 404, None),
        ({"method": "GET"}, 405, None),
        ({"body": b""}, 400, "empty request body"),
        ({"body": b"\n"}, 400, "invalid event envelope"),
        ({"body": b"nonsense"}, 400, "invalid event envelope"),
        ({"body": b"[1]"}, 400, "invalid event envelope"),
        ({"body": b'{}\n{"type":"event","length":99}\n{}'}, 400, "invalid event envelope"),
        ({"body": b'{}\n{"length":2}\n{}'}, 400, "invalid event envelope"),
        ({"body": items(("event", b"no json"))}, 400, "invalid JSON data"),
        ({"body": items(("event", []))}, 400, "invalid JSON data"),
        ({"body": items(("log", b""))}, 400, "invalid JSON data"),
        ({"body": items(("event", b"[" * 100_000))}, 400, "invalid JSON data"),
        ({"body": items(event_id="short")}, 400, "invalid event id"),
        ({"body": items(event_id=7)}, 400, "invalid event id"),
        (
            {"body": items(("client_report", {"discarded_events": [{"quantity": "many"}]}))},
            400,
            "invalid client report",
        ),
        ({"body": items(("client_report", {"discarded_events": 7}))}, 400, "invalid client report"),
        ({"content_encoding": "gzip"}, 400, "invalid request body"),
        ({"content_encoding": "zstd"}, 415, "unsupported content encoding 'zstd'"),
    ],
)
def test_what_is_wrong_is_refused_in_relays_words(keywords, status, detail):
    """Each kind of mistake has its status and its `detail`."""
    found, answer = refusal(**keywords)

    assert found == status
    assert detail is None or answer["detail"] == detail


def test_the_causes_of_a_refusal_say_where_it_went_wrong():
    """Below the detail stands what the parser found, and at which byte."""
    _, answer = refusal(b'{}\n{"type":"event","length":99}\n{}')

    assert answer["causes"] == ["item 1 is cut short: its header says 99 bytes, at byte 32 are only 2"]


def test_the_key_is_never_echoed():
    """A refusal does not repeat the key, neither the right one nor the one that was tried."""
    for target in ("/api/1/envelope/?sentry_key=triedkey", f"/api/x/envelope/?sentry_key={KEY}"):
        _, answer = refusal(target=target)
        assert "triedkey" not in str(answer)
        assert KEY not in str(answer)


@pytest.mark.parametrize(
    ("kind", "size"),
    [("event", 1024 * 1024), ("transaction", 1024 * 1024), ("check_in", 100 * 1024), ("client_report", 4 * 1024)],
)
def test_items_have_limits_by_their_type(kind, size):
    """One byte more than the limit is refused with 413, naming the type; the limit itself is taken."""
    empty = json.dumps({"a": ""}).encode()

    read(items((kind, {"a": "x" * (size - len(empty))})))
    status, answer = refusal(items((kind, {"a": "x" * (size - len(empty) + 1)})))

    assert status == 413
    assert answer["detail"].startswith(f"envelope exceeded size limits for type '{kind}'")


def test_attachments_are_limited_together():
    """Two attachments below the limit may be beyond it together."""
    limits = Limits(attachments=10)

    read(items(("attachment", b"123456")), limits=limits)
    status, _ = refusal(items(("attachment", b"123456"), ("attachment", b"123456")), limits=limits)

    assert status == 413


def test_an_item_without_a_limit_of_its_own_has_the_envelopes():
    """What is not known is not taken without bounds."""
    status, _ = refusal(items(("new_kind", b"1234567890")), limits=Limits(envelope=5, items=MappingProxyType({})))

    assert status == 413


@pytest.mark.parametrize(
    "body",
    [EVENT, b"  \n" + EVENT, base64.b64encode(zlib.compress(EVENT))],
    ids=["json", "blanks before it", "base64 of zlib"],
)
def test_a_bare_event_of_an_older_sdk_becomes_an_envelope(body):
    """`store` takes an event without an envelope, also as the oldest clients compressed it."""
    arrival = read(body, target=f"/api/7/store/?sentry_key={KEY}")

    (item,) = arrival.envelope.items
    assert (item.type, item.json()["message"]) == ("event", "m")
    assert (arrival.event_id, arrival.project) == (EVENT_ID, "7")


def test_a_bare_transaction_is_one():
    """The payload's own type decides."""
    arrival = read(b'{"type":"transaction"}', target=f"/api/7/store?sentry_key={KEY}")

    assert [item.type for item in arrival.envelope.items] == ["transaction"]


def test_store_takes_an_envelope_too():
    """With the envelope's content type it is one, wherever it was posted to."""
    arrival = read(target=f"/api/7/store/?sentry_key={KEY}", content_type="application/x-sentry-envelope")

    assert arrival.wire == ENVELOPE


@pytest.mark.parametrize("body", [b"!!!", base64.b64encode(b"no zlib"), base64.b64encode(zlib.compress(b"[]"))])
def test_a_bare_event_that_is_none_is_refused(body):
    """Neither JSON nor base64 of compressed JSON."""
    status, _ = refusal(body, target=f"/api/7/store/?sentry_key={KEY}")

    assert status == 400


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        (items(("session", {}), sdk={"name": "sentry.javascript.node"}), {}, "sentry.javascript.node"),
        (items(("event", {"sdk": {"name": "sentry.python"}})), {}, "sentry.python"),
        (items(("event", {"sdk": 7})), {"user_agent": "sentry.ruby/5.1"}, "sentry.ruby"),
        (items(), {}, "unknown"),
    ],
)
def test_the_sdk_is_named_by_whatever_names_it(body, headers, name):
    """The envelope's header, then the event, then how the client introduced itself."""
    assert read(body, **headers).sdk == name


def test_a_dashed_event_id_is_answered_without_dashes():
    """Both forms of an id are one id."""
    body = items(event_id="9EC79C33-EC99-42AB-8353-589FCB2E04DC")

    assert read(body).event_id == EVENT_ID


@given(
    method=st.sampled_from(["POST", "GET", "PUT"]),
    target=st.text(max_size=60)
    | st.sampled_from([f"/api/1/envelope/?sentry_key={KEY}", f"/api/1/store/?sentry_key={KEY}"]),
    headers=st.dictionaries(
        st.sampled_from(["content-encoding", "x-sentry-auth", "authorization", "content-type", "user-agent"]),
        st.text(max_size=40) | st.sampled_from(["gzip", "deflate", "br"]),
    ),
    body=st.binary(max_size=300),
)
def test_whatever_comes_is_taken_or_refused(method, target, headers, body):
    """Nothing but a `Refusal` with a status of 4xx ever comes out of a request that is not taken."""
    status = 200
    try:
        read_envelope(Request(method, target, headers, body), key=None, limits=Limits())
    except Refusal as error:
        status = error.status

    assert status == 200 or 400 <= status < 500


def test_a_route_is_known_before_the_body():
    """A path alone says whether a body is wanted at all."""
    assert route_of("POST", "/api/12/store").endpoint == "store"
    with pytest.raises(Refusal):
        route_of("GET", "/api/12/store")
