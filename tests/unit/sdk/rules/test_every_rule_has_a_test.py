"""Which test checks which rule of the SDK: read from the docstrings of the tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sdk_rules import FEATURES, RULES, WITHOUT_A_TEST

TESTS = Path(__file__).parents[3]
FOLDERS = ("unit/sdk", "property/sdk", "integration", "interleaved")
ID = re.compile(r"\b[A-Z]{1,2}\d{1,2}\b")


def rules_named_in(text):
    """Return the rules that the tests of a module name: `S4, P3: what is promised`, before the first colon."""
    return {
        rule
        for node in ast.walk(ast.parse(text))
        if is_test(node) and not is_skipped(node)
        for rule in ID.findall((ast.get_docstring(node) or "").rpartition(":")[0].partition(":")[0])
    }


def is_test(node):
    """Tell a test function, or a state machine, from everything else."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test_")
    return isinstance(node, ast.ClassDef) and any("StateMachine" in ast.unparse(base) for base in node.bases)


def is_skipped(node):
    """Tell whether a test never runs, or is expected to fail."""
    marks = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    return bool(re.search(r"mark\.(skip|xfail)\b", marks))


@pytest.fixture(scope="module")
def named():
    """All rules that are named by a test."""
    files = [path for folder in FOLDERS for path in sorted((TESTS / folder).rglob("*.py"))]
    return set().union(*(rules_named_in(path.read_text(encoding="utf-8")) for path in files))


def test_every_rule_is_named_by_a_test(named):
    """No rule is without a test but for those on the list, and none on the list has one."""
    without = {rule: RULES[rule] for rule in RULES if rule not in named}

    assert {rule: without[rule] for rule in without if rule not in WITHOUT_A_TEST} == {}, "rules without a test"
    assert sorted(WITHOUT_A_TEST - without.keys()) == [], "take these off the list WITHOUT_A_TEST: they have a test"


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_stands_on_rules_with_tests(feature, named):
    """Each feature of a complete SDK is carried by rules, all of them tested or on the list."""
    rules = FEATURES[feature]

    assert [rule for rule in rules if rule not in RULES] == []
    assert [rule for rule in rules if rule not in named | WITHOUT_A_TEST] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('def test_a():\n    """S4, P3: words, and E1: more."""', {"S4", "P3"}),
        ('async def test_a():\n    """C5 (someone#1): words."""', {"C5"}),
        ('def test_a():\n    """Words about S4."""', set()),
        ('def helper():\n    """S4: words."""', set()),
        ('@pytest.mark.skip(reason="")\ndef test_a():\n    """S4: words."""', set()),
        ('@pytest.mark.xfail(strict=True)\ndef test_a():\n    """S4: words."""', set()),
        ('class M(RuleBasedStateMachine):\n    """CR3: words."""', {"CR3"}),
    ],
)
def test_rules_are_read_from_docstrings(text, expected):
    """What a test names before the first colon counts; helpers, and tests that do not run, do not."""
    assert rules_named_in(text) == expected
