from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack.reporting._exchange import Timeouts
from pytest_errortrack.reporting._intake import Limits
from pytest_errortrack.reporting._receiver import LOOPBACK, MOST_CONNECTIONS, Receiver, fresh_key

KEY = fresh_key()
PATH = f"/api/1/envelope/?sentry_key={KEY}"
EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
ENVELOPE = b'{"event_id":"%s"}\n{"type":"event"}\n{"message":"m"}' % EVENT_ID.encode()
TAKEN = b'{"id":"%s"}' % EVENT_ID.encode()
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.fixture
def receive():
    """Start receivers that keep what they take in `arrived`; all are closed with the test."""
    started = []

    def start(take=None, **keywords):
        arrived = []
        receiver = Receiver(take or arrived.append, **{"key": KEY, **keywords})
        receiver.arrived = arrived
        receiver.start()
        started.append(receiver)
        return receiver

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture(scope="module")
def shared():
    """One receiver for the properties, which send it thousands of requests."""
    with Receiver([].append, key=KEY) as receiver:
        yield receiver


def connect(receiver):
    """Open a plain connection."""
    return socket.create_connection((LOOPBACK, receiver.port), timeout=10)


def everything(connection):
    """Read to the end."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def talk(receiver, sent):
    """Send bytes, say that no more will come, and return all that is answered."""
    with connect(receiver) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return everything(connection)


def statuses(answered):
    """Return the statuses of the answers in what came back."""
    return [int(status) for status in STATUS_LINE.findall(answered)]


def posting(body=ENVELOPE, *headers, path=PATH):
    """Write a request by hand."""
    lines = [f"POST {path} HTTP/1.1", "Host: h", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def post(receiver, body=ENVELOPE, *, path=PATH, method="POST", **headers):
    """Send one request by the standard library's client, and return status, headers and decoded body."""
    client = http.client.HTTPConnection(LOOPBACK, receiver.port, timeout=10)
    try:
        client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")
    finally:
        client.close()


def is_fine(receiver):
    """Tell whether a good request is taken now."""
    return post(receiver)[0] == 200


def test_an_envelope_is_taken_and_answered_with_its_id(receive):
    """What is posted arrives with its bytes, and the log says what came of it."""
    receiver = receive()

    status, headers, body = post(receiver)

    assert (status, body, headers["Content-Type"]) == (200, {"id": EVENT_ID}, "application/json")
    assert [arrival.wire for arrival in receiver.arrived] == [ENVELOPE]
    (request,) = receiver.requests
    assert (request.method, request.path, request.status, request.size) == (
        "POST",
        "/api/1/envelope/",
        200,
        len(ENVELOPE),
    )


def test_it_listens_on_loopback_alone(receive):
    """No other machine can reach it."""
    assert receive()._listener.getsockname()[0] == "127.0.0.1"


