"""The example applications of the documentation, tested the way their own users would test them."""

from __future__ import annotations

import shutil
from itertools import takewhile
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.fixture
def run_example(pytester, monkeypatch):
    """Copy an example to a folder of its own and run its tests in a process of their own."""
    for name in ("SENTRY_DSN", "ERRORTRACK_DSN", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(name, *options, changes=None):
        shutil.copytree(
            EXAMPLES / name, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
        for old, new in (changes or {}).items():
            sources = {file: file.read_text(encoding="utf-8") for file in pytester.path.glob("test_*.py")}
            (test_file,) = [file for file, source in sources.items() if old in source]
            test_file.write_text(sources[test_file].replace(old, new), encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:randomly", *options)

    return run


@pytest.mark.parametrize("options", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "xdist"])
@pytest.mark.parametrize(("name", "passed"), [("flask_shop", 9), ("fastapi_shop", 8)])
def test_example_passes_for_its_user(run_example, name, passed, options):
    """Every test of an ordinary application passes with nothing configured for this plugin, also in parallel."""
    result = run_example(name, *options)

    result.assert_outcomes(passed=passed)


def test_wrong_expectation_shows_the_nearest_event_with_only_what_differs(run_example):
    """Of five expected words one is wrong: the message names that one, expected against got, and no other."""
    changes = {'tags={"tenant": "nordic"}': 'tags={"tenant": "baltic"}'}

    result = run_example("flask_shop", "-k", "declined", changes=changes)

    result.assert_outcomes(failed=1)
    assert differences_of_nearest(result) == ["tags['tenant']: expected 'baltic', got 'nordic'"]


def test_wrong_marker_shows_the_nearest_event_with_only_what_differs(run_example):
    """A marker that nothing fulfils fails its test, and the message is as good as that of a call."""
    changes = {'expect_event(level="error"': 'expect_event(level="fatal"'}

    result = run_example("fastapi_shop", "-k", "cancelling", changes=changes)

    result.assert_outcomes(failed=1)
    assert differences_of_nearest(result) == ["level: expected 'fatal', got 'error'"]


def differences_of_nearest(result):
    """Return what the one failure says of the nearest candidate, a line each."""
    # the summary at the end repeats the message, in full where CI is set
    told = takewhile(lambda line: "short test summary" not in line, result.outlines)
    lines = [line.removeprefix("E").strip() for line in told]
    (start,) = [index for index, line in enumerate(lines) if line.startswith("nearest:")]
    return list(takewhile(lambda line: ": expected " in line, lines[start + 1 :]))
