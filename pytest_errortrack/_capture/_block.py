"""`capture()`: a recording as a block, without a fixture."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from pytest_errortrack.sdk import SdkError

from ._handle import ErrorTrack
from ._recording import Backend, Recording, check_backend

__all__ = ["Capturing", "capture"]


def capture(*, backend: Backend = "auto", deterministic: bool = False, **options: Any) -> Capturing:
    """Capture error reports without a fixture: in a REPL, in `unittest`, at class or module scope.

    The block may be left in another thread, task or context than the one in which it was entered, and blocks may end in
    any order. The same object can be entered again after its end, and decorates functions too; each time it captures
    anew.

    Args:
        backend: which SDKs are captured.
        deterministic: whether ids, times and random numbers are to be the same in every run: ids count up, and time
            begins with 2020 and is one millisecond later at each look, or that of freezegun or time-machine.
        **options: options to call `init` with; without any, the application's own set-up is used as it is.

    Returns:
        The block; `with` gives the handle on what is captured, valid after the block as well.

    Raises:
        ExpectationError: an unknown backend.
        TypeError: an unknown option, when the block is entered.

    Example:
        >>> from pytest_errortrack import capture, sdk
        >>> with capture() as errortrack:
        ...     event_id = sdk.capture_message("disk almost full", level="warning")
        >>> errortrack.events.one(level="warning").message
        'disk almost full'
    """
    return Capturing(backend=backend, options=options or None, deterministic=deterministic)


class Capturing(ContextDecorator):
    """A block that captures error reports: what `capture()` returns."""

    def __init__(self, *, backend: str, options: dict[str, Any] | None, deterministic: bool) -> None:
        check_backend(backend)
        self._backend = backend
        self._options = options
        self._deterministic = deterministic
        self._recordings: list[Recording] = []

    def __enter__(self) -> ErrorTrack:
        """Begin to capture."""
        __tracebackhide__ = True
        recording = Recording(backend=self._backend, options=self._options, deterministic=self._deterministic)
        try:
            recording.start()
        except SdkError as error:
            raise error.with_traceback(None) from None  # who reads it looks for the line that entered the block
        self._recordings.append(recording)
        return ErrorTrack(lambda: recording)

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        hint = "" if name.startswith("_") else "; capture() is a block: with capture() as errortrack: errortrack.events"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def __exit__(self, *_: object) -> None:
        """End what was begun last."""
        recording = self._recordings.pop()
        recording.recorder.keep_set_ups()  # what is asked of the handle after the block may have to name them
        recording.stop()

    def _recreate_cm(self) -> Capturing:
        return Capturing(backend=self._backend, options=self._options, deterministic=self._deterministic)
