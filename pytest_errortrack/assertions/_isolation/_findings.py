"""What is foreign: a captured thing that carries what neither its actor nor those before it wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._actors import Writer

from ._sent import GONE, sent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.assertions._actors import Actor, Witness
    from pytest_errortrack.sdk.testing import Stamped

    from ._things import Thing

__all__ = ["Finding", "are_related", "findings"]

_COMPARED: Final = frozenset({"tags", "extra", "user", "contexts", "level", "fingerprint", "transaction", "attributes"})
_WHOLE: Final = frozenset({"user", "level", "fingerprint", "transaction"})
_USER_ATTRIBUTES: Final = {
    "user.id": "id",
    "user.name": "username",
    "user.email": "email",
    "user.ip_address": "ip_address",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that is not the capturing actor's, on one captured thing.

    Attributes:
        thing: what carries it.
        stamped: the value as it was written, and where it stands.
        value: as it was sent.
        writer: who wrote it.
        is_late: whether an ancestor did, after it had started the actor.
    """

    thing: Thing
    stamped: Stamped
    value: object
    writer: Writer
    is_late: bool


def findings(witness: Witness, thing: Thing, *, shared: Sequence[str]) -> Iterator[Finding]:
    """Yield what is foreign on one thing, but for what is meant to be shared."""
    actor = thing.actor
    if actor is None:
        return
    for stamped in thing.stamped:
        writer = stamped.stamp
        if not isinstance(writer, Writer) or _is_shared(stamped.path, shared):
            continue
        is_foreign = not are_related(actor, writer.actor)
        is_late = writer.actor in actor.ancestors() and writer.number > actor.birth_below(writer.actor)
        if not (is_foreign or is_late) or _has_written_the_same(witness, actor, thing, stamped):
            continue
        value = sent(thing, stamped)
        if value is not GONE:
            yield Finding(thing, stamped, value, writer, is_late=not is_foreign)


def are_related(actor: Actor, writer: Actor) -> bool:
    """Tell whether a write is the actor's own, an ancestor's, or that of somebody whom the actor itself started.

    A job is its submitter's, and not of whoever started the thread that took it.
    """
    return writer is actor or writer in actor.ancestors() or actor in writer.line()


def _is_shared(path: Sequence[str], shared: Sequence[str]) -> bool:
    dotted = ".".join(path)
    return any(dotted == name or dotted.startswith(f"{name}.") for name in shared)


def _has_written_the_same(witness: Witness, actor: Actor, thing: Thing, stamped: Stamped) -> bool:
    """Tell whether the last that the actor itself wrote there, or inherited, is the very same.

    Two requests that both set the level to fatal, or the same route's name, do not mix anything up: whoever wrote
    last, the event says what it would have said.
    """
    if stamped.path[0] not in _COMPARED or stamped.path[:2] in {("contexts", "trace"), ("contexts", "flags")}:
        return False
    (field, key), within = _place(stamped.path)
    now = thing.circumstances.moment + 1 if thing.circumstances.moment else math.inf
    reach = {actor: now} | {older: min(now, actor.birth_below(older)) for older in actor.ancestors()}
    own = (witness.last_write(field, key, by=each, before=before) for each, before in reach.items())
    last = max(filter(None, own), key=lambda writer: writer.number, default=None)
    return last is not None and last.value is not None and _within(last.value, within) == _comparable(stamped.value)


def _place(path: Sequence[str]) -> tuple[tuple[str, str | None], Sequence[str]]:
    """Split a path into what a write is known by, and what lies within the value that it wrote."""
    field, *keys = path
    if field == "attributes" and keys[0] in _USER_ATTRIBUTES:
        return ("user", None), (_USER_ATTRIBUTES[keys[0]],)
    if field in _WHOLE:
        return (field, None), keys
    return (field, keys[0]), keys[1:]


def _within(value: object, keys: Sequence[str]) -> object:
    for key in keys:
        value = value.get(key, GONE) if isinstance(value, Mapping) else GONE
    return value


def _comparable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
