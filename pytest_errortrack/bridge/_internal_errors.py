"""What goes wrong inside of `sentry_sdk`: it survives its own mistakes, and those of the callbacks that it is given.

Each goes to one function of `sentry_sdk.utils`, which writes a line to a log that is off by default. While a test
captures, the recorder is told as well: as `callback_error` where the exception came out of the application's own code
(`before_send`, an event processor, a sampler), else as `internal_sdk_error`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import utils as sentry_utils

from pytest_errortrack.assertions import LostReport

from ._sites import raised_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pytest_errortrack.assertions import Recorder

__all__ = ["InternalErrors"]

_NAME: Final = "capture_internal_exception"
_USERS: Final = ("utils", "scope", "serializer")


class InternalErrors:
    """Stands before that function for one recording, wherever `sentry_sdk` imported it by name."""

    def __init__(self, recorder: Recorder, *, is_recording: Callable[[], bool]) -> None:
        """Stand nowhere yet.

        Args:
            recorder: tells whom an error belongs to.
            is_recording: tells whether this recording is the innermost; others let everything through.
        """
        self._recorder = recorder
        self._is_recording = is_recording

    def replacements(self) -> Iterator[tuple[ModuleType, str, object]]:
        """Yield what has to stand in the place of which functions."""
        original = getattr(sentry_utils, _NAME)
        telling = self._telling(original)
        for module in _modules():
            if module.__dict__.get(_NAME) is original:
                yield module, _NAME, telling

    def _telling(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def telling(exc_info: Any) -> None:
            if isinstance(exc_info[1], Exception) and self._is_recording():
                self._tell(exc_info[1])
            original(exc_info)

        return telling

    def _tell(self, error: BaseException) -> None:
        own = raised_at(error)
        reason = "internal_sdk_error" if own is None else "callback_error"
        summary = f"{type(error).__name__}: {error}"
        detail = f"raised at {own}" if own is not None else ""
        self._recorder.here().lose(LostReport(reason, "internal", 1, summary, detail, "sentry_sdk"))


def _modules() -> list[ModuleType]:
    """Find the modules that have the function under its name; a search through all modules would be slow."""
    found = (sys.modules.get(f"sentry_sdk.{name}") for name in _USERS)
    return [module for module in found if module is not None]
