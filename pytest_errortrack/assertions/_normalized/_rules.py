"""What in a payload differs from run to run, by its path; list positions are no part of a path.

Everything that is not named here is the application's.
https://develop.sentry.dev/sdk/data-model/event-payloads/
"""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["IDS", "RULES", "Rule", "is_prose"]


class Rule(Enum):
    """What becomes of a value."""

    LEFT_OUT = auto()
    TIME = auto()
    DURATION = auto()
    ID = auto()
    FILE = auto()
    FRAMES = auto()
    HOST = auto()
    RELEASE = auto()


IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event_id": "event",
        "contexts.feedback.associated_event_id": "event",
        "trace_id": "trace",
        "contexts.trace.trace_id": "trace",
        "spans.trace_id": "trace",
        "span_id": "span",
        "contexts.trace.span_id": "span",
        "contexts.trace.parent_span_id": "span",
        "spans.span_id": "span",
        "spans.parent_span_id": "span",
        "spans.segment_id": "span",
        "attributes.sentry.trace.parent_span_id": "span",
        "attributes.sentry.segment.id": "span",
        "check_in_id": "check-in",
        "sid": "session",
        "trace.trace_id": "trace",
        "trace.replay_id": "replay",
        "contexts.profile.profile_id": "profile",
        "contexts.profile.profiler_id": "profile",
        "contexts.replay.replay_id": "replay",
        "contexts.feedback.replay_id": "replay",
        "attributes.sentry.replay_id": "replay",
    }
)
"""Where ids stand, and what each is of."""

_STACKS: Final = ("exception.values.", "exception.", "threads.values.", "threads.", "")
_OF_A_FRAME: Final = (
    *("abs_path", "lineno", "colno", "context_line", "pre_context", "post_context", "vars", "in_app"),
    *("instruction_addr", "addr_mode", "symbol_addr", "image_addr"),
)
_LEFT_OUT: Final = (
    *("modules", "sdk", "_meta", "debug_meta", "extra.sys.argv", "key_id", "project", "seq", "trace.sample_rand"),
    *("contexts.os", "contexts.runtime", "contexts.device", "contexts.culture", "contexts.cloud_resource"),
    *("contexts.app.app_memory", "contexts.app.free_memory"),
    *("exception.values.thread_id", "exception.thread_id"),
    *(f"{where}.{name}" for where in ("threads.values", "threads") for name in ("id", "name", "main")),
    *("spans.same_process_as_parent", "attributes.sentry.timestamp.sequence"),
    *("attributes.sentry.sdk.name", "attributes.sentry.sdk.version", "attributes.sentry.sdk.integrations"),
    *("attributes.process.runtime.name", "attributes.process.runtime.version"),
    *("attributes.process.executable.name", "attributes.process.pid", "attributes.process.command_args"),
    *("attributes.os.name", "attributes.os.version", "attributes.os.type", "attributes.os.description"),
)
_OF_A_SPAN: Final = ("contexts.trace.data", "spans.data", "attributes")
_OF_ITS_THREAD: Final = ("thread.id", "thread.name", "code.line.number", "code.lineno")
_TIMES: Final = (
    *("timestamp", "start_timestamp", "end_timestamp", "received", "started", "sent_at"),
    *("breadcrumbs.values.timestamp", "breadcrumbs.timestamp", "spans.timestamp", "spans.start_timestamp"),
    "contexts.app.app_start_time",
)
_DURATIONS: Final = ("duration", "spans.exclusive_time", "contexts.trace.exclusive_time")
_PROSE: Final = (
    *("exception.values.value", "exception.value", "message", "logentry.message", "logentry.formatted"),
    *("logentry.params", "body", "breadcrumbs.values.message", "breadcrumbs.message"),
)


def _rules() -> Iterator[tuple[str, Rule]]:
    yield from ((path, Rule.ID) for path in IDS)
    yield from ((path, Rule.LEFT_OUT) for path in _LEFT_OUT)
    yield from ((path, Rule.TIME) for path in _TIMES)
    yield from ((path, Rule.DURATION) for path in _DURATIONS)
    for stack in (f"{owner}{kind}" for owner in _STACKS for kind in ("stacktrace", "raw_stacktrace")):
        yield f"{stack}.frames", Rule.FRAMES
        yield f"{stack}.frames.filename", Rule.FILE
        yield from ((f"{stack}.frames.{name}", Rule.LEFT_OUT) for name in _OF_A_FRAME)
    for owner in _OF_A_SPAN:
        yield from ((f"{owner}.{name}", Rule.LEFT_OUT) for name in _OF_ITS_THREAD)
        yield from ((f"{owner}.{name}", Rule.FILE) for name in ("code.file.path", "code.filepath"))
        yield f"{owner}.server.address", Rule.HOST
    yield "server_name", Rule.HOST
    yield from (
        (path, Rule.RELEASE) for path in ("release", "attrs.release", "attributes.sentry.release", "trace.release")
    )


RULES: Final[Mapping[str, Rule]] = MappingProxyType(dict(_rules()))
"""What becomes of the value at each path."""


def is_prose(path: str) -> bool:
    """Tell whether a text is what an SDK or an error said, where paths of the run are no choice of the application."""
    return path in _PROSE or path.startswith("logentry.params.") or ".frames.vars." in path
