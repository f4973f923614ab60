"""The hub: a handle on an isolation scope and a stack of current scopes.

`Hub.current` is the hub of whatever runs here, `Hub.main` that of the process. A hub may be handed around: what is done
through it is done to it, whoever does it. Who shares one hub among requests shares its scopes, and mixes their data;
`Hub.current.clone()` per request does not.

https://develop.sentry.dev/sdk/miscellaneous/unified-api/#hub
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast, overload

from pytest_errortrack import _points
from pytest_errortrack.sdk._hub._call_site import EventFields, MessageFields, call_site_state
from pytest_errortrack.sdk._hub._guards import GivenScope, PushedScope
from pytest_errortrack.sdk._hub._stack import ScopeStack
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import (
    EMPTY,
    Layer,
    Scope,
    ScopeState,
    active_client,
    current_layer,
    current_var,
    is_root_here,
    isolation_scopes_in_force,
    isolation_var,
    leave,
    new_layer,
    own_current,
    own_isolation,
    process,
    resolve_client,
    states_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk.protocol import Breadcrumb, Json

__all__ = ["Hub"]

P = ParamSpec("P")
R = TypeVar("R")


class _HubType(type):
    """Gives the class `Hub` its two properties."""

    @property
    def current(cls) -> Hub:
        """The hub of whatever runs here; the same one until another scope is in effect."""
        if current_layer(isolation_var) is None and current_layer(current_var) is None and is_root_here():
            return cls.main
        isolation = own_isolation()
        layer = own_current() or new_layer(current_var, process.roots.current)
        hub = cast("Hub | None", layer.hub)
        if hub is None or hub.isolation is not isolation:
            hub = Hub.over(isolation, layer)
            layer.hub = hub
        return hub

    @property
    def main(cls) -> Hub:
        """The hub over the process's root scopes, which is the current one of the main thread."""
        hub = cast("Hub | None", process.main_hub)
        if hub is None:
            with process.lock:
                hub = cast("Hub | None", process.main_hub)
                if hub is None:  # pragma: no branch - two threads have to ask within these few instructions
                    roots = process.roots
                    hub = process.main_hub = Hub.over(roots.isolation, Layer(roots.current))
        return hub


