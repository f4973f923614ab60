"""The other half of isolation: what an actor should have inherited must be there.

Isolation asks whether an event carries what somebody else wrote; propagation, whether it carries what the actor's
ancestors wrote before they started it. A test of both catches too much isolation as well as too little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._actors import Actor, Witness, Writer

    from ._things import Thing

__all__ = ["Missing", "missing"]

_KEYED = frozenset({"tags", "extra", "contexts"})
_FLAT = frozenset({"tags", "extra"})


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks something, the path of what it lacks, and who had written it."""

    thing: Thing
    path: str
    writer: Writer


def missing(
    witness: Witness, captured: Sequence[Thing], *, inherited: Sequence[str]
) -> tuple[list[Missing], list[str]]:
    """Find what captured things lack that their actors should have inherited.

    Args:
        witness: knows who wrote what.
        captured: what was captured.
        inherited: paths, `"tags.tenant"`.

    Returns:
        What is missing, and the paths that no ancestor of any capturing actor had written: a proof of nothing.
    """
    found: list[Missing] = []
    idle = []
    for path in inherited:
        expected = [(thing, _heritage(witness, thing.actor, path)) for thing in captured]
        if all(writer is None for _, writer in expected):
            idle.append(path)
        found += [Missing(thing, path, writer) for thing, writer in expected if writer and not _carries(thing, path)]
    return found, idle


def _heritage(witness: Witness, actor: Actor | None, path: str) -> Writer | None:
    """Find the last write of an ancestor to a path, before it started the actor."""
    if actor is None:
        return None
    field, *keys = path.split(".")
    key = ".".join(keys) if field in _FLAT else (keys[0] if keys and field in _KEYED else None)
    writes = (
        witness.last_write(
            field,
            key,
            by=ancestor,
            before=actor.birth_below(ancestor),
            is_of_it=lambda writer: _may_have(writer, field, keys),
        )
        for ancestor in actor.ancestors()
    )
    last = max(filter(None, writes), key=lambda writer: writer.number, default=None)
    return None if last is None or last.operation.startswith(("remove", "clear")) else last


def _may_have(writer: Writer, field: str, keys: Sequence[str]) -> bool:
    """Tell whether a write of a whole user was one of this key."""
    if field != "user" or not keys or not isinstance(writer.value, Mapping):
        return True
    return keys[0] in writer.value


def _carries(thing: Thing, path: str) -> bool:
    field, *keys = path.split(".")
    if field == "attachments":
        return bool(thing.attachments)
    held: object = thing.payload.get(field)
    for key in [".".join(keys)] if keys and field in _FLAT else keys:
        if not isinstance(held, dict) or key not in held:
            return False
        held = held[key]
    return held is not None
