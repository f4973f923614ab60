"""What became of a span, in the words of https://develop.sentry.dev/sdk/telemetry/traces/span-status/."""

from __future__ import annotations

__all__ = ["status_of_exception", "status_of_http"]

_HTTP = {
    400: "invalid_argument",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    409: "already_exists",
    413: "failed_precondition",
    429: "resource_exhausted",
    499: "cancelled",
    501: "unimplemented",
    503: "unavailable",
    504: "deadline_exceeded",
}
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500
_BEYOND = 600
_FIRST_OK = 200


def status_of_http(code: int) -> str:
    """Return the span status of an HTTP response's status code."""
    if code in _HTTP:
        return _HTTP[code]
    if _FIRST_OK <= code < _FIRST_ERROR:
        return "ok"
    if _FIRST_ERROR <= code < _FIRST_SERVER_ERROR:
        return "invalid_argument"
    if _FIRST_SERVER_ERROR <= code < _BEYOND:
        return "internal_error"
    return "unknown_error"


def status_of_exception(kind: type[BaseException]) -> str:
    """Return the span status of a block that an exception left; a cancelled task is told by its exception's name."""
    return "cancelled" if kind.__name__ in {"CancelledError", "Cancelled"} else "internal_error"
