"""What an SDK's observers tell a recorder besides the bytes, and who takes what a forked process captures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_errortrack.assertions._captured import Circumstances
    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["Elsewhere", "LostReport", "Note"]


@dataclass(frozen=True, slots=True)
class LostReport:
    """Something that an SDK dropped on purpose, and why.

    Attributes:
        reason: the specification's word (https://develop.sentry.dev/sdk/telemetry/client-reports/).
        category: what kind of thing it was, `"error"`.
        quantity: how many.
        summary: what it said, where that is known.
        detail: why, in words for a reader, where the SDK has them.
        sdk: which SDK dropped it.
    """

    reason: str
    category: str
    quantity: int
    summary: str = ""
    detail: str = ""
    sdk: str = "native"


@dataclass(frozen=True, slots=True)
class Note:
    """What the process knows of an event before its bytes arrive."""

    circumstances: Circumstances
    live_exception: BaseException | None = field(default=None, repr=False)
    stamped: tuple[Stamped, ...] = ()


class Elsewhere(Protocol):
    """Takes what a forked process captures: the recorder there is a copy that nobody reads."""

    def receive(self, wire: bytes, *, told_losses: bool) -> None:
        """Pass on the bytes of one envelope."""

    def lose(self, lost: LostReport) -> None:
        """Pass on what an SDK dropped."""
