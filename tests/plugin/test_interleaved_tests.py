from __future__ import annotations

import pytest

FOUND = """
    import pytest
    from pytest_errortrack.interleave import interleaved
    from pytest_errortrack.sdk import Hub

    def handle(hub, name):
        hub.configure_scope(lambda scope: scope.set_extra("Tracking ID", name))
        hub.capture_message("health check failed")

    @interleaved
    def test_one_shared_hub(interleaving, captured_events):
        interleaving.run(a=lambda: handle(Hub.main, "A"), b=lambda: handle(Hub.main, "B"))
        captured_events.assert_isolated()

    @interleaved
    def test_a_clone_per_request(interleaving, captured_events):
        interleaving.run(a=lambda: handle(Hub.main.clone(), "A"), b=lambda: handle(Hub.main.clone(), "B"))
        captured_events.assert_isolated()
"""


def test_the_bug_is_found_and_its_repair_proved(pytester):
    """One shared hub is found mixed with one preemption; a clone per request passes as complete at bound 2."""
    pytester.makepyfile(FOUND)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            'E*events?*? "*health check failed*" captured by ?*',
            "E*carries data that ? wrote:",
            'E*extra?"Tracking ID"? = *written by ? at *.py:*, step *',
            "E*the interleaving (1 preemption, found as schedule *",
            "E*-- preempted --*",
            "E*replay: *et1-*",
            "*test_a_clone_per_request: complete: *, level line*data fixed*",
        ]
    )


def test_markers_are_judged_after_each_schedule(pytester):
    """A marker that one schedule violates fails the test, with that schedule."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk
        from pytest_errortrack.interleave import interleaved

        class Account:
            balance = 10

        def withdraw(account):
            if account.balance >= 10:
                account.balance = account.balance - 10
            else:
                sdk.capture_message("refused", level="error")

        @pytest.mark.expect_event(message="refused")
        @interleaved
        def test_the_second_is_refused(interleaving):
            account = Account()
            interleaving.run(lambda: withdraw(account), lambda: withdraw(account))
    """)

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*expected exactly one event, found 0*", "E*1 preemption*"])


@pytest.mark.neighbours("hypothesispytest")
def test_data_outside_and_schedules_inside(pytester):
    """`@given` above `@interleaved` explores each example; what passes says so for the examples."""
    pytester.makepyfile("""
        from hypothesis import given, settings, strategies as st
        from pytest_errortrack.interleave import interleaved
        from pytest_errortrack.sdk import Hub

        def handle(hub, name):
            hub.configure_scope(lambda scope: scope.set_extra("id", name))
            hub.capture_message(name)

        @settings(max_examples=5)
        @given(names=st.lists(st.sampled_from("ABCD"), min_size=2, max_size=2, unique=True))
        @interleaved(level="op")
        def test_fixed(interleaving, captured_events, names):
            interleaving.run(**{name: (lambda name=name: handle(Hub.main.clone(), name)) for name in names})
            captured_events.assert_isolated()

        @settings(max_examples=5)
        @given(names=st.lists(st.sampled_from("ABCD"), min_size=2, max_size=2, unique=True))
        @interleaved(level="op")
        def test_mixed(interleaving, captured_events, names):
            interleaving.run(**{name: (lambda name=name: handle(Hub.main, name)) for name in names})
            captured_events.assert_isolated()
    """)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E*names=?'*", "*test_fixed: complete per example, * examples: *"])


def test_fixtures_are_set_up_once_and_their_work_is_seen_by_each_schedule(pytester):
    """What a fixture did to the SDK holds for every schedule; what a schedule did is gone in the next."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk
        from pytest_errortrack.interleave import interleaved

        set_up = []

        @pytest.fixture
        def tagged():
            set_up.append(1)
            sdk.get_global_scope().set_tag("from", "fixture")

        @interleaved(level="op")
        def test_it(interleaving, captured_events, tagged):
            assert len(captured_events) == 0
            scope = sdk.get_global_scope()

            def report(name):
                scope.set_tag(name, "x")
                sdk.capture_message(name)

            interleaving.run(a=lambda: report("a"), b=lambda: report("b"))
            assert set_up == [1]
            assert all(event.tags["from"] == "fixture" for event in captured_events)
            assert len(captured_events.first.tags) + len(captured_events.last.tags) <= 6
    """)

    pytester.runpytest().assert_outcomes(passed=1)
