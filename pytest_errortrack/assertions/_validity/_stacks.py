"""The rules of exceptions, threads, stack traces and breadcrumbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ._checks import (
    anything,
    boolean,
    each,
    mapping,
    mapping_of,
    must,
    text,
    thread_id,
    values,
    whole,
)
from ._grammar import event_id, filled, level, one_token, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BREADCRUMBS", "EXCEPTION", "STACKTRACE", "THREADS"]

_ADDRESS: Final = must("an address as in 0x1f, or a number", lambda value: isinstance(value, int) or _is_address(value))


def _is_address(value: object) -> bool:
    try:
        int(value if isinstance(value, str) else "", 0)
    except ValueError:
        return False
    return True


_FRAME: Final = mapping(
    {
        **dict.fromkeys(("function", "filename", "abs_path", "module", "context_line", "package", "platform"), text),
        **dict.fromkeys(("lineno", "colno"), whole),
        **dict.fromkeys(("pre_context", "post_context"), each(text)),
        **dict.fromkeys(("instruction_addr", "symbol_addr", "image_addr"), _ADDRESS),
        "in_app": boolean,
        "vars": must("an object or a list", lambda value: isinstance(value, dict | list)),
    }
)
STACKTRACE: Final = mapping({"frames": each(_FRAME, may_be_empty=False)}, required=("frames",))

_ERRNO: Final = mapping({"number": must("a whole number", lambda value: type(value) is int), "name": text})
_MECHANISM: Final = mapping(
    {
        "type": filled,
        "source": one_token,
        **dict.fromkeys(("description", "help_link"), text),
        **dict.fromkeys(("handled", "synthetic", "is_exception_group"), boolean),
        **dict.fromkeys(("exception_id", "parent_id"), whole),
        "data": mapping_of(anything),
        "meta": mapping({"errno": _ERRNO}),
    },
    required=("type",),
)
_LINK: Final = mapping(
    {
        "type": text,
        "value": anything,  # whatever it is, a server writes it as text
        "module": text,
        "thread_id": thread_id,
        "mechanism": _MECHANISM,
        **dict.fromkeys(("stacktrace", "raw_stacktrace"), STACKTRACE),
    }
)


def _exception(value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    yield from _LINK(value, path)
    if isinstance(value, dict) and not value.get("type") and value.get("value") in (None, ""):
        yield f"{path}: expected a type or a value, got neither"


EXCEPTION: Final = values(_exception)
THREADS: Final = values(
    mapping(
        {
            "id": thread_id,
            "name": text,
            **dict.fromkeys(("crashed", "current", "main"), boolean),
            **dict.fromkeys(("stacktrace", "raw_stacktrace"), STACKTRACE),
        }
    )
)
BREADCRUMBS: Final = values(
    mapping(
        {
            **dict.fromkeys(("message", "category", "type", "origin"), text),
            "level": level,
            "timestamp": timestamp,
            "data": mapping_of(anything),
            "event_id": event_id,
        },
        is_closed=True,
    )
)
