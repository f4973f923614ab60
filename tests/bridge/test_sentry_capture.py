from __future__ import annotations


def test_an_application_that_initialised_is_captured_with_its_own_options(pytester):
    """`sentry_sdk.init` by the application, before the tests: nothing to configure, its options work."""
    pytester.makepyfile(
        shop="""
        import logging, os
        import sentry_sdk

        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1",
            release="shop@1",
            environment="ci",
            max_breadcrumbs=2,
            before_send=lambda event, hint: None if "secret" in event.get("message", "") else event,
        )

        def checkout(tenant):
            sentry_sdk.set_tag("tenant", tenant)
            for step in ("cart priced", "stock held", "card charged"):
                sentry_sdk.add_breadcrumb(message=step)
            try:
                raise KeyError("card")
            except KeyError:
                logging.getLogger("shop").exception("checkout failed")
            sentry_sdk.capture_message("a secret", level="error")
        """,
        test_shop="""
        import shop

        def test_it(captured_events, captured_breadcrumbs, errortrack):
            shop.checkout("acme")
            event = captured_events.one(level="error", exception=KeyError, tags={"tenant": "acme"}, logger="shop")
            assert (event.release, event.environment, event.sdk) == ("shop@1", "ci", "sentry_sdk")
            assert isinstance(event.live_exception, KeyError)
            assert event.source == "logging"
            assert [crumb.message for crumb in event.breadcrumbs] == ["stock held", "card charged"]
            assert len(captured_breadcrumbs) >= 3
            assert [(lost.reason, lost.sdk) for lost in errortrack.dropped] == [("before_send", "sentry_sdk")]
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_sentry_sdk_first_imported_inside_the_test_is_captured(pytester):
    """An application that is imported by its test, and `sentry_sdk` with it, is captured from its first line."""
    pytester.makepyfile(
        shop="""
        import sentry_sdk
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", traces_sample_rate=1.0)

        def work():
            with sentry_sdk.start_transaction(name="work", op="task"):
                with sentry_sdk.start_span(op="db", description="SELECT"):
                    sentry_sdk.capture_message("low")
        """,
        test_shop="""
        import sys

        def test_it(captured_events, captured_transactions):
            assert "sentry_sdk" not in sys.modules
            import shop
            shop.work()
            assert captured_events.one(message="low").sdk == "sentry_sdk"
            assert captured_transactions.one(name="work").span_tree() == "task: work\\n  db: SELECT"
            import sentry_sdk
            assert type(sentry_sdk.__spec__.loader).__module__.startswith("_frozen_importlib")
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_init_during_the_test_and_without_a_dsn(pytester):
    """`init` in the test is followed; an empty DSN or no `init` at all is captured too, and every failure says so."""
    pytester.makepyfile("""
        import sentry_sdk

        def test_during(captured_events):
            sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="during@1")
            sentry_sdk.capture_message("low")
            assert captured_events.one().release == "during@1"

        def test_without_dsn(captured_events):
            sentry_sdk.init(release="no-dsn@1")
            sentry_sdk.capture_message("low")
            captured_events.one(release="other@1")

        def test_never(captured_events):
            sentry_sdk.capture_message("low")
            captured_events.one(message="high")
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=2)
    told = [line for line in result.outlines if line.startswith("E ") and "note: " in line]
    assert ["given no DSN" in line for line in told] == [True, False]
    assert ["never called init()" in line for line in told] == [False, True]
    assert "note: " not in result.stdout.str().partition("Captured error reports")[2].partition("____")[0]


def test_nothing_survives_a_test(pytester):
    """Scopes, the client, its transport and our patches are those from before, by identity; the app still works."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk import client, scope
        from sentry_sdk.transport import Transport

        class Kept(Transport):
            def __init__(self):
                super().__init__()
                self.envelopes = []
            def capture_envelope(self, envelope):
                self.envelopes.append(envelope)

        kept = Kept()
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=kept)
        sentry_sdk.set_tag("imported", "yes")

        def state():
            return (
                sentry_sdk.get_client(),
                sentry_sdk.get_client().transport,
                scope._global_scope,
                scope._isolation_scope.get(),
                scope._current_scope.get(),
                client._Client.__dict__.get("transport"),
                client._Client.__dict__["capture_event"],
                scope.Scope.__dict__["add_breadcrumb"],
            )

        before = state()

        def test_first(captured_events):
            sentry_sdk.set_tag("leak", "yes")
            scope.Scope.get_global_scope().set_tag("leak", "yes")
            sentry_sdk.add_breadcrumb(message="leak")
            sentry_sdk.capture_message("one")
            assert captured_events.one().tags == {"imported": "yes", "leak": "yes"}
            sentry_sdk.get_client().close()
            sentry_sdk.init()

        def test_second(captured_events):
            sentry_sdk.capture_message("two")
            event = captured_events.one()
            assert event.tags == {"imported": "yes"} and not event.breadcrumbs
            assert len(kept.envelopes) == 2, "the application's own transport class is still called"

        def test_third_is_inactive():
            assert all(now is then for now, then in zip(state(), before))
            sentry_sdk.capture_message("three")
            assert len(kept.envelopes) == 3
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_both_sdks_are_seen_in_one_test_and_the_backend_chooses(pytester):
    """`auto` captures both; a backend of its own captures one alone."""
    pytester.makepyfile("""
        import pytest
        import sentry_sdk
        from pytest_errortrack import sdk

        def report():
            sentry_sdk.capture_message("theirs")
            sdk.capture_message("ours")

        def test_auto(captured_events):
            report()
            assert {event.sdk: event.message for event in captured_events} == {"sentry_sdk": "theirs", "native": "ours"}

        @pytest.mark.errortrack(backend="native")
        def test_native(captured_events):
            report()
            assert [event.sdk for event in captured_events] == ["native"]

        @pytest.mark.errortrack(backend="sentry_sdk")
        def test_sentry(captured_events):
            report()
            assert [event.sdk for event in captured_events] == ["sentry_sdk"]
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_a_run_that_never_imports_sentry_sdk_does_not_get_it_from_us(pytester):
    """The plugin never brings `sentry_sdk` into a process that does not have it."""
    pytester.makepyfile("""
        import sys
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_message("low")
            assert captured_events.one()
            assert "sentry_sdk" not in sys.modules
            assert "httpx" not in sys.modules
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)
