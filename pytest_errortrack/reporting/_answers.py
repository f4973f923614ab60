"""What a receiver answers, in the words of the real one.

Status and words are those of Relay, which stands before every Sentry: `{"id": ...}` for what it takes,
`{"detail": ..., "causes": [...]}` for what it refuses (https://develop.sentry.dev/sdk/foundations/transport/ and the
module `endpoints/common.rs` of https://github.com/getsentry/relay).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALLOWED_METHODS", "Answer", "Refusal", "accepted", "preflight"]

ALLOWED_METHODS: Final = "POST, OPTIONS"

# A browser's SDK posts from any page, and reads these of the answer (`middlewares/cors.rs` of Relay).
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, "
    "content-type, authentication, authorization, content-encoding, transfer-encoding",
    "Access-Control-Max-Age": "3600",
    "Vary": "origin, access-control-request-method, access-control-request-headers",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: the status code.
        body: JSON, or nothing.
        headers: those that every answer of this kind has.
        detail: why it was refused; empty where it was taken.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


class Refusal(Exception):  # noqa: N818 - no error of ours: a request that is answered with a 4xx
    """A request that is not taken.

    Args:
        status: the status code of the answer.
        detail: why, in Relay's words where it has any.
        causes: what lies behind that, the nearest first.
        headers: what the answer has besides.
    """

    def __init__(
        self, status: int, detail: str, *, causes: tuple[str, ...] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.causes = causes
        self.headers = headers or {}

    @property
    def answer(self) -> Answer:
        """What is answered."""
        said: dict[str, object] = {"detail": self.detail}
        if self.causes:
            said["causes"] = list(self.causes)
        return Answer(self.status, encode(said), {**_CORS, **self.headers}, ": ".join((self.detail, *self.causes)))


def accepted(event_id: str | None) -> Answer:
    """Answer what was taken: with the event's id, where the envelope is about an event."""
    return Answer(200, encode({"id": event_id} if event_id else {}), _CORS)


def preflight() -> Answer:
    """Answer a browser that asks whether a page may post here."""
    return Answer(200, b"", {**_CORS, **_PREFLIGHT})
