"""Applications set `sentry_sdk` up in many ways; each client is captured, and is as before afterwards."""

from __future__ import annotations

OWN = """
    import sentry_sdk
    from sentry_sdk.transport import HttpTransport, Transport

    class Kept(Transport):
        def __init__(self, options=None):
            super().__init__(options)
            self.messages = []
            self.calls = []

        def capture_envelope(self, envelope):
            self.messages += [item.payload.json["message"] for item in envelope.items if item.type == "event"]

        def flush(self, timeout, callback=None):
            self.calls.append("flush")

        def kill(self):
            self.calls.append("kill")

    def client(**options):
        return type(sentry_sdk.Client(default_integrations=False))(
            default_integrations=False, auto_enabling_integrations=False, **options
        )
"""


def test_several_clients_and_clients_on_scopes(pytester):
    """Whichever client a report goes through, it is captured with that client's options, and once."""
    pytester.makepyfile(own=OWN)
    pytester.makepyfile("""
        import sentry_sdk
        from own import client

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="app@1", auto_enabling_integrations=False)
        other = client(dsn="http://key@127.0.0.1:9/2", release="other@1")

        def test_on_a_scope(captured_events):
            with sentry_sdk.new_scope() as scope:
                scope.set_client(other)
                sentry_sdk.capture_message("inside")
            with sentry_sdk.isolation_scope() as scope:
                scope.set_client(client(release="no-dsn@1"))
                sentry_sdk.capture_message("inside")
            sentry_sdk.capture_message("outside")
            found = [(event.message, event.release, event.circumstances.initialised) for event in captured_events]
            assert found == [("inside", "other@1", True), ("inside", "no-dsn@1", False), ("outside", "app@1", True)]

        def test_init_twice(captured_events):
            for release in ("first@1", "second@1"):
                sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release=release, auto_enabling_integrations=False)
                sentry_sdk.capture_message("low")
            assert [event.release for event in captured_events] == ["first@1", "second@1"]

        def test_afterwards(captured_events):
            sentry_sdk.capture_message("low")
            assert captured_events.one().release == "app@1"

        def test_everything_is_put_back():
            assert "transport" not in type(other).__dict__ and "HttpTransport" in type(other.transport).__name__
            assert sentry_sdk.get_client().options["release"] == "app@1"
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_the_applications_own_transport_is_still_called(pytester):
    """A transport given as an instance, a class or a function gets each envelope; it is captured once."""
    pytester.makepyfile(own=OWN)
    pytester.makepyfile("""
        import pytest, sentry_sdk
        from own import HttpTransport, Kept, client

        kept = Kept()
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=kept, auto_enabling_integrations=False)

        def test_an_instance(captured_events, errortrack):
            sentry_sdk.capture_message("instance")
            captured_events.one(message="instance")
            assert kept.messages == ["instance"]
            assert sentry_sdk.get_client().transport.messages == ["instance"], "the application asks its transport"
            errortrack.flush()
            assert kept.calls == ["flush"]
            sentry_sdk.get_client().close()
            assert "kill" not in kept.calls, "it is needed again"

        def test_a_class(captured_events):
            with sentry_sdk.new_scope() as scope:
                scope.set_client(client(dsn="http://key@127.0.0.1:9/1", transport=Kept))
                sentry_sdk.capture_message("class")
                transport = scope.client.transport
                assert transport.messages == [captured_events.one().message] == ["class"]
                scope.client.close()
            assert transport.calls == ["flush", "kill"], "a client of the test's own is closed for good"

        def test_a_function(captured_events):
            seen = []
            try:
                with pytest.warns(DeprecationWarning):
                    of_function = client(dsn="http://key@127.0.0.1:9/1", transport=seen.append)
            except pytest.fail.Exception:
                pytest.skip("not in this SDK")
            with sentry_sdk.new_scope() as scope:
                scope.set_client(of_function)
                sentry_sdk.capture_message("function")
            assert len(captured_events) == len(seen) == 1

        class Filtering(HttpTransport):
            seen = 0
            def capture_envelope(self, envelope):
                Filtering.seen += 1
                super().capture_envelope(envelope)

        def test_a_subclass_of_the_http_transport_sends_nothing(captured_events):
            with sentry_sdk.new_scope() as scope:
                scope.set_client(client(dsn="http://key@127.0.0.1:9/1", transport=Filtering))
                sentry_sdk.capture_message("http")
                own = scope.client.__dict__["transport"]
                assert len(captured_events) == Filtering.seen == 1
                assert own.is_healthy() and type(own._worker).__module__.startswith("pytest_errortrack")
            with_worker.append(own)

        with_worker = []

        def test_and_has_its_worker_again():
            assert type(with_worker[0]._worker).__module__ == "sentry_sdk.worker"

        @pytest.fixture
        def events_by_hand(monkeypatch):
            events = []
            def append(envelope):
                events.append(envelope)
            monkeypatch.setattr(sentry_sdk.get_client().transport, "capture_envelope", append)
            return events

        def test_a_fixture_that_stands_before_the_transport(events_by_hand, captured_events):
            sentry_sdk.capture_message("by hand")
            assert len(events_by_hand) == len(captured_events) == 1
            assert "by hand" not in kept.messages, "as without us"

        def test_it_is_gone_afterwards(captured_events):
            sentry_sdk.capture_message("after")
            assert kept.messages[-1] == "after" and len(captured_events) == 1
    """)

    outcome = pytester.runpytest_subprocess().parseoutcomes()
    assert outcome.get("passed", 0) + outcome.get("skipped", 0) == 7
    assert "failed" not in outcome


def test_a_client_closed_in_a_test_works_again_in_the_next(pytester):
    """`close()` ends the client's threads; in the next test logs, metrics and sessions work."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk import metrics, sessions
        from sentry_sdk.consts import DEFAULT_OPTIONS

        logs = {"enable_logs": True} if "enable_logs" in DEFAULT_OPTIONS else {}
        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1", release="app@1", auto_enabling_integrations=False, **logs
        )
        track = getattr(sessions, "track_session", None) or sessions.auto_session_tracking_scope

        def report():
            sentry_sdk.capture_message("low")
            getattr(metrics, "count", None) and metrics.count("orders", 1)
            hasattr(sentry_sdk, "logger") and sentry_sdk.logger.info("low")
            with sentry_sdk.isolation_scope() as scope, track(scope):
                pass

        def seen(errortrack):
            return [len(kind) for kind in (errortrack.events, errortrack.metrics, errortrack.logs, errortrack.sessions)]

        def test_all_of_it(errortrack):
            report()
            all_of_it.append(seen(errortrack))
            sentry_sdk.get_client().close()
            report()
            assert seen(errortrack) == all_of_it[0] and all_of_it[0][0] == 1

        all_of_it = []

        def test_again(errortrack):
            report()
            assert seen(errortrack) == all_of_it[0]

        def test_inactive():
            report()
            client = sentry_sdk.get_client()
            for name in ("log_batcher", "metrics_batcher", "session_flusher"):
                component = getattr(client, name, None)
                thread = getattr(component, "_flusher", None) or getattr(component, "_thread", None)
                assert component is None or thread.is_alive(), "its own threads work as ever"
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_a_client_of_a_wider_fixture_keeps_its_transport(pytester):
    """`init` in a session's fixture, during a recording: the next tests have the client with its own transport."""
    pytester.makepyfile(own=OWN)
    pytester.makepyfile("""
        import pytest, sentry_sdk
        from own import Kept

        kept = Kept()

        @pytest.fixture(scope="session", autouse=True)
        def app():
            sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=kept, auto_enabling_integrations=False)

        def test_active(captured_events):
            sentry_sdk.capture_message("one")
            assert len(captured_events) == len(kept.messages) == 1

        def test_inactive():
            sentry_sdk.capture_message("two")
            assert sentry_sdk.get_client().transport is kept and kept.messages == ["one", "two"]
            monitor = sentry_sdk.get_client().monitor
            assert monitor is None or monitor.transport is kept

        def test_active_again(captured_events):
            sentry_sdk.capture_message("three")
            assert len(captured_events) == 1 and kept.messages == ["one", "two", "three"]
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_an_application_without_init_is_told_the_truth(pytester):
    """Never initialised: captured, marked, and the application that asks is told that it is not initialised."""
    pytester.makepyfile("""
        import sentry_sdk

        def test_never(captured_events):
            assert not sentry_sdk.is_initialized() and not sentry_sdk.get_client().is_active()
            assert sentry_sdk.capture_message("low") is not None
            assert not captured_events.one().circumstances.initialised

        def test_lazily(captured_events):
            if not sentry_sdk.is_initialized():
                sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="lazy@1", auto_enabling_integrations=False)
            sentry_sdk.capture_message("low")
            assert captured_events.one().release == "lazy@1" and captured_events.one().circumstances.initialised

        def test_inactive():
            assert not sentry_sdk.is_initialized() and sentry_sdk.capture_message("low") is None
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_only_the_innermost_recording_records(pytester):
    """`capture()` in a test takes what is reported within; the test has the rest, breadcrumbs and batches too."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk import metrics
        from pytest_errortrack import capture

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", auto_enabling_integrations=False)
        count = getattr(metrics, "count", None) or metrics.increment

        def report(name):
            sentry_sdk.add_breadcrumb(message=name)
            count(name, 1)
            sentry_sdk.capture_message(name)

        def seen(errortrack):
            return (
                [crumb.message for crumb in errortrack.breadcrumbs],
                [metric.name for metric in errortrack.metrics],
                [event.message for event in errortrack.events],
            )

        def test_it(errortrack):
            report("before")
            with capture() as inner:
                report("inside")
            report("after")
            assert seen(inner) == (["inside"],) * 3
            assert seen(errortrack) == (["before", "after"],) * 3
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_where_it_was_captured_is_the_users_own_line(pytester):
    """Flask's integration captures deep in Flask: `captured_at` is the line in the view that raised."""
    pytester.makepyfile("""
        import logging
        import flask, pytest, sentry_sdk
        from sentry_sdk.integrations.flask import FlaskIntegration

        sentry_sdk.init(dsn="", integrations=[FlaskIntegration()])
        app = flask.Flask("shop")

        @app.route("/pay")
        def pay():
            raise KeyError("card")

        @app.route("/log")
        def log():
            try:
                raise KeyError("card")
            except KeyError:
                logging.getLogger("shop").exception("failed")
                return "sorry"

        def test_unhandled(captured_events):
            app.test_client().get("/pay")
            assert captured_events.one(handled=False).captured_at == f"{__file__}:10"

        def test_logged(captured_events):
            app.test_client().get("/log")
            assert captured_events.one().captured_at == f"{__file__}:17"
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_nothing_leaves_the_process(pytester):
    """Neither by a transport that several clients share, nor to the sidecar of Spotlight."""
    pytester.makepyfile(own=OWN)
    pytester.makepyfile("""
        import socket
        import pytest, sentry_sdk
        from own import HttpTransport, client

        sidecar = socket.create_server(("127.0.0.1", 0))
        sidecar.setblocking(False)

        class Sending(HttpTransport):
            pass

        shared = client(dsn="http://key@127.0.0.1:9/1", transport=Sending).transport
        clients = [client(dsn="http://key@127.0.0.1:9/1", transport=shared) for _ in range(2)]

        def capture_with(each):
            with sentry_sdk.new_scope() as scope:
                scope.set_client(each)
                sentry_sdk.capture_message("low")

        def test_a_shared_transport(captured_events):
            for each in clients:
                capture_with(each)
            assert len(captured_events) == 2 and type(shared._worker).__module__.startswith("pytest_errortrack")

        def test_it_is_as_before():
            assert type(shared._worker).__module__ == "sentry_sdk.worker"

        def test_spotlight(captured_events):
            url = f"http://127.0.0.1:{sidecar.getsockname()[1]}"
            capture_with(client(dsn="http://key@127.0.0.1:9/1", spotlight=url))
            assert len(captured_events) == 1
            with pytest.raises(BlockingIOError):
                sidecar.accept()
            sidecar.close()
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_a_process_with_recordings_ends(pytester):
    """No thread and no exit callback of ours keeps a process from ending."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk import metrics

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", traces_sample_rate=1.0, auto_enabling_integrations=False)

        def test_it(captured_events):
            (getattr(metrics, "count", None) or metrics.increment)("orders", 1)
            with sentry_sdk.start_transaction(name="pay"):
                sentry_sdk.capture_message("low")
            assert len(captured_events) == 1
    """)

    pytester.runpytest_subprocess(timeout=30).assert_outcomes(passed=1)


