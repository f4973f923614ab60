"""What the markers of a test say, read and judged once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_errortrack._capture import BACKENDS
from pytest_errortrack.assertions import EVENTS, Count, Expectation, ExpectationError, NotAvailable
from pytest_errortrack.sdk import SdkError
from pytest_errortrack.sdk.testing import check_options

from ._entry import LATER_MARKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

__all__ = ["Demands", "problems_of", "read_markers"]

_LATER_OPTIONS = frozenset({"strict", "modules"})


@dataclass(frozen=True, slots=True)
class Demands:
    """What the markers of one test demand.

    Attributes:
        expectations: one for each `expect_event`, each with a count.
        options: what `init` is to be called with; None where no marker says anything.
        backend: which SDK is captured; None for what the run says.
    """

    expectations: tuple[Expectation, ...]
    options: dict[str, Any] | None
    backend: str | None


def read_markers(item: pytest.Item) -> Demands:
    """Read the markers of a test, of its class and of its module.

    Raises:
        ExpectationError, NotAvailable, TypeError, ValueError: a marker that cannot be meant.
    """
    for marker in item.iter_markers():
        if marker.name in LATER_MARKERS:
            raise NotAvailable.naming(f"the marker {marker.name!r}")
    expectations = tuple(
        Expectation.parse(EVENTS, *marker.args, asked_by="@expect_event", counted=True, **marker.kwargs).with_count(
            Count(1, 1)
        )
        for marker in item.iter_markers("expect_event")
    )
    options = _merged_options(item)
    backend = options.pop("backend", None)
    return Demands(expectations, options or None, backend)


def problems_of(item: pytest.Item, *, backend: str) -> Iterator[str]:
    """Tell what is wrong with the markers of a test, naming the test; nothing where all is well.

    Args:
        item: the test.
        backend: which SDK is captured where the markers do not say.
    """
    try:
        _judge(read_markers(item), backend=backend)
    except (ExpectationError, NotAvailable, SdkError, TypeError, ValueError) as error:
        yield f"{item.nodeid}: {error}"


def _merged_options(item: pytest.Item) -> dict[str, Any]:
    """Merge the options of all `errortrack` markers by key; the nearest wins."""
    merged: dict[str, Any] = {}
    for marker in item.iter_markers("errortrack"):
        if marker.args:
            raise ExpectationError(f"@errortrack takes keywords only; got {marker.args!r}")
        for option, value in marker.kwargs.items():
            if option in _LATER_OPTIONS:
                raise NotAvailable.naming(f"the option {option!r} of @errortrack")
            merged.setdefault(option, value)
    return merged


def _judge(demands: Demands, *, backend: str) -> None:
    if demands.backend is not None and demands.backend not in BACKENDS:
        raise ExpectationError(
            f"@errortrack: unknown backend {demands.backend!r}, expected one of {', '.join(BACKENDS)}"
        )
    if demands.options is not None and (demands.backend or backend) != "sentry_sdk":
        check_options(demands.options)