def test_its_address_is_told_in_every_form(receive, monkeypatch):
    """DSN, URL and variables name the same place; with a proxy set, the variables say to go around it."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    receiver = receive()

    assert receiver.dsn == f"http://{KEY}@127.0.0.1:{receiver.port}/1"
    assert receiver.url == f"http://127.0.0.1:{receiver.port}"
    assert receiver.env == {"SENTRY_DSN": receiver.dsn, "ERRORTRACK_DSN": receiver.dsn}

    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.org")
    monkeypatch.setenv("no_proxy", "intra.example.org")
    assert receiver.env["no_proxy"] == "intra.example.org,127.0.0.1"
    assert receiver.env["NO_PROXY"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("gzip", gzip.compress(ENVELOPE, mtime=0)),
        ("deflate", zlib.compress(ENVELOPE)),
        ("br", brotli.compress(ENVELOPE)),
    ],
    ids=["gzip", "deflate", "br"],
)
def test_compressed_bodies_are_taken(receive, name, body):
    """Whatever compression an SDK uses, the envelope arrives as it was."""
    receiver = receive()

    assert post(receiver, body, Content_Encoding=name)[0] == 200
    assert receiver.arrived[0].wire == ENVELOPE


def test_a_chunked_body_is_put_together(receive):
    """Chunks of any size, with extensions and trailers, are one body, as `@sentry/node` sends it."""
    receiver = receive()
    chunks = b"5;name=value\r\n" + ENVELOPE[:5] + b"\r\n"
    chunks += b"%X\r\n%s\r\n0\r\nX-Trailer: t\r\n\r\n" % (len(ENVELOPE) - 5, ENVELOPE[5:])

    answered = talk(receiver, posting(chunks, "Transfer-Encoding: chunked") + posting())

    assert statuses(answered) == [200, 200]
    assert [arrival.wire for arrival in receiver.arrived] == [ENVELOPE, ENVELOPE]


@pytest.mark.parametrize(
    "request_bytes",
    [
        posting(b"zz\r\n", "Transfer-Encoding: chunked"),
        posting(b"-1\r\n", "Transfer-Encoding: chunked"),
        posting(b"2\r\nabcd\r\n", "Transfer-Encoding: chunked"),
        posting(b"5\r\nab", "Transfer-Encoding: chunked"),
        posting(b"", "Transfer-Encoding: gzip"),
        posting(b"0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5"),
        posting(b"0\r\n" + b"a: b\r\n" * 200, "Transfer-Encoding: chunked"),
        posting(ENVELOPE, "Content-Length: 5", "Content-Length: 6"),
        posting(ENVELOPE, "Content-Length: -5"),
        posting(ENVELOPE, "Content-Length: " + "9" * 30),
        posting(ENVELOPE, "Content-Length: 9999"),
        b"POST / HTTP/2.0\r\n\r\n",
        b"POST / HTTP/1.1.1\r\n\r\n",
        b"GET /\r\n",
        b"nonsense\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"x",
        b"POST " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"POST / HTTP/1.1\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS, from a DSN that says https
    ],
)
def test_a_malformed_request_is_answered_and_ends_its_connection(receive, request_bytes):
    """One answer of 4xx; and the next good request, on a connection of its own, is taken."""
    receiver = receive()

    (status,) = statuses(talk(receiver, request_bytes))

    assert 400 <= status < 500
    assert is_fine(receiver)


def test_one_empty_line_before_a_request_is_forgiven(receive):
    """As the standard asks of robust servers."""
    assert statuses(talk(receive(), b"\r\n" + posting())) == [200]


def test_a_connection_serves_many_requests(receive):
    """Requests one after the other, and some sent before the earlier ones were answered, are answered in order."""
    receiver = receive()
    wrong = posting(b"nonsense")

    answered = talk(receiver, posting() + wrong + posting() + posting(b""))

    assert statuses(answered) == [200, 400, 200, 400]
    assert len(receiver.arrived) == 2


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_may_close_its_connection(receive, version):
    """`Connection: close`, and the old version of the protocol, end the connection after one answer."""
    request = posting(ENVELOPE, "Connection: close").replace(b"HTTP/1.1", f"HTTP/{version}".encode())
    with connect(receive()) as connection:
        connection.sendall(request)
        answered = everything(connection)  # ends without our closing

    assert statuses(answered) == [200]
    assert b"Connection: close" in answered


def test_a_client_that_expects_100_gets_it_before_its_body(receive):
    """`Expect: 100-continue` is answered at once, and the body is read then."""
    receiver = receive()
    head, body = posting(ENVELOPE, "Expect: 100-continue", "Connection: close").split(b"\r\n\r\n", 1)
    with connect(receiver) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(everything(connection)) == [200]


def test_a_client_that_expects_100_is_spared_a_body_that_nobody_wants(receive):
    """A path that does not exist and a body that is too long are refused instead."""
    receiver = receive(limits=Limits(body=50))
    for request in (posting(b"", "Expect: 100-continue", path="/nowhere"), posting(b"", "Content-Length: 51")):
        with connect(receiver) as connection:
            connection.sendall(request)
            assert statuses(connection.recv(9999))[0] in {404, 413}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "FOO"])
def test_other_methods_are_refused(receive, method):
    """405, naming those that are allowed; never a 5xx."""
    status, headers, _ = post(receive(), None, method=method)

    assert (status, headers["Allow"]) == (405, "POST, OPTIONS")


def test_a_browser_may_post_from_any_page(receive):
    """The preflight is answered as Relay does, and every answer may be read by the page, refusals too."""
    receiver = receive()

    status, headers, body = post(receiver, None, method="OPTIONS", Origin="https://shop.example.org")
    assert (status, body) == (200, None)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert "x-sentry-auth" in headers["Access-Control-Allow-Headers"]
    assert headers["Access-Control-Max-Age"] == "3600"
    for path in (PATH, "/api/1/envelope/"):
        assert post(receiver, path=path)[1]["Access-Control-Expose-Headers"].startswith("x-sentry-error")


def test_what_was_meant_for_another_receiver_is_refused(receive):
    """A late sender of an earlier test, on a port that was free again, has the wrong key."""
    status, _, body = post(receive(key=fresh_key()))

    assert (status, body["detail"]) == (403, "event submission rejected with_reason: ProjectId")


def test_without_a_key_of_its_own_any_key_will_do(receive):
    """But one has to be given, as for every server."""
    receiver = receive(key=None)

    assert post(receiver, path="/api/1/envelope/?sentry_key=whatever")[0] == 200
    assert post(receiver, path="/api/1/envelope/")[0] == 401


def test_a_body_that_is_too_long_is_refused_readably(receive):
    """413 is answered before the body is read; a client that sends all of it can still read the answer."""
    receiver = receive(limits=Limits(body=1_000_000))
    for body in (posting(bytes(3_000_000)), posting(b"2DC6C0\r\n" + bytes(3_000_000), "Transfer-Encoding: chunked")):
        assert statuses(talk(receiver, body)) == [413]


def test_a_sender_that_is_too_slow_is_told_so(receive):
    """A request has a time limit from its first byte to its last, however steadily it trickles."""
    receiver = receive(timeouts=Timeouts(request=0.1, linger=0.05))
    with connect(receiver) as connection:
        connection.sendall(posting()[:-3])
        assert statuses(everything(connection)) == [408]
    assert is_fine(receiver)


def test_a_sender_that_trickles_is_told_so(receive):
    """Bytes that come steadily, but too slowly, do not keep a request alive."""
    receiver = receive(timeouts=Timeouts(request=0.1, linger=0.05))
    with connect(receiver) as connection:
        for number in range(10_000):
            connection.sendall(posting(bytes(10_000))[number : number + 1])
            if select.select([connection], [], [], 0.005)[0]:
                break
        answered = connection.recv(9999)

    assert statuses(answered) == [408]
    assert 3 < number < 1000
    assert is_fine(receiver)


def test_an_idle_connection_is_closed_without_a_word(receive):
    """Whoever keeps a connection open without a use for it finds it closed."""
    with connect(receive(timeouts=Timeouts(idle=0.05))) as connection:
        connection.sendall(posting())
        assert statuses(everything(connection)) == [200]


def test_more_connections_than_are_served_at_once_lose_nothing(receive):
    """Connections that idle make room; those that wait are served in their turn."""
    receiver = receive()
    idle = [connect(receiver) for _ in range(MOST_CONNECTIONS)]
    for connection in idle:
        connection.sendall(posting())
        assert statuses(connection.recv(9999)) == [200]

    waiting = [connect(receiver) for _ in range(2 * MOST_CONNECTIONS)]
    for connection in waiting:
        connection.sendall(posting(ENVELOPE, "Connection: close"))
    answers = [statuses(everything(connection)) for connection in waiting]
    for connection in idle + waiting:
        connection.close()

    assert answers == [[200]] * len(waiting)
    assert len(receiver.arrived) == 3 * MOST_CONNECTIONS


class Watched(Receiver):
    """A receiver that notes how many connections it serves at each moment when one begins."""

    def _attend(self, visit):
        self.served.append(len(self._visits))
        super()._attend(visit)


def test_how_many_are_served_at_once_is_bounded():
    """Connections that are busy do not grow beyond the bound, however many knock."""
    release = threading.Event()
    receiver = Watched(lambda _: release.wait(10), key=KEY)
    receiver.served = []
    with receiver:
        knocking = [connect(receiver) for _ in range(3 * MOST_CONNECTIONS)]
        for connection in knocking:
            connection.sendall(posting(ENVELOPE, "Connection: close"))
        while len(receiver.served) < MOST_CONNECTIONS:
            release.wait(0.01)
        release.set()
        answers = [statuses(everything(connection)) for connection in knocking]
    for connection in knocking:
        connection.close()

    assert answers == [[200]] * len(knocking)
    assert max(receiver.served) <= MOST_CONNECTIONS


def test_what_cannot_be_taken_is_told_to_its_sender(receive):
    """An error in taking one report is answered, and the next one is taken."""
    taken = []

    def take(arrival):
        taken.append(arrival)
        if len(taken) == 1:
            raise RuntimeError("out of paper")

    receiver = receive(take)
    status, _, body = post(receiver)

    assert (status, body["causes"]) == (400, ["RuntimeError('out of paper')"])
    assert is_fine(receiver)


def test_arrivals_are_taken_one_at_a_time(receive):
    """Many senders at once, and no two of them inside of `take`."""
    inside, have_met = [], threading.Event()

    def take(arrival):
        inside.append(arrival)
        if len(inside) > 1:
            have_met.set()
        have_met.wait(0.02)  # long enough for a second one to come in, if it could
        inside.remove(arrival)

    receiver = receive(take)
    senders = [threading.Thread(target=post, args=(receiver,)) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert not have_met.is_set()
    assert [request.status for request in receiver.requests] == [200] * 8


def test_closing_waits_for_what_is_being_taken(receive):
    """A report that has arrived when the receiver closes is taken and answered."""
    begun, release = threading.Event(), threading.Event()
    receiver = receive(lambda _: (begun.set(), release.wait(10)))
    with connect(receiver) as connection:
        connection.sendall(posting())
        assert begun.wait(10)
        closing = threading.Thread(target=receiver.close)
        closing.start()
        release.set()
        assert statuses(everything(connection)) == [200]
        closing.join(10)
    assert not closing.is_alive()


def test_closing_serves_what_waits_already(receive):
    """Requests that were sent before the receiver closes are taken, also those not accepted yet."""
    receiver = receive()
    connections = [connect(receiver) for _ in range(20)]
    for connection in connections:
        connection.sendall(posting())

    receiver.close()

    assert [statuses(everything(connection)) for connection in connections] == [[200]] * 20
    for connection in connections:
        connection.close()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux lists what is open")  # noqa: PTH112
def test_closing_leaves_nothing(receive):
    """No thread, no socket, and nobody listens on the port."""
    threads, descriptors = set(threading.enumerate()), set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    receiver = receive()
    stalled = connect(receiver)
    stalled.sendall(posting()[:20])
    assert is_fine(receiver)
    assert set(threading.enumerate()) > threads

    stalled.close()
    receiver.close()
    receiver.close()

    assert set(threading.enumerate()) == threads
    assert set(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208
    with socket.socket() as connection:
        assert connection.connect_ex((LOOPBACK, receiver.port)) != 0


def test_a_port_that_is_taken_is_an_error(receive):
    """Two receivers never share a port."""
    with pytest.raises(OSError, match="in use"):
        receive(port=receive().port)


def whole_request(method, path, headers, body):
    """Write a request of parts that may be anything."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


