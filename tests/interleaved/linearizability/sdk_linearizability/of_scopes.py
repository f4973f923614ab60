"""Every public operation of a scope, on the scope on top of the shared hub."""

from __future__ import annotations

from sdk_linearizability.operations import Operation

__all__ = ["READS", "WRITES"]


def _set_span(world, who):
    world.scope.span = world.span


def _mark(who):
    def processor(event, hint):
        event.setdefault("extra", {})[f"processed by {who}"] = True
        return event

    return processor


WRITES = (
    Operation("Scope.set_tag", lambda world, who: world.scope.set_tag(who, who)),
    Operation("Scope.set_tag of one key", lambda world, who: world.scope.set_tag("old", who)),
    Operation(
        "Scope.set_tags",  # one tag after the other, and announced so
        lambda world, who: world.scope.set_tags({"old": who, who: "second"}),
        (
            lambda world, who, _: world.scope.set_tag("old", who),
            lambda world, who, _: world.scope.set_tag(who, "second"),
        ),
    ),
    Operation(
        "Scope.set_extras",
        lambda world, who: world.scope.set_extras({"old": who, who: "second"}),
        (
            lambda world, who, _: world.scope.set_extra("old", who),
            lambda world, who, _: world.scope.set_extra(who, "second"),
        ),
    ),
    Operation("Scope.set_attribute", lambda world, who: world.scope.set_attribute(who, who)),
    Operation(
        "Scope.set_attributes",
        lambda world, who: world.scope.set_attributes({"old": who, who: "second"}),
        (
            lambda world, who, _: world.scope.set_attribute("old", who),
            lambda world, who, _: world.scope.set_attribute(who, "second"),
        ),
    ),
    Operation("Scope.remove_attribute", lambda world, _: world.scope.remove_attribute("old")),
    Operation("Scope.add_feature_flag", lambda world, who: world.scope.add_feature_flag(who, who[0] == "a")),
    Operation("Scope.add_error_processor", lambda world, who: world.scope.add_error_processor(_mark(who))),
    Operation("Scope.set_extra", lambda world, who: world.scope.set_extra(who, who)),
    Operation("Scope.set_context", lambda world, who: world.scope.set_context(who, {"by": who})),
    Operation("Scope.remove_tag", lambda world, _: world.scope.remove_tag("old")),
    Operation("Scope.remove_extra", lambda world, _: world.scope.remove_extra("old")),
    Operation("Scope.remove_context", lambda world, _: world.scope.remove_context("old")),
    Operation("Scope.set_user", lambda world, who: world.scope.set_user({"id": who})),
    Operation("Scope.set_level", lambda world, who: world.scope.set_level({"a": "fatal", "b": "debug"}[who[0]])),
    Operation("Scope.set_fingerprint", lambda world, who: world.scope.set_fingerprint([who])),
    Operation("Scope.set_transaction_name", lambda world, who: world.scope.set_transaction_name(who, f"by {who}")),
    Operation("Scope.add_breadcrumb", lambda world, who: world.scope.add_breadcrumb(message=who)),
    Operation("Scope.clear_breadcrumbs", lambda world, _: world.scope.clear_breadcrumbs()),
    Operation("Scope.add_attachment", lambda world, who: world.scope.add_attachment(who.encode(), f"{who}.txt")),
    Operation("Scope.add_event_processor", lambda world, who: world.scope.add_event_processor(_mark(who))),
    Operation("Scope.set_client", lambda world, _: world.scope.set_client(world.other)),
    Operation("Scope.span written", _set_span),
    Operation("Scope.clear", lambda world, _: world.scope.clear()),
)

READS = (
    Operation("Scope.fork", lambda world, _: world.scope.fork()),
    *(
        Operation(f"Scope.{name}", lambda world, _, name=name: getattr(world.scope, name))
        for name in (
            *("level", "fingerprint", "transaction_name", "user", "tags", "extra", "contexts", "breadcrumbs", "span"),
            *("attributes", "flags"),
        )
    ),
)
