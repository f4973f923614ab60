"""The captured sequences of events, transactions and breadcrumbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions._captured import CapturedBreadcrumb, CapturedEvent, CapturedTransaction
from pytest_errortrack.assertions._expecting import BREADCRUMBS, EVENTS, TRANSACTIONS

from ._isolated import IsolatedSequence
from ._sequence import CapturedSequence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["CapturedBreadcrumbs", "CapturedEvents", "CapturedTransactions"]


class CapturedBreadcrumbs(CapturedSequence[CapturedBreadcrumb]):
    """Every breadcrumb recorded, sent with an event or not, oldest first."""

    _vocabulary = BREADCRUMBS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedBreadcrumb]:
        return recorder.breadcrumbs


class CapturedEvents(IsolatedSequence[CapturedEvent]):
    """This test's error and message events, in the order in which they would have been sent."""

    _vocabulary = EVENTS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedEvent]:
        return recorder.events


class CapturedTransactions(IsolatedSequence[CapturedTransaction]):
    """This test's transactions, in the order in which they would have been sent."""

    _vocabulary = TRANSACTIONS
    _is_batched = True  # some versions of `sentry_sdk` send the spans of a transaction one by one

    def _captured(self, recorder: Recorder) -> Sequence[CapturedTransaction]:
        return recorder.transactions
