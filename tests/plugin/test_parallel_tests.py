"""Tests whose bodies run in several threads of one process at once."""

from __future__ import annotations

import pytest

RUNNER = """
    import functools
    import threading

    import pytest


    class RunInThreads:
        \"\"\"Runs each plain body in four threads at once, as pytest-run-parallel 0.10 does.\"\"\"

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_finish(self, session):
            for item in session.items:
                names = item.obj.__globals__
                item.obj = in_threads(item.obj)
                item.obj.__globals__.update(names | item.obj.__globals__)


    def in_threads(body):
        @functools.wraps(body)
        def inner(*args, **kwargs):
            barrier, errors = threading.Barrier(4), []

            def run():
                barrier.wait()
                try:
                    body(*args, **kwargs)
                except Exception as error:
                    errors.append(error)

            threads = [threading.Thread(target=run, name=f"body {number}") for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if errors:
                raise errors[0]

        return inner


    def pytest_configure(config):
        if not config.pluginmanager.has_plugin("_run-parallel"):
            config.pluginmanager.register(RunInThreads(), "_run-parallel")
"""

TESTS = """
    import threading

    import pytest
    from pytest_errortrack import sdk


    def test_each_thread_sees_its_own(captured_events, captured_breadcrumbs):
        name = threading.current_thread().name
        sdk.init(release=name)
        sdk.set_tag("who", name)
        sdk.get_global_scope().set_tag("everywhere", name)
        sdk.add_breadcrumb(message=name)
        sdk.capture_message(name)
        event = captured_events.one()
        assert (event.message, event.release) == (name, name)
        assert event.tags == {"who": name, "everywhere": name}
        assert [crumb.message for crumb in captured_breadcrumbs] == [name]


    @pytest.mark.skipif("sdk.is_initialized()")
    @pytest.mark.expect_event(message="once")
    def test_a_marker_is_judged_over_each():
        sdk.capture_message("once")


    class TestSentry:
        @pytest.mark.expect_event(message="once", tags={"who": "this"})
        def test_sentry(self, captured_events):
            import sentry_sdk

            assert not captured_events
            sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)
            sentry_sdk.set_tag("who", "this")
            sentry_sdk.capture_message("once")


    @pytest.mark.expect_event(message="expected")
    def test_that_fails():
        sdk.capture_message("another")


    def test_after(captured_events, errortrack):
        assert not captured_events
        assert errortrack.scope.get("tags", {}) == {}
        assert not sdk.is_initialized()
"""


def test_a_body_in_several_threads_has_a_recording_for_each(pytester):
    """Each thread sees its own reports of both SDKs, markers are judged over each, and the next test finds nothing."""
    pytester.makeconftest(RUNNER)
    pytester.makepyfile(test_it=TESTS)

    result = pytester.runpytest_subprocess("-v")

    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*test_that_fails FAILED*"])
    shown = [line for line in result.outlines if line.startswith("info 'another'")]
    assert len(shown) == 4


@pytest.mark.neighbours("run-parallel")
def test_with_pytest_run_parallel_itself(pytester):
    """The same where the plugin that does so is installed."""
    pytester.makepyfile(test_it=TESTS)

    result = pytester.runpytest_subprocess("--parallel-threads=4")

    assert result.parseoutcomes()["passed"] == 4


def test_a_capture_of_a_class_leaves_active_tests_their_own(pytester):
    """A block of a class gets what its other tests report; an active test its own, whether it is the first or not."""
    pytester.makepyfile(
        test_it="""
        import pytest
        from pytest_errortrack import capture, sdk


        class TestBlock:
            @classmethod
            def setup_class(cls):
                cls.block = capture()
                cls.handle = cls.block.__enter__()

            @classmethod
            def teardown_class(cls):
                cls.block.__exit__(None, None, None)
                assert not sdk.is_initialized()

            def test_active_first(self, captured_events):
                sdk.capture_message("active")
                assert captured_events.one().message == "active"

            def test_plain(self):
                sdk.capture_message("plain")
                assert [event.message for event in self.handle.events] == ["plain"]
                assert not self.handle.events[0].stranger

            def test_active_later(self, captured_events):
                sdk.set_tag("of", "this")
                sdk.capture_message("active")
                assert captured_events.one().tags == {"of": "this"}

            def test_last(self):
                sdk.capture_message("last")
                assert [event.message for event in self.handle.events] == ["plain", "last"]
                assert self.handle.events[1].tags == {}
        """
    )

    result = pytester.runpytest_subprocess("-v")

    result.assert_outcomes(passed=4)
