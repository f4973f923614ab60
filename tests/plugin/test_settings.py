from __future__ import annotations

import pytest

from pytest_errortrack._capture._recording import BACKENDS
from pytest_errortrack.plugin import _entry

PASSING = "def test_it(captured_events): pass"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--errortrack-dsn",), "--errortrack-dsn: expected one argument"),
        (("--errortrack-dsn=",), "--errortrack-dsn needs a value"),
        (("--errortrack-dsn", "http://127.0.0.1/1"), "--errortrack-dsn: *key*"),
        (("--errortrack-dsn", "memory://key@host/1"), "http or https"),
        (("--errortrack-backend", "ruby"), "--errortrack-backend*ruby*"),
        (("-o", "errortrack_dsn=ftp://key@host/1"), "the setting errortrack_dsn: *ftp*"),
        (("-o", "errortrack_backend=ruby"), "the setting errortrack_backend: unknown backend 'ruby'*"),
        (("--errortrack-dsm", "x"), "*unrecognized arguments*--errortrack-dsm*"),
    ],
)
@pytest.mark.parametrize("xdist", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_bad_value_is_a_usage_error_naming_it(pytester, arguments, said, xdist):
    """A setting that cannot be meant ends the run at once, and says which one it is."""
    pytester.makepyfile(PASSING)

    result = pytester.runpytest_subprocess(*xdist, *arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])


def test_the_words_that_every_run_knows_are_those_of_the_backends():
    """What a run without an active test loads may not load the capture, and has the same list."""
    assert _entry.BACKENDS == BACKENDS


def test_a_malformed_dsn_in_the_environment_is_named(pytester, monkeypatch):
    """The environment variable is judged like the option, and named."""
    monkeypatch.setenv("ERRORTRACK_DSN", "nonsense")
    pytester.makepyfile(PASSING)

    result = pytester.runpytest_subprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the environment variable ERRORTRACK_DSN: *"])


def test_loading_the_plugin_imports_next_to_nothing(pytester):
    """Without an active test the process has pytest and at most three small modules of ours."""
    pytester.makepyfile("""
        import sys

        def test_it():
            ours = sorted(name for name in sys.modules if name.startswith("pytest_errortrack"))
            assert len(ours) <= 3, ours
            assert not {"httpx", "msgspec", "sentry_sdk"} & set(sys.modules)
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_plugin_can_be_switched_off(pytester):
    """`-p no:errortrack` leaves nothing of it."""
    pytester.makepyfile("def test_it(): pass")

    result = pytester.runpytest_subprocess("-p", "no:errortrack", "--fixtures")

    result.stdout.no_fnmatch_line("*captured_events*")
