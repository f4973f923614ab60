"""The functions of `_thread`, below `threading`: locks and threads that code makes with them directly.

`importlib` uses them, too; its locks stay plain, since it detects its own deadlocks.
"""

from __future__ import annotations

import _thread
import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._controlled._primitives import ControlledLock
from pytest_errortrack.interleave._controlled._reentrant import ControlledRLock
from pytest_errortrack.interleave._controlled._stand_in import is_controlled_thread
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["replacements_for_raw"]

_plain_lock = _thread.allocate_lock
_plain_rlock = _thread.RLock
_plain_start = _thread.start_new_thread
_IMPORTERS = ("importlib", "_frozen_importlib")


def replacements_for_raw() -> list[tuple[str, Callable[..., object]]]:
    """Return names of `_thread`, and functions to stand for them."""
    return [
        ("allocate_lock", _allocate_lock),
        ("allocate", _allocate_lock),
        ("RLock", _rlock),
        ("start_new_thread", _start_new_thread),
        ("start_new", _start_new_thread),
    ]


def _allocate_lock() -> object:
    return ControlledLock() if _is_ours() else _plain_lock()


def _rlock() -> object:
    return ControlledRLock() if _is_ours() else _plain_rlock()


def _is_ours() -> bool:
    """Tell whether what calls for a lock is the scenario's or an actor's, and no import."""
    caller = sys._getframe(2).f_globals.get("__name__", "")  # noqa: SLF001 - the only way to know who asks
    return is_controlled_thread() and not caller.startswith(_IMPORTERS)


def _start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None
) -> int:
    caller = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - as above
    if here.actor is None or caller == "threading":
        return _plain_start(function, args, dict(kwargs or {}))
    thread = threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    assert thread.ident is not None
    return thread.ident
