"""The way in that imports nothing: each function loads its module, and with it `sentry_sdk`, when it is called."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_errortrack.sdk import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pytest_errortrack.assertions import Recorder, SetUp
    from pytest_errortrack.sdk.testing import World

    from ._scopes import PreservedScopes

__all__ = [
    "Bridging",
    "UncapturedSentryWarning",
    "another_world",
    "fresh_trace",
    "init",
    "is_imported",
    "is_initialised",
    "isolation_scopes_in_force",
    "known_options",
    "merged_scope",
    "preserved_scopes",
    "recording",
    "require",
    "set_up",
]

_OLDEST: Final = 2
_told: Final[list[str]] = []
_SCOPE_VARS: Final = f"{__package__}._scope_vars"


def is_imported() -> bool:
    """Tell whether this process has a `sentry_sdk` that can be captured, imported to its end.

    One that is too old is left alone, and a warning says so, once in the process.
    """
    module = sys.modules.get("sentry_sdk")
    if module is None or not hasattr(module, "init"):
        return False
    too_old = _too_old()
    if too_old and too_old not in _told:
        _told.append(too_old)  # first: where warnings are errors, one test is enough to say so
        warnings.warn(f"{too_old}; what it reports is not captured", UncapturedSentryWarning, stacklevel=2)
    return not too_old


def require() -> None:
    """Import `sentry_sdk` because the user asked for it by name.

    Raises:
        MissingExtra: it is not installed, or too old.
    """
    if importlib.util.find_spec("sentry_sdk") is None:
        raise MissingExtra(
            "the backend 'sentry_sdk' was asked for, but sentry_sdk is not installed: pip install sentry-sdk"
        )
    import sentry_sdk  # noqa: F401, PLC0415 - asked for just now

    too_old = _too_old()
    if too_old:
        raise MissingExtra(f"the backend 'sentry_sdk' was asked for, but {too_old}: pip install 'sentry-sdk>=2'")


def _too_old() -> str:
    """Say of which version the imported `sentry_sdk` is, where that is one without the scopes that we stand in for."""
    version = str(getattr(sys.modules.get("sentry_sdk.consts"), "VERSION", ""))
    major = version.partition(".")[0]
    return f"sentry_sdk is {version}, and 2.0 or newer is needed" if major.isdecimal() and int(major) < _OLDEST else ""


class UncapturedSentryWarning(UserWarning):
    """The process has a `sentry_sdk` that cannot be captured."""


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

    def stand_alone(self) -> None:
        """Let recordings behind this one go on without it: it is about to end before they do."""

    def take_replacement(self, original: object, *, new: object, place: str) -> None:
        """Take note that something was put in the place of something of `sentry_sdk`."""


def recording(recorder: Recorder) -> AbstractContextManager[Bridging]:
    """Let every client of `sentry_sdk`, present and future, report to the recorder while the block lasts."""
    from ._recording import Recording  # noqa: PLC0415 - imports sentry_sdk

    return Recording(recorder)


def another_world(world: World) -> AbstractContextManager[None]:
    """Let `sentry_sdk` take time, ids and random numbers from this world while the block lasts."""
    from ._another_world import another_world as another  # noqa: PLC0415 - imports sentry_sdk

    return another(world)


def fresh_trace() -> None:
    """Let the scopes of `sentry_sdk` here begin a trace of their own."""
    from ._another_world import fresh_trace as begin  # noqa: PLC0415 - imports sentry_sdk

    begin()


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


def set_up() -> SetUp | None:
    """Describe how the application set `sentry_sdk` up; None where it did not."""
    if not is_imported():
        return None
    from ._set_up import set_up as described  # noqa: PLC0415 - imports sentry_sdk

    return described()


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
