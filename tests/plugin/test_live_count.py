"""The live count of a long exploration: on a terminal only, behind what pytest has written, and gone at the end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

LONG = """
    from pytest_errortrack.interleave import interleaved

    @interleaved(level="op", search="random", budget=400)
    def test_long(interleaving):
        print("captured")
        interleaving.run(*[lambda: [interleaving.step(name) for name in "abcdef"]] * 2)
"""
# What takes seconds otherwise: the plugin under test is the real one.
IMPATIENT = """
    from pytest_errortrack.interleave._searching import _search

    _search._SILENCE = _search._TELL_EVERY = 0.01
"""
COUNT = re.compile(r"\x1b7  (\d+) schedules, 0 s\x1b\[K\x1b8")
CLEARED = "\x1b7\x1b[K\x1b8"


def on_a_terminal(folder, *options, **variables):
    """Run pytest with a terminal for its output and return what it wrote."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    surroundings = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **variables}
    with subprocess.Popen(  # noqa: S603 - pytest
        command, cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert process.returncode == 0, written.decode()
    return written.decode()


def _read(descriptor):
    try:
        return os.read(descriptor, 10_000)
    except OSError:  # the other end was closed
        return b""


@pytest.fixture
def long_test(pytester):
    """A test that explores for long enough to be told of."""
    pytester.makepyfile(LONG)
    pytester.makeconftest(IMPATIENT)
    return pytester.path


@pytest.mark.parametrize("options", [(), ("-v",), ("-s",)])
def test_a_long_search_is_counted_on_a_terminal(long_test, options):
    """The count grows, leaves the cursor where it was, and is taken away before the test's outcome is written."""
    written = on_a_terminal(long_test, *options)

    counts = [int(count) for count in COUNT.findall(written)]
    assert counts == sorted(counts)
    assert 0 < counts[0] < counts[-1] <= 400
    after = written.rpartition(" schedules, 0 s\x1b[K\x1b8")[2]
    assert CLEARED in after
    assert "1 passed" in after
    assert ("captured" in written) is ("-s" in options)


@pytest.mark.parametrize(("options", "variables"), [(("-q",), {}), (("-n1",), {}), ((), {"TERM": "dumb"})])
def test_where_it_would_disturb_there_is_no_count(long_test, options, variables):
    """With `-q`, in workers, and on a terminal that cannot move its cursor."""
    written = on_a_terminal(long_test, *options, **variables)

    assert " schedules, " not in written.partition("interleavings")[0]
    assert "\x1b7" not in written


def test_without_a_terminal_there_is_no_count(long_test, pytester):
    """What goes to a file or to another program stays as it was."""
    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    assert "\x1b7" not in result.stdout.str()
