"""The parts of an event: the links of a chain of exceptions, their frames, and breadcrumbs.

The words are the payload's own (https://develop.sentry.dev/sdk/data-model/event-payloads/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ._json import Json, mapping_of, mappings_of
from ._snapshot import Snapshot

__all__ = ["CapturedBreadcrumb", "CapturedException", "CapturedFrame"]


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame of a captured stack trace."""

    payload: Json

    @property
    def function(self) -> str:
        """The qualified name of the function."""
        return str(self.payload.get("function", ""))

    @property
    def filename(self) -> str:
        """The file, relative to its package's or path's root."""
        return str(self.payload.get("filename", ""))

    @property
    def lineno(self) -> int | None:
        """The line, from 1."""
        return self.payload.get("lineno")

    @property
    def in_app(self) -> bool:
        """Whether the frame belongs to the application rather than to a library."""
        return bool(self.payload.get("in_app"))

    @property
    def vars(self) -> Json:
        """The local variables, as text or plain JSON."""
        return mapping_of(self.payload.get("vars"))


@dataclass(frozen=True, slots=True)
class CapturedException:
    """One link of a captured chain of exceptions."""

    payload: Json

    @property
    def type(self) -> str:
        """The name of the class, without its module."""
        return str(self.payload.get("type") or "")

    @property
    def value(self) -> str:
        """What the exception said."""
        return str(self.payload.get("value") or "")

    @property
    def module(self) -> str:
        """The module of the class; empty for builtins."""
        module = str(self.payload.get("module") or "")
        return "" if module == "builtins" else module

    @property
    def mechanism(self) -> Json:
        """How it was caught: `type`, `handled` and more."""
        return mapping_of(self.payload.get("mechanism"))

    @property
    def frames(self) -> list[CapturedFrame]:
        """The stack, outermost call first."""
        return [CapturedFrame(frame) for frame in mappings_of(mapping_of(self.payload.get("stacktrace")).get("frames"))]

    @property
    def qualified_name(self) -> str:
        """Module and name of the class."""
        return f"{self.module}.{self.type}" if self.module else self.type


@dataclass(frozen=True, slots=True)
class CapturedBreadcrumb(Snapshot):
    """One breadcrumb, as recorded or as it went with an event."""

    payload: Json

    @property
    def message(self) -> str:
        """What happened."""
        return str(self.payload.get("message") or "")

    @property
    def category(self) -> str:
        """Where it belongs, `"auth"`."""
        return str(self.payload.get("category") or "")

    @property
    def level(self) -> str:
        """How grave it is; `"info"` where the payload says nothing."""
        return str(self.payload.get("level") or "info")

    @property
    def type(self) -> str:
        """How a display should draw it; `"default"` where the payload says nothing."""
        return str(self.payload.get("type") or "default")

    @property
    def data(self) -> Json:
        """What else was said."""
        return mapping_of(self.payload.get("data"))

    @property
    def timestamp(self) -> float | str | None:
        """When: seconds since the epoch, or RFC 3339 text."""
        return self.payload.get("timestamp")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CapturedBreadcrumb):
            return self.payload == other.payload
        return self.payload == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # a view of a mutable mapping

    def __repr__(self) -> str:
        return f"<CapturedBreadcrumb {self.title}>"

    @property
    def title(self) -> str:
        """Level, category and what happened, on one line."""
        return f"{self.level} {f'{self.category}: ' if self.category else ''}{self.message!r}"[:160]
