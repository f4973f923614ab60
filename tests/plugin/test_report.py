from __future__ import annotations

import textwrap
from itertools import takewhile

import pytest


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

    result = pytester.runpytest_subprocess()

    result.stdout.fnmatch_lines(
        [
            "*Captured error reports*",
            "error KeyError: 'id'*from capture_exception*at test_*.py:10",
            "    tags {'tenant': 'acme'}",
            "    last breadcrumb cart priced",
            "  error x1 (*secret*): dropped by before_send",
            "note: init() was given no DSN: outside of a test nothing is sent",
        ]
    )


def test_a_passing_test_and_an_inactive_one_show_nothing(pytester):
    """The section is for failures of active tests, and for those that `--errortrack-show none` leaves it to."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_passing(captured_events):
            sdk.capture_message("low")

        def test_inactive():
            assert False
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*Captured error reports*")


def test_show_decides_whose_section_is_shown(pytester):
    """`all`: of tests that passed as well, printed at the end; with `-rP` where pytest has it; `none`: of no test."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_passing():
            sdk.capture_message("passing")

        def test_failing(captured_events):
            sdk.capture_message("failing")
            assert False
    """)

    shown = pytester.runpytest_subprocess("--errortrack-show", "all")
    shown.stdout.fnmatch_lines(
        [
            *("-* Captured error reports -*", "info 'failing'*"),
            *("-* Captured error reports of tests that passed -*", "*::test_passing", "  info 'passing'*"),
        ]
    )
    by_pytest = pytester.runpytest_subprocess("--errortrack-show", "all", "-rP").stdout.str()
    assert by_pytest.count("info 'passing'") == 1
    assert "of tests that passed" not in by_pytest
    assert "Captured error reports" not in pytester.runpytest_subprocess("--errortrack-show", "none").stdout.str()


def test_the_sections_of_passed_tests_come_from_workers_too(pytester):
    """Spread over processes, the same is shown."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_one():
            sdk.capture_message("first")

        def test_two():
            sdk.capture_message("second")
    """)

    result = pytester.runpytest_subprocess("--errortrack-show", "all", "--errortrack-suggest", "-n", "2")

    result.assert_outcomes(passed=2)
    for number, said in (("one", "first"), ("two", "second")):
        result.stdout.fnmatch_lines([f"*::test_{number}", f"  info '{said}'*"])
        result.stdout.fnmatch_lines(
            ["-* suggested expectations -*", f"*::test_{number}", f'    *expect_event(level="info", message="{said}")']
        )


def test_the_section_is_bounded(pytester):
    """A thousand events do not flood the terminal."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            for n in range(1000):
                sdk.capture_message(f"message {n}")
            assert False
    """)

    result = pytester.runpytest_subprocess()

    result.stdout.fnmatch_lines(["... 992 more events before the last"])
    assert len(result.outlines) < 60


def test_a_failing_teardown_does_not_repeat_the_section(pytester):
    """A test whose body and whose teardown fail shows what it captured once."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        @pytest.fixture
        def broken():
            yield
            raise ValueError

        def test_it(broken, captured_events):
            sdk.capture_message("low")
            assert False
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=1, errors=1)
    assert result.stdout.str().count("- Captured error reports -") == 1


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

    result = pytester.runpytest_subprocess()

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
    """What was dropped, and why, whichever SDK dropped it; where nothing was, that nothing was reported."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        DSN = "http://key@127.0.0.1:9/1"

        def test_sampled_out(captured_events, errortrack):
            errortrack.init(dsn=DSN, sample_rate=0.0)
            sdk.capture_message("lost")
            captured_events.one()

        def test_ignored(captured_events, errortrack):
            errortrack.init(dsn=DSN, ignore_errors=[KeyError])
            sdk.capture_exception(KeyError("id"))
            captured_events.one()

        def test_captured_before(captured_events, errortrack):
            errortrack.init(dsn=DSN)
            error = KeyError("id")
            sdk.capture_exception(error)
            sdk.capture_exception(error)
            captured_events.matching(count=2)

        def test_untraced(captured_transactions, errortrack):
            errortrack.init(dsn=DSN)
            with sdk.start_transaction(name="checkout"):
                pass
            captured_transactions.one()

        def test_never_initialised(captured_events):
            captured_events.one()

        def test_without_a_dsn(captured_events):
            sdk.init()
            captured_events.one()
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(
        [
            "E*error x1 (lost): not sampled: sample_rate is 0.0",
            "E*error x1 (KeyError: 'id'): the option ignore_errors names its class",
            "E*error x1 (KeyError: 'id'): deduplicated, this very exception was captured before",
            "E*transaction x1 (checkout): tracing is off, neither*",
            "E*note: nothing was reported, and nothing dropped on the way",
            "E*note: the app never called init(): outside of a test nothing is sent",
            "E*note: init() was given no DSN: outside of a test nothing is sent",
        ]
    )


def test_what_sentry_sdk_drops_is_said_in_the_same_words(pytester):
    """The reasons of both SDKs read alike."""
    pytester.makepyfile("""
        import sentry_sdk as sdk

        OPTIONS = dict(dsn="http://key@127.0.0.1:9/1", auto_enabling_integrations=False)

        def test_sampled_out(captured_events):
            sdk.init(sample_rate=0.0, **OPTIONS)
            sdk.capture_message("lost")
            captured_events.one()

        def test_ignored(captured_events):
            sdk.init(ignore_errors=[KeyError], **OPTIONS)
            sdk.capture_exception(KeyError("id"))
            captured_events.one()

        def test_captured_before(captured_events):
            sdk.init(**OPTIONS)
            error = KeyError("id")
            sdk.capture_exception(error)
            sdk.capture_exception(error)
            captured_events.matching(count=2)

        def test_untraced(captured_transactions):
            sdk.init(**OPTIONS)
            with sdk.start_transaction(name="checkout"):
                pass
            captured_transactions.one()

        def test_sampled_transaction(captured_transactions):
            sdk.init(traces_sample_rate=0.0, **OPTIONS)
            with sdk.start_transaction(name="checkout"):
                pass
            captured_transactions.one()

        def test_dropped_transaction(captured_transactions):
            sdk.init(traces_sample_rate=1.0, before_send_transaction=lambda event, hint: None, **OPTIONS)
            with sdk.start_transaction(name="checkout"):
                pass
            captured_transactions.one()

        def test_without_a_dsn(captured_events):
            sdk.init(auto_enabling_integrations=False)
            captured_events.one()
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(
        [
            "E*error x1 (lost): not sampled: sample_rate is 0.0",
            "E*error x1 (KeyError: 'id'): the option ignore_errors names its class",
            "E*error x1 (KeyError: 'id'): deduplicated, this very exception was captured before",
            "E*note: tracing is off, neither traces_sample_rate nor traces_sampler is set",
            "E*transaction x1*: not sampled: traces_sample_rate is 0.0",
            "E*transaction x1*: dropped by before_send_transaction",
            "E*note: init() was given no DSN: outside of a test nothing is sent",
        ]
    )


