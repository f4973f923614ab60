"""Notice the moment at which a process imports a module for the first time.

An application is often imported inside its test, and `sentry_sdk` with it. A finder in front of `sys.meta_path`
answers for that one name only, lets the real loader work, and calls back when the module is complete. An import that
fails calls nobody, so that a later one that succeeds does.
"""

from __future__ import annotations

import functools
import sys
import threading
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["ImportWatch"]

# Bound now: while interleavings are explored, `threading.RLock` makes locks that the engine controls.
_new_lock = threading.RLock


class ImportWatch(MetaPathFinder):
    """Call back once the watched module has been imported; a context manager that leaves nothing behind.

    The import may happen in any thread. Leaving the block waits for a callback that is at work; after it none comes.
    """

    def __init__(self, callback: Callable[[], None], *, name: str = "sentry_sdk") -> None:
        self._callback: Callable[[], None] | None = callback
        self._name = name
        self._lock = _new_lock()

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._callback = None
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the watched module as the other finders do, with a loader that reports."""
        if fullname != self._name or self._callback is None:
            return None
        finders = list(sys.meta_path)
        # Those behind this one only: another watch would ask this one in its turn.
        for finder in finders[finders.index(self) + 1 :] if self in finders else ():
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ReportingLoader(spec.loader, functools.partial(_report_to_all, fullname))
                return spec
        return None

    def watches(self, name: str) -> bool:
        """Tell whether this is the module that is watched."""
        return name == self._name

    def report(self) -> None:
        """Call back, once: a module that is reloaded was there already."""
        with self._lock:
            callback, self._callback = self._callback, None
            if callback is not None:
                callback()


def _report_to_all(name: str) -> None:
    """Tell everybody who watches by now, also whoever began to while another thread was importing the module."""
    for finder in list(sys.meta_path):
        if isinstance(finder, ImportWatch) and finder.watches(name):
            finder.report()


class _ReportingLoader(Loader):
    """Load as the real loader does, put it back in its place, and report."""

    def __init__(self, loader: Loader, callback: Callable[[], None]) -> None:
        self._loader = loader
        self._callback = callback

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # `inspect` and `importlib.resources` look at the loader: while the module runs it has to be the real one.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._callback()
