"""The end of a process: what is pending is sent, within a bound, and whoever waits is told why.

https://develop.sentry.dev/sdk/expected-features/#draining-background-work
"""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._forks import follow_forks
from pytest_errortrack.sdk._scope import process

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ExitHook", "watch_exit"]

_EARLY = 10
"""Which of `multiprocessing`'s own finalisers run later: those that take down what the application shares."""


class ExitHook:
    """Calls a function when the process ends, once for each way that there is to end.

    An ordinary process runs what `atexit` knows. A child of `multiprocessing` ends without that: it runs finalisers of
    its own, which have to be registered inside the child.

    Args:
        at_exit: what to call; a second call must do nothing.
    """

    def __init__(self, at_exit: Callable[[], None]) -> None:
        self._at_exit = at_exit
        self._is_child = False

    def register(self) -> None:
        """Begin to watch for the end of the process."""
        atexit.register(self._at_exit)
        self.watch_child()
        follow_forks(self)

    def after_fork(self) -> None:
        """Ask `multiprocessing`, where it forked this process, to say when the child has begun."""
        self._is_child = False
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None:  # it forgets all finalisers when the child begins, and then calls those who asked for it
            util.register_after_fork(self, ExitHook.watch_child)

    def watch_child(self) -> None:
        """Watch for the end of a child of `multiprocessing`; does nothing in any other process."""
        multiprocessing: Any = sys.modules.get("multiprocessing.process")
        if multiprocessing is None or multiprocessing.parent_process() is None or self._is_child:
            return
        from multiprocessing.util import Finalize  # noqa: PLC0415 - there already, in such a child

        self._is_child = True
        Finalize(None, self._at_exit, exitpriority=_EARLY)


def watch_exit() -> None:
    """Close the client of the process when that ends; to be called once."""
    _hook.register()


def _close_client() -> None:
    """Close the client of the process, and say so where that takes more than a moment."""
    client: Any = process.client
    process.client = None
    if client is not None:
        timeout = client.options.shutdown_timeout
        client.close(timeout, on_slow=_words_for(timeout))


_hook = ExitHook(_close_client)


def _words_for(timeout: float) -> Callable[[int], None]:
    """Return what prints, on standard error, that the process waits for reports to be sent, and how long at most."""

    def say(pending: int) -> None:
        stream = sys.stderr
        line = f"[errortrack] sending {pending} pending report{'s' * (pending != 1)}, for up to {timeout:g} s\n"
        try:
            stream.write(line)
            stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, it is closed, or nobody reads it
            return

    return say
