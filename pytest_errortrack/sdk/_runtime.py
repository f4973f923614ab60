"""The one seam to the world: clock, ids, randomness, locks, threads, and who is running.

Nothing else in the SDK imports `time`, `random`, `uuid` or `threading`. A test hands in a runtime of its own with
`init(runtime=...)`; anything with the five methods of `Runtime` fits, and where it has those of `Threads` too, it makes
the SDK's threads.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from _thread import RLock as _RLock
from contextvars import Context
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from types import TracebackType

__all__ = [
    "Lock",
    "Mailbox",
    "Runtime",
    "SystemRuntime",
    "Thread",
    "ThreadToken",
    "Threads",
    "World",
    "current_owner",
    "log",
    "new_lock",
    "running_thread",
    "this_thread",
    "threads_of",
]


class _Log:
    """The internal log, `errortrack.errors`; `logging` is imported when there is something to say."""

    def __getattr__(self, name: str) -> Any:
        import logging  # noqa: PLC0415 - costs as much as a quarter of the SDK

        return getattr(logging.getLogger("errortrack.errors"), name)


log: logging.Logger = _Log()  # type: ignore[assignment]  # it has all that a logger has

_RANDOM_BITS = 53


class Lock(Protocol):
    """What the SDK asks of a lock; it must be reentrant, since finalisers and signal handlers may come back in.

    It is only ever taken by `with`: between `acquire()` and `try` a KeyboardInterrupt could come in.
    """

    def __enter__(self) -> object:
        """Take the lock."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Give the lock back."""


class World(Protocol):
    """What an event can tell of the world: when it was made, and what was drawn for it."""

    def time(self) -> float:
        """Return the seconds since the epoch."""

    def hex_id(self, digits: int) -> str:
        """Return a fresh id of so many lower-case hexadecimal digits."""

    def random(self) -> float:
        """Return a number in [0, 1)."""


class Runtime(World, Protocol):
    """Where the SDK gets time, ids, randomness and locks from."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def lock(self) -> Lock:
        """Return a new reentrant lock."""


class Mailbox(Protocol):
    """A queue that may be put into at any moment, also by a finaliser that runs in the middle of another `put`."""

    def put(self, item: object) -> None:
        """Put an item in; never waits."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as `queue` has it
        """Take the oldest item out, waiting for one; raises `queue.Empty` when none comes in time."""


class Thread(Protocol):
    """A thread that was started."""

    def is_alive(self) -> bool:
        """Tell whether it still runs."""


class Threads(Protocol):
    """Where the SDK gets threads from, and what they wait at."""

    def mailbox(self) -> Mailbox:
        """Return a new, empty mailbox."""

    def start_thread(self, run: Callable[..., None], *arguments: object, name: str) -> Thread:
        """Run a function in a new thread that does not keep the process alive.

        Raises:
            RuntimeError: no thread can be started (any more).
        """


class SystemRuntime:
    """The real world.

    Ids and random numbers come from the operating system: a program (or test runner) that seeds `random` must not get
    the same event ids again, and a forked child must not repeat its parent's.

    Attributes:
        worlds: those that stand in for it in a test, the innermost last; replaced as a whole, never changed.
    """

    worlds: ClassVar[tuple[World, ...]] = ()

    def time(self) -> float:
        """Return the seconds since the epoch."""
        worlds = self.worlds
        return worlds[-1].time() if worlds else time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def hex_id(self, digits: int) -> str:
        """Return a fresh id of so many lower-case hexadecimal digits."""
        worlds = self.worlds
        return worlds[-1].hex_id(digits) if worlds else os.urandom(digits // 2).hex()

    def random(self) -> float:
        """Return a number in [0, 1)."""
        worlds = self.worlds
        return worlds[-1].random() if worlds else (int.from_bytes(os.urandom(7), "big") >> 3) / (1 << _RANDOM_BITS)

    def lock(self) -> Lock:
        """Return a new reentrant lock."""
        return _RLock()

    def mailbox(self) -> Mailbox:
        """Return a new, empty mailbox."""
        import queue  # noqa: PLC0415 - a program that sends nothing in the background needs none

        return queue.SimpleQueue()

    def start_thread(self, run: Callable[..., None], *arguments: object, name: str) -> Thread:
        """Run a function in a new daemon thread, in a context in which nothing is set."""
        # From 3.14 on a thread may inherit the context of whoever starts it, and would keep a request's scopes alive.
        own_context: dict[str, Any] = {"context": Context()} if sys.version_info >= (3, 14) else {}
        thread = threading.Thread(target=run, args=arguments, name=name, daemon=True, **own_context)
        thread.start()
        return thread


def threads_of(runtime: Runtime) -> Threads:
    """Return who makes the threads for a runtime: itself, or the real world where it does not say how."""
    own: Any = runtime
    return own if hasattr(own, "mailbox") and hasattr(own, "start_thread") else SystemRuntime()


def new_lock() -> _RLock:
    """Return a lock for the SDK's own values, which exist before any client and its runtime do.

    It is the interpreter's own lock even while somebody has replaced those of `threading`: it is held for a few
    assignments only, never while foreign code runs, and so is no point at which anything could be learned.
    """
    return _RLock()


class ThreadToken:
    """Stands for one thread for as long as it lives; unlike a thread id it is never given to another one."""

    __slots__ = ("__weakref__", "is_main")

    def __init__(self, *, is_main: bool) -> None:
        self.is_main = is_main


class _PerThread(threading.local):
    """What the SDK knows about the running thread."""

    def __init__(self) -> None:
        self.token = ThreadToken(is_main=threading.get_ident() == threading.main_thread().ident)
        self.is_capturing = False
        self.is_sending = False


this_thread = _PerThread()


def running_thread() -> tuple[int, str | None, bool]:
    """Return the id of the running thread, its name, and whether it is the main one.

    The name is None in a thread that `threading` did not start. `threading.current_thread()` would make an object for
    such a thread, and keep it for good.
    """
    ident = threading.get_ident()
    thread = threading._active.get(ident)  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    name = None if thread is None else thread.name
    return ident, name if type(name) is str else None, this_thread.token.is_main


def current_owner() -> object:
    """Return what runs: the asyncio task, or the event loop between tasks, or else the thread's token.

    Compare by identity, and keep it by weak reference only.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return this_thread.token
    try:
        loop = asyncio._get_running_loop()  # noqa: SLF001 - public in all but name: it is the one that does not raise
    except AttributeError:  # asyncio is being imported right now
        return this_thread.token
    if loop is None:
        return this_thread.token
    task: object = asyncio.current_task(loop)
    if task is not None:
        return task
    return loop if type(loop).__weakrefoffset__ else this_thread.token
