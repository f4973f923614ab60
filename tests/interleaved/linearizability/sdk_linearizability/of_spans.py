"""Every public operation of a transaction and of a span that two actors share."""

from __future__ import annotations

from sdk_linearizability.operations import Operation

__all__ = ["SPAN", "TRANSACTION"]


def _describe(world, who):
    world.span.description = who


def _open(world, who):
    world.span.open_by(who)


def _finished_child(world, who):
    child = world.span.start_child(who)
    child.finish()


def _status(who):
    return {"a": "ok", "b": "aborted"}[who[0]]


def _code(who):
    return {"a": 200, "b": 404}[who[0]]


SPAN = (
    Operation("Span.start_child", lambda world, who: world.span.start_child(who)),
    Operation("Span.open_child", lambda world, who: world.span.open_child(who, who)),
    Operation(
        "Span.start_child and finish",
        _finished_child,
        (
            lambda world, who, memo: memo.update(child=world.span.start_child(who)),
            lambda _w, _, memo: memo["child"].finish(),
        ),
    ),
    Operation("Span.description", _describe),
    Operation("Span.open_by", _open),
    Operation("Span.opener", lambda world, _: world.span.opener),
    Operation("Span.set_tag", lambda world, who: world.span.set_tag(who, {"by": who})),
    Operation("Span.set_data", lambda world, who: world.span.set_data(who, who)),
    Operation("Span.set_status", lambda world, who: world.span.set_status(_status(who))),
    Operation("Span.set_http_status", lambda world, who: world.span.set_http_status(_code(who))),
    Operation("Span.finish", lambda world, who: world.span.finish(float(int(who[1]) + ord(who[0])))),
    Operation("Span.to_dict", lambda world, _: world.span.to_dict()),
    Operation("Span.trace_context", lambda world, _: world.span.trace_context()),
    Operation("Span.transaction", lambda world, _: world.span.transaction.name),
)

TRANSACTION = (
    Operation("Transaction.set_name", lambda world, who: world.transaction.set_name(who, source=f"by {who}")),
    Operation("Transaction.set_measurement", lambda world, who: world.transaction.set_measurement(who, 1.0, who)),
    Operation("Transaction.set_context", lambda world, who: world.transaction.set_context(who, {"by": {"who": who}})),
    Operation("Transaction.set_tag", lambda world, who: world.transaction.set_tag(who, {"by": who})),
    Operation("Transaction.set_data", lambda world, who: world.transaction.set_data(who, {"by": who})),
    Operation("Transaction.set_status", lambda world, who: world.transaction.set_status(_status(who))),
    Operation("Transaction.set_http_status", lambda world, who: world.transaction.set_http_status(_code(who))),
    Operation("Transaction.start_child", lambda world, who: world.transaction.start_child(who)),
    Operation("Transaction.open_child", lambda world, who: world.transaction.open_child(None, who)),
    Operation("Transaction.finish", lambda world, who: world.transaction.finish(float(int(who[1]) + ord(who[0])))),
    Operation("Transaction.finish of a span", lambda world, _: world.span.finish()),
    Operation("Transaction.to_event", lambda world, _: world.transaction.to_event()),
    Operation("Transaction.trace_context", lambda world, _: world.transaction.trace_context()),
    Operation("Transaction.stamped", lambda world, _: len(world.transaction.stamped())),
    Operation("Transaction.has_plain_spans", lambda world, _: world.transaction.has_plain_spans),
    Operation("Transaction.sampled", lambda world, _: world.transaction.sampled),
)
