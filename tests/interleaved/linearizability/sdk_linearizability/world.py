"""The objects that operations work on, made anew for every schedule, and what can be seen of them from outside."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any

from pytest_errortrack import sdk
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk._scope import fresh_roots, process
from pytest_errortrack.sdk.testing import observe, preserved_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_errortrack.sdk.testing import Capture, Drop

__all__ = ["Copied", "FixedRuntime", "Observed", "SharedHub", "World", "performing"]

performing: ContextVar[str] = ContextVar("performing", default="e0")
"""Who performs the operation that is going on: two hexadecimal digits, since ids are made of them."""

_SCOPE_PROPERTIES = (
    *("level", "fingerprint", "transaction_name", "user", "tags", "extra", "contexts", "breadcrumbs"),
    *("attributes", "flags"),
)


class FixedRuntime(SystemRuntime):
    """A world in which time stands still, and ids tell which operation drew them, whatever the order was."""

    def time(self) -> float:
        """Return always the same time."""
        return 1.0

    def monotonic(self) -> float:
        """Return always the same time."""
        return 1.0

    def hex_id(self, digits: int) -> str:
        """Return the performer's name, as often as it fits."""
        return (performing.get() * digits)[:digits]

    def random(self) -> float:
        """Return always the same number."""
        return 0.5


class World:
    """A client with a memory transport, a hub with some data on its scopes, and a transaction with a span."""

    def __init__(self) -> None:
        self.runtime = FixedRuntime()
        self.memories = {name: sdk.MemoryTransport() for name in ("first", "second")}
        self.clients = {name: self.made_client(memory) for name, memory in self.memories.items()}
        self.client, self.other = self.clients.values()
        self.memory = self.memories["first"]
        process.roots = fresh_roots()
        process.client = self.client
        self.everywhere = sdk.get_global_scope()
        self.hub = sdk.Hub(self.client)
        self.scope = self.hub.scope
        self.scope.set_tag("old", "tag")
        self.scope.set_extra("old", "extra")
        self.scope.set_context("old", {"a": "context"})
        self.scope.add_breadcrumb(message="old")
        self.hub.isolation.add_breadcrumb(message="of the isolation scope")
        self.hub.push_scope()
        self.hub.push_scope()
        self.scope = self.hub.scope
        self.error = ValueError("boom")
        self.transaction = sdk.start_transaction("work", sampled=True)
        self.span: Any = self.transaction.start_child("step")

    def made_client(self, transport: object) -> sdk.Client:
        """Return a client that reports there."""
        return sdk.Client(
            transport=transport, runtime=self.runtime, environ={}, traces_sample_rate=1.0, server_name="here"
        )

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[World]:
        """Make a world, and leave nothing of it behind."""
        with preserved_state():
            process.main_hub = None
            yield cls()

    def enter(self, body: Callable[[], None]) -> None:
        """Run what an actor does, in a context in which nothing was set yet."""
        Context().run(body)

    def observed(self, results: Mapping[str, object]) -> str:
        """Return all that can be seen: what the operations returned, what objects hold, and what was sent, as text.

        In which order envelopes arrived is left out: the SDK promises none.
        """
        seen: dict[str, Any] = {
            "results": {who: self.told(result) for who, result in sorted(results.items())},
            "hub": self.told(self.hub),
            "scope": self.told(self.scope),
            "everywhere": self.told(self.everywhere),
            "last_event_id": self.hub.last_event_id,
            "clients": {name: client.is_closed for name, client in self.clients.items()},
            "client": self.told(sdk.get_client()),
            "transaction": self.told(self.transaction),
            "span": self.told(self.span),
        }
        self.hub.capture_message("what the scopes hold")
        for client in self.clients.values():
            client.flush()
        seen["sent"] = {name: sorted(self._sent(memory)) for name, memory in self.memories.items()}
        return json.dumps(seen, indent=1, sort_keys=True, default=str)

    def told(self, value: object) -> Any:
        """Return a value in words that can be compared."""
        if isinstance(value, dict):
            return {str(name): self.told(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.told(each) for each in value]
        for kind, tell in self._tellers.items():
            if isinstance(value, kind):
                return tell(value)
        return value if value is None or isinstance(value, str | int | float) else type(value).__name__

    @property
    def _tellers(self) -> dict[type, Callable[[Any], Any]]:
        return {
            sdk.Scope: self._of_scope,
            sdk.Hub: lambda hub: [repr(hub), self.told(hub.scope), self.told(hub.isolation), self.told(hub.client)],
            sdk.Client: lambda client: next((name for name, each in self.clients.items() if each is client), "new"),
            sdk.Transaction: lambda transaction: self.told(transaction.to_event()),
            sdk.Span: lambda span: self.told(span.to_dict()),
            sdk.Breadcrumb: lambda crumb: self.told(crumb.to_dict()),
            sdk.Envelope: lambda envelope: [item.payload.decode() for item in envelope.items],
        }

    def _of_scope(self, scope: sdk.Scope) -> dict[str, Any]:
        holds = {name: self.told(getattr(scope, name)) for name in _SCOPE_PROPERTIES}
        return holds | {"span": None if scope.span is None else scope.span.span_id}

    @staticmethod
    def _sent(memory: sdk.MemoryTransport) -> Iterator[str]:
        for envelope in memory.envelopes:
            yield "; ".join(f"{item.type} {_canonical(item.payload)}" for item in envelope.items)


class SharedHub(World):
    """The same, where the functions of the module work on the shared hub, in whatever thread."""

    def enter(self, body: Callable[[], None]) -> None:
        """Run what an actor does with the hub as the current one."""
        Context().run(self.hub.run, body)


class Observed(World):
    """The same, while somebody observes: what a client remembers then is made by the first who needs it."""

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[World]:
        """Observe the world from its beginning."""
        witness = _Witness()
        with observe(witness), World.opened.__func__(cls) as world:
            world.witness = witness
            world.memories["observed"] = witness.memory
            yield world

    def observed(self, results: Mapping[str, object]) -> str:
        """Return also what the observer was told."""
        told = sorted(self.witness.told)
        return f"{told}\n{super().observed(results)}"


class _Witness:
    def __init__(self) -> None:
        self.memory = sdk.MemoryTransport()
        self.told: list[str] = []

    def transport_for(self, _client: sdk.Client) -> sdk.MemoryTransport:
        return self.memory

    def captured(self, capture: Capture) -> None:
        self.told.append(f"captured {capture.event_id}")

    def dropped(self, drop: Drop) -> None:
        self.told.append(f"dropped {drop.summary}: {drop.reason}")

    def breadcrumb(self, crumb: sdk.Breadcrumb, _stamp: object) -> None:
        self.told.append(f"breadcrumb {crumb.message}")


class Copied(World):
    """The same, where the exception is a copy of one that was captured."""

    def __init__(self) -> None:
        super().__init__()
        self.client.capture_exception(self.error)
        self.error = copy.copy(self.error)


def _canonical(payload: bytes) -> str:
    try:
        return json.dumps(json.loads(payload), sort_keys=True)
    except ValueError:
        return payload.decode()
