"""How many are expected."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_errortrack.assertions._errors import ExpectationError

__all__ = ["Count"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many: from `least` to `most`, where None is no bound."""

    least: int
    most: int | None

    @classmethod
    def parse(cls, value: object, *, asked_by: str) -> Count:
        """Read an int, or a pair of bounds of which either may be None."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(value, value)
        if isinstance(value, tuple) and len(value) == 2 and all(_is_bound(bound) for bound in value):  # noqa: PLR2004 - a pair
            least, most = value
            if most is None or (least or 0) <= most:
                return cls(least or 0, most)
        raise ExpectationError(
            f"{asked_by} got count={value!r}: expected an int from 0, or a pair (min, max) with None for no bound"
        )

    def __contains__(self, number: int) -> bool:
        return self.least <= number and (self.most is None or number <= self.most)

    def of(self, noun: str) -> str:
        """Say it of a noun, in the right number."""
        number = self.least if self.most is None else self.most
        return f"{self} {noun}{'s' * (number != 1)}"

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {'one' if self.least == 1 else self.least}"
        return f"at least {self.least}" if self.most is None else f"between {self.least} and {self.most}"


def _is_bound(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
