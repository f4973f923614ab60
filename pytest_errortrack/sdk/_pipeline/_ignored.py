"""What a user does not want to hear of: `ignore_errors` and `ignore_transactions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize import safe_str

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_ignored_error", "is_ignored_name"]

_LONGEST = 8192


def is_ignored_error(error: BaseException, rules: Sequence[Any]) -> bool:
    """Tell whether an exception is of an ignored class (by itself or its name), or a regex finds its text."""
    if not rules:
        return False
    kind = type(error)
    names = {kind.__name__, f"{kind.__module__}.{kind.__qualname__}"}
    for rule in rules:
        if isinstance(rule, type):
            if isinstance(error, rule):
                return True
        elif isinstance(rule, str):
            if rule in names:
                return True
        elif rule.search(f"{kind.__name__}: {safe_str(error, _LONGEST)}"):
            return True
    return False


def is_ignored_name(name: str, rules: Sequence[Any]) -> bool:
    """Tell whether a transaction's name is ignored, or a regex finds it."""
    return any(name == rule if isinstance(rule, str) else rule.search(name) for rule in rules)