def test_the_failure_of_a_marker_stands_at_its_test(pytester):
    """Its message, the file and line of the test, and nothing about hidden entries."""
    pytester.makepyfile(
        test_shop="""
        import pytest

        class TestShop:
            @pytest.mark.expect_event(level="error")
            def test_it(self):
                pass
        """
    )

    result = pytester.runpytest_subprocess()

    result.stdout.no_fnmatch_line("*traceback entries are hidden*")
    result.stdout.fnmatch_lines(["E   AssertionError: expected exactly one event, found 0", "E     asked by*"])
    result.stdout.re_match_lines([r"test_shop\.py:[45]: AssertionError$"])
    short = pytester.runpytest_subprocess("--tb=line")
    short.stdout.re_match_lines([r".*test_shop\.py:[45]: AssertionError: expected exactly one event, found 0"])


def test_plain_asserts_on_captured_things_are_explained(pytester):
    """Comparisons of sequences, events and breadcrumbs say what differs; all others are left to pytest."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_nothing(captured_events):
            sdk.capture_message("low")
            assert captured_events == []

        def test_payload(captured_events):
            sdk.capture_message("low")
            assert captured_events[0] == {**captured_events[0].payload, "level": "error"}

        def test_member(captured_events):
            sdk.capture_message("low")
            assert {**captured_events[0].payload, "level": "error"} in captured_events

        def test_crumbs(captured_events):
            sdk.add_breadcrumb(message="a")
            sdk.capture_message("low")
            assert captured_events[0].breadcrumbs == [{**captured_events[0].breadcrumbs[0].payload, "message": "b"}]

        def test_other(captured_events):
            assert {"a": 1} == {"a": 2}
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            *("E*assert 1 captured event == []", "E*events?0? info 'low'*"),
            *("E*assert <CapturedEvent info 'low'> == {*", "E         level: expected 'error', got 'info'"),
            *("E*in 1 captured event", "E*nearest: events?0?*", "E         level: expected 'error', got 'info'"),
            *(
                "E*assert 1 captured breadcrumb == *",
                "E*breadcrumbs?0? is info 'a'",
                "E*message: expected 'b', got 'a'",
            ),
            "E*assert {'a': 1} == {'a': 2}",
        ]
    )


PAYING = """
import pytest
{import_line}


