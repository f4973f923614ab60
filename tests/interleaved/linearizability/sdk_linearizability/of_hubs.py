"""Every public operation of a hub that two actors share, and its atomic parts where it has several."""

from __future__ import annotations

from pytest_errortrack import sdk
from sdk_linearizability.operations import Operation

__all__ = ["READS", "WRITES"]


def _push(world, _, memo):
    memo["pushed"] = world.hub.push_scope()
    memo["scope"] = memo["pushed"].scope


def _pop(_world, _who, memo):
    memo["pushed"].__exit__(None, None, None)


def _find(world, _, memo):
    memo["scope"] = world.hub.scope


def _tag(_world, who, memo):
    memo["scope"].set_tag(who, who)


def _crumb(_world, who, memo):
    memo["scope"].add_breadcrumb(message=who)


def _take(capture):
    def take(world, who, memo):
        memo["id"] = capture(world, who, memo)
        return memo["id"]

    return take


def _remember(world, _, memo):
    return world.hub._remember(memo["id"])


def _push_block(world, who):
    with world.hub.push_scope() as scope:
        scope.set_tag(who, who)


def _with_block(world, who):
    with world.hub.with_scope() as scope:
        scope.set_tag(who, who)


def _configure_block(world, who):
    with world.hub.configure_scope() as scope:
        scope.set_tag(who, who)


def _callback(who):
    return lambda scope: scope.set_tag(who, who)


def _resolve(world, _, memo):
    memo["hub"] = world.hub.client


def _event(who):
    return {"message": f"event of {who}"}


def _capture_message(world, who, _):
    return world.client.capture_message(who, states=world.hub._states({}))


def _capture_exception(world, _who, _memo):
    return world.client.capture_exception(world.error, states=world.hub._states({}))


def _capture_event(world, who, _):
    return world.client.capture_event(_event(who), states=world.hub._states({}))


WRITES = (
    Operation("Hub.push_scope", lambda world, _: world.hub.push_scope()),
    Operation("Hub.push_scope as a block", _push_block, (_push, _tag, _pop)),
    Operation(
        "Hub.push_scope of a callback", lambda world, who: world.hub.push_scope(_callback(who)), (_push, _tag, _pop)
    ),
    Operation("Hub.with_scope", _with_block, (_push, _tag, _pop)),
    Operation(
        "Hub.with_scope of a callback", lambda world, who: world.hub.with_scope(_callback(who)), (_push, _tag, _pop)
    ),
    Operation("Hub.pop_scope", lambda world, _: world.hub.pop_scope()),
    Operation("Hub.configure_scope", _configure_block, (_find, _tag)),
    Operation(
        "Hub.configure_scope of a callback", lambda world, who: world.hub.configure_scope(_callback(who)), (_find, _tag)
    ),
    Operation("Hub.bind_client", lambda world, _: world.hub.bind_client(world.other)),
    Operation("Hub.add_breadcrumb", lambda world, who: world.hub.add_breadcrumb(message=who), (_find, _crumb)),
    Operation(
        "Hub.run",
        lambda world, who: world.hub.run(lambda: sdk.get_current_scope().set_tag(who, who)),
        (_find, _tag),
    ),
    Operation(
        "Hub.capture_message",
        lambda world, who: world.hub.capture_message(who),
        (_take(_capture_message), _remember),
    ),
    Operation(
        "Hub.capture_exception",
        lambda world, _: world.hub.capture_exception(world.error),
        (_take(_capture_exception), _remember),
    ),
    Operation(
        "Hub.capture_event",
        lambda world, who: world.hub.capture_event(_event(who)),
        (_take(_capture_event), _remember),
    ),
)

READS = (
    Operation("Hub.clone", lambda world, _: world.hub.clone()),
    Operation("Hub.scope", lambda world, _: world.hub.scope.tags, (_find, lambda _w, _, memo: memo["scope"].tags)),
    Operation("Hub.client", lambda world, _: world.hub.client),
    Operation("Hub.main", lambda _world, _: id(sdk.Hub.main) == id(sdk.Hub.main)),
    Operation("Hub.current", lambda _world, _: repr(sdk.Hub.current)),
    Operation("Hub.last_event_id", lambda world, _: world.hub.last_event_id),
)
