"""What carries work to another thread: thread starts, queues and pools, each with a mark of who handed it over.

While a recording lasts, `Thread.start`, `queue.Queue`, `asyncio.Queue` and the jobs of `concurrent.futures` note the
submitter. Whoever takes a job from a queue works for its submitter until it takes the next; a pool's thread does so
while the job runs. The marks outlive the recording, since what a test handed over may be taken after it has ended.

Not seen: raw `_thread` starts, and `queue.SimpleQueue`, whose methods are C and cannot be replaced.
"""

from __future__ import annotations

import _thread
import asyncio
import queue
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import _WorkItem
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_errortrack.assertions._actors import Belonging, adopted_by, become, belonging, enter_job, in_job, own_thread

from ._line_up import line_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.assertions._actors import Actor, Witness

    from ._recorder import Recorder

__all__ = ["Carriers"]

_PLUMBING: Final = ("concurrent.futures", "sentry_sdk", "pytest_errortrack.sdk")
"""Threads of these modules serve whoever comes: they belong to nobody, only their jobs do."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Who handed something over, and when."""

    belonging: Belonging
    witness: Witness
    submitter: Actor
    number: int

    @classmethod
    def made_here(cls) -> _Mark:
        recorder = line_up.steward_here() or _installed.recorders[-1]
        return cls(recorder.belonging(), recorder.witness, recorder.witness.actor(), recorder.witness.tick())


class _Items:
    """The marks of the items that wait in one queue, each with its item, so that an id cannot be taken twice."""

    __slots__ = ("_by_id", "_lock")

    def __init__(self) -> None:
        self._by_id: dict[int, deque[tuple[object, _Mark]]] = {}
        self._lock = _thread.allocate_lock()  # the real one: nobody may be switched away while it is held

    def add(self, item: object, mark: _Mark) -> None:
        with self._lock:
            self._by_id.setdefault(id(item), deque()).append((item, mark))

    def take(self, item: object) -> _Mark | None:
        with self._lock:
            marks = self._by_id.get(id(item))
            if not marks:
                return None
            _, mark = marks.popleft()
            if not marks:
                del self._by_id[id(item)]
            return mark

    def keep_only(self, waiting: set[int]) -> None:
        """Forget what was taken while nobody looked."""
        with self._lock:
            for key in self._by_id.keys() - waiting:
                del self._by_id[key]


