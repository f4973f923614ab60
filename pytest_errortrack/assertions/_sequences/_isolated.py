"""What sequences have in common whose elements take data from scopes: they can be asked whether it is their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedLog, CapturedMetric, CapturedTransaction
from pytest_errortrack.assertions._isolation import assert_isolated, refuse_unknown

from ._sequence import CapturedSequence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["IsolatedSequence"]

W = TypeVar("W", CapturedEvent, CapturedTransaction, CapturedLog, CapturedMetric)


class IsolatedSequence(CapturedSequence[W]):
    """A sequence of events, transactions, logs or metrics."""

    def assert_isolated(
        self,
        *,
        key: Callable[[W], object] | None = None,
        shared: Sequence[str] = (),
        inherited: Sequence[str] = (),
        **unknown: object,
    ) -> None:
        """Make sure that nothing carries data that an unrelated actor wrote.

        Asked of events, the transactions, logs and metrics of the recording are looked at as well; with `key`, and
        asked of anything else, only these.

        Args:
            key: instead of provenance, an id that the application stamps on its own reports: those of each actor must
                have one, and no two actors the same.
            shared: what is meant to be shared, `"tags.release"` or `"tags"`.
            inherited: what actors must have from whoever started them, `"tags.tenant"`: what an ancestor wrote before
                it started the actor that captured has to be there.
            **unknown: refused, with a clear error.

        Raises:
            AssertionError: something is mixed up or missing; or nothing was captured, or by fewer than two actors: a
                proof of nothing.
            ExpectationError: an unknown keyword, or a path that is no list of paths.
        """
        __tracebackhide__ = True
        refuse_unknown(unknown)
        self._look()
        assert_isolated(self._recorder(), self._items(), key=key, shared=shared, inherited=inherited)
