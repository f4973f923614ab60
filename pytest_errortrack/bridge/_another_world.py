"""Time, ids and random numbers of `sentry_sdk`, from a world of the test's choice.

The modules of `sentry_sdk` that make events, and they alone, get stand-ins for what they imported from the standard
library; everything else in the process keeps the real things. Left alone, too: what decides about sending (transports,
rate limits, monitors), the profiler, and the time of a log record, which `logging` takes.
"""

from __future__ import annotations

import datetime as dt
import importlib
import random
import time
import uuid
from contextlib import contextmanager
from datetime import datetime as _RealDatetime  # noqa: N812 - the one that nobody has replaced yet
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sentry_sdk.scope import Scope

from ._replacing import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.sdk.testing import World

__all__ = ["another_world", "fresh_trace"]

_MODULES: Final = (
    *("client", "scope", "session", "tracing", "tracing_utils", "traces", "logger", "metrics", "_metrics"),
    *("_batcher", "_log_batcher", "_metrics_batcher", "_span_batcher", "crons.api", "crons.decorator"),
)
_DRAWING: Final = ("sentry_sdk.client", "sentry_sdk.tracing")
"""Those that draw once for each event: what draws once for each client draws by the way, and not in every run."""

_worlds: Final[list[World]] = []
_replaced: Final[list[_Replaced]] = []


class _Replaced(NamedTuple):
    module: ModuleType
    name: str
    stand_in: object
    original: object


@contextmanager
def another_world(world: World) -> Iterator[None]:
    """Let `sentry_sdk` take time, ids and random numbers from this world while the block lasts.

    Blocks nest, and may end in any order; the one that began last counts.
    """
    with replacing:
        if not _worlds:
            _install()
        _worlds.append(world)
    try:
        yield
    finally:
        with replacing:
            _worlds.remove(world)
            if not _worlds:
                _remove()


def fresh_trace() -> None:
    """Let the scopes of this context begin a trace of their own, with ids of the world that is in force."""
    for scope in (Scope.get_isolation_scope(), Scope.get_current_scope()):
        if scope._propagation_context is not None:  # noqa: SLF001 - it has no other name
            scope.set_new_propagation_context()


def _install() -> None:
    for module in _modules():
        for attribute, stand_in, is_replaceable in _STAND_INS:
            original = vars(module).get(attribute)
            if is_replaceable(original) and (attribute != "random" or module.__name__ in _DRAWING):
                _replaced.append(_Replaced(module, attribute, stand_in, original))
                setattr(module, attribute, stand_in)


def _modules() -> Iterator[ModuleType]:
    """Import those that this version has: one that the application imports later would find the real things."""
    for name in _MODULES:
        try:
            yield importlib.import_module(f"sentry_sdk.{name}")
        except ImportError:
            continue


def _remove() -> None:
    while _replaced:
        module, name, stand_in, original = _replaced.pop()
        if vars(module).get(name) is stand_in:
            # Whoever froze the clock before may have let go of it since.
            setattr(module, name, dt.datetime if name == "datetime" else original)


def _time() -> float:
    for world in _worlds[-1:]:  # a thread may come here while the last block ends
        return world.time()
    return time.time()


def _nanoseconds() -> int:
    return round(_time() * 1_000_000) * 1000


class _IsDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _RealDatetime)


class _Datetime(_RealDatetime, metaclass=_IsDatetime):
    """`datetime.datetime`, but for what time it is."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        """Return the world's time."""
        return _RealDatetime.fromtimestamp(_time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        """Return the world's time, as UTC without saying so."""
        return _RealDatetime.fromtimestamp(_time(), dt.UTC).replace(tzinfo=None)


class _StandIn(ModuleType):
    """A module that has what it is given, and everything else of the one that it stands for."""

    def __init__(self, original: ModuleType, **given: object) -> None:
        super().__init__(original.__name__)
        self.__dict__.update(given)
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _uuid4() -> uuid.UUID:
    for world in _worlds[-1:]:
        return uuid.UUID(hex=world.hex_id(32))
    return uuid.uuid4()


def _random() -> float:
    for world in _worlds[-1:]:
        return world.random()
    return random.random()  # noqa: S311 - as `sentry_sdk` draws


def _is(original: object) -> Any:
    return lambda found: found is original


_STAND_INS: Final = (
    ("datetime", _Datetime, lambda found: found is _RealDatetime or found is dt.datetime),
    ("uuid", _StandIn(uuid, uuid4=_uuid4), _is(uuid)),
    ("time", _StandIn(time, time=_time, time_ns=_nanoseconds), _is(time)),
    ("random", _StandIn(random, random=_random), _is(random)),
    ("nanosecond_time", _nanoseconds, callable),
    ("now", _time, callable),
)
