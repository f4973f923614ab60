"""Every public operation of a client and of a memory transport that two actors share."""

from __future__ import annotations

from pytest_errortrack import sdk
from sdk_linearizability.operations import Operation

__all__ = ["CLIENT", "MEMORY"]

_EVENT = {"type": "event"}


def _envelope(who):
    return sdk.Envelope({}, (sdk.Item(_EVENT, f'{{"by": "{who}"}}'.encode()),))


CLIENT = (
    Operation("Client.capture_exception", lambda world, _: world.client.capture_exception(world.error)),
    Operation("Client.capture_message", lambda world, who: world.client.capture_message(who)),
    Operation("Client.capture_event", lambda world, who: world.client.capture_event({"message": who})),
    Operation("Client.capture_transaction", lambda world, _: world.client.capture_transaction(world.transaction)),
    Operation(
        "Client.decide_sampling",
        lambda world, _: world.client.decide_sampling(name="n", op=None, source="s", sampled=None, custom=None).sampled,
    ),
    Operation("Client.lose_span", lambda world, who: world.client.lose_span(who)),
    Operation("Client.admit_breadcrumb", lambda world, who: world.client.admit_breadcrumb({"message": who}, None)),
    Operation("Client.note_breadcrumb", lambda world, who: world.client.note_breadcrumb({"message": who}, None)),
    Operation("Client.draw", lambda world, _: world.client.draw()),
    Operation("Client.default_trace", lambda world, _: world.client.default_trace()),
    Operation("Client.send_event", lambda world, who: world.client.send_event({"message": who})),
    Operation("Client.is_own_request", lambda world, _: world.client.is_own_request("http://server.example/")),
    Operation("Client.flush", lambda world, _: world.client.flush()),
    Operation("Client.close", lambda world, _: world.client.close()),
    Operation("Client.is_closed", lambda world, _: world.client.is_closed),
    Operation("Client.is_active", lambda world, _: world.client.is_active),
    Operation("Client.dsn", lambda world, _: world.client.dsn),
    Operation("Client.transport", lambda world, _: world.client.transport),
)

MEMORY = (
    Operation("MemoryTransport.send", lambda world, who: world.memory.send(_envelope(who))),
    Operation("MemoryTransport.flush", lambda world, _: world.memory.flush(1.0)),
    Operation("MemoryTransport.close", lambda world, _: world.memory.close(1.0)),
    Operation("MemoryTransport.clear", lambda world, _: world.memory.clear()),
    Operation("MemoryTransport.envelopes", lambda world, _: world.memory.envelopes),
    Operation("MemoryTransport.events", lambda world, _: world.memory.events),
    Operation("MemoryTransport.transactions", lambda world, _: len(world.memory.transactions)),
    Operation("MemoryTransport.client_reports", lambda world, _: len(world.memory.client_reports)),
    Operation("MemoryTransport.sessions", lambda world, _: len(world.memory.sessions)),
    Operation("MemoryTransport.check_ins", lambda world, _: len(world.memory.check_ins)),
    Operation("MemoryTransport.logs", lambda world, _: len(world.memory.logs)),
    Operation("MemoryTransport.metrics", lambda world, _: len(world.memory.metrics)),
    Operation("MemoryTransport.wait", lambda world, _: world.memory.wait(0, 0.0)),
    Operation("MemoryTransport.attachments", lambda world, _: len(world.memory.attachments)),
)
