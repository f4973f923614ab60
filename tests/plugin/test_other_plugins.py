from __future__ import annotations

import pytest

pytestmark = pytest.mark.neighbours("anyio", "pytest_httpx", "respx")

APP = """
import threading
import httpx
import sentry_sdk
from pytest_errortrack import sdk

sentry_sdk.init(dsn="")

def charge():
    httpx.post("http://bank.example/charge").raise_for_status()

def pay():
    try:
        charge()
    except httpx.HTTPError as error:
        sdk.capture_exception(error)
        sentry_sdk.capture_exception(error)

def pay_in_background():
    thread = threading.Thread(target=pay)
    thread.start()
    return thread
"""

RESPX_FIXTURE = """
    import httpx, pytest, shop

    def test_paid(respx_mock, captured_events):
        route = respx_mock.post("http://bank.example/charge").respond(402)
        thread = shop.pay_in_background()
        events = captured_events.wait_for(exception=httpx.HTTPStatusError, count=2, timeout=10.0)
        thread.join()
        assert {event.sdk for event in events} == {"native", "sentry_sdk"}
        assert route.call_count == 1

    @pytest.mark.respx(assert_all_called=True)
    def test_uncalled(respx_mock, captured_events):
        respx_mock.post("http://bank.example/charge").respond(402)
"""

RESPX_SESSION = """
    import httpx, pytest, respx, shop

    @pytest.fixture(scope="session", autouse=True)
    def bank():
        with respx.mock() as router:
            yield router.post("http://bank.example/charge").respond(402)

    def test_paid(bank, captured_events):
        shop.pay()
        assert {event.sdk for event in captured_events} == {"native", "sentry_sdk"}

    def test_paid_again(bank):
        shop.pay()
        assert bank.call_count == 2
"""

HTTPX_MOCK = """
    import httpx, pytest, shop

    def test_paid(httpx_mock, captured_events):
        httpx_mock.add_response(status_code=402)
        thread = shop.pay_in_background()
        events = captured_events.wait_for(exception=httpx.HTTPStatusError, count=2, timeout=10.0)
        thread.join()
        assert {event.sdk for event in events} == {"native", "sentry_sdk"}
        assert len(httpx_mock.get_requests()) == 1

    def test_uncalled(httpx_mock, captured_events):
        httpx_mock.add_response(status_code=402)
"""


@pytest.fixture
def shop(pytester):
    """An application that reports with both SDKs when its bank refuses."""
    pytester.makepyfile(shop=APP)
    return pytester


def messages_by_test(receiver):
    """Count what was delivered, for each test."""
    nodeids = [event["tags"]["pytest.nodeid"].partition("::")[2] for event in receiver.events]
    return {nodeid: nodeids.count(nodeid) for nodeid in nodeids}


@pytest.mark.parametrize(
    ("package", "source", "uncalled"),
    [("respx", RESPX_FIXTURE, "*some routes were not called*"), ("pytest_httpx", HTTPX_MOCK, "*not requested*")],
    ids=["respx", "pytest-httpx"],
)
def test_a_mocked_httpx_is_the_users_alone(shop, receiver, package, source, uncalled):
    """Reports of both SDKs are captured and delivered; the mock sees the application's requests, and stays strict."""
    pytest.importorskip(package)
    shop.makepyfile(test_it=source)

    result = shop.runpytest_subprocess("--errortrack-dsn", receiver.dsn)

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"E {uncalled}"])
    assert messages_by_test(receiver) == {"test_paid": 2}
    result.stdout.fnmatch_lines(["2 captured reports delivered to *"])


def test_a_mock_that_outlives_its_test_does_not_get_the_delivery(shop, receiver):
    """Nothing is delivered through a router of wider scope; all of it is once the router is gone."""
    shop.makepyfile(test_it=RESPX_SESSION)

    result = shop.runpytest_subprocess("--errortrack-dsn", receiver.dsn)

    result.assert_outcomes(passed=2)
    assert messages_by_test(receiver) == {"test_paid": 2, "test_paid_again": 2}
    result.stdout.fnmatch_lines(["4 captured reports delivered to *"])


def test_a_mock_that_is_never_taken_away_is_told(shop, receiver):
    """What cannot be delivered since the network stays mocked is counted so; the router sees none of it."""
    shop.makeconftest("""
        import respx

        router = respx.mock(assert_all_called=False)
        router.start()
        router.route().respond(200)

        def pytest_unconfigure():
            assert len(router.calls) == 1, router.calls
    """)
    shop.makepyfile(
        test_it="""
        import shop

        def test_it():
            shop.charge()
            shop.sdk.capture_message("low")
    """
    )

    result = shop.runpytest_subprocess("--errortrack-dsn", receiver.dsn)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    assert not receiver.events
    result.stdout.fnmatch_lines(["0 captured reports delivered to *; 1 NOT delivered: *mocked* x1"])


