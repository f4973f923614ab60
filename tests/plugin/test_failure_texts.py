"""The whole text of ten failures, as pytest prints it, kept in the folder `golden` beside this file.

`ERRORTRACK_REWRITE_GOLDEN=1` writes what is printed instead of comparing it: look at the difference before keeping it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
SOURCE = (GOLDEN / "test_shop.py.template").read_text()
NAMES = [name for name in re.findall(r"^def test_(\w+)", SOURCE, re.MULTILINE) if not name.startswith("that_")]
OPTIONS = {"dsn": "https://key@errors.example.com/1", "server_name": "shop"}

SDKS = {
    "native": {
        "import_line": "from pytest_errortrack import sdk",
        "options": repr(OPTIONS),
        "shared_line": "hub = sdk.Hub.current",
        "write_line": 'hub.configure_scope(lambda scope: scope.set_extra("tracking", tracking))',
    },
    "sentry_sdk": {
        "import_line": "import sentry_sdk as sdk",
        "options": repr({**OPTIONS, "auto_enabling_integrations": False}),
        "shared_line": "scope = sdk.get_global_scope()",
        "write_line": 'scope.set_extra("tracking", tracking)',
    },
}

SAME = set(NAMES) - {"mixed_scope"}
"""Where the source is the same for both SDKs, the text is."""

_WHAT_FOLLOWS = r"\n[-=]+ (?:late error reports|short test summary info|interleavings) "


def failures(stdout):
    """Split the failures that pytest printed, by the name of the test; what differs from run to run is replaced."""
    body = re.split(_WHAT_FOLLOWS, stdout.partition("= FAILURES =")[2])[0]
    parts = re.split(r"^_{3,} test_(\w+) _{3,}$", body, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: normalised(text) for name, text in found.items()}


def normalised(text):
    """Replace ids, tokens and addresses; the steps of an interleaving are the engine's own text, tested there."""
    text = re.sub(r"(step|schedule) \d+", r"\1 N", text)
    text = re.sub(r"^(E +)step  a  .*?(?=^E +replay:)", r"\1(the steps)\n", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\bet1-[\w-]+", "et1-TOKEN", re.sub(r" at 0x[0-9a-f]+", "", text))
    text = re.sub(r"=+$", "", text.rstrip(), flags=re.MULTILINE)
    return "\n".join(line.rstrip() for line in text.strip("=\n").splitlines()).strip("\n") + "\n"


@pytest.mark.parametrize("sdk", SDKS)
def test_the_texts_are_those_that_were_looked_at(pytester, monkeypatch, sdk):
    """Each of ten failures reads, word for word, as it was last reviewed; whichever SDK is captured."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makepyfile(test_shop=SOURCE.format(**SDKS[sdk]))

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=len(NAMES), passed=1)
    found = failures(result.stdout.str())
    paths = {name: golden(name, sdk) for name in NAMES}
    if os.environ.get("ERRORTRACK_REWRITE_GOLDEN"):
        for name, path in paths.items():
            path.write_text(found[name])
    assert {name: path.read_text() for name, path in paths.items()} == {name: found[name] for name in NAMES}


def golden(name, sdk):
    """Find where a text is kept: one file for both SDKs where the facts are the same."""
    return GOLDEN / (f"{name}.txt" if name in SAME or sdk == "native" else f"{name}.{sdk}.txt")


def test_every_text_is_bounded_and_readable_in_eighty_columns():
    """No line of a message is wider than a hundred columns, and none has more than sixty lines."""
    for path in GOLDEN.glob("*.txt"):
        lines = [line for line in path.read_text().splitlines() if line.startswith("E ")]
        # who captured what, and where, is one line of the isolation oracle, in which each part has a bound of its own
        lines = [line for line in lines if " captured by " not in line]
        assert max(map(len, lines), default=0) <= 100, path.name
        assert len(lines) <= 60, path.name
