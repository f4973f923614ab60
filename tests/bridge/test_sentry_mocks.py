"""A test that captures reports and mocks the function that makes them proves nothing; it is told so."""

from __future__ import annotations

SHOP = """
    import sentry_sdk
    from sentry_sdk import capture_exception

    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", auto_enabling_integrations=False)

    def pay():
        try:
            raise KeyError("card")
        except KeyError as error:
            capture_exception(error)

    def refund():
        sentry_sdk.capture_message("refunded")
"""


def test_each_way_of_mocking_is_noticed(pytester):
    """`unittest.mock` under any name, as a block or a decorator, and `monkeypatch`; in active tests alone."""
    pytester.makepyfile(shop=SHOP)
    pytester.makepyfile("""
        from unittest import mock
        import pytest, sentry_sdk, shop

        def test_a_block(captured_events):
            with mock.patch("sentry_sdk.capture_message") as capture:
                shop.refund()
            capture.assert_called_once()
            captured_events.none()

        @mock.patch("shop.capture_exception")
        def test_a_decorator_and_a_name_of_the_applications(capture, captured_events):
            shop.pay()
            shop.pay()
            captured_events.none()

        def test_a_whole_module(captured_events):
            with mock.patch.object(shop, "sentry_sdk"):
                shop.refund()

        def test_autospec(captured_events):
            with mock.patch("shop.capture_exception", autospec=True):
                shop.pay()

        def test_monkeypatch(captured_events, monkeypatch):
            monkeypatch.setattr(sentry_sdk, "capture_message", lambda *args: None)
            shop.refund()

        def test_monkeypatch_in_the_application(captured_events, monkeypatch):
            monkeypatch.setattr("shop.capture_exception", [].append)
            shop.pay()

        def test_a_mock_by_monkeypatch(captured_events, monkeypatch):
            monkeypatch.setattr("shop.capture_exception", mock.Mock())
            shop.pay()

        def test_inactive(monkeypatch):
            monkeypatch.setattr("shop.capture_exception", [].append)
            with mock.patch("sentry_sdk.capture_message"):
                shop.refund()
                shop.pay()
    """)

    result = pytester.runpytest_subprocess("-W", "always")

    result.assert_outcomes(passed=8, warnings=7)
    result.stdout.fnmatch_lines(
        [
            "*test_each_way*.py:5: MockedSentryWarning: sentry_sdk.capture_message was mocked and called 1 time: *",
            "*test_each_way*.py:0: MockedSentryWarning: shop.capture_exception was mocked and called 2 times: *",
            "*MockedSentryWarning: shop.sentry_sdk was mocked and called 1 time: *",
            "*MockedSentryWarning: shop.capture_exception was mocked and called 1 time: *",
            "*MockedSentryWarning: sentry_sdk.capture_message was replaced: *captured_events.one(exception=...)*",
            "*MockedSentryWarning: shop.capture_exception was replaced: *",
            "*MockedSentryWarning: shop.capture_exception was mocked and called 1 time: *",
        ]
    )


def test_what_does_not_lose_reports_is_no_matter(pytester):
    """Mocks that nobody calls, spies that pass on, and mocks of other things give no warning."""
    pytester.makepyfile(shop=SHOP)
    pytester.makepyfile("""
        from unittest import mock
        import pytest, sentry_sdk, shop

        pytestmark = pytest.mark.filterwarnings("error")

        def test_never_called(captured_events):
            with mock.patch("sentry_sdk.capture_message"):
                shop.pay()
            captured_events.one(exception=KeyError)

        def test_a_spy(captured_events):
            with mock.patch("shop.capture_exception", wraps=shop.capture_exception) as spy:
                shop.pay()
            spy.assert_called_once()
            captured_events.one(exception=KeyError)

        def test_a_spy_by_side_effect(captured_events):
            with mock.patch("shop.capture_exception", side_effect=shop.capture_exception):
                shop.pay()
            captured_events.one(exception=KeyError)

        def test_a_spy_by_hand(captured_events, monkeypatch):
            real = shop.capture_exception
            monkeypatch.setattr(shop, "capture_exception", lambda error: real(error))
            shop.pay()
            captured_events.one(exception=KeyError)

        def test_something_else(captured_events):
            with mock.patch("shop.pay") as pay:
                shop.pay()
            assert pay.called and mock._patch.__enter__ is not None
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=5)


def test_a_mock_of_a_wider_fixture_is_noticed_in_each_test(pytester):
    """A patch that a module's fixture holds counts in every test in which it was called."""
    pytester.makepyfile(shop=SHOP)
    pytester.makepyfile("""
        from unittest import mock
        import pytest, shop

        @pytest.fixture(scope="module", autouse=True)
        def silenced():
            with mock.patch("shop.capture_exception"):
                yield

        def test_first(captured_events):
            shop.pay()

        def test_second(captured_events):
            shop.pay()
            shop.pay()

        def test_third_calls_nothing(captured_events):
            pass
    """)

    result = pytester.runpytest_subprocess("-W", "always")

    result.assert_outcomes(passed=3, warnings=2)
    result.stdout.fnmatch_lines(["*called 1 time:*", "*called 2 times:*"])


def test_a_failure_mentions_the_mock(pytester):
    """Where an expectation fails because the report went to a mock, the message says so; patching is undone."""
    pytester.makepyfile(shop=SHOP)
    pytester.makepyfile("""
        def test_it(captured_events):
            from unittest.mock import patch
            import shop
            with patch("shop.capture_exception"):
                shop.pay()
            captured_events.one(exception=KeyError)

        def test_nothing_is_left():
            from unittest.mock import _patch
            assert _patch.__enter__.__code__.co_filename.endswith("mock.py")
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["E*note: shop.capture_exception was mocked and called 1 time: what went there was not*"]
    )


def test_the_warning_can_be_filtered(pytester):
    """Its class is public: a project that mocks on purpose turns the warning off, or into an error."""
    pytester.makepyfile(shop=SHOP)
    pytester.makepyfile("""
        from unittest import mock
        import pytest, shop

        @pytest.mark.filterwarnings("ignore::pytest_errortrack.assertions.MockedSentryWarning")
        def test_ignored(captured_events):
            with mock.patch("shop.capture_exception"):
                shop.pay()

        def test_an_error(captured_events):
            with mock.patch("shop.capture_exception"):
                shop.pay()
    """)

    result = pytester.runpytest_subprocess("-W", "error::pytest_errortrack.assertions.MockedSentryWarning")

    result.assert_outcomes(passed=2, errors=1)


def test_other_mocks_are_not_asked_for_anything(pytester):
    """To read a mocked property is to call it: what has nothing to do with reporting is left alone."""
    pytester.makepyfile("""
        from unittest.mock import PropertyMock, patch
        import pytest, sentry_sdk

        class Settings:
            @property
            def dsn(self):
                return 1

        def test_called_once(captured_events):
            with patch.object(Settings, "dsn", new_callable=PropertyMock, return_value=2) as dsn:
                assert Settings().dsn == 2
                dsn.assert_called_once()

        def test_that_raises(captured_events):
            with patch.object(Settings, "dsn", new_callable=PropertyMock, side_effect=RuntimeError("down")):
                with pytest.raises(RuntimeError):
                    Settings().dsn

        def test_monkeypatch(captured_events, monkeypatch):
            monkeypatch.setattr(Settings, "dsn", PropertyMock(side_effect=RuntimeError("down")))

        def test_nothing_is_left():
            assert Settings().dsn == 1
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=4)
