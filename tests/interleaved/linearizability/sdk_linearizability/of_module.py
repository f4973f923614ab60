"""Every function of the module `sdk`, where two threads share one hub, and the process's client."""

from __future__ import annotations

from pytest_errortrack import sdk
from sdk_linearizability.operations import Operation

__all__ = ["FUNCTIONS"]


def _find(world, _, memo):
    memo["scope"] = world.scope


def _tag(_world, who, memo):
    memo["scope"].set_tag(who, who)


def _block(function):
    def within(_, who):
        with function() as scope:
            scope.set_tag(who, who)

    return within


def _open(function):
    def enter(_world, _, memo):
        memo["block"] = function()
        memo["scope"] = memo["block"].__enter__()

    return enter


def _close(_world, _, memo):
    memo["block"].__exit__(None, None, None)


def _blocks(name):
    function = getattr(sdk, name)
    parts = (_open(function), _tag, _close)
    return Operation(f"sdk.{name}", _block(function), parts)


def _callbacks(name):
    function = getattr(sdk, name)
    parts = (_open(function), _tag, _close)
    return Operation(f"sdk.{name} of a callback", lambda _, who: function(lambda scope: scope.set_tag(who, who)), parts)


def _init(world, who):
    return sdk.init(transport=sdk.MemoryTransport(), runtime=world.runtime, server_name=who)


def _setter(name, *values):
    return Operation(f"sdk.{name}", lambda _, who: getattr(sdk, name)(who, *[value(who) for value in values]))


def _told(name):
    return Operation(f"sdk.{name}", lambda _world, _: getattr(sdk, name)())


FUNCTIONS = (
    Operation("sdk.init", _init),
    Operation("sdk.close", lambda _world, _: sdk.close()),
    *(_told(name) for name in ("flush", "is_initialized", "get_client", "last_event_id")),
    *(_told(name) for name in ("get_current_scope", "get_isolation_scope", "get_global_scope")),
    Operation("sdk.capture_message", lambda _, who: sdk.capture_message(who)),
    Operation("sdk.capture_exception", lambda world, _: sdk.capture_exception(world.error)),
    Operation("sdk.capture_event", lambda _, who: sdk.capture_event({"message": who})),
    Operation("sdk.add_breadcrumb", lambda _, who: sdk.add_breadcrumb(message=who)),
    _setter("set_tag", str),
    Operation("sdk.set_tags", lambda _, who: sdk.set_tags({who: who})),
    _setter("set_extra", str),
    Operation("sdk.set_extras", lambda _, who: sdk.set_extras({who: who})),
    _setter("set_attribute", str),
    Operation("sdk.set_attributes", lambda _, who: sdk.set_attributes({who: who})),
    Operation("sdk.remove_attribute", lambda _world, _: sdk.remove_attribute("old")),
    _setter("add_feature_flag", lambda who: who[0] == "a"),
    Operation("sdk.add_error_processor", lambda _world, _: sdk.add_error_processor(lambda event, _: event)),
    _setter("set_context", lambda who: {"by": who}),
    Operation("sdk.set_user", lambda _, who: sdk.set_user({"id": who})),
    Operation("sdk.set_level", lambda _, who: sdk.set_level({"a": "fatal", "b": "debug"}[who[0]])),
    Operation("sdk.set_fingerprint", lambda _, who: sdk.set_fingerprint([who])),
    _setter("set_transaction_name", str),
    Operation("sdk.add_attachment", lambda _, who: sdk.add_attachment(who.encode(), f"{who}.txt")),
    Operation("sdk.add_event_processor", lambda _world, _: sdk.add_event_processor(lambda event, _: event)),
    *(_blocks(name) for name in ("configure_scope", "push_scope", "with_scope", "new_scope", "isolation_scope")),
    *(_callbacks(name) for name in ("configure_scope", "push_scope", "with_scope")),
    Operation("sdk.start_span", lambda _, who: type(sdk.start_span(who)).__name__),
    Operation("sdk.start_transaction", lambda _, who: sdk.start_transaction(who, sampled=True).name),
)
