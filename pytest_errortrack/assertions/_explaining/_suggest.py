"""The expectation that would match exactly what was captured, ready to paste.

Short, and specific: the level, the exception or message, and the tags that the application set. More is added only
where two different reports would answer to it. What is another one in the next run (ids, times, addresses, temporary
paths) is left out, and so are secrets.
"""

from __future__ import annotations

import re
import sys
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedTransaction
from pytest_errortrack.assertions._expecting import EVENTS, TRANSACTIONS, Expectation
from pytest_errortrack.assertions._wording import hides_secret, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_errortrack.assertions._captured import Payload
    from pytest_errortrack.assertions._expecting import Vocabulary
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["suggested_lines"]

MOST_SUGGESTIONS: Final = 8
LONGEST_TEXT: Final = 100
_MOST_TAGS: Final = 6
_LINE: Final = 110

# fmt: off
_AUTOMATIC: Final = frozenset({
    "browser", "celery_task_id", "device", "device.family", "environment", "level", "logger", "os", "os.name",
    "release", "runtime", "runtime.name", "server_name", "site", "transaction", "url",
})
# fmt: on
_VOLATILE: Final = re.compile(
    r"0x[0-9a-f]{4,}|[0-9a-f]{8}-[0-9a-f]{4}-|\b[0-9a-f]{16,}\b|\d{4}-\d\d-\d\d|\d{9,}|\d\.\d{4,}|/tmp/|pytest-of-",
    re.IGNORECASE,
)
_FURTHER: Final = ("logger", "transaction", "fingerprint", "user", "extra")


_MAIN: Final = "MainThread"

_Group: TypeAlias = "tuple[dict[str, object], Sequence[Payload], int]"
"""The words of a group, what is in it, and how many answer to the words."""