header_values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30) | st.sampled_from(
    ["chunked", "gzip", "br", "deflate", "100-continue", "close", "keep-alive", "0", "3", "Sentry sentry_key=x"]
)
header_names = st.sampled_from(
    ["Content-Length", "Transfer-Encoding", "Content-Encoding", "Expect", "Connection", "X-Sentry-Auth", "X"]
)
requests = st.builds(
    whole_request,
    st.sampled_from(["POST", "GET", "OPTIONS", "HEAD"]) | st.text("ABC:/ ", max_size=5),
    st.sampled_from([PATH, "/api/1/store/", "*", "/"]) | st.text("/api1 %?=&", max_size=30),
    st.lists(st.tuples(header_names, header_values), max_size=4),
    st.binary(max_size=100) | st.just(ENVELOPE),
)


@settings(max_examples=150)
@given(sent=st.lists(st.binary(min_size=1, max_size=200) | requests, min_size=1, max_size=3).map(b"".join))
def test_whatever_is_sent_is_answered(shared, sent):
    """Any bytes get at least one answer, each of them 2xx, 4xx or a 100, and the next good request is taken."""
    answered = talk(shared, sent)

    found = statuses(answered)
    assert answered.startswith(b"HTTP/1.1 ")
    assert all(status in {100, 200} or 400 <= status < 500 for status in found)
    assert is_fine(shared)