class PaymentError(Exception):
    pass


def pay(reason, tenant="acme"):
    sdk.set_tag("tenant", tenant)
    sdk.set_tag("api_key", "hunter2")
    for _ in range(2):
        sdk.capture_message("it's low", level="warning")
    try:
        raise PaymentError(reason)
    except PaymentError as error:
        sdk.capture_exception(error)
"""


@pytest.mark.parametrize("import_line", ["from pytest_errortrack import sdk", "import sentry_sdk as sdk"])
def test_what_is_suggested_passes_when_it_is_pasted_and_fails_for_another(pytester, import_line):
    """The marker and the call, put where they are meant to be, hold for what the test reports and for nothing else."""
    source = PAYING.format(import_line=import_line)
    pytester.makepyfile(test_first=source + "\ndef test_it():\n    pay('declined')\n")
    first = pytester.runpytest_subprocess("--errortrack-suggest")
    first.assert_outcomes(passed=1)
    assert "hunter2" not in first.stdout.str()
    printed = first.outlines[first.outlines.index("test_first.py::test_it") + 1 :]
    block = textwrap.dedent("\n".join(takewhile(lambda line: not line or line.startswith("    "), printed)))
    markers, calls = (part.strip("\n") for part in block.split("or, in the test:\n"))
    assert markers.count("@pytest.mark.expect_event(") == calls.count("captured_events.") == 2

    for number, call in enumerate(["pay('declined')", "pay('expired')", "pay('declined', 'umbrella')"]):
        source += f"\n{markers}\ndef test_marked_{number}():\n    {call}\n"
        source += f"\ndef test_called_{number}(captured_events):\n    {call}\n{textwrap.indent(calls, '    ')}\n"
    pytester.makepyfile(test_first=source)
    result = pytester.runpytest_subprocess("-rA")

    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(["PASSED*test_marked_0", "PASSED*test_called_0"])


def test_secrets_are_masked_wherever_a_failure_shows_them(pytester):
    """Message, section and suggestion show no value under the name of a secret; what is compared is the true value."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.set_tag("api_key", "hunter2")
            sdk.set_context("login", {"password": "hunter2"})
            sdk.capture_message("GET https://joe:hunter2@db/x?token=hunter2")
            assert captured_events.one(tags={"api_key": "hunter" + "2"})
            captured_events.one(tags={"api_key": "hunter" + "3"}, contexts={"login": {"password": "hunter" + "3"}})
    """)

    result = pytester.runpytest_subprocess("--errortrack-suggest")

    result.assert_outcomes(failed=1)
    told = "\n".join(line for line in result.outlines if not line.startswith((" ", ">")) or "tags" in line)
    assert "hunter2" not in told
    result.stdout.fnmatch_lines(
        [
            "E*contexts?'login'??'password'?: expected '***', got *",
            "*Captured error reports*",
            "info 'GET https://***@db/x?token=***'*",
        ]
    )
