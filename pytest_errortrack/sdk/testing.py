"""For those who test with the SDK: watching it, and leaving no trace in it.

with preserved_state(), observe(observer):
    ...                       # whatever is captured goes to the observer; whatever is set is gone afterwards
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._api import get_client as current_client
from pytest_errortrack.sdk._client import Capture, Client, Drop, Observation, Observer, Stamped
from pytest_errortrack.sdk._hub import Hub, ScopeStack
from pytest_errortrack.sdk._options import known_options, read_options
from pytest_errortrack.sdk._pipeline import EventBuilder
from pytest_errortrack.sdk._runtime import SystemRuntime, World, log
from pytest_errortrack.sdk._scope import (
    LEVELS,
    Journal,
    ScopeState,
    StateCell,
    ambient_states,
    apply_scopes,
    current_var,
    isolation_scopes_in_force,
    isolation_var,
    known_level,
    process,
)
from pytest_errortrack.sdk._scope._views import View, Views
from pytest_errortrack.sdk._stacktrace import links_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = [
    "LEVELS",
    "Capture",
    "Drop",
    "Observation",
    "Observer",
    "PreservedState",
    "Stamped",
    "View",
    "Views",
    "World",
    "another_world",
    "begin_observation",
    "check_options",
    "current_client",
    "exception_event",
    "isolation_scopes_in_force",
    "known_level",
    "merged_scope",
    "observe",
    "option_names",
    "preserved_state",
    "renew_observation",
    "views",
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
    begin_observation(observer)
    try:
        yield
    finally:
        process.observation = before


def begin_observation(observer: Observer) -> None:
    """Install an observer until somebody puts back what was there: a `PreservedState` does."""
    if process.fallback is None:
        process.fallback = _FallbackClient(environ={})
    process.observation = Observation(observer)


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
    state.begin()
    try:
        yield state
    finally:
        state.put_back()


@contextmanager
def another_world(world: World) -> Iterator[None]:
    """Let time, ids and random numbers of the whole process come from this world while the block lasts.

    Blocks nest, and may end in any order; the one that began last counts. A runtime given to `init` is the
    application's, and stays. Locks, and the clock that measures how long something takes, are real.
    """
    SystemRuntime.worlds = (*SystemRuntime.worlds, world)
    try:
        yield
    finally:
        SystemRuntime.worlds = tuple(each for each in SystemRuntime.worlds if each is not world)


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


def option_names() -> tuple[str, ...]:
    """Return the names of all options that `init` knows, those that are not available in this version included."""
    return known_options()


def exception_event(error: BaseException, *, mechanism: Mapping[str, Json]) -> Event:
    """Return the event that a client with default options makes of an exception, without variables.

    It goes nowhere, no scope has a part in it, and whoever observes is not told.

    Args:
        error: the exception.
        mechanism: how it was caught.
    """
    builder = EventBuilder(read_options(None, {"include_local_variables": False}, environ={}))
    event: Event = {**builder.from_links(links_of(error), mechanism), "contexts": {}}
    builder.complete(event, default_level="error")
    return event


def merged_scope() -> Event:
    """Return what an event captured here and now would get from the scopes; a copy."""
    event: Event = {}
    states = ambient_states()
    apply_scopes(event, states, max_breadcrumbs=_max_breadcrumbs(states), default_trace={})
    return event


def views(*, find: Callable[[], View | None]) -> Views:
    """Return what lets tests that run side by side each see a process of its own.

    Args:
        find: finds the view of whoever asks; None: the process itself.
    """
    return Views({StateCell: "state", ScopeStack: "_stack", Client: "_observed"}, find=find)


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

    def begin(self) -> None:
        """Begin the block: with a trace and an observation of its own."""
        process.propagation = None
        renew_observation()

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

    @property
    def journal(self) -> Journal:
        """What scopes and hubs held when the block first changed them; empty once they have been put back."""
        return self._journal

    def fields(self) -> dict[str, object]:
        """Return what the fields of the process held."""
        return {
            "client": self._client,
            "journal": self._outer_journal,
            "main_hub": self._main_hub,
            "observation": self._observation,
            "propagation": self._propagation,
            "roots": self._roots,
        }

    def put_back(self) -> None:
        """Make it so again, and leave the block."""
        self.rewind()
        process.observation = self._observation
        process.journal = self._outer_journal
        process.propagation = self._propagation

    def rewind(self) -> None:
        """Make it so again, within the block."""
        journal, self._journal = self._journal, Journal()
        journal.put_back()
        process.roots = self._roots
        process.main_hub = self._main_hub
        process.client = self._client
        self.put_back_context()
        self.put_back_log()

    def put_back_context(self) -> None:
        """Put the scopes of this context back."""
        isolation_var.set(self._isolation)
        current_var.set(self._current)

    def take_context_of(self, outer: PreservedState) -> None:
        """Put back, in the end, what an outer block found in this context: that one ends before this one."""
        self._isolation, self._current = outer._isolation, outer._current

    def put_back_log(self) -> None:
        """Put the settings of the internal log back."""
        if log.level != self._log_level:  # to set it is to empty the caches of all loggers of the process
            log.setLevel(self._log_level)
        log.handlers[:] = self._log_handlers
