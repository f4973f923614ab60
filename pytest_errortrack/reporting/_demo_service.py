"""A small service with the bug that began this project, and its two repairs: an application like any user's.

Three health checks arrive within a millisecond and take 150 ms each. The handler finds something wrong, reports an
error, and answers SERVING all the same. The report helper works on the process's one hub: while one request has set
its parameters and its tracking id there, another sets its own, and the first report goes out with the other's data.
The service's own log lines pair each tracking id with its request correctly.
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_errortrack.sdk import Hub, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FORMS", "HealthService", "Request"]

tracking_id: ContextVar[str] = ContextVar("tracking_id")
"""The id that an interceptor has put into the request's context."""


class UnknownServiceError(Exception):
    """What the health check reports."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the health check."""

    service: str
    tracking_id: str


def report_on_the_shared_hub(error: Exception, params: Mapping[str, str]) -> None:
    """Report on the hub that every request uses: this is the bug."""
    hub = Hub.main
    hub.configure_scope(lambda scope: describe(scope, params))
    hub.capture_exception(error)


def report_on_a_clone(error: Exception, params: Mapping[str, str]) -> None:
    """Report on a clone, configured and captured on by nobody else: the repair in the helper."""
    hub = Hub.main.clone()
    hub.configure_scope(lambda scope: describe(scope, params))
    hub.capture_exception(error)


def report_on_the_current_hub(error: Exception, params: Mapping[str, str]) -> None:
    """Report on the current hub: right where each request has one of its own."""
    hub = Hub.current
    hub.configure_scope(lambda scope: describe(scope, params))
    hub.capture_exception(error)


def describe(scope: Scope, params: Mapping[str, str]) -> None:
    """Say on a scope which request this is."""
    scope.set_extra("Request Params", params)
    scope.set_extra("Tracking ID", tracking_id.get())
    scope.set_level("error")


@dataclass(slots=True)
class HealthService:
    """The service.

    Attributes:
        report: how a handler reports an error.
        clone_per_request: whether each request runs on a clone of the main hub.
        log: the log lines written so far, JSON.
    """

    report: Callable[[Exception, Mapping[str, str]], None]
    clone_per_request: bool = False
    log: list[str] = field(default_factory=list)

    def serve(self, request: Request) -> str:
        """Serve one request in a context and, where the service is so made, on a hub of its own."""
        tracking_id.set(request.tracking_id)
        if self.clone_per_request:
            return Hub.main.clone().run(lambda: self.check(request))
        return self.check(request)

    def check(self, request: Request) -> str:
        """Answer a health check."""
        params = {"service": request.service}
        started = time.time()
        self._write("request start", params, started=started)
        time.sleep(0.150)
        self.report(UnknownServiceError(f"unknown service {request.service}"), params)
        took = {"grpc.duration_nano": round((time.time() - started) * 1e9), "grpc.code": "OK", "resp": "SERVING"}
        self._write("request end", params, started=started, **took)
        return "SERVING"

    def _write(self, message: str, params: Mapping[str, str], *, started: float, **more: object) -> None:
        line = {"level": "info", "timestamp": time.time(), "caller": "health.py:41", "msg": message}
        line |= {"tracking_id": tracking_id.get(), "grpc.start_time": started, "req": dict(params), **more}
        self.log.append(json.dumps(line))


FORMS: dict[str, Callable[[], HealthService]] = {
    "shared hub": lambda: HealthService(report_on_the_shared_hub),
    "clone in the helper": lambda: HealthService(report_on_a_clone),
    "clone per request": lambda: HealthService(report_on_the_current_hub, clone_per_request=True),
}
