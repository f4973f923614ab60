"""What scopes add to an event, in the order in which one beats the other.

Global, isolation, current, the arguments of the call; and the event's own values beat them all. Breadcrumbs are the
exception: those of all scopes and the event are joined.

https://develop.sentry.dev/sdk/telemetry/scopes/#applying-scopes-to-events
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_errortrack.sdk._scope._state import MAX_FLAGS, crumbs_of
from pytest_errortrack.sdk.protocol import Event, Json, copied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_errortrack.sdk._scope._state import Crumb, ScopeState

__all__ = ["Stamped", "apply_scopes", "attributes_of", "trace_context_of"]

_KEYED = ("tags", "extra", "user")
_SINGLE = ("level", "fingerprint", "transaction")
_STATE_FIELD = {"transaction": "transaction_name"}


class Stamped(NamedTuple):
    """A value on an event that a scope brought, and the stamp of whoever wrote it there."""

    path: tuple[str, ...]
    value: object
    stamp: object


def apply_scopes(
    event: Event,
    states: Sequence[ScopeState],
    *,
    max_breadcrumbs: int,
    default_trace: Event,
    shares: bool = False,
) -> tuple[Stamped, ...]:
    """Add what the scopes hold to an event, and return the stamps of what won.

    Args:
        event: changed in place; what it already says stays.
        states: what the scopes hold, weakest first.
        max_breadcrumbs: how many breadcrumbs the event may have.
        default_trace: the trace of an event where no scope knows one.
        shares: whether the event may share values with the scopes, since nobody will change it any more.
    """
    is_transaction = event.get("type") == "transaction"
    is_stamped = any(state["stamps"] for state in states)
    winners = _winners(event, states, is_transaction=is_transaction) if is_stamped else []
    for field in _KEYED:
        _merge_keyed(event, field, states, shares=shares)
    _merge_contexts(event, states, default_trace)
    if is_transaction:
        return tuple(Stamped(path, _at(event, path), stamp) for path, stamp in winners)
    for field in _SINGLE:
        _set_single(event, field, states)
    _show_flags(event, states)
    crumbs = _join_breadcrumbs(event, states, max_breadcrumbs)
    if crumbs:
        told = [values for _, values, _ in crumbs]
        event["breadcrumbs"] = {"values": told if shares else [_crumb_copy(values) for values in told]}
    stamped = [Stamped(path, _at(event, path), stamp) for path, stamp in winners]
    for place, crumb in enumerate(crumbs):
        _, values, stamp = crumb
        if stamp is not None:
            stamped.append(Stamped(("breadcrumbs", str(place)), values, stamp))
    if is_stamped:
        stamped += _stamped_flags(event, states)
    return (*stamped, *_stamped_parts(states, is_error="exception" in event))


def trace_context_of(states: Sequence[ScopeState], default: Event) -> Event:
    """Return the trace that belongs to what is going on: the active span's, else the innermost scope's."""
    for state in reversed(states):
        if state["span"] is not None:
            trace: Event = state["span"].trace_context()
            return trace
    for state in reversed(states):
        if state["propagation_context"] is not None:
            context: Event = state["propagation_context"].trace_context()
            return context
    return default


def _merge_keyed(event: Event, field: str, states: Sequence[Any], *, shares: bool) -> None:
    own = event.get(field)
    if own is not None and not isinstance(own, dict):
        return  # the event's own business: it said something that cannot be merged
    merged: Event = {}
    for state in states:
        if state[field]:
            merged.update(state[field])
    if merged:
        if not shares:
            merged = copied(merged)
        if own:
            merged.update(own)
        event[field] = merged


def _merge_contexts(event: Event, states: Sequence[ScopeState], default_trace: Event) -> None:
    merged: Event = {}
    for state in states:
        for name, context in state["contexts"].items():
            merged[name] = {**merged.get(name, {}), **copied(context)}
    own = event.get("contexts")
    for name, context in (own if isinstance(own, dict) else {}).items():
        merged[name] = {**merged.get(name, {}), **context} if isinstance(context, dict) else context
    trace = merged.get("trace")
    if isinstance(trace, dict) and "trace_id" in trace:
        event["contexts"] = merged
        return
    merged["trace"] = {**trace_context_of(states, default_trace), **(trace if isinstance(trace, dict) else {})}
    event["contexts"] = merged


def _set_single(event: Event, field: str, states: Sequence[Any]) -> None:
    if event.get(field) is not None:
        return
    name = _STATE_FIELD.get(field, field)
    for state in reversed(states):
        if state[name] is not None:
            event[field] = list(state[name]) if field == "fingerprint" else state[name]
            if field == "transaction" and state["transaction_source"] is not None:
                event.setdefault("transaction_info", {"source": state["transaction_source"]})
            return


def _show_flags(event: Event, states: Sequence[ScopeState]) -> None:
    """Show how feature flags were evaluated, the newest of what several scopes know last."""
    flags: dict[str, bool] = {}
    for state in states:
        for name, result in state["flags"].items():
            flags.pop(name, None)
            flags[name] = result
    if flags and "flags" not in event["contexts"]:
        newest = list(flags.items())[-MAX_FLAGS:]
        event["contexts"]["flags"] = {"values": [{"flag": name, "result": result} for name, result in newest]}


def attributes_of(states: Sequence[ScopeState]) -> dict[str, Mapping[str, Json]]:
    """Return the attributes that logs and metrics get from the scopes, those of the innermost scope winning."""
    return {name: dict(typed) for state in states for name, typed in state["attributes"].items()}


def _join_breadcrumbs(event: Event, states: Sequence[ScopeState], limit: int) -> list[Crumb]:
    """Return the scopes' breadcrumbs, in the order they were recorded, before the event's own, without the oldest."""
    trails = [state["breadcrumbs"] for state in states if state["breadcrumbs"] is not None]
    crumbs = [crumb for trail in trails for crumb in crumbs_of(trail, limit)]
    if len(trails) > 1:
        # a scope that was forked from another one has its crumbs too
        crumbs = list({crumb[0]: crumb for crumb in crumbs}.values())
        crumbs.sort(key=itemgetter(0))
    own = event.get("breadcrumbs")
    values = own.get("values") if isinstance(own, dict) else own
    crumbs += [(-1, crumb, None) for crumb in (values if isinstance(values, (list, tuple)) else ())]
    event.pop("breadcrumbs", None)
    return crumbs[-limit:] if limit else []


def _crumb_copy(crumb: Json) -> Json:
    if isinstance(crumb, dict) and crumb.get("data"):
        return {**crumb, "data": copied(crumb["data"])}
    return dict(crumb) if isinstance(crumb, dict) else crumb


def _winners(event: Event, states: Sequence[Any], *, is_transaction: bool) -> list[tuple[tuple[str, ...], object]]:
    """Return path and stamp of every value of a scope that neither a later scope nor the event overrides."""
    found: list[tuple[tuple[str, ...], object]] = []
    for field in _KEYED:
        own = event.get(field)
        if own is not None and not isinstance(own, dict):
            continue
        taken = set(own or ())
        for state in reversed(states):
            for key in state[field] or ():
                if key not in taken:
                    taken.add(key)
                    _note(found, state, (field, key), (field, key))
    found += _context_winners(event, states)
    if not is_transaction:
        for field in _SINGLE:
            if event.get(field) is None:
                name = _STATE_FIELD.get(field, field)
                winner = next((state for state in reversed(states) if state[name] is not None), None)
                _note(found, winner, (field, None), (field,))
    return found


def _context_winners(event: Event, states: Sequence[Any]) -> list[tuple[tuple[str, ...], object]]:
    found: list[tuple[tuple[str, ...], object]] = []
    own = event.get("contexts")
    own = own if isinstance(own, dict) else {}
    taken = {(name, key) for name, context in own.items() for key in (context if isinstance(context, dict) else ())}
    for state in reversed(states):
        for name, context in state["contexts"].items():
            for key in context:
                if (name, key) not in taken:
                    taken.add((name, key))
                    _note(found, state, ("contexts", name), ("contexts", name, key))
    if "trace_id" not in (own.get("trace") or {}):
        spans = (state for state in reversed(states) if state["span"] is not None)
        _note(found, next(spans, None), ("span", None), ("contexts", "trace"))
    return found


def _note(
    found: list[tuple[tuple[str, ...], object]],
    state: Mapping[str, Any] | None,
    key: tuple[str, str | None],
    path: tuple[str, ...],
) -> None:
    stamp = state["stamps"].get(key) if state is not None else None
    if stamp is not None:
        found.append((path, stamp))


def _stamped_flags(event: Event, states: Sequence[ScopeState]) -> list[Stamped]:
    """Return the stamps of the feature flags that the event shows."""
    shown = event["contexts"].get("flags")
    values = shown.get("values") if isinstance(shown, dict) else None
    found: list[Stamped] = []
    for value in values if isinstance(values, list) else ():
        name = value.get("flag") if isinstance(value, dict) else None
        if not isinstance(name, str):  # the event's own, and anything
            continue
        winner = next((state for state in reversed(states) if name in state["flags"]), None)
        stamp = winner["stamps"].get(("flags", name)) if winner is not None else None
        if stamp is not None:
            found.append(Stamped(("contexts", "flags", name), value, stamp))
    return found


def _stamped_parts(states: Sequence[Any], *, is_error: bool) -> list[Stamped]:
    """Return the stamps of processors and attachments, which act on the event from beside it."""
    fields = {"processors", "attachments", "error_processors"} if is_error else {"processors", "attachments"}
    return [
        Stamped((field, key or ""), state[field][int(key or 0)], stamp)
        for state in states
        if state["stamps"]
        for (field, key), stamp in state["stamps"].items()
        if field in fields
    ]


def _at(event: Event, path: tuple[str, ...]) -> Json:
    value: Json = event
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
