"""The scopes of `sentry_sdk`, given to a block as forks and put back afterwards."""

from __future__ import annotations

from typing import Self, TypeAlias

from sentry_sdk import scope as sentry_scope

__all__ = ["PreservedScopes"]

_Scope: TypeAlias = sentry_scope.Scope
_Scopes: TypeAlias = tuple[_Scope | None, _Scope | None, _Scope | None]


class PreservedScopes:
    """Forks of the global, isolation and current scope for a block; the originals are put back by identity.

    What an application wrote when it was imported is seen in the block; what the block writes is gone after it. The
    isolation and current scope are those of the calling context, which a synchronous test shares with its fixtures
    and which the event loops of pytest-asyncio and anyio copy.
    """

    def __enter__(self) -> Self:
        """Fork."""
        self.keep()
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there when the block was entered, or `keep` was last called."""
        self.rewind()

    def rewind(self) -> None:
        """Put it back, within the block."""
        _put(self._kept)

    def keep(self) -> None:
        """Let what the scopes hold now be what is put back: it was not set for the block alone."""
        self._kept = (
            sentry_scope._global_scope,  # noqa: SLF001 - sentry_sdk has no public way to replace it
            sentry_scope._isolation_scope.get(),  # noqa: SLF001 - as above
            sentry_scope._current_scope.get(),  # noqa: SLF001 - as above
        )
        everywhere, isolation, current = self._kept
        _put((_fork(everywhere), _fork(isolation), _fork(current)))


def _put(scopes: _Scopes) -> None:
    sentry_scope._global_scope, isolation, current = scopes  # noqa: SLF001 - as above
    sentry_scope._isolation_scope.set(isolation)  # noqa: SLF001 - as above
    sentry_scope._current_scope.set(current)  # noqa: SLF001 - as above


def _fork(scope: sentry_scope.Scope | None) -> sentry_scope.Scope | None:
    if scope is None:
        return None
    forked = scope.fork()
    forked.client = scope.client  # 2.0.1 forgets the client in a copy
    return forked
