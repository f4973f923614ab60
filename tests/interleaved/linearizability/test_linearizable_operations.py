"""Operations of the SDK on what threads share are atomic, or consist of the atomic parts that are stated for them."""

from __future__ import annotations

import pytest
from sdk_linearizability import of_clients, of_hubs, of_module, of_scopes, of_spans, of_transports
from sdk_linearizability.checking import atomic, explored, is_atomic, program
from sdk_linearizability.of_transports import Posting
from sdk_linearizability.operations import Operation
from sdk_linearizability.world import Copied, Observed, SharedHub, World

TRACING = ("pytest_errortrack.sdk.tracing", "pytest_errortrack.sdk._runtime")

GROUPS = (of_scopes.WRITES, of_scopes.READS, of_hubs.WRITES, of_hubs.READS, of_spans.SPAN, of_spans.TRANSACTION)
BY_NAME = {
    each.name: each for group in (*GROUPS, of_clients.CLIENT, of_clients.MEMORY, of_module.FUNCTIONS) for each in group
}
IN_MODULE = ("sdk.set_tag", "sdk.push_scope", "sdk.close", "sdk.init")

# A few of all, for every run.
SELF = ("Scope.set_tag", "Scope.set_tag of one key", "Scope.set_tags", "Scope.set_extra", "Scope.add_attachment")
SELF += ("Scope.clear", "Hub.bind_client", "Span.set_tag", "Span.description", "MemoryTransport.send")

# Of each of these pairs some schedule once had an outcome that no order explains.
ONCE_TORN = [
    ("Hub.pop_scope", "Hub.pop_scope", World, None),
    ("Hub.push_scope", "Hub.bind_client", World, None),
    ("Span.set_http_status", "Span.to_dict", World, TRACING),
    ("Span.finish", "Span.finish", World, TRACING),
    ("Transaction.finish", "Transaction.finish", World, TRACING),
    ("Transaction.set_name", "Transaction.set_name", World, TRACING),
    ("Scope.add_breadcrumb", "Scope.add_breadcrumb", World, None),
    ("Client.default_trace", "Client.default_trace", World, None),
    ("Client.lose_span", "Client.lose_span", Observed, None),
]


def pairs_of(first, group, reads=()):
    """Return an operation with each that comes after it in its group, itself included, and with each that reads."""
    return [(first, second) for second in (*group[group.index(first) :], *reads)]


def all_pairs(group, reads=()):
    """Return the parameters of a test that is given one operation, and all that it is to be paired with."""
    return [pytest.param(pairs_of(first, group, reads), id=first.name) for first in group]


def torn(pairs, **options):
    """Return what was found of pairs that are not atomic, or could not be explored to the end."""
    found = {(first.name, second.name): atomic(program([first], [second]), **options) for first, second in pairs}
    return {names: str(each.failure or each.summary()) for names, each in found.items() if not is_atomic(each)}


@pytest.mark.parametrize("name", SELF)
def test_an_operation_that_two_threads_perform_at_once_is_atomic(name):
    """Whatever the schedule, it is as if one had come after the other."""
    assert torn([(BY_NAME[name], BY_NAME[name])]) == {}


@pytest.mark.parametrize(("first", "second", "make", "modules"), ONCE_TORN)
def test_what_once_was_torn_is_whole(first, second, make, modules):
    """The mistakes that were found this way stay repaired."""
    options = {"make": make} | ({} if modules is None else {"modules": modules})

    assert torn([(BY_NAME[first], BY_NAME[second])], **options) == {}


@pytest.mark.parametrize(
    "name",
    ["Hub.clone", *(pytest.param(f"Hub.capture_{what}", marks=pytest.mark.soak) for what in ("event", "message"))],
)
def test_a_reader_of_all_scopes_sees_them_at_one_moment(name):
    """Who sees a write to one scope sees those to others that came before it."""
    writes = [
        Operation("set", lambda world, who: world.hub.isolation.set_tag(who, who)),
        Operation("set", lambda world, who: world.scope.set_tag(who, who)),
    ]

    found = explored(program([BY_NAME[name]], writes), search="exhaustive", max_preemptions=1, budget=5_000)

    assert found.failure is None
    assert found.complete


@pytest.mark.soak
@pytest.mark.parametrize("pairs", all_pairs(of_scopes.WRITES, of_scopes.READS))
def test_all_pairs_of_operations_on_one_scope(pairs):
    """Each write with each write and each read."""
    assert torn(pairs) == {}


@pytest.mark.soak
@pytest.mark.parametrize("pairs", all_pairs(of_hubs.WRITES, of_hubs.READS))
def test_all_pairs_of_operations_on_one_hub(pairs):
    """Blocks and callbacks are their parts: to push, what is done within, to pop."""
    assert torn(pairs) == {}


@pytest.mark.soak
@pytest.mark.parametrize("pairs", [*all_pairs(of_spans.SPAN), *all_pairs(of_spans.TRANSACTION)])
def test_all_pairs_of_operations_on_one_span_and_one_transaction(pairs):
    """A span that is finished while its transaction is, is in it or not."""
    assert torn(pairs) == {}


@pytest.mark.soak
@pytest.mark.parametrize("pairs", [*all_pairs(of_clients.CLIENT), *all_pairs(of_clients.MEMORY)])
def test_all_pairs_of_operations_on_one_client_and_one_memory(pairs):
    """An exception that two threads capture is captured once."""
    assert torn(pairs) == {}


@pytest.mark.soak
@pytest.mark.parametrize("pairs", all_pairs(of_transports.HTTP))
def test_all_pairs_of_operations_on_one_transport_to_a_server(pairs):
    """Limits of several answers are all kept, and what was told last is one answer's."""
    assert torn(pairs, make=Posting) == {}


@pytest.mark.soak
@pytest.mark.parametrize("first", of_module.FUNCTIONS, ids=lambda each: each.name)
def test_functions_of_the_module_on_one_hub(first):
    """Each with a write, a push, the end and the beginning of the SDK."""
    assert torn([(first, BY_NAME[name]) for name in IN_MODULE], make=SharedHub) == {}


@pytest.mark.soak
@pytest.mark.parametrize("make", [Observed, Copied])
def test_an_exception_is_captured_once(make):
    """While somebody observes, and where it is a copy of one that was captured before."""
    capture = BY_NAME["Client.capture_exception"]

    assert torn([(capture, capture)], make=make) == {}


@pytest.mark.soak
@pytest.mark.parametrize("name", ["Scope.set_tag", "Scope.set_tag of one key", "Hub.pop_scope", "Span.finish"])
def test_two_preemptions_change_nothing(name):
    """The operations that matter most, in every schedule with two preemptions."""
    found = explored(program([BY_NAME[name]], [BY_NAME[name]]), search="exhaustive", max_preemptions=2, budget=40_000)

    assert (found.failure, found.complete) == (None, True)
