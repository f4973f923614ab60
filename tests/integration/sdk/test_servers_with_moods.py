"""The SDK against real servers on loopback that are slow, absent, broken, behind a proxy, or want certificates."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest
from sdk_servers import HANG, REFUSE, RESET, MoodyServer, without_proxies
from sdk_transports import PATIENCE_S

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Client, Envelope, HttpTransport, Item


@pytest.fixture
def server(monkeypatch):
    """A server in a good mood."""
    without_proxies(monkeypatch)
    server = MoodyServer()
    yield server
    server.change(200)
    sdk.close(PATIENCE_S)
    server.stop()


def lost(client):
    """Return what a client counted as lost, by reason."""
    return {reason: quantity for (reason, _), quantity in client._own.losses.ledger().items()}


@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        (200, {}),
        (202, {}),
        (429, {}),
        (301, {"send_error": 1}),
        (308, {"send_error": 1}),
        (400, {"send_error": 1}),
        (401, {"send_error": 1}),
        (413, {"send_error": 1}),
        (500, {"send_error": 1}),
        (503, {"send_error": 1}),
        (RESET, {"network_error": 1}),
        (REFUSE, {"network_error": 1}),
    ],
)
def test_mood_decides_what_is_counted(server, mood, expected):
    """T4, M7: each answer is counted as what it is, once, and nothing is sent a second time."""
    client = sdk.init(server.dsn)
    server.change(mood, {"Location": "/elsewhere"})
    sdk.capture_message("m")

    assert client._own._worker.flush(PATIENCE_S)
    assert lost(client) == expected
    assert len(server.requests) == (0 if mood == REFUSE else 1)


def test_name_that_nobody_knows(monkeypatch):
    """T4: a host that has no address is a network error."""
    without_proxies(monkeypatch)
    for host in ("nowhere.invalid", "a" * 70 + ".invalid"):
        client = Client(f"http://k@{host}/1", environ={})
        client.capture_message("m", hint={"background": False})

        assert lost(client) == {"network_error": 1}
        client.close()


def test_server_that_hangs_holds_nobody_up(server):
    """P9, T8, T15: while a server never answers, captures, flush and close keep to their time; all is accounted for."""
    client = sdk.init(server.dsn, transport_queue_size=3)
    server.change(HANG)
    began = time.monotonic()
    for number in range(10):
        sdk.capture_message(str(number))
    assert server.holding.acquire(timeout=PATIENCE_S)
    assert sdk.flush(0.1) is False
    client.close(0.1)
    took = time.monotonic() - began

    server.change(200)  # the one that is held is answered with a 500
    assert client._own._worker.flush(PATIENCE_S)
    assert sum(lost(client).values()) == 10
    assert {"queue_overflow", "network_error"} <= lost(client).keys()
    assert took < PATIENCE_S / 2


def test_inline_flush_keeps_to_its_time(server):
    """P9: also where the flushing thread itself sends the report of losses, to a server that never answers."""
    client = sdk.init(server.dsn, background_worker_threads=0, ignore_errors=[KeyError])
    sdk.capture_exception(KeyError())
    server.change(HANG)
    began = time.monotonic()
    client.flush(0.2)

    assert time.monotonic() - began < 5


def test_limits_are_looked_at_twice(server):
    """T5, T7: what is limited is not queued; what was queued before the limit was known is dropped before sending."""
    client = sdk.init(server.dsn)
    server.change(HANG)
    sdk.capture_message("held")
    assert server.holding.acquire(timeout=PATIENCE_S)
    sdk.capture_message("queued before")
    server.change(200)
    client.flush(PATIENCE_S)
    server.change(429, {"X-Sentry-Rate-Limits": " 60 : error ; transaction : organization , 60:attachment"})
    sdk.capture_message("refused")
    client._own._worker.flush(PATIENCE_S)
    sdk.capture_message("not even queued")

    assert client._own.pending == 0
    assert client._own.losses.ledger()["ratelimit_backoff", "error"] == 1


def test_limits_are_those_of_one_dsn(server):
    """T5: two projects do not share their limits."""
    limited, free = Client(server.dsn, environ={}), Client(server.dsn.replace("/42", "/43"), environ={})
    server.change(429, {"Retry-After": "60"})
    limited.capture_message("m")
    limited.flush(PATIENCE_S)
    server.change(200)
    for client in (limited, free):
        client.capture_message("m")
        client.flush(PATIENCE_S)
        client.close(PATIENCE_S)

    assert (lost(limited), lost(free)) == ({"ratelimit_backoff": 1}, {})


def test_one_connection_serves_many_reports(server):
    """T14, sentry-go#316: answers are read and closed, so that the connection is used again."""
    sdk.init(server.dsn)
    for number in range(5):
        sdk.capture_message(str(number))
    assert sdk.flush(PATIENCE_S)

    assert len(server.requests) == 5
    assert len(server._connections) == 1


