from __future__ import annotations

import pytest

COUNTING = """
import sys
from sentry_sdk.client import _Client

built = []
make = _Client.__init__

def counting(client, *args, **options):
    built.append(client)
    make(client, *args, **options)

_Client.__init__ = counting

def pytest_terminal_summary(terminalreporter):
    loaded = "pytest_errortrack._capture" in sys.modules
    terminalreporter.write_line(f"clients built: {len(built)}, capture loaded: {loaded}")
"""

ACTIVE = """
    import pytest
    import sentry_sdk
    from hypothesis import given, strategies as st

    {set_up}

    @pytest.mark.parametrize("number", range(30))
    def test_active(captured_events, number):
        sentry_sdk.capture_message(str(number))
        assert captured_events.one(message=str(number))

    @given(number=st.integers(0, 9))
    def test_examples(captured_events, number):
        sentry_sdk.capture_message(str(number))
        assert captured_events.one(message=str(number))
"""

INACTIVE = """
    import sentry_sdk
    from sentry_sdk.client import _Client

    client = sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=lambda envelope: None)
    before = {**vars(_Client)}, {**vars(sentry_sdk.scope)}, {**vars(sentry_sdk.Scope)}

    def test_inactive():
        sentry_sdk.set_tag("tenant", "acme")
        assert ({**vars(_Client)}, {**vars(sentry_sdk.scope)}, {**vars(sentry_sdk.Scope)}) == before
"""


@pytest.mark.parametrize(
    "set_up",
    ['sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")', ""],
    ids=["an application's own", "lent to one without"],
)
def test_no_client_is_built_for_a_test(pytester, set_up):
    """One client in a run of 31 active tests and many examples: the application's, or the one that is lent."""
    pytester.makeconftest(COUNTING)
    pytester.makepyfile(ACTIVE.format(set_up=set_up))

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=31)
    result.stdout.fnmatch_lines(["clients built: 1, capture loaded: True"])


def test_an_inactive_test_finds_sentry_sdk_as_it_is(pytester):
    """Without an active test nothing of the capture is loaded, and nothing of `sentry_sdk` is replaced."""
    pytester.makeconftest(COUNTING)
    pytester.makepyfile(INACTIVE)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["clients built: 1, capture loaded: False"])
