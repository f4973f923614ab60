"""The other half of isolation: what an actor should have inherited must be there.

Isolation asks whether an event carries what somebody else wrote; propagation, whether it carries what the actor's
ancestors wrote before they started it. A test of both catches too much isolation as well as too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions._errors import ExpectationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.assertions._actors import Actor, Witness, Writer
    from pytest_errortrack.assertions._captured import Payload

__all__ = ["Missing", "check_paths", "missing"]

Missing = tuple[str, str, "Writer"]
"""What lacks something, the path of what it lacks, and who had written it."""

_KEYED = frozenset({"tags", "extra", "contexts"})


def check_paths(argument: str, paths: Sequence[str]) -> None:
    """Refuse a lone text where a list of paths is meant: it would be taken apart into letters.

    Raises:
        ExpectationError: it is one.
    """
    if isinstance(paths, str):
        raise ExpectationError(f"assert_isolated() got {argument}={paths!r}: expected a list of paths, [{paths!r}]")


def missing(
    witness: Witness, captured: Sequence[tuple[str, Payload]], *, inherited: Sequence[str]
) -> tuple[list[Missing], list[str]]:
    """Find what events lack that their actors should have inherited.

    Args:
        witness: knows who wrote what.
        captured: what was captured, each with what a failure calls it.
        inherited: paths, `"tags.tenant"`.

    Returns:
        What is missing, and the paths that no ancestor of any capturing actor had written: a proof of nothing.
    """
    found: list[Missing] = []
    idle = []
    for path in inherited:
        expected = [(label, item, _heritage(witness, item.circumstances.actor, path)) for label, item in captured]
        if all(writer is None for _, _, writer in expected):
            idle.append(path)
        found += [(label, path, writer) for label, item, writer in expected if writer and not _carries(item, path)]
    return found, idle


def _heritage(witness: Witness, actor: Actor | None, path: str) -> Writer | None:
    """Find the last write of an ancestor to a path, before it started the actor."""
    if actor is None:
        return None
    writes = sorted(_writes_before(witness, actor, path), key=lambda writer: writer.number)
    return writes[-1] if writes and not writes[-1].operation.startswith("remove") else None


def _writes_before(witness: Witness, actor: Actor, path: str) -> Iterator[Writer]:
    field, *keys = path.split(".")
    key = ".".join(keys) if field in {"tags", "extra"} else (keys[0] if keys and field in _KEYED else None)
    for ancestor in actor.ancestors():
        birth = actor.birth_below(ancestor)
        for writer in witness.writes_to(field, key):
            if writer.actor is ancestor and writer.number < birth:
                yield writer


def _carries(item: Payload, path: str) -> bool:
    field, *keys = path.split(".")
    held: object = item.payload.get(field)
    for key in [".".join(keys)] if keys and field in {"tags", "extra"} else keys:
        if not isinstance(held, dict) or key not in held:
            return False
        held = held[key]
    return held is not None
