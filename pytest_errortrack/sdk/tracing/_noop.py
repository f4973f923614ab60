"""The span of whatever is not traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_errortrack.sdk.protocol import Json

__all__ = ["NOOP_SPAN", "NoOpSpan"]


class NoOpSpan:
    """What is started where nothing is recorded: it accepts everything and keeps nothing."""

    __slots__ = ()
    is_sampled = False

    @property
    def transaction(self) -> None:
        """A span that records nothing belongs to no transaction."""
        return

    def start_child(self, op: str | None = None, **_options: object) -> NoOpSpan:  # noqa: ARG002 - Span's signature
        """Return the same nothing."""
        return self

    def set_tag(self, key: str, value: Json) -> None:
        """Keep nothing."""

    def set_data(self, key: str, value: Json) -> None:
        """Keep nothing."""

    def set_status(self, status: str) -> None:
        """Keep nothing."""

    def set_http_status(self, code: int) -> None:
        """Keep nothing."""

    def finish(self, end_timestamp: float | None = None) -> None:
        """End nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave everything as it is."""

    def __repr__(self) -> str:
        return "<NoOpSpan>"


NOOP_SPAN = NoOpSpan()
