"""The settings of every test here, and what makes the examples in the documentation tests.

The plugin is not loaded by hand: it is installed, and its entry point brings it in, as it does for every user.

In Markdown and in docstrings each `python` or `pycon` block is executed, top to bottom, in one namespace per file. A
comment directly above a block says that it is something else:

    <!-- file: shop.py -->                                         a file for the test files below to use
    <!-- test-file: test_shop.py, outcome: passed=2 failed=1 -->   a test file, run in a process of its own
    <!-- test-file: test_shop.py, args: -q, outcome: passed=1 -->  the same with options of pytest
    <!-- output: test_shop.py -->                                  lines that this run printed, `...` for any text

Blocks of any other language are text.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from sybil import Example, Region, Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.markdown.skip import SkipParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Document

pytest_plugins = ["pytester", "judged_payloads"]

# The examples are applications with tests of their own, run by tests/integration/examples the way their users would;
# benchmarks are run by hand.
collect_ignore_glob = ["docs/examples/*", "tests/benchmarks/*"]

settings.register_profile("default", deadline=None)
# The gate must give one answer for one commit; the blob lets a failure be repeated on another machine.
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

_COMMENT = re.compile(
    r"<!-- (?P<kind>file|test-file|output): (?P<name>[\w./-]+)"
    r"(?:, args: (?P<args>[^,]+))?"
    r"(?:, outcome: (?P<outcome>[\w= ]+))? -->\s*\Z"
)
_RUN_TIMEOUT_S = 120

# Plugins that cost a second and a half each time, each with the word by which a page asks for it.
_NEIGHBOURS = {
    "anyio": "anyio",
    "hypothesispytest": "hypothesis",
    "inline_snapshot": "inline_snapshot",
    "pytest_httpx": "httpx_mock",
    "respx": "respx",
    "syrupy": "snapshot",
    "run-parallel": "parallel-threads",
}


class ExampleParser:
    """Finds the blocks of a document that can be executed, and says how."""

    def __init__(self) -> None:
        self._blocks = FencedCodeBlockLexer(language=r"\w+")
        self._doctests = DocTestStringParser(DocTestEvaluator())
        self._run_code = PythonEvaluator()

    def __call__(self, document: Document) -> Iterator[Region]:
        """Yield the regions of one document in their order."""
        for region in self._blocks(document):
            source = region.lexemes["source"]
            comment = _comment_above(document.text, region.start)
            if comment:
                yield Region(region.start, region.end, (comment, str(source)), _evaluator(comment["kind"]))
            elif region.lexemes["language"] == "pycon" or source.startswith(">>>"):
                for doctest in self._doctests(source, document.path):
                    doctest.adjust(region, source)
                    yield doctest
            elif region.lexemes["language"] == "python":
                yield Region(region.start, region.end, source, self._run_code)


def _comment_above(text: str, start: int) -> dict[str, Any] | None:
    above = text[:start].rstrip("\n").rpartition("\n")[2]
    found = _COMMENT.match(above.strip())
    return found.groupdict() if found else None


def _evaluator(kind: str) -> Any:
    return {"file": _write_file, "test-file": _run_test_file, "output": _check_output}[kind]


def _write_file(example: Example) -> None:
    comment, source = example.parsed
    path = example.namespace["_folder"] / comment["name"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")


def _run_test_file(example: Example) -> str | None:
    """Run the block as a user would and compare pytest's closing counts with those in the comment."""
    _write_file(example)
    comment, source = example.parsed
    folder = example.namespace["_folder"]
    quiet = [argument for name, word in _NEIGHBOURS.items() if word not in source for argument in ("-p", f"no:{name}")]
    ours = ("ERRORTRACK_", "SENTRY_", "PYTEST_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    command = [sys.executable, "-m", "pytest", *quiet, "--rootdir", str(folder), comment["name"]]
    run = subprocess.run(  # noqa: S603 - the command is pytest itself
        command + shlex.split(comment["args"] or ""),
        cwd=folder,
        env=kept | {"COLUMNS": "120", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_RUN_TIMEOUT_S,
        check=False,
    )
    example.namespace["_outputs"][comment["name"]] = lines = run.stdout.splitlines()
    expected = {noun: int(count) for noun, _, count in (part.partition("=") for part in comment["outcome"].split())}
    try:
        actual = pytest.RunResult.parse_summary_nouns(lines)
    except ValueError:
        return f"pytest printed no closing line (exit code {run.returncode}):\n{run.stdout}"
    for noun in {"deselected", "warnings"} - expected.keys():  # a page need not speak of them
        actual.pop(noun, None)
    return None if expected == actual else f"expected {expected}, got {actual}:\n{run.stdout}"


def _check_output(example: Example) -> None:
    comment, source = example.parsed
    patterns = [re.sub(r"([][?*])", r"[\1]", line).replace("...", "*") for line in source.splitlines() if line.strip()]
    pytest.LineMatcher(example.namespace["_outputs"][comment["name"]]).fnmatch_lines(patterns)


def _set_up(namespace: dict[str, Any]) -> None:
    """Give each document a folder and an SDK state of its own: what an example sets is gone after it."""
    from pytest_errortrack.sdk.testing import preserved_state  # noqa: PLC0415 - the package is what is under test

    stack = contextlib.ExitStack()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="errortrack-docs-")))
    stack.enter_context(preserved_state())
    namespace.update(__name__="__main__", _stack=stack, _folder=folder, _outputs={})


def _tear_down(namespace: dict[str, Any]) -> None:
    namespace["_stack"].close()


_examples = {"parsers": [ExampleParser(), SkipParser()], "setup": _set_up, "teardown": _tear_down}
_markdown = Sybil(patterns=["README.md", "docs/**/*.md", "docs/*.md"], **_examples)
_docstrings = Sybil(patterns=["pytest_errortrack/**/*.py", "pytest_errortrack/*.py"], **_examples)

pytest_collect_file = (_markdown + _docstrings).pytest()
