"""The way in that imports nothing: each function loads its module, and with it `sentry_sdk`, when it is called."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_errortrack.assertions import NotAvailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pytest_errortrack.assertions import Recorder

    from ._scopes import PreservedScopes

__all__ = [
    "Bridging",
    "init",
    "is_imported",
    "is_initialised",
    "isolation_scopes_in_force",
    "known_options",
    "merged_scope",
    "preserved_scopes",
    "recording",
    "require",
]

_SCOPE_VARS: Final = f"{__package__}._scope_vars"


def is_imported() -> bool:
    """Tell whether this process has `sentry_sdk`, imported to its end."""
    module = sys.modules.get("sentry_sdk")
    return module is not None and hasattr(module, "init")


def require() -> None:
    """Import `sentry_sdk` because the user asked for it by name.

    Raises:
        NotAvailable: it is not installed.
    """
    if importlib.util.find_spec("sentry_sdk") is None:
        raise NotAvailable(
            "the backend 'sentry_sdk' was asked for, but sentry_sdk is not installed: pip install sentry-sdk"
        )
    import sentry_sdk  # noqa: F401, PLC0415 - asked for just now


class Bridging(Protocol):
    """A recording of `sentry_sdk` that is going on."""

    def lend_client(self) -> None:
        """Where no client is active, lend one."""

    def fresh_run(self) -> AbstractContextManager[None]:
        """Give a schedule or example the clients that the first one found."""

    def empty_batches(self) -> None:
        """Let what is batched arrive, without waiting for anything."""

    def flush(self) -> None:
        """Let what every client has pending arrive: bounded."""

    def take_replacement(self, original: object, *, new: object, place: str) -> None:
        """Take note that something was put in the place of something of `sentry_sdk`."""


def recording(recorder: Recorder) -> AbstractContextManager[Bridging]:
    """Let every client of `sentry_sdk`, present and future, report to the recorder while the block lasts."""
    from ._recording import Recording  # noqa: PLC0415 - imports sentry_sdk

    return Recording(recorder)


def preserved_scopes(recorder: Recorder) -> AbstractContextManager[PreservedScopes]:
    """Give the block scopes of its own, made from those that are; put back by identity what was there."""
    from ._scopes import PreservedScopes  # noqa: PLC0415 - imports sentry_sdk

    return PreservedScopes(recorder)


def isolation_scopes_in_force() -> tuple[object, ...]:
    """Return the isolation scopes of `sentry_sdk` that were opened on purpose in this context, outermost first."""
    module = sys.modules.get(_SCOPE_VARS)
    find: Callable[[], tuple[object, ...]] | None = getattr(module, "isolation_scopes_in_force", None)
    return () if find is None else find()


def is_initialised() -> bool:
    """Tell whether the application has called `sentry_sdk.init`, whatever DSN it gave."""
    if not is_imported():
        return False
    from ._recording import is_initialised as asked  # noqa: PLC0415 - imports sentry_sdk

    return asked()


def init(**options: object) -> None:
    """Let the application's client have these options as well; where there is none, call `sentry_sdk.init`."""
    require()
    from ._options import apply_options  # noqa: PLC0415 - imports sentry_sdk

    apply_options(options)


def known_options() -> frozenset[str]:
    """Return the names of the options that `sentry_sdk` knows; none where the process does not have it."""
    if not is_imported():
        return frozenset()
    from ._options import known_options as known  # noqa: PLC0415 - imports sentry_sdk

    return known()


def merged_scope() -> dict[str, Any]:
    """Return what an event of `sentry_sdk` captured here and now would get from the scopes."""
    from ._snapshot import merged_scope as merged  # noqa: PLC0415 - imports sentry_sdk

    return merged()
