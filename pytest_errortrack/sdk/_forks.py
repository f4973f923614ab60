"""What has to be made anew in a forked child: locks that others held, threads that are not there, open connections.

Whoever holds such things asks to be told of forks; it is held weakly, and the process's hook is registered once. Before
a fork nothing is done: to take locks there could wait for a thread that waits for the one that forks.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

from pytest_errortrack.sdk._runtime import log

__all__ = ["FollowsForks", "follow_forks"]


class FollowsForks(Protocol):
    """Somebody who has to know that this process is a child now."""

    def after_fork(self) -> None:
        """Begin anew, in the child; the only thread is the one that forked."""


_followers: WeakSet[FollowsForks] = WeakSet()


class _Hook:
    """Whether the process calls us after a fork."""

    is_registered = False


def follow_forks(follower: FollowsForks) -> None:
    """Call `after_fork` of this object in every child that is forked while it lives."""
    _followers.add(follower)
    if not _Hook.is_registered and hasattr(os, "register_at_fork"):
        _Hook.is_registered = True
        os.register_at_fork(after_in_child=_tell_followers)


def _tell_followers() -> None:
    for follower in list(_followers):
        try:
            follower.after_fork()
        except Exception:  # noqa: BLE001 - a child must come up whatever one of them meets
            log.error("something of the SDK could not begin anew after a fork", exc_info=True)
