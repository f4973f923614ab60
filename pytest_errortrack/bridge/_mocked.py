"""Notice that a test replaces the functions by which an application reports, so that nothing passes for none.

`unittest.mock` is watched while a test captures: what it replaces is known when it does, under whatever name the
application holds it. What is replaced by other means is told by whoever did it.
"""

from __future__ import annotations

import functools
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Self

import sentry_sdk
from sentry_sdk import api as sentry_api
from sentry_sdk import scope as sentry_scope

from pytest_errortrack.assertions import Replacement

from ._import_watch import ImportWatch
from ._replacing import replace_until_closed, replacing
from ._sites import own_call_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Recorder

__all__ = ["MockWatch"]

_CAPTURES: Final = ("capture_exception", "capture_message", "capture_event")
_still_patched: Final[list[_Patch]] = []
"""Patches that a recording saw being applied and that may outlive it: those of fixtures of wider scope."""


@dataclass(frozen=True, slots=True)
class _Patch:
    """One replaced attribute, and what the function there is called."""

    owner: Any
    attribute: str
    name: str
    new: Any

    def is_in_force(self) -> bool:
        return getattr(self.owner, self.attribute, None) is self.new

    def place(self) -> str:
        named = getattr(self.owner, "__qualname__", None) or getattr(self.owner, "__name__", None)
        return f"{named or type(self.owner).__qualname__}.{self.attribute}"


class MockWatch:
    """Watches `unittest.mock` for one recording; a context manager that leaves nothing behind."""

    def __init__(self, recorder: Recorder, *, attempts: Callable[[], int], is_recording: Callable[[], bool]) -> None:
        """Watch nothing yet.

        Args:
            recorder: is told.
            attempts: counts the captures that did reach the SDK.
            is_recording: tells whether this recording is the innermost.
        """
        self._recorder = recorder
        self._is_recording = is_recording
        self._attempts = attempts
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        """Take note of what is replaced already, and stand before the moment at which a patch is applied."""
        _still_patched[:] = [patch for patch in _still_patched if patch.is_in_force()]
        for patch in (*_still_patched, *_replaced_before()):
            self._note(patch.name, patch.new, place=patch.place())
        if "unittest.mock" in sys.modules:
            self._watch()
        else:
            self._undo.enter_context(ImportWatch(self._watch, name="unittest.mock"))
        return self

    def __exit__(self, *_: object) -> None:
        """Step aside."""
        self._undo.close()

    def take(self, original: object, *, new: object, place: str) -> None:
        """Take note of a replacement that somebody else noticed, after it was used."""
        name = _reporting().get(id(original))
        if name is not None:
            self._note(name, new, place=place, attempts_before=0, calls_before=0)

    def _note(
        self, name: str, new: object, *, place: str, attempts_before: int | None = None, calls_before: int | None = None
    ) -> None:
        counter = _counter(
            new,
            self._attempts,
            attempts_before=self._attempts() if attempts_before is None else attempts_before,
            calls_before=_calls(new) if calls_before is None else calls_before,
        )
        self._recorder.here().replaced.append(Replacement(name, place, counter, own_call_site()))

    def _watch(self) -> None:
        with replacing:
            self._stand_before(sys.modules["unittest.mock"]._patch)  # noqa: SLF001 - the one class of all patches

    def _stand_before(self, patcher_class: Any) -> None:
        apply = patcher_class.__enter__

        def applying(patcher: Any) -> object:
            result = apply(patcher)
            original = patcher.temp_original
            name = _reporting().get(id(original)) if self._is_recording() else None
            # Of others nothing is asked: to read a mocked property is to call it.
            new = None if name is None else getattr(patcher.target, patcher.attribute, None)
            if name is not None and getattr(new, "_mock_wraps", None) is not original:  # or it passes everything on
                patch = _Patch(patcher.target, patcher.attribute, name, new)
                _still_patched.append(patch)
                self._note(name, new, place=patch.place())
            return result

        replace_until_closed(self._undo, patcher_class, "__enter__", applying)


def _counter(
    new: Any, attempts: Callable[[], int], *, attempts_before: int, calls_before: int | None
) -> Callable[[], int | None]:
    """Count the calls of a replacement since some moment, without those that it passed on."""

    def calls() -> int | None:
        counted = _calls(new)
        since = None if counted is None or calls_before is None else counted - calls_before
        # A spy, or a function that passes on: what got through was not lost.
        may_pass_on = since is None or getattr(new, "side_effect", None) is not None
        return 0 if may_pass_on and attempts() - attempts_before >= max(since or 0, 1) else since

    return calls


def _calls(new: Any) -> int | None:
    """Count the calls of a mock, or of the functions of a mocked module; None for what does not count."""
    if hasattr(new, "_mock_children"):
        children = [child for name, child in new._mock_children.items() if name in _CAPTURES]  # noqa: SLF001 - no public reader
        own = getattr(new, "call_count", 0)
        return int(own) + sum(int(getattr(child, "call_count", 0)) for child in children)
    count = getattr(new, "call_count", None)
    return count if isinstance(count, int) else None


@functools.cache
def _reporting() -> dict[int, str]:
    """Name what an application reports through, by identity; the objects live as long as the process."""
    known = {id(sentry_sdk): "sentry_sdk"}
    for owner in (sentry_api, sentry_scope.Scope, getattr(sentry_sdk, "Hub", None)):
        for name in _CAPTURES:
            function = getattr(owner, name, None)
            if _is_sdks(function):
                prefix = "sentry_sdk" if owner is sentry_api else getattr(owner, "__name__", "")
                known[id(function)] = f"{prefix}.{name}"
    return known


def _replaced_before() -> Iterator[_Patch]:
    """Find what was replaced in `sentry_sdk` itself before anybody watched."""
    for owner in (sentry_sdk, sentry_api):
        for name in _CAPTURES:
            now = getattr(owner, name, None)
            if not _is_sdks(now) and not any(patch.new is now for patch in _still_patched):
                yield _Patch(owner, name, f"sentry_sdk.{name}", now)


def _is_sdks(function: object) -> bool:
    return isinstance(function, FunctionType) and function.__module__.startswith("sentry_sdk.")