class _Name:
    """A name in the code of the suggestion, with the module that it is imported from."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return self.kind.__qualname__


def suggested_lines(recorder: Recorder, *, module: str = "") -> list[str]:
    """Write the markers and calls that match what was captured; nothing where nothing was.

    Args:
        recorder: what was captured.
        module: the test's own module, whose names need no import.
    """
    markers: list[str] = []
    calls: list[str] = []
    imports: set[str] = set()
    left_out: dict[str, None] = {}
    for items, vocabulary in ((recorder.events, EVENTS), (recorder.transactions, TRANSACTIONS)):
        for criteria, members, found in _grouped(list(items), vocabulary):
            # Of several markers each event answers to one; a call knows nothing of other calls.
            left_out.update(dict.fromkeys(_left_out(criteria, members[0])))
            markers.append(_call(f"@pytest.mark.expect_{vocabulary.noun}", criteria, len(members)))
            call = "wait_for" if _comes_later(members) else "one" if found == 1 else "matching"
            calls.append(_call(f"captured_{vocabulary.noun}s.{call}", criteria, found))
            names = (each.kind for each in criteria.values() if isinstance(each, _Name))
            imports |= {_import(kind) for kind in names if kind.__module__ not in {"builtins", module}}
    if not markers:
        return []
    more = ["# and more, which are not shown"] if len(markers) > MOST_SUGGESTIONS else []
    less = [f"# left out, as long, secret or another in each run: {', '.join(left_out)}"] if left_out else []
    lines = [*sorted(imports), *markers[:MOST_SUGGESTIONS], *more, *less, "", "or, in the test:", ""]
    return [*lines, *calls[:MOST_SUGGESTIONS], *more]


def _grouped(captured: Sequence[Payload], vocabulary: Vocabulary) -> Iterator[_Group]:
    """Put together what is told in the same words, and see to it that a group's words match that group alone.

    Yields:
        The words, what is in the group, and how many answer to its words.
    """
    groups: dict[str, tuple[dict[str, object], list[Payload]]] = {}
    for item in captured:
        words = _words(item)
        groups.setdefault(repr(words), (words, []))[1].append(item)
    for criteria, members in islice(groups.values(), MOST_SUGGESTIONS + 1):
        yield _made_specific(criteria, members, captured, vocabulary)


def _made_specific(
    criteria: dict[str, object], members: Sequence[Payload], captured: Sequence[Payload], vocabulary: Vocabulary
) -> _Group:
    """Add what tells these from the others that answer to the same words."""
    specific, found = dict(criteria), _matching(criteria, captured, vocabulary)
    for name in _FURTHER:
        if len(found) <= len(members) or name not in vocabulary.values:
            continue
        value = _stable(getattr(members[0], name))
        if value and all(_stable(getattr(each, name)) == value for each in members):
            specific[name] = value
            found = _matching(specific, found, vocabulary)
    return specific, members, len(found)


def _comes_later(members: Sequence[Payload]) -> bool:
    """Tell whether another thread reports it, which the test may have to wait for."""
    return any(each.thread not in {"", _MAIN} for each in members)


def _left_out(criteria: Mapping[str, object], item: Payload) -> Iterator[str]:
    """Name what the words leave out, so that nobody takes them for all there is."""
    outermost = item.exception if isinstance(item, CapturedEvent) else None
    message = outermost.value if outermost else getattr(item, "message", None)
    if message and "message" not in criteria:
        yield "a message"
    told = criteria.get("tags")
    if any(key not in _AUTOMATIC and not (isinstance(told, dict) and key in told) for key in item.tags):
        yield "tags"


def _matching(criteria: Mapping[str, object], captured: Sequence[Payload], vocabulary: Vocabulary) -> list[Payload]:
    plain = {key: value.kind if isinstance(value, _Name) else value for key, value in criteria.items()}
    expectation = Expectation.parse(vocabulary, plain, asked_by="the suggestion")
    return [item for item in captured if expectation.matches(item)]


def _words(item: Payload) -> dict[str, object]:
    if isinstance(item, CapturedTransaction):
        words: dict[str, object] = {"name": _stable(item.name), "op": item.op, "status": item.status}
    elif isinstance(item, CapturedEvent):
        words = {"level": item.level, **_what_happened(item)}
    else:
        words = {}
    words["tags"] = _tags(item)
    return {key: value for key, value in words.items() if value}


def _what_happened(event: CapturedEvent) -> dict[str, object]:
    outermost = event.exception
    if outermost is None:
        return {"message": _stable(event.message)}
    live = event.live_exception
    kind: object = outermost.qualified_name.rpartition("<locals>.")[2]
    if live is not None and _is_importable(type(live)) and type(live).__name__ == outermost.type:
        kind = _Name(type(live))
    return {"exception": kind, "message": _stable(outermost.value)}


def _tags(item: Payload) -> dict[str, object]:
    stable = {key: _stable(value) for key, value in item.tags.items() if _tells(key, value)}
    return dict(islice(((key, value) for key, value in stable.items() if value not in (None, "")), _MOST_TAGS))


def _tells(key: str, value: object) -> bool:
    return key not in _AUTOMATIC and _is_open(key, value)


def _is_open(key: str, value: object) -> bool:
    return not hides_secret(key, value) and without_secrets(key) == key


def _stable(value: object) -> object:
    """Return what will be the same in the next run, and None for what may not be."""
    if isinstance(value, str):
        is_plain = len(value) <= LONGEST_TEXT and not _VOLATILE.search(value) and without_secrets(value) == value
        return value if is_plain else None
    if isinstance(value, dict):
        kept = {key: _stable(each) for key, each in value.items() if key != "sys.argv" and _is_open(key, each)}
        return {key: each for key, each in kept.items() if each is not None} or None
    text = repr(value)
    return None if _VOLATILE.search(text) or len(text) > LONGEST_TEXT or without_secrets(text) != text else value


def _is_importable(kind: type) -> bool:
    found: object = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def _import(kind: type) -> str:
    return f"from {kind.__module__} import {kind.__qualname__.partition('.')[0]}"


def _call(name: str, criteria: Mapping[str, object], count: int) -> str:
    words = [f"{key}={_literal(value)}" for key, value in criteria.items()]
    words += [f"count={count}"] if count != 1 else []
    line = f"{name}({', '.join(words)})"
    if len(line) <= _LINE:
        return line
    return "\n".join([f"{name}(", *(f"    {word}," for word in words), ")"])


def _literal(value: object) -> str:
    if isinstance(value, str):
        return repr(value) if '"' in value else f'"{repr(value)[1:-1]}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    return repr(value)
