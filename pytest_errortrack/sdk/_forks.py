"""What has to be made anew in a forked child: locks that others held, threads that are not there, open connections.

Whoever holds such things asks to be told of forks; it is held weakly, and the process's hook is registered once. Before
a fork nothing is taken that another thread may hold for long: it could wait for the one that forks. But an import that
another thread is in the middle of is waited for, since the child could never make it again.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from pytest_errortrack.sdk._runtime import log, new_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FollowsForks", "follow_forks", "importing"]

_LONGEST_IMPORT_S = 15.0


class FollowsForks(Protocol):
    """Somebody who has to know that this process is a child now."""

    def after_fork(self) -> None:
        """Begin anew, in the child; the only thread is the one that forked."""


_followers: WeakSet[FollowsForks] = WeakSet()


class _Hook:
    """Whether the process calls us at forks, and what one of our threads holds while it imports."""

    is_registered = False
    is_holding = False
    imports = new_lock()


def follow_forks(follower: FollowsForks) -> None:
    """Call `after_fork` of this object in every child that is forked while it lives."""
    _followers.add(follower)
    if not _Hook.is_registered and hasattr(os, "register_at_fork"):
        _Hook.is_registered = True
        os.register_at_fork(before=_hold_imports, after_in_parent=_go_on_importing, after_in_child=_tell_followers)


@contextmanager
def importing() -> Iterator[None]:
    """Import within this block what is imported late by a thread of the SDK's own: a fork waits for its end."""
    lock = _Hook.imports
    with lock:
        yield


def _hold_imports() -> None:
    _Hook.is_holding = _Hook.imports.acquire(timeout=_LONGEST_IMPORT_S)


def _go_on_importing() -> None:
    if _Hook.is_holding:
        _Hook.is_holding = False
        _Hook.imports.release()


def _tell_followers() -> None:
    _Hook.imports, _Hook.is_holding = new_lock(), False
    for follower in list(_followers):
        try:
            follower.after_fork()
        except Exception:  # noqa: BLE001 - a child must come up whatever one of them meets
            log.error("something of the SDK could not begin anew after a fork", exc_info=True)