def test_blocked_sockets_stay_blocked_for_the_test_alone(shop, receiver):
    """With `--disable-socket` the application's sockets are refused, both SDKs capture that, and delivery works."""
    pytest.importorskip("pytest_socket")
    shop.makepyfile(
        test_it="""
        import socket
        import pytest, sentry_sdk
        from pytest_errortrack import sdk
        from pytest_socket import SocketBlockedError

        def connect():
            try:
                socket.create_connection(("127.0.0.1", 9))
            except RuntimeError as error:
                sdk.capture_exception(error)
                sentry_sdk.capture_exception(error)

        @pytest.mark.expect_event(exception=SocketBlockedError, count=2)
        def test_first():
            connect()

        @pytest.fixture(scope="session")
        def blocked_for_longer():
            import pytest_socket
            pytest_socket.disable_socket()
            yield
            pytest_socket.enable_socket()

        @pytest.mark.expect_event(exception=SocketBlockedError, count=2)
        def test_second(blocked_for_longer):
            connect()

        @pytest.mark.expect_event(exception=SocketBlockedError, count=2)
        def test_third(blocked_for_longer):
            connect()
    """
    )

    result = shop.runpytest_subprocess("--disable-socket", "--errortrack-dsn", receiver.dsn)

    result.assert_outcomes(passed=3)
    assert messages_by_test(receiver) == {"test_first": 2, "test_second": 2, "test_third": 2}


CLOCKS = {
    "freezegun": """
        import freezegun
        frozen = freezegun.freeze_time("2031-05-05 12:00:00")
    """,
    "time_machine": """
        import datetime, time_machine
        noon = datetime.datetime(2031, 5, 5, 12, tzinfo=datetime.timezone.utc)
        frozen = time_machine.travel(noon, tick=False)
    """,
}


@pytest.mark.parametrize("package", CLOCKS)
def test_a_frozen_clock_is_the_applications_alone(shop, receiver, package):
    """Events carry the frozen time; waiting, and its end, go by the real clock; delivery works."""
    pytest.importorskip(package)
    shop.makepyfile(clock=CLOCKS[package])
    shop.makepyfile(
        test_it="""
        import datetime, threading, time
        import pytest, sentry_sdk
        from clock import frozen
        from pytest_errortrack import sdk

        def report():
            sdk.capture_message("ours")
            sentry_sdk.capture_message("theirs")

        @frozen
        def test_time(captured_events):
            report()
            for event in captured_events:
                stamp = event.payload["timestamp"]
                if not isinstance(stamp, str):
                    stamp = datetime.datetime.fromtimestamp(stamp, datetime.timezone.utc).isoformat()
                assert stamp.startswith("2031-05-05T12:00:00"), event.payload["timestamp"]

        @frozen
        def test_nothing_comes(captured_events):
            with pytest.raises(AssertionError, match="within 0.2 s"):
                captured_events.wait_for(message="never", timeout=0.2)

        @frozen
        def test_it_wakes_up(captured_events):
            go = threading.Event()
            thread = threading.Thread(target=lambda: (go.wait(10), report()))
            thread.start()
            with pytest.raises(AssertionError, match="within 0.01 s"):
                captured_events.wait_for(message="theirs", timeout=0.01)
            go.set()
            captured_events.wait_for(message="theirs", timeout=10.0)
            thread.join()

        @frozen
        def test_reads_flush(errortrack):
            report()
            errortrack.flush()
            assert len(errortrack.events) == 2
    """
    )

    result = shop.runpytest_subprocess("--errortrack-dsn", receiver.dsn, timeout=60)

    result.assert_outcomes(passed=4)
    assert messages_by_test(receiver) == {"test_time": 2, "test_it_wakes_up": 2, "test_reads_flush": 2}


@pytest.mark.parametrize("package", CLOCKS)
def test_a_clock_frozen_for_a_whole_run_does_not_stop_anything(shop, receiver, package):
    """A session-wide frozen clock does not keep a run from ending, nor reports from being delivered."""
    pytest.importorskip(package)
    shop.makepyfile(clock=CLOCKS[package])
    shop.makepyfile(
        test_it="""
        import pytest
        from clock import frozen
        from pytest_errortrack import sdk
        from pytest_errortrack.interleave import interleaved

        @pytest.fixture(scope="session", autouse=True)
        def always_noon():
            frozen.start()
            yield
            frozen.stop()

        @interleaved
        def test_interleaved(interleaving, captured_events):
            interleaving.run(lambda: sdk.capture_message("a"), lambda: sdk.capture_message("b"))
            assert len(captured_events) == 2

        def test_nothing_comes(captured_events):
            with pytest.raises(AssertionError, match="within 0.2 s"):
                captured_events.wait_for(message="never", timeout=0.2)
    """
    )

    result = shop.runpytest_subprocess("--errortrack-dsn", receiver.dsn, timeout=60)

    result.assert_outcomes(passed=2)
    assert messages_by_test(receiver) == {"test_interleaved": 2}
