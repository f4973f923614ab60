"""The rules of an event's contexts. One is known by its `type`, or else by its name; any other is the application's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ._checks import Check, anything, boolean, each, mapping, mapping_of, must, number, text, whole
from ._grammar import event_id, one_word, span_id, span_status, trace_id

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["contexts"]

_LONGEST_FEEDBACK: Final = 4096

_TRACE: Final = mapping(
    {
        "trace_id": trace_id,
        **dict.fromkeys(("span_id", "parent_span_id"), span_id),
        **dict.fromkeys(("op", "description"), text),
        "origin": one_word,
        "status": span_status,
        "exclusive_time": number,
        "sampled": boolean,
        "client_sample_rate": number,
        "data": mapping_of(anything),
    },
    required=("trace_id", "span_id"),
)
_FEEDBACK: Final = mapping(
    {
        "message": must(
            f"a text of 1 to {_LONGEST_FEEDBACK} characters",
            lambda value: isinstance(value, str) and value.strip() != "" and len(value) <= _LONGEST_FEEDBACK,
        ),
        **dict.fromkeys(("contact_email", "name", "source"), text),
        "url": text,
        **dict.fromkeys(("associated_event_id", "replay_id"), event_id),
    },
    required=("message",),
)
_KNOWN: Final[dict[str, Check]] = {
    "trace": _TRACE,
    "feedback": _FEEDBACK,
    "os": mapping(
        dict.fromkeys(("name", "version", "build", "kernel_version", "raw_description"), text) | {"rooted": boolean}
    ),
    "runtime": mapping(dict.fromkeys(("name", "version", "build", "raw_description"), text)),
    "browser": mapping(dict.fromkeys(("name", "version"), text)),
    "app": mapping(
        dict.fromkeys(("app_identifier", "app_name", "app_version", "app_build", "build_type", "app_start_time"), text)
        | {"app_memory": whole, "in_foreground": boolean}
    ),
    "device": mapping(
        dict.fromkeys(("name", "family", "model", "model_id", "arch", "orientation", "manufacturer", "brand"), text)
        | dict.fromkeys(("memory_size", "free_memory", "usable_memory", "storage_size", "free_storage"), whole)
        | dict.fromkeys(("online", "charging", "low_memory", "simulator"), boolean)
        | dict.fromkeys(("battery_level", "screen_density"), number)
    ),
    "culture": mapping(
        dict.fromkeys(("calendar", "display_name", "locale", "timezone"), text) | {"is_24_hour_format": boolean}
    ),
    "response": mapping({"status_code": whole, "body_size": whole}),
    "replay": mapping({"replay_id": event_id}),
    "profile": mapping(dict.fromkeys(("profile_id", "profiler_id"), event_id)),
    "flags": mapping({"values": each(mapping({"flag": text, "result": anything}, required=("flag",)))}),
}


def contexts(value: Any, path: str) -> Iterator[str]:
    """Check all contexts of an event."""
    yield from mapping_of(anything)(value, path)
    if not isinstance(value, dict):
        return
    for name, context in value.items():
        kind = context.get("type", name) if isinstance(context, dict) else name
        check = _KNOWN.get(kind) if isinstance(kind, str) else None
        yield from (check or mapping({}))(context, f"{path}.{name}")
