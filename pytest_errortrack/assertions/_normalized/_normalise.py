"""Make payloads equal that differ in nothing but their run: other ids, times, folders, threads, machines.

Two passes: the first gives the ids their names, in the order of the sorted keys; the second writes.
"""

from __future__ import annotations

import re
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import hint

from ._ids import Ids
from ._rules import IDS, RULES, Rule, is_prose
from ._surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["normalise"]

_ADDRESS: Final = re.compile(r"(<[^<>]* at )0x[0-9A-Fa-f]+")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9]{7}|(?=[0-9]*[a-f])[0-9a-f]{7,12}")  # as git abbreviates it, too
_LIBRARIES: Final = ("site-packages", "dist-packages")
_STDLIB: Final = sysconfig.get_path("stdlib")
_VERBATIM: Final = (Rule.ID, Rule.TIME, Rule.DURATION)
_MOST_DEPTH: Final = 100
_REPLACED: Final = {Rule.TIME: "<time>", Rule.DURATION: "<duration>"}


def normalise(
    payloads: Iterable[dict[str, Any]],
    *,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    surroundings: Surroundings | None = None,
) -> list[dict[str, Any]]:
    """Return payloads that are the same whenever the application says the same; those given stay as they are.

    What is nested deeper than a hundred levels is cut off; no SDK sends it, a receiver takes it.

    Args:
        payloads: what was captured; ids that they share stay shared.
        keep: what is to stay although it differs from run to run, `"modules"` or `"contexts.os"`.
        drop: what is to be left out besides, `"tags.request_id"`.
        surroundings: where the run took place; None for this process.

    Raises:
        ExpectationError: `keep` names nothing that would be replaced, or one of them is no list of names.
    """
    choice = _Choice(_names("keep", keep), _names("drop", drop))
    choice.refuse_unknown()
    originals = [_cut(payload) for payload in payloads]
    ids = Ids()
    for payload in originals:
        _meet_ids(payload, "", ids, choice)
    writer = _Writer(ids, choice, surroundings or Surroundings.here())
    return [writer.mapping(payload, "") for payload in originals]


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the caller chose; a name fits wherever a path ends with it."""

    keep: tuple[str, ...]
    drop: tuple[str, ...]

    def rule(self, path: str) -> Rule | None:
        """Find what becomes of the value at a path; None where it is the application's."""
        if self.drop and any(_fits(name, path) for name in self.drop):
            return Rule.LEFT_OUT
        rule = RULES.get(path)
        return None if rule is None or (self.keep and self.keeps(path)) else rule

    def keeps(self, path: str) -> bool:
        """Tell whether the value at a path is to stay."""
        return any(_fits(name, path) for name in self.keep)

    def refuse_unknown(self) -> None:
        """Fail for a name that nothing would be replaced at.

        Raises:
            ExpectationError: there is one.
        """
        for name in self.keep:
            if not any(_fits(name, path) for path in RULES):
                meant = hint(name, [path.rpartition(".")[2] for path in RULES], otherwise="")
                why = f"{name!r} is nothing that would be replaced{meant and f'; {meant}'}"
                raise ExpectationError(f"normalized(keep=...): {why}")


def _cut(value: Any, depth: int = 0) -> Any:
    """Copy a value as far as anything can go through it: comparing and printing call themselves for each level too."""
    if not isinstance(value, dict | list):
        return value
    if depth >= _MOST_DEPTH:
        return "..."
    if isinstance(value, dict):
        return {name: _cut(each, depth + 1) for name, each in value.items()}
    return [_cut(each, depth + 1) for each in value]


def _names(option: str, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
        raise ExpectationError(f"normalized({option}=...) takes a list of names, got {names!r}")
    return tuple(names)


def _fits(name: str, path: str) -> bool:
    return path == name or path.endswith(f".{name}")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _meet_ids(value: object, path: str, ids: Ids, choice: _Choice) -> None:
    if isinstance(value, dict):
        for name in sorted(value):
            _meet_ids(value[name], _below(path, name), ids, choice)
    elif isinstance(value, list):
        for each in value:
            _meet_ids(each, path, ids, choice)
    elif isinstance(value, str):
        # An attribute of a log stands beside its type.
        owner = path.removesuffix(".value") if path.startswith("attributes.") else path
        if choice.rule(owner) is Rule.ID:
            ids.meet(value, kind=IDS[owner])


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a payload anew."""

    ids: Ids
    choice: _Choice
    surroundings: Surroundings

    def mapping(self, mapping: dict[str, Any], path: str) -> dict[str, Any]:
        """Write an object, its keys sorted; without those of its objects of which nothing is left."""
        written = {}
        for name in sorted(mapping):
            below = _below(path, name)
            rule = self.choice.rule(below)
            if not self._is_left_out(mapping[name], rule):
                value = self._value(mapping[name], below, rule)
                if value != {} or mapping[name] == {}:
                    written[name] = value
        return written

    def _is_left_out(self, value: object, rule: Rule | None) -> bool:
        return rule is Rule.LEFT_OUT or (rule is Rule.HOST and _bare(value) == self.surroundings.hostname)

    def _value(self, value: Any, path: str, rule: Rule | None = None) -> Any:
        if rule is Rule.FRAMES and isinstance(value, list):
            value = _own_frames(value)
        if isinstance(value, dict):
            if rule is not None and isinstance(value.get("value"), str):
                return self.mapping(value, path) | {"value": self._text(value["value"], path, rule)}
            return self.mapping(value, path)
        if isinstance(value, list):
            return [self._value(each, path) for each in value]
        if rule is not None and value is not None and rule in _REPLACED:
            return _REPLACED[rule]
        return self._text(value, path, rule) if isinstance(value, str) else value

    def _text(self, text: str, path: str, rule: Rule | None) -> str:
        if rule is None and self.choice.keep and RULES.get(path) in _VERBATIM and self.choice.keeps(path):
            return text
        if rule is Rule.FILE:
            return self.surroundings.relative_file(text)
        if rule is Rule.RELEASE and _COMMIT.fullmatch(text):
            return "<release>"
        return self._settled(text, is_prose=is_prose(path))

    def _settled(self, text: str, *, is_prose: bool) -> str:
        """Replace until nothing is left to replace: what stood behind a folder may be another one."""
        while True:
            settled = self.ids.named(self.surroundings.without_test_folder(text))
            if " at 0x" in settled:
                settled = _ADDRESS.sub(r"\g<1>0x...", settled)
            if is_prose:
                settled = self.surroundings.relative_text(settled)
            if settled == text:
                return text
            text = settled


def _bare(value: object) -> object:
    return value.get("value") if isinstance(value, dict) else value


def _own_frames(frames: list[Any]) -> list[Any]:
    """Leave out the frames of libraries, which differ from version to version; unless there are no others."""
    own = [frame for frame in frames if not (isinstance(frame, dict) and _is_of_a_library(frame))]
    return own or frames


def _is_of_a_library(frame: dict[str, Any]) -> bool:
    path = str(frame.get("abs_path") or "")
    return (
        frame.get("in_app") is False
        or any(name in path for name in _LIBRARIES)
        or path.startswith(("<frozen ", f"{_STDLIB}/"))
    )
