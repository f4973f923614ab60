"""Where two trees of plain values differ: the leaves, each with its path."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._expecting import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parted"]

_DEEPEST: Final = 8


def parted(
    first: object, second: object, *, ignored: Collection[str] = (), path: str = "", depth: int = 0
) -> Iterator[tuple[str, object, object]]:
    """Yield the path of each place where two values differ, and what stands there; `MISSING` for nothing.

    Args:
        first: one value.
        second: the other.
        ignored: keys that do not count, at whatever depth.
        path: where they stand.
        depth: how deep that is; below eight levels values are compared as a whole.
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping) and depth < _DEEPEST:
        for key in [*first, *(key for key in second if key not in first)]:
            if key not in ignored:
                place = f"{path}[{key!r}]" if path else str(key)
                ones, others = first.get(key, MISSING), second.get(key, MISSING)
                yield from parted(ones, others, ignored=ignored, path=place, depth=depth + 1)
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second) and depth < _DEEPEST:
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from parted(one, other, ignored=ignored, path=f"{path}[{index}]", depth=depth + 1)
    elif first is not second and first != second:
        yield path, first, second
