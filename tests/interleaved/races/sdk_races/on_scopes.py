"""Races on what threads share: hubs, scopes, transactions."""

from __future__ import annotations

from typing import Any

from pytest_errortrack import sdk
from sdk_races.race import Race, client_to, untouched

__all__ = ["RACES"]


class TornScope(sdk.Scope):
    """Planted: reads what it holds and replaces it, without a lock."""

    def set_tag(self, key: str, value: object) -> None:
        """Lose what another thread sets in between."""
        state = self.state
        self.state = {**state, "tags": {**state["tags"], key: value}}


class SharedProcessors(sdk.Scope):
    """Planted: a fork that goes on using its original's list of processors."""

    def __init__(self, state: Any = None) -> None:
        super().__init__() if state is None else super().__init__(state)
        self.shared: list[Any] = []

    def fork(self) -> SharedProcessors:
        """Share the list."""
        forked = SharedProcessors(self.state)
        forked.shared = self.shared
        return forked

    def add_event_processor(self, processor: Any) -> None:
        """Add to the list that others use too."""
        self.shared.append(processor)
        self.put_quietly(processors=tuple(self.shared))

    def seen(self) -> tuple[Any, ...]:
        """Return the processors in force here."""
        return tuple(self.shared)


class CarelessTransaction(sdk.Transaction):
    """Planted: puts a context into place before it is filled."""

    def set_context(self, name: str, context: Any) -> None:
        """Show a context that is half there."""
        own: dict[str, Any] = {}
        self._contexts[name] = own
        for key in context:
            own.update({key: context[key]})


def hub_written_by_two(interleaving: Any, *, kind: type[sdk.Scope] = sdk.Scope) -> None:
    """Two threads write different tags through one hub."""
    with untouched():
        hub = sdk.Hub(client_to(sdk.MemoryTransport()), kind())

        interleaving.run(lambda: hub.scope.set_tag("a", 1), lambda: hub.scope.set_tag("b", 2))

        assert hub.scope.tags == {"a": 1, "b": 2}


def hubs_cloned_for_each(interleaving: Any, *, hub_of: Any = sdk.Hub.clone) -> None:
    """Two threads capture with tags of their own; what one hub sends has only its own request's."""
    with untouched():
        memory = sdk.MemoryTransport()
        hub = sdk.Hub(client_to(memory))

        def request(name: str) -> None:
            own = hub_of(hub)
            own.scope.set_tag("request", name)
            own.capture_message(name)

        interleaving.run(lambda: request("a"), lambda: request("b"))

        assert {event["message"]: event["tags"] for event in memory.events} == {
            "a": {"request": "a"},
            "b": {"request": "b"},
        }


def processors_of_a_fork(interleaving: Any, *, kind: Any = sdk.Scope) -> None:
    """What a fork adds is not called for its original, whenever that captures."""
    with untouched():
        memory = sdk.MemoryTransport()
        scope = kind()
        fork = scope.fork()
        hub = sdk.Hub(client_to(memory), scope)

        def capture() -> None:
            held = scope.seen() if kind is SharedProcessors else scope.state["processors"]
            assert held == ()
            hub.capture_message("of the original")

        interleaving.run(lambda: fork.add_event_processor(lambda _event, _hint: None), capture)

        assert len(memory.events) == 1


def context_set_at_the_end(interleaving: Any, *, kind: type[sdk.Transaction] = sdk.Transaction) -> None:
    """A context that is set while the transaction ends is in it as a whole or not at all."""
    with untouched():
        memory = sdk.MemoryTransport()
        sdk.init(transport=memory, environ={}, traces_sample_rate=1.0, server_name="here", release="1")
        transaction = sdk.start_transaction(name="work")
        if kind is not sdk.Transaction:
            begun, transaction = transaction, kind(transaction._record.host, name="work", decision=transaction.decision)
            del begun

        interleaving.run(lambda: transaction.set_context("order", {"id": 7, "total": 25.5}), transaction.finish)

        (sent,) = memory.transactions
        assert sent["contexts"].get("order") in (None, {"id": 7, "total": 25.5})


RACES = (
    Race(
        ("sentry-go#46", "sentry-go#1047", "sentry-go#1049"),
        "writes of two threads through one hub are both there",
        hub_written_by_two,
        ("_hub", "_scope"),
        {"kind": TornScope},
    ),
    Race(
        ("sentry-go#89", "sentry-python#147"),
        "what one thread sets on its clone of a hub is on no event of another's",
        hubs_cloned_for_each,
        ("_hub", "_scope._scope", "_scope._process"),
        {"hub_of": lambda hub: hub},
    ),
    Race(
        ("sentry-ruby#2891",),
        "a fork's processors are its own",
        processors_of_a_fork,
        ("_scope._scope",),
        {"kind": SharedProcessors},
    ),
    Race(
        ("sentry-go#570",),
        "a context set while a transaction ends is whole or absent",
        context_set_at_the_end,
        ("tracing",),
        {"kind": CarelessTransaction},
    ),
)
