"""The scheduler of a reduction: who goes on, choice by choice, and then the default order; it records what it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import Untimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["Led"]


class Led(Untimed):
    """Lets given actors go on at the first choices, and the default order decide all others.

    Where one of them is not there to go on, the default order decides from there on.

    Args:
        paths: of the actors.

    Attributes:
        indexes: the choices it was asked at.
        chosen: the path of the actor that went on at each of them.
        enabled: the paths of those who could have.
    """

    next_point = 0
    is_watching = False

    def __init__(self, paths: Sequence[str]) -> None:
        self.indexes: list[int] = []
        self.chosen: list[str] = []
        self.enabled: list[tuple[str, ...]] = []
        self._paths = iter(paths)

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Go on with the actor that is due."""
        del label
        return self._lead(index, [actor, *others])

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Go on with the actor that is due."""
        del label, actor
        return self._lead(index, enabled)

    def _lead(self, index: int, candidates: Sequence[Candidate]) -> int | None:
        wanted = next(self._paths, None)
        chosen = candidates[0]
        if wanted is not None and wanted != chosen.path:
            found = next((candidate for candidate in candidates if candidate.path == wanted), None)
            if found is None:
                self._paths = iter(())
            else:
                chosen = found
        self.indexes.append(index)
        self.chosen.append(chosen.path)
        self.enabled.append(tuple([candidate.path for candidate in candidates]))
        return None if chosen is candidates[0] else chosen.index
