"""Futures of `concurrent.futures` in the order in which they were made.

`wait` and `as_completed` keep them in sets, and lock them in the order of their addresses, which is another one in
every schedule and process. For the time of an exploration that module has sets and a `sorted` that go by age.
"""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["replacements_for_futures"]


def replacements_for_futures() -> list[tuple[Any, str, object]]:
    """Return a class or module each, a name in it, and what is to stand for it."""
    base = sys.modules.get("concurrent.futures._base")
    if base is None:
        return []
    ages = _Ages()
    future, answer = vars(base)["Future"], vars(base)["DoneAndNotDoneFutures"]

    class ByAge(set[Any]):
        """A set of futures that is gone through from the oldest to the youngest."""

        def __iter__(self) -> Iterator[Any]:
            return iter(ages.sorted(super().__iter__()))

    def answer_by_age(done: Iterable[Any], not_done: Iterable[Any]) -> Any:
        return answer(ByAge(done), ByAge(not_done))

    return [
        (future, "__init__", ages.counting(vars(future)["__init__"])),
        (base, "set", ByAge),
        (base, "sorted", ages.sorted),
        (base, "DoneAndNotDoneFutures", answer_by_age),
    ]


class _Ages:
    """Knows which futures were made before which."""

    def __init__(self) -> None:
        self._numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._count = itertools.count(1)

    def counting(self, plain: Callable[..., None]) -> Callable[..., None]:
        """Return an `__init__` that numbers what it makes."""

        def __init__(future: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it stands in for one
            plain(future, *args, **kwargs)
            self._numbers[future] = next(self._count)

        return __init__

    def sorted(self, futures: Iterable[Any], *, key: object = None) -> list[Any]:
        """Return futures from the oldest on; those from before the exploration come first, as they are."""
        del key  # the address
        return sorted(futures, key=lambda future: self._numbers.get(future, 0))
