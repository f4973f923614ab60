from __future__ import annotations

import pytest


def test_the_first_test_needs_no_configuration(pytester):
    """A test that asks for `captured_events` sees what its code reports, with no set-up at all."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.set_tag("tenant", "acme")
            try:
                1 / 0
            except ZeroDivisionError:
                sdk.capture_exception()
            event = captured_events.one(level="error", exception=ZeroDivisionError, tags={"tenant": "acme"})
            assert isinstance(event.live_exception, ZeroDivisionError)
            assert event.captured_at.endswith("test_the_first_test_needs_no_configuration.py:8")
            assert event.nodeid.endswith("::test_it")
            assert (event.source, event.sdk) == ("capture_exception", "native")
    """)

    pytester.runpytest().assert_outcomes(passed=1)


def test_all_kinds_are_captured(pytester):
    """Transactions, breadcrumbs and the handle show what the SDK recorded."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_transactions, captured_breadcrumbs, errortrack):
            errortrack.init(traces_sample_rate=1.0, release="shop@1")
            with sdk.start_transaction(name="checkout", op="task"):
                with sdk.start_span(op="db", description="SELECT"):
                    sdk.add_breadcrumb(message="cart priced")
            transaction = captured_transactions.one(name="checkout", op="task")
            assert transaction.span_tree() == "task: checkout\\n  db: SELECT"
            assert [crumb.message for crumb in captured_breadcrumbs] == ["cart priced"]
            assert len(errortrack.envelopes) == 1
            assert errortrack.transactions == captured_transactions
            assert errortrack.client.options.release == "shop@1"
            errortrack.clear()
            assert len(captured_breadcrumbs) == len(captured_transactions) == 0
    """)

    pytester.runpytest().assert_outcomes(passed=1)


def test_nothing_survives_a_test(pytester):
    """Scopes, the client and what was captured are those of the test alone, also when it fails."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_first(errortrack, captured_events):
            errortrack.init(release="first@1")
            sdk.set_tag("leak", "yes")
            sdk.Hub.main.configure_scope(lambda scope: scope.set_extra("leak", "yes"))
            sdk.Hub.main.push_scope()
            sdk.capture_message("one")
            assert False

        def test_second(captured_events):
            assert len(captured_events) == 0
            sdk.capture_message("two")
            event = captured_events.one()
            assert "leak" not in event.tags and "leak" not in event.extra
            assert event.release is None
            assert not sdk.is_initialized()
    """)

    pytester.runpytest().assert_outcomes(passed=1, failed=1)


def test_what_was_set_before_the_tests_is_seen_and_stays(pytester):
    """An application that sets tags when it is imported finds them on its events, in every test."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        sdk.set_tag("app", "shop")

        @pytest.mark.parametrize("attempt", [1, 2])
        def test_it(captured_events, attempt):
            sdk.capture_message("low")
            assert captured_events.one().tags == {"app": "shop"}
            sdk.set_tag("app", "changed")
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_an_inactive_test_is_left_alone(pytester):
    """A test that asks for nothing keeps its SDK as it is: nothing is captured, nothing is replaced."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_inactive():
            transport = sdk.MemoryTransport()
            sdk.init("http://key@127.0.0.1/1", transport=transport)
            try:
                sdk.capture_message("for the application's own transport")
                assert len(transport.events) == 1
            finally:
                sdk.close()

        def test_active(captured_events):
            pass
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_applications_own_init_is_followed(pytester):
    """An application that calls `init` in the test is captured with its own options, and nothing is sent."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events, errortrack):
            def keep(event, hint):
                return None if event["level"] == "info" else event

            sdk.init("http://key@127.0.0.1:9/1", before_send=keep)
            sdk.capture_message("kept", level="warning")
            sdk.capture_message("dropped", level="info")
            assert [event.message for event in captured_events] == ["kept"]
            assert [(lost.reason, lost.category) for lost in errortrack.dropped] == [("before_send", "error")]
    """)

    pytester.runpytest().assert_outcomes(passed=1)


def test_fixtures_of_any_scope_may_ask(pytester):
    """What a module's fixture holds shows the running test's events."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        @pytest.fixture(scope="module")
        def held(captured_events):
            return captured_events

        @pytest.mark.parametrize("name", ["a", "b"])
        def test_it(held, captured_events, name):
            sdk.capture_message(name)
            assert [event.message for event in held] == [name]
    """)

    pytester.runpytest().assert_outcomes(passed=2)


def test_capture_works_without_a_fixture(pytester):
    """`capture()` serves `unittest`; it nests inside an active test, and the inner one records."""
    pytester.makepyfile("""
        import unittest
        from pytest_errortrack import capture, sdk

        class Case(unittest.TestCase):
            def test_it(self):
                with capture(release="a@1") as errortrack:
                    sdk.capture_message("low")
                self.assertEqual(errortrack.events.one().release, "a@1")

        def test_nested(captured_events):
            with capture() as inner:
                sdk.capture_message("inner")
            sdk.capture_message("outer")
            assert [event.message for event in inner.events] == ["inner"]
            assert [event.message for event in captured_events] == ["outer"]
    """)

    pytester.runpytest().assert_outcomes(passed=2)


