"""Events from what was captured: an exception, a message, and what the process says of itself."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from pytest_errortrack.sdk._serialize import VariableWriter
from pytest_errortrack.sdk._stacktrace import FrameBuilder, FrameRules, Link, exception_values, thread_value
from pytest_errortrack.sdk.protocol import copied

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
    def payload(integrations: tuple[str, ...] = ()) -> Event:
        """Return the `sdk` part of an event, with the names of the integrations in use."""
        payload = {**_sdk(), "packages": [dict(package) for package in _sdk()["packages"]]}
        return {**payload, "integrations": list(integrations)} if integrations else payload

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
    system["kernel_version"] = platform.version()
    language = {"name": platform.python_implementation(), "version": platform.python_version(), "build": sys.version}
    return system, language, platform.node()


class _About(NamedTuple):
    """What every event of a client says; shared among events that nobody is going to change.

    Attributes:
        trusted: the ids of the parts.
    """

    sdk: Event
    system: Event
    language: Event
    machine: str
    trusted: frozenset[int]


class EventBuilder:
    """Builds the events of one client; keeps what it learned about source files.

    Args:
        options: the client's.
        integrations: the names of those in use.
    """

    __slots__ = ("_about", "_frames", "_integrations", "_options")

    def __init__(self, options: Options, *, integrations: tuple[str, ...] = ()) -> None:
        self._options = options
        self._integrations = integrations
        rules = FrameRules(
            in_app_include=options.in_app_include,
            in_app_exclude=options.in_app_exclude,
            project_root=options.project_root,
            with_source=options.include_source_context,
        )
        self._frames = FrameBuilder(rules)
        self._about: _About | None = None

    def from_links(
        self,
        links: list[Link],
        mechanism: Mapping[str, Json],
        *,
        stack: FrameType | None = None,
        shares: bool = False,
    ) -> Event:
        """Return the event of an exception and what led to it.

        Args:
            links: the exception and what led to it.
            mechanism: how it was caught.
            stack: the running stack, for an exception that was never raised.
            shares: whether it may share values with other events, since nobody will change it.
        """
        options = self._options
        write = None
        if options.include_local_variables:
            write = VariableWriter(options.runtime.monotonic, scrubs=options.scrub_data).write
        thread = thread_value(has_crashed=mechanism.get("handled") is False)
        values = exception_values(
            links,
            mechanism=mechanism,
            frames=self._frames,
            write=write,
            stack=stack,
            thread_id=thread["id"],
            shares=shares,
        )
        return {"exception": {"values": values}, "threads": {"values": [thread]}}

    @staticmethod
    def own_parts(event: Event) -> frozenset[int]:
        """Return the ids of those parts of a new event that are bounded already: its stack traces."""
        return frozenset(id(value["stacktrace"]) for value in event["exception"]["values"] if "stacktrace" in value)

    def from_message(self, message: str, stack: FrameType | None) -> Event:
        """Return the event of a message, with the running stack where that is asked for."""
        event: Event = {"message": message}
        frames = self._frames.from_stack(stack) if stack is not None else []
        if frames:
            event["threads"] = {"values": [thread_value(has_crashed=False, frames=frames)]}
        return event

    def complete(self, event: Event, *, default_level: str, shares: bool = False) -> frozenset[int]:
        """Add what every event says of where it comes from; what it already says stays.

        Args:
            event: changed in place.
            default_level: the level where it has none; empty: it needs none.
            shares: whether it may share values with other events, since nobody will change it any more.

        Returns:
            The ids of the values that need not be looked at any more.
        """
        about = self._about
        if about is None:
            about = self._about = self._described()
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
        event.setdefault("server_name", about.machine)
        event.setdefault("sdk", about.sdk if shares else copied(about.sdk))
        if default_level and event.get("level") is None:
            event["level"] = default_level
        contexts = event["contexts"]
        contexts.setdefault("os", about.system if shares else about.system.copy())
        contexts.setdefault("runtime", about.language if shares else about.language.copy())
        return about.trusted

    def _described(self) -> _About:
        options = self._options
        system, language, machine = _machine()
        machine = machine if options.server_name is None else options.server_name
        sdk = SDK.payload(self._integrations)
        return _About(sdk, system, language, machine, frozenset(map(id, (sdk, system, language))))
