"""Paths to what events carry, as a test names them: `tags.tenant`, `user`, `contexts.order.id`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CARRIED", "INHERITED", "check_paths", "shown_path"]

INHERITED: Final = (
    *("tags", "user", "extra", "contexts", "breadcrumbs", "attachments"),
    *("level", "fingerprint", "transaction"),
)
"""The fields that an actor can have from whoever started it, and that can be looked for in what was sent."""

CARRIED: Final = (
    *INHERITED,
    *("event_processors", "error_processors", "session"),
    *("spans", "measurements", "attributes", "trace_id", "span_id"),
)
"""The fields whose writers are known."""

_PLACED: Final = frozenset({"breadcrumbs", "spans"})


def check_paths(argument: str, paths: Sequence[str], *, fields: Iterable[str]) -> None:
    """Refuse a lone text where a list of paths is meant, and a path that nothing can have.

    Raises:
        ExpectationError: it is one; with the nearest field.
    """
    __tracebackhide__ = True
    if isinstance(paths, str):
        raise ExpectationError(f"assert_isolated() got {argument}={paths!r}: expected a list of paths, [{paths!r}]")
    known = tuple(fields)
    for path in paths:
        field = str(path).partition(".")[0]
        if field not in known:
            meant = hint(field, known, otherwise=f"a path begins with one of {', '.join(known)}")
            raise ExpectationError(f"assert_isolated() got {argument}=[{path!r}]: there is no field {field!r}; {meant}")


def shown_path(path: Sequence[str]) -> str:
    """Say a path as a test would read it: `tags["tenant"]`, `breadcrumbs[0]`."""
    head, *keys = path
    return head + "".join(
        f"[{key}]" if head in _PLACED and place == 0 else f'["{key}"]' for place, key in enumerate(keys)
    )
