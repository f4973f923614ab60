"""What an operation is, and of which atomic parts it consists where it is not atomic as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Operation", "Part"]

Part = "Callable[[Any, str, dict[str, Any]], object]"
"""A step of an operation: is given the world, who performs the operation, and what its earlier parts left there."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the SDK.

    Attributes:
        name: whose method it is and which, `"Scope.set_tag"`; after a blank, which form of it.
        perform: makes the call; is given the world and who makes it.
        parts: the atomic steps that it stands for; empty: it is atomic as a whole.
    """

    name: str
    perform: Callable[[Any, str], object]
    parts: tuple[Callable[[Any, str, dict[str, Any]], object], ...] = ()

    @property
    def subject(self) -> str:
        """The public name that the operation is of."""
        return self.name.partition(" ")[0]

    def steps(self) -> tuple[Callable[[Any, str, dict[str, Any]], object], ...]:
        """Return what is done in sequence."""
        return self.parts or (lambda world, who, _memo: self.perform(world, who),)
