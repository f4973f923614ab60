"""For those who test with the SDK: watching it, and leaving no trace in it.

with preserved_state(), observe(observer):
    ...                       # whatever is captured goes to the observer; whatever is set is gone afterwards
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._api import get_client as current_client
from pytest_errortrack.sdk._client import Capture, Client, Drop, Observation, Observer, Stamped
from pytest_errortrack.sdk._hub import Hub
from pytest_errortrack.sdk._options import read_options
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import (
    Journal,
    ScopeState,
    ambient_states,
    apply_scopes,
    current_var,
    isolation_scopes_in_force,
    isolation_var,
    process,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_errortrack.sdk.protocol import Event

__all__ = [
    "Capture",
    "Drop",
    "Observer",
    "PreservedState",
    "Stamped",
    "check_options",
    "current_client",
    "isolation_scopes_in_force",
    "merged_scope",
    "observe",
    "preserved_state",
    "renew_observation",
]


class _FallbackClient(Client):
    """Captures for an application that never called `init`, with default options whatever the environment says."""

    is_fallback = True


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Install an observer for the time of the block, also inside another one's.

    Meanwhile envelopes go where the observer says. An inactive client captures, and where there is no client at all, or
    a closed one, a fallback with default options does. Each observation has a ledger of losses and a memory of captured
    exceptions of its own.
    """
    before = process.observation
    if process.fallback is None:
        process.fallback = _FallbackClient(environ={})
    process.observation = Observation(observer)
    try:
        yield
    finally:
        process.observation = before


def renew_observation() -> None:
    """Begin the current observation anew: the same observer, with an empty ledger and no exception captured yet.

    For whoever runs one piece of code many times and must see each run as the first.
    """
    current = process.observation
    if isinstance(current, Observation):
        process.observation = Observation(current.observer)


@contextmanager
def preserved_state() -> Iterator[PreservedState]:
    """Put everything that the block sets back at its end, whatever happened in it.

    The block finds what was set before. Scopes and hubs that exist (an application may hold some by reference) stay the
    objects they are; a journal puts back by value what they were changed to in the block, in whatever thread. The
    client, this context's scopes and the internal log's settings are put back by identity. The block has a trace of its
    own, and an observation that is going on begins anew. Blocks nest.

    Threads that outlive the block, and contexts other than the calling one, keep the scopes they made in it; what such
    a thread still writes to a hub or scope from before the block stays there.

    Yields:
        The state that will be put back; its `keep()` makes it the present one.
    """
    state = PreservedState()
    process.propagation = None
    renew_observation()
    try:
        yield state
    finally:
        state.put_back()


def check_options(options: Mapping[str, Any]) -> None:
    """Judge options as `init` would, without making a client.

    Raises:
        UnknownOption: no such option; the message names the nearest.
        UnsupportedOption: an option of a later version.
        BadOption: a value that the option cannot have.
        BadDsn: a malformed DSN.
    """
    others = {name: value for name, value in options.items() if name not in {"dsn", "configure"}}
    read_options(options.get("dsn"), others, configure=options.get("configure"), environ={})


def merged_scope() -> Event:
    """Return what an event captured here and now would get from the scopes; a copy."""
    event: Event = {}
    states = ambient_states()
    apply_scopes(event, states, max_breadcrumbs=_max_breadcrumbs(states), default_trace={})
    return event


def _max_breadcrumbs(states: tuple[ScopeState, ...]) -> int:
    bound = next((state["client"] for state in reversed(states) if state["client"] is not None), process.client)
    return 100 if bound is None else bound.max_breadcrumbs


class PreservedState:
    """What the process, the context and the internal log held at one moment, and a journal of what changed since."""

    def __init__(self) -> None:
        self._outer_journal = process.journal
        self._propagation = process.propagation
        self._observation = process.observation
        self.keep()

    def keep(self) -> None:
        """Let what is set now be what is put back: it was not set for the block alone."""
        self._roots = process.roots
        self._main_hub = Hub.main  # made now if need be: what the block takes a reference to must stay the main hub
        self._client = process.client
        self._isolation = isolation_var.get()
        self._current = current_var.get()
        self._log_level = log.level
        self._log_handlers = list(log.handlers)
        self._journal = process.journal = Journal()

    def put_back(self) -> None:
        """Make it so again, and leave the block."""
        self.rewind()
        process.observation = self._observation
        process.journal = self._outer_journal
        process.propagation = self._propagation

    def rewind(self) -> None:
        """Make it so again, within the block."""
        self._journal.put_back()
        process.roots = self._roots
        process.main_hub = self._main_hub
        process.client = self._client
        isolation_var.set(self._isolation)
        current_var.set(self._current)
        if log.level != self._log_level:  # to set it is to empty the caches of all loggers of the process
            log.setLevel(self._log_level)
        log.handlers[:] = self._log_handlers
