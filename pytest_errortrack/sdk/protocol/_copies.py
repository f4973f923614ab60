"""Copies of JSON-like values, so that what was given to the SDK cannot change behind its back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol._json import Json

__all__ = ["copied"]

_CONTAINERS = frozenset({dict, list, tuple})


def copied(value: Json) -> Json:
    """Return a value whose plain containers (dict, list, tuple) are copies, however deep they go.

    Anything else is kept as it is: it may be anything, and is only looked into when an event is written. Shared and
    cyclic containers stay shared and cyclic. Works without recursion, so that no nesting is too deep.
    """
    kind = type(value)
    if kind not in _CONTAINERS:
        return value
    if kind is dict and _CONTAINERS.isdisjoint(map(type, value.values())):
        return dict(value)  # the commonest case: flat
    copies: dict[int, Any] = {}
    originals: list[Json] = []
    root = _shallow(value, copies, originals)
    # `originals` keeps every container alive while its id stands for it, and grows while it is walked
    for original in originals:
        copy = copies[id(original)]
        if type(copy) is dict:
            for key, item in copy.items():
                if type(item) in _CONTAINERS:
                    copy[key] = _shallow(item, copies, originals)
        else:
            for index, item in enumerate(copy):
                if type(item) in _CONTAINERS:
                    copy[index] = _shallow(item, copies, originals)
    return root


def _shallow(value: Json, copies: dict[int, Any], originals: list[Json]) -> Json:
    """Return the (one) copy of a container; a tuple becomes a list, as it would in JSON."""
    copy = copies.get(id(value))
    if copy is None:
        copy = copies[id(value)] = dict(value) if type(value) is dict else list(value)
        originals.append(value)
    return copy
