"""What the markers of a test say, read and judged once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_errortrack._capture import BACKENDS
from pytest_errortrack.assertions import (
    EVENTS,
    LEVELS,
    TRANSACTIONS,
    Count,
    Expectation,
    ExpectationError,
    Forbidden,
    Terms,
    level_called,
)
from pytest_errortrack.interleave import check_modules
from pytest_errortrack.sdk import SdkError
from pytest_errortrack.sdk.testing import check_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    import pytest

    from pytest_errortrack.assertions import Vocabulary

    from ._settings import Settings

__all__ = ["Demands", "problems_of", "read_markers"]


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
        if "count" in _given(marker):
            raise ExpectationError("@expect_no_events takes no count: it is about every such event")
        exempt = tuple(expectation for nearness, expectation in expected if nearness >= _nearness(node))
        yield Forbidden(_read(marker, EVENTS, none=True), exempt)


def _nearness(node: pytest.Item | pytest.Collector | Any) -> int:
    return len(node.listchain())


def _read(marker: pytest.Mark, vocabulary: Vocabulary, *, one: bool = False, none: bool = False) -> Expectation:
    expectation = Expectation.parse(
        vocabulary, *marker.args, asked_by=f"@{marker.name}", counted=True, wants_none=none, **marker.kwargs
    )
    return expectation.with_count(Count(1, 1)) if one else expectation


def _given(marker: pytest.Mark) -> Mapping[str, object]:
    mapping = marker.args[0] if marker.args and isinstance(marker.args[0], dict) else {}
    return {**mapping, **marker.kwargs}


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
    if value == "off":
        return "off"
    level = level_called(value) if isinstance(value, str) else None
    if level is None:
        raise ExpectationError(f"@errortrack: strict={value!r} is no level, expected off, {', '.join(LEVELS)}")
    return level


def _judge(demands: Demands, *, backend: str) -> None:
    if demands.backend is not None and demands.backend not in BACKENDS:
        raise ExpectationError(
            f"@errortrack: unknown backend {demands.backend!r}, expected one of {', '.join(BACKENDS)}"
        )
    if demands.modules is not None:
        check_modules(demands.modules)
    if demands.options is not None and (demands.backend or backend) != "sentry_sdk":
        check_options(demands.options)
