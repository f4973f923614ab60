"""Tests of public projects that capture what they send to Sentry by hand: left alone, and written anew.

`projects.toml` names the projects; the folders beside this file hold what replaces their tests.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_project_s_own_tests_do_not_notice_the_plugin(installation, baseline):
    """With the plugin installed, each of the project's tests ends as it does without."""
    option_of_the_plugin = "--errortrack-backend=auto"
    with_plugin = installation.run_theirs(*installation.project["arguments"], option_of_the_plugin, plugin=True)

    assert set(baseline.outcomes.values()) <= {"passed", "skipped"}, baseline.output
    assert with_plugin.outcomes == baseline.outcomes


def test_a_project_s_own_capture_works_while_the_plugin_captures(installation, baseline):
    """With every test active, each ends as before, but for those of which the reason is known."""
    active = installation.run_theirs(*installation.project["arguments"], "-p", "every_test_active", plugin=True)

    differing = {name for name, outcome in baseline.outcomes.items() if active.outcomes.get(name) != outcome}
    assert active.outcomes.keys() == baseline.outcomes.keys()
    assert differing == set(installation.project["active"]), active.output


def test_what_replaces_them_passes_and_is_shorter(installation, tmp_path, record_property):
    """The tests written anew hold for the same project, in fewer lines of code than what they replace."""
    project = installation.project
    ours = installation.run_ours(tmp_path / "ours")

    source = next((tmp_path / "ours").glob("test_*.py")).read_text(encoding="utf-8")
    after = _lines_of_code(source)
    before = sum(
        _lines_of_code((installation.tree / file).read_text(encoding="utf-8"), *names)
        for file, names in project["replaced"].items()
    )
    record_property("lines of code, before and after", f"{before}, {after}")
    assert set(ours.outcomes.values()) <= {"passed", "skipped"}, ours.output
    assert after < before


def test_what_replaces_them_notices_more(installation, mistake, mistaken_tree, tmp_path):
    """A mistake in the project that its own tests let pass makes those written anew fail."""
    theirs = installation.run_theirs(*installation.project["capturing"], tree=mistaken_tree)
    ours = installation.run_ours(tmp_path / "ours", tree=mistaken_tree)

    assert set(theirs.outcomes.values()) <= {"passed", "skipped"}, f"{mistake['what']}: {theirs.output}"
    assert "failure" in ours.outcomes.values(), f"{mistake['what']}: {ours.output}"


@pytest.mark.parametrize("installation", ["fillmore"], indirect=True)
def test_the_page_s_example_with_fillmore_passes(installation, tmp_path):
    """What the documentation shows as a test with fillmore is one; the other examples are run with the page."""
    page = (Path(__file__).parents[3] / "docs/how-to/migrate.md").read_text(encoding="utf-8")
    for name in ("payments.py", "test_payments_with_fillmore.py"):
        (source,) = re.findall(rf"<!-- (?:test-)?file: {name}[^\n]* -->\n```python\n(.*?)```", page, re.DOTALL)
        (tmp_path / name).write_text(source, encoding="utf-8")

    assert list(installation.run_folder(tmp_path).outcomes.values()) == ["passed"]


def _lines_of_code(source, *names):
    """Count the lines with code in them: of the whole source, or of the functions and classes named."""
    tree = ast.parse(source)
    assert set(names) <= {getattr(node, "name", None) for node in tree.body}
    kept = [node for node in tree.body if not names or getattr(node, "name", None) in names]
    spans = [range(_first_line(node), node.end_lineno + 1) for node in kept]
    documenting = {line for node in ast.walk(tree) if _is_docstring(node) for line in _lines(node)}
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in blank]
    code = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - documenting
    return len({line for span in spans for line in span} & code)


def _first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _lines(node):
    return range(node.lineno, node.end_lineno + 1)