def test_fixtures_that_stand_before_a_transport_are_called_and_nothing_is_recorded_twice(pytester):
    """The copied `capture_events`, also several of them, each calling what it found: one event is one for everybody."""
    pytester.makepyfile("""
        import pytest
        import sentry_sdk

        @pytest.fixture
        def capture_envelopes(monkeypatch):
            def started():
                seen = []
                transport = sentry_sdk.get_client().transport
                found = transport.capture_envelope
                def append(envelope):
                    seen.append(envelope)
                    return found(envelope)
                monkeypatch.setattr(transport, "capture_envelope", append)
                return seen
            return started

        def test_two_by_hand(capture_envelopes, captured_events):
            sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")
            first, second = capture_envelopes(), capture_envelopes()
            sentry_sdk.capture_message("once")
            assert len(first) == len(second) == len(captured_events) == 1

        def test_without(captured_events):
            sentry_sdk.capture_message("once")
            assert len(captured_events) == 1
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_options_of_a_test_lie_over_those_of_the_application(pytester):
    """A marker, `init()` and `capture()` change what they name and nothing else, for one test, with any backend."""
    pytester.makepyfile("""
        import pytest, sentry_sdk
        from pytest_errortrack import capture

        def scrub(event, hint):
            event["extra"].pop("card", None)
            return event


        sentry_sdk.init(dsn="", release="shop@1", before_send=scrub)
        client = sentry_sdk.get_client()

        def report():
            sentry_sdk.get_isolation_scope().set_extra("card", "4242")
            sentry_sdk.capture_message("declined")

        def seen(events):
            event = events.one()
            return event.release, event.environment, "card" in event.extra

        @pytest.mark.errortrack(environment="ci")
        def test_auto(captured_events):
            report()
            assert seen(captured_events) == ("shop@1", "ci", False)

        @pytest.mark.errortrack(backend="sentry_sdk", environment="ci")
        def test_theirs(captured_events):
            report()
            assert seen(captured_events) == ("shop@1", "ci", False)

        @pytest.mark.errortrack(backend="sentry_sdk", default_integrations=False, environment="ci")
        def test_with_a_client_made_anew(captured_events):
            assert not sentry_sdk.get_client().integrations.keys() & {"logging", "atexit"}
            report()
            assert seen(captured_events) == ("shop@1", "ci", False)

        def test_init_and_capture(errortrack):
            errortrack.init(environment="staging")
            report()
            assert seen(errortrack.events) == ("shop@1", "staging", False)
            with capture(environment="inner") as inner:
                report()
            assert seen(inner.events) == ("shop@1", "inner", False)

        def test_none(captured_events):
            assert sentry_sdk.get_client() is client
            report()
            assert seen(captured_events) == ("shop@1", "production", False)
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=5)
