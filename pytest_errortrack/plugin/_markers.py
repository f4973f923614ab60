"""What the markers of a test say, read and judged once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack._capture import BACKENDS
from pytest_errortrack.assertions import (
    EVENTS,
    THRESHOLDS,
    TRANSACTIONS,
    Count,
    Expectation,
    ExpectationError,
    Forbidden,
    Terms,
    hint,
    threshold_called,
)
from pytest_errortrack.interleave import check_modules
from pytest_errortrack.sdk import SdkError
from pytest_errortrack.sdk.testing import check_options, option_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    import pytest

    from pytest_errortrack.assertions import Vocabulary

    from ._settings import Settings

__all__ = ["Demands", "problems_of", "read_markers"]

_OWN: Final = ("backend", "strict", "deterministic", "modules")
"""What `errortrack` takes besides the options of `init`."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What the markers of one test, and the run, demand.

    Attributes:
        terms: what is expected, forbidden and allowed.
        options: what `init` is to be called with; None where no marker says anything.
        backend: which SDK is captured; None for what the run says.
        deterministic: whether ids, times and random numbers are the same in every run.
        modules: whose lines an interleaved test switches at where it does not say so itself; None: the project's.
    """

    terms: Terms
    options: dict[str, Any] | None
    backend: str | None
    modules: Sequence[ModuleType | str | Path] | None
    deterministic: bool = False


def read_markers(item: pytest.Item, *, settings: Settings) -> Demands:
    """Read the markers of a test, of its class and of its module.

    Raises:
        ExpectationError, TypeError, ValueError: a marker that cannot be meant.
    """
    options = _merged_options(item)
    backend = options.pop("backend", None)
    modules = options.pop("modules", None)
    deterministic = options.pop("deterministic", False)
    if not isinstance(deterministic, bool):
        raise ExpectationError(f"@errortrack: deterministic={deterministic!r} is neither True nor False")
    strict = _level(options.pop("strict", settings.strict))
    expected = list(_expected(item))
    terms = Terms(
        events=tuple(expectation for _, expectation in expected),
        transactions=tuple(_read(marker, TRANSACTIONS, one=True) for marker in item.iter_markers("expect_transaction")),
        forbidden=tuple(_forbidden(item, expected)),
        allowed=tuple(_read(marker, EVENTS) for marker in item.iter_markers("allow_events")),
        strict=strict,
    )
    return Demands(terms, options or None, backend, modules, deterministic)


def problems_of(item: pytest.Item, *, settings: Settings) -> Iterator[str]:
    """Tell what is wrong with the markers of a test, naming the test; nothing where all is well.

    Args:
        item: the test.
        settings: what the run says where the markers do not.
    """
    try:
        _judge(read_markers(item, settings=settings), backend=settings.backend)
    except (ExpectationError, SdkError, TypeError, ValueError) as error:
        yield f"{item.nodeid}: {error}"


def _expected(item: pytest.Item) -> Iterator[tuple[int, Expectation]]:
    """Yield each `expect_event` with how near to the test it stands: the higher the nearer."""
    for node, marker in item.iter_markers_with_node("expect_event"):
        yield _nearness(node), _read(marker, EVENTS, one=True)


def _forbidden(item: pytest.Item, expected: Sequence[tuple[int, Expectation]]) -> Iterator[Forbidden]:
    for node, marker in item.iter_markers_with_node("expect_no_events"):
        forbidden = _read(marker, EVENTS, none=True)
        if forbidden.count is not None:
            raise ExpectationError("@expect_no_events takes no count: it is about every such event")
        exempt = tuple(expectation for nearness, expectation in expected if nearness >= _nearness(node))
        yield Forbidden(forbidden, exempt)


def _nearness(node: pytest.Item | pytest.Collector | Any) -> int:
    return len(node.listchain())


def _read(marker: pytest.Mark, vocabulary: Vocabulary, *, one: bool = False, none: bool = False) -> Expectation:
    given = _given(marker)
    expectation = Expectation.parse(vocabulary, *given, asked_by=f"@{marker.name}", counted=True, wants_none=none)
    return expectation.with_count(Count(1, 1)) if one else expectation


def _given(marker: pytest.Mark) -> tuple[object, ...]:
    """Put the keywords into one mapping, beside those of another one; whatever else was given stays as it is."""
    args = marker.args or ({},)
    if len(args) == 1 and isinstance(args[0], Mapping):
        return ({**args[0], **marker.kwargs},)
    return args


def _merged_options(item: pytest.Item) -> dict[str, Any]:
    """Merge the options of all `errortrack` markers by key; the nearest wins."""
    merged: dict[str, Any] = {}
    for marker in item.iter_markers("errortrack"):
        if marker.args:
            raise ExpectationError(f"@errortrack takes keywords only; got {marker.args!r}")
        for option, value in marker.kwargs.items():
            merged.setdefault(option, value)
    return merged


def _level(value: object) -> str:
    level = threshold_called(value)
    if level is None:
        raise ExpectationError(f"@errortrack: strict={value!r} is no level, expected {', '.join(THRESHOLDS)}")
    return level


def _judge(demands: Demands, *, backend: str) -> None:
    if demands.backend is not None and demands.backend not in BACKENDS:
        raise ExpectationError(
            f"@errortrack: unknown backend {demands.backend!r}, expected one of {', '.join(BACKENDS)}"
        )
    if demands.modules is not None:
        check_modules(demands.modules)
    if demands.options is not None and (demands.backend or backend) != "sentry_sdk":
        _check_names(demands.options)
        check_options(demands.options)


def _check_names(options: Mapping[str, Any]) -> None:
    known = (*_OWN, *option_names())
    for name in options:
        if name not in known:
            meant = hint(name, known, otherwise=f"known are {', '.join(_OWN)}, and the options of init()")
            raise ExpectationError(f"@errortrack got an unknown keyword {name!r}: {meant}")
