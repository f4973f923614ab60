"""The captured sequences of events, transactions and breadcrumbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions._captured import CapturedBreadcrumb, CapturedEvent, CapturedTransaction
from pytest_errortrack.assertions._expecting import BREADCRUMBS, EVENTS, TRANSACTIONS
from pytest_errortrack.assertions._isolation import assert_isolated, refuse_unknown

from ._sequence import CapturedSequence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["CapturedBreadcrumbs", "CapturedEvents", "CapturedTransactions"]


class CapturedBreadcrumbs(CapturedSequence[CapturedBreadcrumb]):
    """Every breadcrumb recorded, sent with an event or not, oldest first."""

    _vocabulary = BREADCRUMBS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedBreadcrumb]:
        return recorder.breadcrumbs


class CapturedEvents(CapturedSequence[CapturedEvent]):
    """This test's error and message events, in the order in which they would have been sent."""

    _vocabulary = EVENTS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedEvent]:
        return recorder.events

    def assert_isolated(
        self,
        *,
        key: Callable[[CapturedEvent], object] | None = None,
        shared: Sequence[str] = (),
        inherited: Sequence[str] = (),
        **unknown: object,
    ) -> None:
        """Make sure that no event or transaction carries data that an unrelated actor wrote.

        Args:
            key: instead of provenance, an id that the application stamps on its own events: each actor's events must
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


class CapturedTransactions(CapturedSequence[CapturedTransaction]):
    """This test's transactions, in the order in which they would have been sent."""

    _vocabulary = TRANSACTIONS
    _is_batched = True  # some versions of `sentry_sdk` send the spans of a transaction one by one

    def _captured(self, recorder: Recorder) -> Sequence[CapturedTransaction]:
        return recorder.transactions
