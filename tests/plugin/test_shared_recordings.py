from __future__ import annotations

from outcomes import outcomes

SLICES = """
    import threading
    import unittest
    import pytest
    import sentry_sdk
    from pytest_errortrack import capture, sdk

    sentry_sdk.init()

    @pytest.fixture(scope="module")
    def wide():
        with capture(traces_sample_rate=1.0) as errortrack:
            sdk.capture_message("while it is set up", level="info")
            yield errortrack
            tests = [event.nodeid.partition("::")[2] for event in errortrack.events]
            assert tests == ["test_slice[a]", *["test_slice[a]"] * 3, *["test_slice[b]"] * 3, "test_other"], tests
            assert [event.message for event in errortrack.events.of_test("test_other")] == ["other"]
            assert len(errortrack.events.of_test("test_slice[b]")) == 3

    @pytest.mark.parametrize("name", ["a", "b"])
    def test_slice(wide, name):
        sdk.capture_message(name, level="error")
        sentry_sdk.capture_message(name, level="error")
        thread = threading.Thread(target=sdk.capture_message, args=(f"thread {name}",))
        thread.start()
        thread.join()
        with sdk.start_transaction(name=name):
            pass
        mine = wide.events.of_test()
        messages = [event.message for event in mine if event.message != "while it is set up"]
        assert messages == [name, name, f"thread {name}"]
        assert mine.matching(level="error", count=2)
        assert [each.name for each in wide.transactions.of_test()] == [name]

    def test_other(wide):
        sdk.capture_message("other")
        assert wide.events.of_test().one().message == "other"
        with pytest.raises(AssertionError, match="expected exactly one event, found 0"):
            wide.events.of_test().one(message="a")

    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.errortrack = cls.enterClassContext(capture())

        def test_first(self):
            sdk.capture_message("first")
            self.assertEqual(self.errortrack.events.of_test().one().message, "first")

        def test_second(self):
            sdk.capture_message("second")
            self.assertEqual(self.errortrack.events.of_test().one().message, "second")
            self.assertEqual(self.errortrack.events.of_test("Case::test_first").one().message, "first")

    def test_an_active_test_keeps_its_own(captured_events):
        with capture() as inner:
            sdk.capture_message("inner")
        assert inner.events.one().nodeid.endswith("::test_an_active_test_keeps_its_own")
        sdk.capture_message("outer")
        assert captured_events.of_test().one().message == "outer"

    def test_breadcrumbs_do_not_know(captured_breadcrumbs):
        sdk.add_breadcrumb(message="priced")
        with pytest.raises(TypeError, match="which test ran when a breadcrumb was recorded"):
            captured_breadcrumbs.of_test()
"""


def test_a_recording_of_several_tests_is_sliced_by_test(pytester):
    """What `capture()` at module or class scope holds knows which test ran, whoever reported it there."""
    pytester.makepyfile(SLICES)

    result = pytester.runpytest_subprocess("-v")

    found = outcomes(result)
    assert set(found.values()) == {"passed"}, result.outlines
    assert len(found) == 7


def test_without_pytest_a_test_has_to_be_named(monkeypatch):
    """Where no test runs, asking for its slice is an error with a way out, not an empty answer."""
    import pytest

    from pytest_errortrack import capture, sdk
    from pytest_errortrack.assertions import NoRecording

    with capture() as errortrack:
        monkeypatch.delenv("PYTEST_CURRENT_TEST")
        sdk.capture_message("low")

        with pytest.raises(NoRecording, match="name a test"):
            errortrack.events.of_test()
        assert len(errortrack.events.of_test("test_it")) == 0
        assert errortrack.events.one().nodeid == ""


def test_settings_of_the_run_take_nothing_from_a_recording_of_wider_scope(pytester):
    """Whatever makes all tests capture, a test with a block of its own has the same outcome."""
    pytester.makepyfile("""
        import unittest

        import pytest
        import sentry_sdk

        from pytest_errortrack import capture, sdk

        class TestShared(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.errortrack = cls.enterClassContext(capture())

            def test_first(self):
                sentry_sdk.capture_message("x", level="error")
                self.errortrack.events.of_test().one(message="x")

            def test_second(self):
                sdk.capture_message("y", level="error")
                self.errortrack.events.of_test().one(message="y")

        @pytest.fixture(scope="module")
        def shared():
            with capture() as errortrack:
                yield errortrack

        @pytest.mark.parametrize("number", [1, 2])
        def test_module(shared, number):
            sentry_sdk.capture_message("x", level="error")
            assert shared.events.of_test().one(message="x").sdk == "sentry_sdk"

        def test_of_its_own():
            with capture() as errortrack:
                sentry_sdk.capture_message("x", level="error")
            errortrack.events.one(message="x")

        def test_asks_itself(shared, captured_events):
            sdk.capture_message("z")
            captured_events.one(message="z")
    """)

    for options in (["--errortrack-report=r.json"], ["--errortrack-strict=error"], ["--errortrack-show=all"]):
        pytester.runpytest_subprocess(*options).assert_outcomes(passed=6)