@pytest.mark.neighbours("hypothesispytest")
def test_hypothesis_needs_no_health_check_suppressed(pytester):
    """Under `@given` each example starts empty, and markers are judged after each."""
    pytester.makepyfile("""
        import pytest
        from hypothesis import given, strategies as st
        from pytest_errortrack import sdk

        @given(n=st.integers(0, 3))
        def test_each_example_starts_empty(captured_events, n):
            sdk.set_tag(f"n{n}", "x")
            sdk.capture_message("low")
            assert captured_events.one().tags == {f"n{n}": "x"}

        @pytest.mark.expect_event(message="low")
        @given(n=st.integers(0, 3))
        def test_judged_each_time(n):
            if n < 3:
                sdk.capture_message("low")
    """)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*expected exactly one event, found 0*", "*n=3*"])


def test_reading_outside_of_a_recording_says_so(pytester):
    """A captured sequence that is read where nothing records is an error, not an empty list."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack.assertions import NoRecording

        kept = []

        def test_first(captured_events):
            kept.append(captured_events)

        def test_second():
            with pytest.raises(NoRecording, match="nothing is being captured here"):
                len(kept[0])
    """)

    pytester.runpytest().assert_outcomes(passed=2)


def test_a_wider_fixture_sets_up_for_all_its_tests(pytester):
    """What a session's or module's fixture does to the SDKs holds for every test that it serves, and afterwards."""
    pytester.makepyfile("""
        import pytest
        import sentry_sdk
        from pytest_errortrack import sdk

        @pytest.fixture(scope="session", autouse=True)
        def app():
            sdk.init(release="ours@1")
            sdk.set_tag("app", "shop")
            sentry_sdk.init(release="theirs@1")
            sentry_sdk.set_tag("app", "shop")

        @pytest.mark.errortrack(environment="ci")
        def test_with_options_of_its_own(captured_events):
            sdk.capture_message("low")
            event = captured_events.one()
            assert (event.release, event.environment, event.tags) == (None, "ci", {"app": "shop"})

        @pytest.mark.parametrize("attempt", [1, 2])
        def test_it(captured_events, attempt):
            for each in (sdk, sentry_sdk):
                each.set_tag(f"attempt_{attempt}", "yes")
                each.capture_message("low")
            assert {event.release for event in captured_events} == {"ours@1", "theirs@1"}
            assert [event.tags for event in captured_events] == [{"app": "shop", f"attempt_{attempt}": "yes"}] * 2

        def test_inactive():
            assert sdk.is_initialized()
            assert sentry_sdk.get_client().options["release"] == "theirs@1"
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_what_a_wider_fixture_tears_down_stays_down(pytester):
    """A module's fixture puts the SDKs back as it found them, though its teardown runs within its last test's."""
    pytester.makepyfile("""
        import pytest
        import sentry_sdk
        from pytest_errortrack import sdk

        @pytest.fixture(scope="class")
        def app():
            sdk.set_tag("app", "shop")
            sentry_sdk.set_tag("app", "shop")
            yield
            sdk.set_tag("app", "closed")
            sentry_sdk.get_isolation_scope().remove_tag("app")

        @pytest.mark.usefixtures("app")
        class TestShop:
            @pytest.mark.parametrize("attempt", [1, 2])
            def test_it(self, captured_events, attempt):
                for each in (sdk, sentry_sdk):
                    each.set_tag(f"attempt_{attempt}", "yes")
                    each.capture_message("low")
                assert [event.tags for event in captured_events] == [{"app": "shop", f"attempt_{attempt}": "yes"}] * 2

        def test_after(captured_events):
            for each in (sdk, sentry_sdk):
                each.capture_message("low")
            assert [event.tags for event in captured_events] == [{"app": "closed"}, {}]
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_a_backend_that_is_not_captured_sends_nothing_either(pytester, receiver):
    """With one backend chosen the other SDK's reports go nowhere: nothing leaves the process in an active test."""
    pytester.makepyfile(f"""
        import pytest
        import sentry_sdk
        from pytest_errortrack import sdk

        sentry_sdk.init(dsn="{receiver.dsn}")
        sdk.init("{receiver.dsn}")

        @pytest.mark.errortrack(backend="native")
        def test_native(captured_events):
            sentry_sdk.capture_message("theirs")
            sentry_sdk.flush(1)
            assert captured_events == []

        @pytest.mark.errortrack(backend="sentry_sdk")
        def test_theirs(captured_events):
            sdk.capture_message("ours")
            assert captured_events == []
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)
    assert receiver.envelopes == []


@pytest.mark.wrong_payload
def test_a_payload_of_any_shape_can_be_told(pytester):
    """What an application's own callback makes of an event never breaks the run."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_event({"user": "bob", "tags": 7, "extra": [], "breadcrumbs": "x", "exception": {"values": 3}})
            sdk.capture_event({"contexts": {"trace": 3}, "message": {"message": 7}})
            assert False
    """)

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Captured error reports*"])


def test_a_marker_that_another_plugin_adds_counts(pytester):
    """A test that becomes active after collection is captured and judged."""
    pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.expect_event(level="error"))
    """)
    pytester.makepyfile("def test_it(): pass")

    pytester.runpytest().assert_outcomes(failed=1)