class Hub(ScopeStack, metaclass=_HubType):
    """A handle on an isolation scope and a stack of current scopes; all methods work on the top of the stack.

    Args:
        client: whom to report to; None: the process's client.
        scope: the bottom of the stack; None: an empty one.
    """

    __slots__ = ()

    def __init__(self, client: Client | None = None, scope: Scope | None = None) -> None:
        bottom = Scope() if scope is None else scope
        if client is not None:
            bottom.put_quietly(client=client)
        self.set_up(Scope({**EMPTY, "client": client}), Layer(bottom))

    @classmethod
    def over(cls, isolation: Scope, layer: Layer) -> Hub:
        """Return a hub over scopes that are in effect already; for the SDK itself."""
        hub = cls.__new__(cls)
        hub.set_up(isolation, layer)
        return hub

    # -- the stack -------------------------------------------------------------------------------------------------

    @property
    def client(self) -> Client | None:
        """Whom the hub reports to."""
        bound = self.scope.state["client"], self.isolation.state["client"]
        return cast("Client | None", resolve_client(*bound))

    @property
    def last_event_id(self) -> str | None:
        """The id of the last error or message event that was captured and not dropped."""
        return self.isolation.state["last_event_id"]

    def clone(self) -> Hub:
        """Return a hub of its own over forks of everything; later writes to either do not reach the other."""
        if _points.listeners:
            _points.announce(_points.Operation("clone", self, "*", kind="read"))
        isolation, current = states_of(self.isolation, self.scope)
        return Hub.over(Scope(isolation), Layer(Scope(current)))

    @overload
    def push_scope(self) -> PushedScope: ...
    @overload
    def push_scope(self, callback: Callable[[Scope], R]) -> R: ...
    def push_scope(self, callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
        """Push a fork of the top: until `pop_scope`, the end of the `with` block, or for a callback."""
        pushed = PushedScope(self, self.push_layer("push_scope"), "push_scope")
        if callback is None:
            return pushed
        with pushed as scope:
            return callback(scope)

    @overload
    def with_scope(self) -> PushedScope: ...
    @overload
    def with_scope(self, callback: Callable[[Scope], R]) -> R: ...
    def with_scope(self, callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
        """Push a fork of the top for a `with` block or for a callback."""
        pushed = PushedScope(self, None, "with_scope")
        if callback is None:
            return pushed
        with pushed as scope:
            return callback(scope)

    def pop_scope(self) -> None:
        """Take the top off again; the last one stays, with a warning."""
        if _points.listeners:
            _points.announce(_points.Operation("pop_scope", self, "stack"))
        if not self._remove(None):
            log.warning("pop_scope() does nothing: the hub has only one scope left")

    @overload
    def configure_scope(self) -> GivenScope: ...
    @overload
    def configure_scope(self, callback: Callable[[Scope], R]) -> R: ...
    def configure_scope(self, callback: Callable[[Scope], R] | None = None) -> GivenScope | R:
        """Hand out the scope on top: to a `with` block, or to a callback."""
        if _points.listeners:
            _points.announce(_points.Operation("configure_scope", self, "*", kind="read"))
        scope = self.scope
        return GivenScope(scope) if callback is None else callback(scope)

    def bind_client(self, client: Client | None) -> None:
        """Report to this client from the top of the stack on; None: to the process's."""
        if _points.listeners:
            _points.announce(_points.Operation("bind_client", self, "client"))
        with self._lock:  # what is pushed meanwhile would be a fork of the top without it
            self.scope.put_quietly(client=client)

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function with this hub as the current one."""
        isolation = new_layer(isolation_var, self.isolation, requests=isolation_scopes_in_force(), is_explicit=True)
        current = new_layer(current_var, self.scope, hub=self, is_explicit=True)
        try:
            return function(*args, **kwargs)
        finally:
            leave(current_var, current)
            leave(isolation_var, isolation)

    # -- capturing -------------------------------------------------------------------------------------------------

    def add_breadcrumb(
        self,
        crumb: Breadcrumb | Mapping[str, Json] | None = None,
        hint: Mapping[str, Json] | None = None,
        **fields: Json,
    ) -> None:
        """Record that something happened, on the scope on top."""
        self.scope.add_breadcrumb(crumb, hint, **fields)

    def capture_exception(
        self,
        error: BaseException | None = None,
        *,
        hint: Mapping[str, Json] | None = None,
        **fields: Unpack[EventFields],
    ) -> str | None:
        """Report an exception (default: the one being handled), and return the event's id if it is sent."""
        client = self._ready("capture_exception")
        if client is None:
            return None
        error = sys.exc_info()[1] if error is None else error
        if not issubclass(type(error), BaseException):  # an object may lie about its class
            log.error("capture_exception() is ignored: there is no exception (found %s)", type(error).__name__)
            return None
        return self._remember(
            client.capture_exception(cast("BaseException", error), states=self._states(fields), hint=hint)
        )

    def capture_message(
        self,
        message: str,
        level: str | None = None,
        *,
        hint: Mapping[str, Json] | None = None,
        **fields: Unpack[MessageFields],
    ) -> str | None:
        """Report a message, and return the event's id if it is sent."""
        client = self._ready("capture_message")
        if client is None:
            return None
        states = self._states({**fields, "level": level})
        return self._remember(client.capture_message(message, states=states, hint=hint))

    def capture_event(
        self,
        event: Mapping[str, Json],
        *,
        hint: Mapping[str, Json] | None = None,
        **fields: Unpack[EventFields],
    ) -> str | None:
        """Report a ready-made event, and return its id if it is sent."""
        client = self._ready("capture_event")
        if client is None:
            return None
        event_id = client.capture_event(event, states=self._states(fields), hint=hint)
        is_last = event_id is not None and dict(event).get("type") != "transaction"
        return self._remember(event_id) if is_last else event_id

    # -- on the way to the client ----------------------------------------------------------------------------------

    def _ready(self, operation: str) -> Client | None:
        """Announce a capture and return whom to hand it to; None when that would be nobody."""
        client = active_client(self.scope.state["client"], self.isolation.state["client"])
        if client is None:
            return None
        if _points.listeners:
            _points.announce(_points.Operation(operation, self, "*", kind="read"))
        return cast("Client", client)

    def _states(self, fields: Any) -> list[ScopeState]:
        """Return what counts for an event captured now, weakest first."""
        states = [*states_of(process.roots.everywhere, self.isolation, self.scope)]
        if fields:
            states.append(call_site_state(**fields))
        return states

    def _remember(self, event_id: str | None) -> str | None:
        if event_id is not None:
            self.isolation.put_quietly(last_event_id=event_id)
        return event_id

    def __repr__(self) -> str:
        return f"<Hub with {len(self._stack)} scope{'s' if len(self._stack) > 1 else ''}>"
