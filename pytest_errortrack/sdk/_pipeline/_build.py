"""Events from what was captured: an exception, a message, and what the process says of itself."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._serialize import VariableWriter
from pytest_errortrack.sdk._stacktrace import FrameBuilder, FrameRules, Link, exception_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from pytest_errortrack.sdk._options import Options
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["HANDLED", "SDK", "EventBuilder"]

HANDLED: Mapping[str, Json] = {"type": "generic", "handled": True}
"""The mechanism of an exception that the application reports itself."""

_NAME = "pytest-errortrack"


@cache
def _sdk() -> Event:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - reads files; needed once per process

    try:
        number = version(_NAME)
    except PackageNotFoundError:  # pragma: no cover - a checkout on the path, which the tests may run from
        number = "0"
    return {"name": _NAME, "version": number, "packages": [{"name": f"pypi:{_NAME}", "version": number}]}


class SDK:
    """Who made an event, as the payload and the headers say it."""

    @staticmethod
    def payload() -> Event:
        """Return the `sdk` part of an event."""
        return {**_sdk(), "packages": [dict(package) for package in _sdk()["packages"]]}

    @staticmethod
    def header() -> Event:
        """Return the `sdk` header of an envelope."""
        return {"name": _NAME, "version": _sdk()["version"]}

    @staticmethod
    def user_agent() -> str:
        """Return the SDK's name and version for HTTP headers."""
        return f"{_NAME}/{_sdk()['version']}"


@cache
def _machine() -> tuple[Event, Event, str]:
    """Return the contexts `os` and `runtime`, and the machine's name."""
    import platform  # noqa: PLC0415 - asks the system; needed once per process, with the first event

    system = {"name": platform.system(), "version": platform.release(), "build": platform.version()}
    language = {"name": platform.python_implementation(), "version": platform.python_version(), "build": sys.version}
    return system, language, platform.node()


class EventBuilder:
    """Builds the events of one client; keeps what it learned about source files.

    Args:
        options: the client's.
    """

    __slots__ = ("_frames", "_options")

    def __init__(self, options: Options) -> None:
        self._options = options
        rules = FrameRules(
            in_app_include=options.in_app_include,
            in_app_exclude=options.in_app_exclude,
            project_root=options.project_root,
            with_source=options.include_source_context,
        )
        self._frames = FrameBuilder(rules)

    def from_links(self, links: list[Link], mechanism: Mapping[str, Json]) -> Event:
        """Return the event of an exception and what led to it."""
        options = self._options
        write = None
        if options.include_local_variables:
            write = VariableWriter(options.runtime.monotonic, scrubs=options.scrub_data).write
        values = exception_values(links, mechanism=mechanism, frames=self._frames, write=write)
        return {"exception": {"values": values}}

    def from_message(self, message: str, stack: FrameType | None) -> Event:
        """Return the event of a message, with the running stack where that is asked for."""
        event: Event = {"message": message}
        frames = self._frames.from_stack(stack) if stack is not None else []
        if frames:
            event["threads"] = {"values": [{"current": True, "crashed": False, "stacktrace": {"frames": frames}}]}
        return event

    def complete(self, event: Event, *, default_level: str) -> None:
        """Add what every event says of where it comes from; what it already says stays."""
        options = self._options
        runtime = options.runtime
        if not event.get("event_id"):
            event["event_id"] = runtime.hex_id(32)
        if event.get("timestamp") is None:
            event["timestamp"] = runtime.time()
        event.setdefault("platform", "python")
        event.setdefault("environment", options.environment)
        if options.release is not None:
            event.setdefault("release", options.release)
        if options.dist is not None:
            event.setdefault("dist", options.dist)
        system, language, machine = _machine()
        event.setdefault("server_name", machine if options.server_name is None else options.server_name)
        event.setdefault("sdk", SDK.payload())
        if default_level and event.get("level") is None:
            event["level"] = default_level
        contexts = event["contexts"]
        contexts.setdefault("os", dict(system))
        contexts.setdefault("runtime", dict(language))