def test_small_bodies_are_sent_as_they_are(server):
    """T3: no Content-Encoding where nothing is encoded; gzip above a kilobyte."""
    transport = HttpTransport(server.dsn)
    for size in (10, 5000):
        transport.send(Envelope({}, (Item({"type": "event"}, b'{"message":"' + b"m" * size + b'"}'),)))
    transport.close(1.0)

    (_, small, _), (_, big, body) = server.requests
    assert "Content-Encoding" not in small
    assert big["Content-Encoding"] == "gzip"
    assert int(big["Content-Length"]) == len(body) < 1000


def test_proxy_of_the_options_is_used(server):
    """T14: `http_proxy` stands between; an empty one means none, whatever the environment says."""
    client = sdk.init("http://public@errors.invalid/42", http_proxy=server.dsn.replace("public:secret@", "")[:-10])
    sdk.capture_message("by proxy")
    assert sdk.flush(PATIENCE_S)

    assert [path for path, _, _ in server.requests] == ["http://errors.invalid/api/42/envelope/"]
    assert lost(client) == {}


def test_proxy_of_the_environment_can_be_switched_off(server, monkeypatch):
    """T14: `http_proxy=""` goes straight to the server."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused.getsockname()[1]}")
    behind, straight = Client(server.dsn, environ={}), Client(server.dsn, environ={}, http_proxy="")
    for client in (behind, straight):
        client.capture_message("m")
        client._own._worker.flush(PATIENCE_S)

    assert (lost(behind), lost(straight)) == ({"network_error": 1}, {})


def test_certificates_of_the_options_are_trusted(tmp_path, monkeypatch):
    """T14: a server with a certificate of its own is refused without `ca_certs`, and trusted with it."""
    import ssl

    without_proxies(monkeypatch)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments
    except FileNotFoundError:  # pragma: no cover - depends on the machine
        pytest.skip("there is no openssl to make a certificate with")
    server = MoodyServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    dsn = server.dsn.replace("http://", "https://")
    clients = [Client(dsn, environ={}), Client(dsn, environ={}, ca_certs=certificate)]
    for client in clients:
        client.capture_message("m")
        client._own._worker.flush(PATIENCE_S)
        client.close(PATIENCE_S)
    server.stop()

    assert [lost(client) for client in clients] == [{"network_error": 1}, {}]


def test_answer_that_never_ends_is_given_up():
    """T14: an answer that goes on for ever is cut; its status counts."""
    done = threading.Event()

    def serve():
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            try:
                while not done.is_set():
                    connection.sendall(b"x" * 65536)
            except OSError:
                done.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        client = Client(f"http://k@127.0.0.1:{listening.getsockname()[1]}/1", environ={}, http_proxy="")
        client.capture_message("m")
        assert client.flush(PATIENCE_S)
        assert done.wait(PATIENCE_S)
        thread.join()

    assert lost(client) == {}
    assert len(client.transport.last_body) == 1024
    client.close()


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        ("http://errors.example.org/prefix/api/42/envelope/", True),
        ("http://errors.example.org:80/prefix/api/42/envelope?x=1", True),
        ("http://errors.example.org/prefix/api/43/envelope/", False),
        ("http://errors.example.org.evil.example/prefix/api/42/envelope/", False),
        ("http://elsewhere.example/?url=errors.example.org/prefix/api/42/envelope/", False),
        ("http://errors.example.org:8080/prefix/api/42/envelope/", False),
        ("http://errors.example.org:port/", False),
    ],
)
def test_own_requests_are_known_by_host_and_path(url, is_own):
    """T14: a request is the SDK's own by host, port and path, and not because a text stands somewhere in it."""
    client = Client("http://key@errors.example.org/prefix/42", environ={})

    assert client.is_own_request(url) is is_own


def test_import_of_the_sdk_and_init_load_no_network():
    """T14: httpx, gzip and the queue are loaded with the first report that is sent, not before."""
    code = """
import sys
from pytest_errortrack import sdk
sdk.init("http://k@127.0.0.1:9/1", http_proxy="")
print(*sorted({"httpx", "gzip", "ssl", "multiprocessing", "asyncio"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.split() == []
