from __future__ import annotations


def test_a_failing_active_test_shows_what_was_captured(pytester):
    """The section lists each event with its data, and what the SDK dropped."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(errortrack):
            errortrack.init(before_send=lambda event, hint: None if event.get("message") == "secret" else event)
            sdk.set_tag("tenant", "acme")
            sdk.add_breadcrumb(message="cart priced")
            try:
                raise KeyError("id")
            except KeyError as error:
                sdk.capture_exception(error)
            sdk.capture_message("secret")
            assert False
    """)

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(
        [
            "*Captured error reports*",
            "error KeyError: 'id'*from capture_exception*at test_*.py:10",
            "    tags {'tenant': 'acme'}",
            "    last breadcrumbs ?'cart priced'?",
            "*error x1 (*secret*): dropped by before_send*",
        ]
    )


def test_a_passing_test_and_an_inactive_one_show_nothing(pytester):
    """The section is for failures of active tests."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_passing(captured_events):
            sdk.capture_message("low")

        def test_inactive():
            assert False
    """)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*Captured error reports*")


def test_the_section_is_bounded(pytester):
    """A thousand events do not flood the terminal."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            for n in range(1000):
                sdk.capture_message(f"message {n}")
            assert False
    """)

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["*... 988 more events"])
    assert len(result.outlines) < 80


def test_the_failure_of_a_call_names_the_nearest_candidate(pytester):
    """`one()` tells what was asked, what came, and only the keys that differ on the nearest."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_message("unrelated", level="info")
            sdk.set_tag("tenant", "umbrella")
            sdk.capture_message("card declined", level="error")
            captured_events.one(level="error", message="card declined", tags={"tenant": "acme"})
    """)

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: expected exactly one event, found 0",
            "E*asked by one(): level='error', message='card declined', tags={'tenant': 'acme'}",
            "E*captured 2 events:",
            "E*events?0? info 'unrelated'*at test_*.py:4",
            "E*events?1? error 'card declined'*",
            "E*nearest: events?1?, which differs in",
            "E*tags?'tenant'?: expected 'acme', got 'umbrella'",
        ]
    )
    result.stdout.no_fnmatch_line("E*level: expected*")


def test_the_failure_says_why_an_event_is_absent(pytester):
    """What sampling or `before_send` dropped, and an SDK that nobody initialised, are told."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        def test_sampled_out(captured_events, errortrack):
            errortrack.init(sample_rate=0.0)
            sdk.capture_message("lost")
            captured_events.one()

        def test_never_initialised(captured_events):
            captured_events.one()
    """)

    result = pytester.runpytest()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E*error x1 (*lost*): not sampled*", "E*no SDK was ever initialised here*"])