BOMBS = """
import gzip, http.client, resource, threading, zlib
import brotli
from pytest_errortrack.reporting._receiver import Receiver

zeros = bytes(16 * 1024 * 1024)
compressor = brotli.Compressor(quality=1)
by_brotli = b"".join(compressor.process(zeros) for _ in range(64)) + compressor.finish()
by_gzip = gzip.compress(zeros) * 64
bombs = [("gzip", by_gzip), ("br", by_brotli), ("gzip, gzip", gzip.compress(by_gzip))]

def post(receiver, encoding, body):
    client = http.client.HTTPConnection("127.0.0.1", receiver.port)
    client.request("POST", "/api/1/envelope/?sentry_key=k", body, {"Content-Encoding": encoding})
    answer = client.getresponse()
    client.close()
    return answer.status

with Receiver(lambda arrival: None) as receiver:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    threads = [threading.Thread(target=lambda bomb=bomb: statuses.append(post(receiver, *bomb))) for bomb in bombs * 2]
    statuses = []
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(statuses, (after - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is Linux's")
def test_bombs_do_not_fill_the_memory_of_a_receiver():
    """Six gigabytes of zeros at once, in small bodies, are all refused within 40 MiB of the whole process's memory."""
    run = subprocess.run([sys.executable, "-c", BOMBS], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603

    assert run.returncode == 0, run.stderr
    answers, grown = run.stdout.rsplit(" ", 1)
    assert answers == str([413] * 6)
    assert int(grown) < 40
