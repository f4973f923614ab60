"""No public operation of the SDK is left out of the exploration by accident."""

from __future__ import annotations

import inspect

import pytest
from sdk_linearizability import of_clients, of_hubs, of_module, of_scopes, of_spans, of_transports

from pytest_errortrack import sdk

EXPLORED = {
    operation.subject
    for operations in (
        *(of_scopes.WRITES, of_scopes.READS, of_hubs.WRITES, of_hubs.READS, of_spans.SPAN, of_spans.TRANSACTION),
        *(of_clients.CLIENT, of_clients.MEMORY, of_module.FUNCTIONS, of_transports.HTTP),
    )
    for operation in operations
}

REASONS = {
    "Hub.over": "makes a hub, which nobody else has yet",
    "Hub.set_up": "is part of making a hub",
    "Hub.isolation": "is set once, when the hub is made",
    "Hub.push_layer": "is what push_scope and with_scope do",
    "Hub.remove_layer": "is what the end of their blocks does",
    "Hub.restore": "puts back what a test changed, after its threads ended",
    "Scope.restore": "puts back what a test changed, after its threads ended",
    "Scope.put_quietly": "is what bind_client and the captures do",
    "sdk.with_background_worker_disabled": "sets a variable of its own context, which no other thread sees",
    "Client.after_fork": "is called in a child, where there is one thread",
    "HttpTransport.is_immediate": "is a constant of the class",
    "HttpTransport.after_fork": "is called in a child, where there is one thread",
    "MemoryTransport.is_immediate": "is a constant of the class",
    "Scope.bind": "reads nothing of the scope, and what it returns is stepped by one thread at a time",
    "Scope.record_breadcrumb": "is what add_breadcrumb does",
    "Scope.state": "is the scope's own record, read in one step; what is read from it is explored",
    "Client.is_fallback": "is a constant of the class",
    "Span.is_sampled": "is a constant of the class",
    "Span.op": "is set once, when the span is made",
    "Span.origin": "is set once, when the span is made",
    "Span.parent_span_id": "is set once, when the span is made",
    "Span.span_id": "is set once, when the span is made",
    "Span.start_timestamp": "is set once, when the span is made",
    "Span.trace_id": "is set once, when the span is made",
    "Span.status": "is one reference, read as a whole; set_status is explored",
    "Span.timestamp": "is one reference, read as a whole; finish is explored",
    "Transaction.decision": "is set once, when the transaction is made",
    "Transaction.is_sampled": "is set once, when the transaction is made",
    "Transaction.name": "is one reference, read as a whole; set_name is explored",
    "Transaction.source": "is one reference, read as a whole; set_name is explored",
    "Transaction.release": "is called by whoever finished the transaction, which is one thread",
}

CLASSES = (sdk.Scope, sdk.Hub, sdk.Client, sdk.Span, sdk.Transaction, sdk.MemoryTransport, sdk.HttpTransport)


def public_operations():
    """Yield the names of all that can be called or read on what threads share."""
    for name in sdk.__all__:
        if inspect.isfunction(getattr(sdk, name)):
            yield f"sdk.{name}"
    for owner in CLASSES:
        inherited = [base for base in owner.__mro__[1:] if base.__module__.startswith("pytest_errortrack")]
        private = [base for base in inherited if base not in CLASSES]  # the others are listed by themselves
        for name in {name for part in (owner, *private) for name in vars(part)}:
            if not name.startswith("_"):
                yield f"{owner.__name__}.{name}"
    for name in vars(type(sdk.Hub)):
        if not name.startswith("_"):
            yield f"Hub.{name}"


def test_each_public_operation_is_explored_or_has_a_reason_not_to_be():
    """Found by looking at the module and its classes, so that a new one is not forgotten."""
    assert set(public_operations()) - EXPLORED - set(REASONS) == set()


def test_no_reason_is_kept_for_what_is_explored_or_gone():
    """A reason stands for an operation that there is, and that is not explored."""
    assert set(REASONS) - set(public_operations()) == set()
    assert set(REASONS) & EXPLORED == set()


@pytest.mark.parametrize("name", sorted(EXPLORED))
def test_what_is_explored_bears_the_name_of_a_public_operation(name):
    """A misspelt name would count for nothing; what a class inherits is explored under its own name."""
    owner, _, attribute = name.partition(".")

    assert hasattr(sdk if owner == "sdk" else getattr(sdk, owner), attribute) or name in {"Hub.current", "Hub.main"}
