"""What became of each test of a pytest run inside of a test, which has to be run with `-v`."""

from __future__ import annotations

import importlib.util
import re

import pytest

_WORD = r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN)"
_ALONE = re.compile(rf"^(?P<test>\S+::\S.*?) (?P<word>{_WORD})\b")
_XDIST = re.compile(rf"^\[gw\d+\] \[ *\d+%\] (?P<word>{_WORD}) (?P<test>\S+::\S.*?)\s*$")


def has_subtests() -> bool:
    """Tell whether tests have subtests here: of pytest itself, or of its plugin of that name."""
    return hasattr(pytest, "Subtests") or importlib.util.find_spec("pytest_subtests") is not None


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """Read from its lines how each test ended, by the name behind the file's; several words in their order."""
    found: dict[str, list[str]] = {}
    for line in result.outlines:
        match = _ALONE.match(line) or _XDIST.match(line)
        if match:
            found.setdefault(match["test"].partition("::")[2].removesuffix(" <- "), []).append(match["word"].lower())
    return {test: " ".join(words) for test, words in found.items()}
