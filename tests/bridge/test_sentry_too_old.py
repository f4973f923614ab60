"""A `sentry_sdk` from before 2.0 has other scopes: it is left alone, and that is said."""

from __future__ import annotations

import pytest

OLD = """
VERSION = "1.45.1"
"""
OLD_PACKAGE = """
from .consts import VERSION

def init(**options):
    pass

def capture_message(message):
    pass
"""


@pytest.fixture
def old_sdk(pytester):
    """A package of that name and version in the tests' folder, before the real one on the path."""
    package = pytester.mkpydir("sentry_sdk")
    (package / "__init__.py").write_text(OLD_PACKAGE)
    (package / "consts.py").write_text(OLD)
    return package


@pytest.mark.usefixtures("old_sdk")
def test_an_old_version_is_not_captured_and_says_so_once(pytester):
    """Imported before or in a test, it works as always; our own SDK is captured; one warning tells of it."""
    pytester.makepyfile(
        test_before="""
        import sentry_sdk
        from pytest_errortrack import sdk

        def test_first(captured_events):
            sentry_sdk.init()
            sentry_sdk.capture_message("theirs")
            sdk.capture_message("ours")
            assert captured_events.one().message == "ours"

        def test_second(captured_events):
            sdk.capture_message("ours")
            captured_events.one()
        """,
    )
    pytester.makepyfile(
        test_within="""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            import sentry_sdk
            sentry_sdk.capture_message("theirs")
            sdk.capture_message("ours")
            captured_events.one()
        """,
    )

    before = pytester.runpytest_subprocess("test_before.py")
    within = pytester.runpytest_subprocess("test_within.py")

    before.assert_outcomes(passed=2, warnings=1)
    within.assert_outcomes(passed=1, warnings=1)
    for result in (before, within):
        result.stdout.fnmatch_lines(
            ["*UncapturedSentryWarning: sentry_sdk is 1.45.1, and 2.0 or newer is needed; what it reports is not*"]
        )


@pytest.mark.usefixtures("old_sdk")
def test_an_old_version_that_is_asked_for_by_name_is_refused(pytester):
    """The backend `sentry_sdk` needs 2.0: an error names the version that is there, and the way out."""
    pytester.makepyfile("""
        def test_it(captured_events):
            pass
    """)

    result = pytester.runpytest_subprocess("--errortrack-backend=sentry_sdk")

    assert result.ret != 0
    result.stdout.fnmatch_lines(
        ["*the backend 'sentry_sdk' was asked for, but sentry_sdk is 1.45.1, and 2.0 or newer is needed*"]
    )
    result.stdout.fnmatch_lines(["*pip install 'sentry-sdk>=2'*"])
