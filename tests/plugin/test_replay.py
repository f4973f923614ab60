from __future__ import annotations

import re

import pytest

SUITE = """
    import pytest
    from pytest_errortrack.interleave import interleaved

    class Counter:
        n = 0

    def add(counter):
        seen = counter.n
        counter.n = seen + 1

    @pytest.mark.parametrize("actors", [2, 3])
    @interleaved
    def test_adds(interleaving, actors):
        counter = Counter()
        interleaving.run(*[lambda: add(counter)] * actors)
        assert counter.n == actors

    def test_other():
        pass
"""


def found_tokens(result):
    """Read the tokens of the failures, as a user would copy them; on CI pytest repeats them in its summary."""
    found = re.findall(r"--errortrack-replay (et1-[\w-]+)", result.stdout.str())
    return list(dict.fromkeys(found))


def test_a_printed_token_runs_its_own_test_alone_and_fails_again(pytester):
    """The token holds the test's identity and the schedule: others are deselected, the failure is the same."""
    pytester.makepyfile(test_suite=SUITE)
    tokens = found_tokens(pytester.runpytest_subprocess())
    assert len(tokens) == 2

    result = pytester.runpytest_subprocess("--errortrack-replay", tokens[1])

    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*test_adds?3?*", "E*1 preemption, replayed*", "E*-- preempted --*"])


def test_a_token_of_a_test_that_is_not_there_is_a_usage_error(pytester):
    """Where the test was not collected nothing runs."""
    pytester.makepyfile(test_suite=SUITE)
    tokens = found_tokens(pytester.runpytest_subprocess())
    pytester.makepyfile(test_suite="def test_other(): pass")

    result = pytester.runpytest_subprocess("--errortrack-replay", tokens[0])

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--errortrack-replay: the token belongs to test_suite.py::test_adds?2?*not collected*"]
    )


@pytest.mark.parametrize(
    ("token", "said"), [("", "empty"), ("et1-zzzz", "damaged"), ("nonsense", "no replay token"), ("et9-x", "version 9")]
)
def test_a_bad_token_is_a_usage_error_that_says_what_is_wrong(pytester, token, said):
    """A token is judged before anything is collected."""
    pytester.makepyfile(test_suite=SUITE)

    result = pytester.runpytest_subprocess("--errortrack-replay", token)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--errortrack-replay: *{said}*"])


def test_an_edit_of_what_the_test_runs_is_told_as_diverged(pytester):
    """A replay that cannot follow its schedule is an error of its own kind, never a pass."""
    pytester.makepyfile(test_suite=SUITE)
    tokens = found_tokens(pytester.runpytest_subprocess())
    pytester.makepyfile(test_suite=SUITE.replace("counter.n = seen + 1", "counter.n = 1 + seen"))

    result = pytester.runpytest_subprocess("--errortrack-replay", tokens[0])

    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["E*Diverged*"])


def test_an_interleaved_test_that_captures_nothing_says_what_it_proves(pytester):
    """The engine's own tests need no fixture of the capture: they are explored, and nothing of the SDK is touched."""
    pytester.makepyfile("""
        import threading
        from pytest_errortrack.assertions import NoRecording
        from pytest_errortrack._capture import current_recording
        from pytest_errortrack.interleave import interleaved

        class Counter:
            n = 0

        def add(counter, lock):
            with lock:
                counter.n += 1

        @interleaved
        def test_adds(interleaving):
            counter, lock = Counter(), threading.Lock()
            interleaving.run(lambda: add(counter, lock), lambda: add(counter, lock))
            assert counter.n == 2
            try:
                current_recording()
            except NoRecording:
                pass
            else:
                raise AssertionError("nobody asked for a recording")
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_adds: complete: *, level line (1 shared line of 1 module)*"])
