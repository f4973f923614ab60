"""Locks of the SDK are given back whatever comes in between, a Ctrl-C included."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pytest_errortrack import sdk

ROOT = Path(sdk.__file__).parent
# Held over the two hooks of a fork, and taken with a timeout.
BY_HAND = {"_forks.py": 1}


def acquisitions(text):
    """Return the lines on which a lock is taken other than by `with`."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    taken = (call for call in calls if ast.unparse(call.func).split(".")[-1] in {"acquire", "_acquire"})
    return [call.lineno for call in taken]


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_locks_are_taken_by_with_alone(path):
    """T11: a KeyboardInterrupt between `acquire()` and `try` would leave a lock taken; `with` has no between."""
    found = acquisitions(path.read_text(encoding="utf-8"))

    assert len(found) == BY_HAND.get(path.name, 0), f"taken by hand in lines {found}"


def test_what_takes_a_lock_by_hand_is_found():
    """The rule above sees a lock that is taken by hand."""
    assert acquisitions("self._lock.acquire()\n_acquire()\nwith lock:\n    pass") == [1, 2]
