"""What a test replaced of `sentry_sdk`: a report that never reaches the SDK is not captured, and must not be missed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack._points import Site

__all__ = ["MockedSentryWarning", "Replacement"]


class MockedSentryWarning(UserWarning):
    """A test captures error reports, and replaces the function that makes them."""

    __module__ = "pytest_errortrack.assertions"  # where users import it from, to filter it


@dataclass(frozen=True, slots=True)
class Replacement:
    """One function of `sentry_sdk` that a test put something else in the place of.

    Attributes:
        original: what it is called, `sentry_sdk.capture_exception`.
        place: where it was replaced, `shop.views.capture_exception`.
        calls: tells how often the replacement was called; None where it cannot tell.
        site: the line that replaced it, where it is known.
    """

    original: str
    place: str
    calls: Callable[[], int | None]
    site: Site | None = None

    def is_in_the_way(self) -> bool:
        """Tell whether reports may have ended in the replacement: it was called, or cannot tell."""
        return self.calls() != 0

    def __str__(self) -> str:
        calls = self.calls()
        called = "replaced" if calls is None else f"mocked and called {calls} time{'s' * (calls != 1)}"
        return f"{self.place} was {called}: what went there was not reported"

    def warn(self, *, otherwise: str) -> None:
        """Tell the test's author, at the line that replaced it.

        Args:
            otherwise: the file to name where that line is not known.
        """
        message = MockedSentryWarning(
            f"{self}. Not tested: whether {self.original} was called with the right exception and scope, before_send, "
            "scrubbing, integrations. Leave sentry_sdk as it is, nothing is sent while a test captures, and look at "
            "captured_events: captured_events.one(exception=...)"
        )
        path, line = (self.site.path, self.site.line) if self.site else (otherwise, 0)
        warnings.warn_explicit(message, None, path, line)
