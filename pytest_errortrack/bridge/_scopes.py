"""The scopes of `sentry_sdk`, given to a block as forks and put back afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sentry_sdk import scope as sentry_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["preserved"]


@contextmanager
def preserved() -> Iterator[None]:
    """Let the block work on forks of the global, isolation and current scope; put the originals back by identity.

    What an application wrote when it was imported is seen in the block; what the block writes is gone after it. The
    isolation and current scope are those of the calling context, which a synchronous test shares with its fixtures
    and which the event loops of pytest-asyncio and anyio copy.
    """
    global_scope = sentry_scope._global_scope  # noqa: SLF001 - sentry_sdk has no public way to replace it
    isolation = sentry_scope._isolation_scope.get()  # noqa: SLF001 - as above
    current = sentry_scope._current_scope.get()  # noqa: SLF001 - as above
    sentry_scope._global_scope = _fork(global_scope)  # noqa: SLF001 - as above
    sentry_scope._isolation_scope.set(_fork(isolation))  # noqa: SLF001 - as above
    sentry_scope._current_scope.set(_fork(current))  # noqa: SLF001 - as above
    try:
        yield
    finally:
        sentry_scope._global_scope = global_scope  # noqa: SLF001 - as above
        sentry_scope._isolation_scope.set(isolation)  # noqa: SLF001 - as above
        sentry_scope._current_scope.set(current)  # noqa: SLF001 - as above


def _fork(scope: sentry_scope.Scope | None) -> sentry_scope.Scope | None:
    if scope is None:
        return None
    forked = scope.fork()
    forked.client = scope.client  # 2.0.1 forgets the client in a copy
    return forked