class Carriers:
    """Let what is started or handed over while the block lasts carry its submitter."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        """Stand before the carriers, for the first recording; a nested one is told as well."""
        with _installed.lock:
            if not _installed.recorders:
                _installed.install()
            _installed.recorders = (*_installed.recorders, self._recorder)

    def __exit__(self, *_: object) -> None:
        """Step aside with the last recording."""
        with _installed.lock:
            _installed.recorders = tuple(each for each in _installed.recorders if each is not self._recorder)
            if not _installed.recorders:
                _installed.remove()


class _Installed:
    """What stands before the carriers of this process while anything records."""

    def __init__(self) -> None:
        self.recorders: tuple[Recorder, ...] = ()
        self.lock = _thread.RLock()  # the real one, as below
        self._items: WeakKeyDictionary[object, _Items] = WeakKeyDictionary()
        self._jobs: WeakKeyDictionary[object, _Mark] = WeakKeyDictionary()
        self._replaced: list[tuple[type, str, object, object]] = []

    def install(self) -> None:
        for waiting_queue, items in list(self._items.items()):
            items.keep_only(_waiting_in(waiting_queue))
        self._replace(threading.Thread, "start", self._starting)
        self._replace(queue.Queue, "put", self._putting)
        self._replace(queue.Queue, "get", self._getting)
        self._replace(asyncio.Queue, "put_nowait", self._putting)
        self._replace(asyncio.Queue, "get_nowait", self._getting)
        self._replace(ThreadPoolExecutor, "submit", self._submitting)
        self._replace(_WorkItem, "__init__", self._making)
        self._replace(_WorkItem, "run", self._running)

    def remove(self) -> None:
        """Put the originals back; where somebody else patched on top meanwhile, stay in the chain and do nothing."""
        while self._replaced:
            owner, name, original, ours = self._replaced.pop()
            if owner.__dict__.get(name) is ours:
                setattr(owner, name, original)

    def _replace(self, owner: type, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        original = owner.__dict__[name]
        ours = around(original)
        ours.__wrapped__ = original  # type: ignore[attr-defined] # so that `inspect.signature` shows the original's
        setattr(owner, name, ours)
        self._replaced.append((owner, name, original, ours))

    def _starting(self, original: Callable[..., None]) -> Callable[..., None]:
        def start(thread: threading.Thread) -> None:
            recorder = line_up.steward_here() if self.recorders else None
            if recorder is not None:
                _mark_thread(thread, recorder)
            original(thread)

        return start

    def _putting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def put(waiting_queue: Any, item: object, *args: Any, **kwargs: Any) -> Any:
            if not self.recorders:
                return original(waiting_queue, item, *args, **kwargs)
            items = self._items.get(waiting_queue)
            if items is None:
                items = self._items.setdefault(waiting_queue, _Items())
            items.add(item, _handed_back(waiting_queue, item) or _Mark.made_here())  # before it can be taken
            try:
                return original(waiting_queue, item, *args, **kwargs)
            except BaseException:
                items.take(item)
                raise

        return put

    def _getting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get(waiting_queue: Any, *args: Any, **kwargs: Any) -> Any:
            item = original(waiting_queue, *args, **kwargs)
            items = self._items.get(waiting_queue) if self.recorders else None
            mark = None if items is None else items.take(item)
            if mark is not None:
                _taken.set((waiting_queue, item, mark))
                if enter_job(mark.witness, mark.submitter, mark.number):
                    become(mark.belonging)
            return item

        return get

    def _submitting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def submit(executor: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> Any:
            adopted = adopted_by(executor) if self.recorders else None
            recorder = line_up.steward_here() if adopted is not None else None
            if adopted is None or recorder is None or recorder.belonging().owner is not None:
                return original(executor, *args, **kwargs)
            with belonging(adopted.owner):
                return original(executor, *args, **kwargs)

        return submit

    def _making(self, original: Callable[..., None]) -> Callable[..., None]:
        def __init__(item: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it stands in for one
            original(item, *args, **kwargs)
            if self.recorders:
                self._jobs[item] = _Mark.made_here()

        return __init__

    def _running(self, original: Callable[..., None]) -> Callable[..., None]:
        def run(item: Any, *args: Any) -> None:
            mark = self._jobs.pop(item, None) if self.recorders else None
            if mark is None:
                original(item, *args)
                return
            with belonging(mark.belonging.owner), in_job(mark.witness, mark.submitter, mark.number):
                original(item, *args)

        return run


def _mark_thread(thread: threading.Thread, recorder: Recorder) -> None:
    """Let a thread that is about to start belong to whoever starts it."""
    for each in line_up.line_of(recorder):
        each.witness.starting(thread)
    target = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None) or ""
    if not module.startswith(_PLUMBING):
        own_thread(thread, recorder.belonging())


def _handed_back(waiting_queue: object, item: object) -> _Mark | None:
    """Find the mark of what this context took from the same queue: a connection of a pool is no job of its user's."""
    taken = _taken.get()
    return taken[2] if taken is not None and taken[0] is waiting_queue and taken[1] is item else None


def _waiting_in(waiting_queue: Any) -> set[int]:
    """Find what waits in a queue, by identity; both kinds of queue keep it in an iterable, `queue` or `_queue`."""
    found: Any = getattr(waiting_queue, "queue", None) or getattr(waiting_queue, "_queue", ())
    return {id(item) for item in list(found)}


_taken: Final[ContextVar[tuple[object, object, _Mark] | None]] = ContextVar("errortrack_taken", default=None)
_installed: Final = _Installed()
