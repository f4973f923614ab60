"""The one holder of what there is once per process: the root scopes, the current client, who observes.

Everything else that is mutable lives in an object that somebody holds; this is the object that the process holds. The
two context variables of `_ambient` are its only companions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk._runtime import new_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk._scope._ambient import Roots
    from pytest_errortrack.sdk._scope._journal import Journal
    from pytest_errortrack.sdk.protocol import Event, Json
    from pytest_errortrack.sdk.tracing import PropagationContext

__all__ = ["Process", "ScopeClient", "active_client", "process", "resolve_client"]


class ScopeClient(Protocol):
    """What a scope needs of the client that it reports to."""

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""

    @property
    def is_active(self) -> bool:
        """Whether what is captured goes anywhere."""

    @property
    def max_breadcrumbs(self) -> int:
        """How many breadcrumbs an event carries at most."""

    @property
    def now(self) -> Callable[[], float]:
        """The clock: seconds since the epoch."""

    def admit_breadcrumb(self, crumb: Event, hint: Mapping[str, Json] | None) -> Event | None:
        """Return the breadcrumb as `before_breadcrumb` wants it, or None."""

    def note_breadcrumb(self, crumb: Event, stamp: object | None) -> None:
        """Take note of a breadcrumb that was recorded."""


class Process:
    """What there is once per process; every field is replaced as a whole."""

    __slots__ = (
        "client",
        "fallback",
        "has_exit_hook",
        "installed",
        "journal",
        "lock",
        "main_hub",
        "observation",
        "propagation",
        "roots",
        "write_lock",
    )

    roots: Roots
    is_one = True  # no views of it stand beside each other

    def __init__(self) -> None:
        self.client: ScopeClient | None = None
        self.fallback: ScopeClient | None = None
        self.observation: object | None = None
        self.journal: Journal | None = None
        self.main_hub: object | None = None
        self.propagation: PropagationContext | None = None
        self.installed: frozenset[str] = frozenset()
        self.has_exit_hook = False
        self.lock = new_lock()
        self.write_lock = new_lock()


process = Process()


def resolve_client(innermost: ScopeClient | None, outer: ScopeClient | None = None) -> ScopeClient | None:
    """Return the client that reports here: the first one bound to a scope, else the process's.

    While somebody observes and there is none (or it is closed), it is the fallback, so that an application that never
    called `init` is seen too.
    """
    client = innermost or outer or process.client
    if process.observation is not None and (client is None or client.is_closed):
        return process.fallback
    return client


def active_client(innermost: ScopeClient | None, outer: ScopeClient | None = None) -> ScopeClient | None:
    """Return the client that takes what is captured here, or None where that is nobody.

    One that was closed since it was looked up may have been replaced by a second `init`, which makes its client the
    process's before it closes the previous one: it is looked up again until it is the same one twice.
    """
    client = resolve_client(innermost, outer)
    while client is not None and not client.is_active:
        found = resolve_client(innermost, outer)
        if found is client:
            return None
        client = found
    return client
