"""Whose entries are in the batches in which `sentry_sdk` sends logs, metrics, spans and sessions.

A batch belongs to the test whose code filled it: an entry of another owner empties it first. What was in it before the
recording began is no test's: it leaves through the client's own transport, as it would have within seconds, so that
tests that capture nothing are as always.

The SDK empties its batches in threads of its own. While a test captures none is started: what is pending arrives when
it is read, when a batch is full, and when the recording ends.
"""

from __future__ import annotations

import functools
import importlib
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from pytest_errortrack import interleave
from pytest_errortrack.assertions import line_up, log_key, metric_key, session_key

from ._telemetry_stamps import stamps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Recorder

__all__ = ["Batches", "emptied_batch"]

Batcher: TypeAlias = Any
"""Whatever collects entries and sends them later: each version of `sentry_sdk` has others."""

_NO_THREAD: Final = object()
"""Stands for the thread that a batcher believes to have."""

_CANDIDATES: Final = (
    # module, class, the method that adds an entry, the method that sends what there is
    ("sentry_sdk._batcher", "Batcher", "add", "_flush"),
    ("sentry_sdk._log_batcher", "LogBatcher", "add", "_flush"),
    ("sentry_sdk._metrics_batcher", "MetricsBatcher", "add", "_flush"),
    ("sentry_sdk._span_batcher", "SpanBatcher", "add", "_flush"),
    ("sentry_sdk.metrics", "MetricsAggregator", "add", "_flush"),
    ("sentry_sdk.sessions", "SessionFlusher", "add_session", "flush"),
)

_emptied: Final[ContextVar[Batcher]] = ContextVar("errortrack_emptied_batch", default=None)


def emptied_batch() -> Batcher:
    """Find the batcher that sends its batch here and now, further up in the same thread; None: none does."""
    return _emptied.get()


class Batches:
    """The batches of one recording."""

    def __init__(self, recorder: Recorder, *, is_recording: Callable[[], bool]) -> None:
        """Know of none yet.

        Args:
            recorder: tells whom an entry belongs to.
            is_recording: tells whether this recording is the innermost; others let everything through.
        """
        self._recorder = recorder
        self._is_recording = is_recording
        self._filled: set[Batcher] = set()
        self._seen: set[Batcher] = set()
        self._threadless: set[Batcher] = set()

    def replacements(self) -> Iterator[tuple[type, str, object]]:
        """Yield what has to stand in the place of which methods."""
        for owner, add, empty in _batcher_classes():
            if add in owner.__dict__:
                yield owner, add, self._adding(owner.__dict__[add])
            if empty in owner.__dict__:
                yield owner, empty, self._emptying(owner.__dict__[empty])
        for owner, ensure in _thread_starters():
            yield owner, ensure, self._ensuring(owner.__dict__[ensure])

    def owner_of(self, batcher: Batcher) -> Recorder | None:
        """Find whom the entries of a batch belong to; None: they were there before the recording."""
        return _owners.get(batcher)

    def empty(self) -> None:
        """Let what was batched in this recording arrive: in memory, nothing is waited for.

        Not inside an interleaved actor, where another actor may hold the lock of a batch.
        """
        if self._filled and interleave.current_actor() is None:
            for batcher in list(self._filled):
                self._filled.discard(batcher)
                batcher.flush()

    def let_go(self) -> None:
        """Let the batchers start their threads again when they are next needed; what they hold now is no test's."""
        for batcher in self._seen:
            owner = _owners.get(batcher)
            if owner is self._recorder or owner not in line_up.order.live:
                _owners.pop(batcher, None)
        for batcher in self._threadless:
            if batcher._flusher is _NO_THREAD:  # noqa: SLF001 - batchers have no public way to be kept from it
                batcher._flusher = batcher._flusher_pid = None  # noqa: SLF001 - as above

    def _adding(self, add: Callable[..., None]) -> Callable[..., None]:
        def adding(batcher: Batcher, *args: Any, **kwargs: Any) -> None:
            if not self._is_recording():
                add(batcher, *args, **kwargs)
                return
            self._take_over(batcher, *args)
            add(batcher, *args, **kwargs)
            is_full = getattr(batcher, "_flush_event", None)
            if is_full is not None and is_full.is_set():
                is_full.clear()
                batcher.flush()

        return adding

    def _ensuring(self, ensure: Callable[[Batcher], bool | None]) -> Callable[[Batcher], bool | None]:
        def ensuring(batcher: Batcher) -> bool | None:
            if not self._is_recording():
                return ensure(batcher)
            if not hasattr(batcher, "_flusher"):
                return None  # nobody asks whether it worked
            if batcher._running and batcher._flusher is None:  # noqa: SLF001 - as above
                batcher._flusher = _NO_THREAD  # noqa: SLF001 - as above
                self._threadless.add(batcher)
            return bool(batcher._running)  # noqa: SLF001 - as above

        return ensuring

    def _emptying(self, empty: Callable[..., object]) -> Callable[..., object]:
        def emptying(batcher: Batcher, *args: Any, **kwargs: Any) -> object:
            token = _emptied.set(batcher)
            try:
                return empty(batcher, *args, **kwargs)
            finally:
                _emptied.reset(token)

        return emptying

    def _take_over(self, batcher: Batcher, entry: object = None, *_: object) -> None:
        recorder = self._recorder.here()
        if _owners.get(batcher) is not recorder:
            batcher.flush()
            _owners[batcher] = recorder
        self._filled.add(batcher)
        self._seen.add(batcher)
        key = _key(entry)
        if key is not None:
            circumstances = recorder.circumstances(sdk="sentry_sdk", initialised=True)
            recorder.telemetry.note(key, replace(circumstances, stamped=stamps_of(entry)))


_owners: Final[WeakKeyDictionary[Batcher, Recorder]] = WeakKeyDictionary()
"""Whose entries are in which batch: of all recordings, since those side by side may share a client."""


def _key(entry: object) -> str | None:
    """Name an entry as it will be named when it has been sent; None where it is added up with others."""
    if isinstance(entry, dict):
        if "time_unix_nano" in entry:
            return log_key(int(entry["time_unix_nano"]) / 1.0e9, str(entry.get("body")))
        if "name" in entry and "value" in entry:
            return metric_key(entry.get("timestamp", 0), str(entry["name"]))
    sid = getattr(entry, "sid", None)
    return None if sid is None else session_key(str(sid))


@functools.cache
def _batcher_classes() -> tuple[tuple[type, str, str], ...]:
    """Find the classes that this version of `sentry_sdk` has; imported, so that a client made later is covered too."""
    found = ((_class(module, name), add, empty) for module, name, add, empty in _CANDIDATES)
    return tuple((owner, add, empty) for owner, add, empty in found if owner is not None)


@functools.cache
def _thread_starters() -> tuple[tuple[type, str], ...]:
    """Find the methods that start the SDK's threads: those of the batchers, and of the monitor of its health."""
    owners = [owner for owner, _, _ in _batcher_classes()]
    monitor = _class("sentry_sdk.monitor", "Monitor")
    names = ("_ensure_thread", "_ensure_running")
    return tuple(
        (owner, name) for owner in (*owners, monitor) for name in names if owner is not None and name in owner.__dict__
    )


def _class(module_name: str, name: str) -> type | None:
    try:
        return getattr(importlib.import_module(module_name), name, None)
    except ImportError:
        return None
