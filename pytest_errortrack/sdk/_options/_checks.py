"""What the values of options have to be; a wrong one is the developer's mistake and told at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from pytest_errortrack.sdk._errors import BadOption, UnsupportedOption
from pytest_errortrack.sdk.tracing import is_rate

__all__ = ["CHECKS"]

Check = Callable[[str, Any], Any]


def _rate(name: str, value: Any) -> float:
    if not is_rate(value):
        raise BadOption(f"{name} must be a number from 0 to 1 (found {value!r})")
    if isinstance(value, bool):
        warnings.warn(f"{name}={value} is read as {float(value)}; give a number", DeprecationWarning, stacklevel=2)
    return float(value)


def _optional(check: Check) -> Check:
    def checked(name: str, value: Any) -> Any:
        return None if value is None else check(name, value)

    return checked


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadOption(f"{name} must be a string (found {value!r})")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadOption(f"{name} must be True or False (found {value!r})")
    return value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadOption(f"{name} must be a whole number, 0 or more (found {value!r})")
    return value


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise BadOption(f"{name} must be seconds, 0 or more (found {value!r})")
    return float(value)


def _callable(name: str, value: Any) -> Any:
    if not callable(value):
        raise BadOption(f"{name} must be a function (found {value!r})")
    return value


def _many(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise BadOption(f"{name} must be a list (found {value!r})")
    return tuple(value)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(name, item) for item in _many(name, value))


def _errors(name: str, value: Any) -> tuple[Any, ...]:
    items = _many(name, value)
    for item in items:
        is_class = isinstance(item, type) and issubclass(item, BaseException)
        if not (is_class or isinstance(item, str) or hasattr(item, "search")):
            raise BadOption(f"{name} takes exception classes, their names, and compiled regexes (found {item!r})")
    return items


def _names(name: str, value: Any) -> tuple[Any, ...]:
    items = _many(name, value)
    for item in items:
        if not (isinstance(item, str) or hasattr(item, "search")):
            raise BadOption(f"{name} takes names and compiled regexes (found {item!r})")
    return items


def _integrations(name: str, value: Any) -> tuple[Any, ...]:
    items = _many(name, value)
    for item in items:
        if isinstance(item, type) or not (hasattr(item, "identifier") and callable(getattr(item, "setup_once", None))):
            raise BadOption(f"{name} takes objects with an identifier and setup_once() (found {item!r})")
    return items


def _transport(name: str, value: Any) -> Any:
    is_transport = all(callable(getattr(value, method, None)) for method in ("send", "flush", "close"))
    if not (is_transport or callable(value)):
        raise BadOption(
            f"{name} must be a transport (send, flush, close), or make one of the options (found {value!r})"
        )
    return value


def _no_worker(name: str, value: Any) -> int:
    if _whole(name, value) != 0:
        raise UnsupportedOption(
            f"the option {name}={value} is not available in this version; 0, sending in the capturing thread, is"
        )
    return 0


CHECKS: dict[str, Check] = {
    "attach_stacktrace": _flag,
    "background_worker_threads": _no_worker,
    "before_breadcrumb": _optional(_callable),
    "before_send": _optional(_callable),
    "before_send_transaction": _optional(_callable),
    "debug": _flag,
    "disabled_integrations": _many,
    "dist": _optional(_text),
    "environment": _text,
    "ignore_errors": _errors,
    "ignore_transactions": _names,
    "in_app_exclude": _texts,
    "in_app_include": _texts,
    "include_local_variables": _flag,
    "include_source_context": _flag,
    "integrations": _integrations,
    "max_attachment_size": _whole,
    "max_breadcrumbs": _whole,
    "project_root": _optional(_text),
    "release": _optional(_text),
    "sample_rate": _rate,
    "scrub_data": _flag,
    "send_client_reports": _flag,
    "send_default_pii": _flag,
    "server_name": _optional(_text),
    "shutdown_timeout": _seconds,
    "traces_sample_rate": _optional(_rate),
    "traces_sampler": _optional(_callable),
    "transport": _optional(_transport),
}
