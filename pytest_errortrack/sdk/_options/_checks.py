"""What the values of options have to be; a wrong one is the developer's mistake and told at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from os import PathLike, fspath
from typing import Any

from pytest_errortrack.sdk._errors import BadOption
from pytest_errortrack.sdk.tracing import is_rate

__all__ = ["CHECKS"]

Check = Callable[[str, Any], Any]

_LOWEST_STATUS, _HIGHEST_STATUS = 100, 599
_RUNTIME = ("time", "monotonic", "hex_id", "random", "lock")


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


def _path(name: str, value: Any) -> str:
    if isinstance(value, PathLike):
        value = fspath(value)
    if not isinstance(value, str):
        raise BadOption(f"{name} must be a path (found {value!r})")
    return value


def _one_of(*choices: str) -> Check:
    def checked(name: str, value: Any) -> Any:
        if value not in choices:
            raise BadOption(f"{name} must be one of {', '.join(choices)} (found {value!r})")
        return value

    return checked


def _organisation(name: str, value: Any) -> str:
    text = str(value) if type(value) is int else value
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        raise BadOption(f"{name} must be the number of an organisation (found {value!r})")
    return text


def _status_codes(name: str, value: Any) -> tuple[int, ...]:
    codes = _many(name, value)
    for code in codes:
        if type(code) is not int or not _LOWEST_STATUS <= code <= _HIGHEST_STATUS:
            raise BadOption(f"{name} takes HTTP status codes (found {code!r})")
    return codes


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


def _disabled(name: str, value: Any) -> tuple[str, ...]:
    """Take identifiers; of an integration, or a class of them, its identifier."""
    found = tuple(getattr(item, "identifier", item) for item in _many(name, value))
    for item in found:
        if not isinstance(item, str):
            raise BadOption(f"{name} takes identifiers of integrations (found {item!r})")
    return found


def _runtime(name: str, value: Any) -> Any:
    missing = [method for method in _RUNTIME if not callable(getattr(value, method, None))]
    if missing:
        raise BadOption(f"{name} must have {', '.join(_RUNTIME)}; {', '.join(missing)} is not there (found {value!r})")
    return value


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


CHECKS: dict[str, Check] = {
    "attach_stacktrace": _flag,
    "auto_session_tracking": _flag,
    "background_worker_threads": _optional(_whole),
    "before_breadcrumb": _optional(_callable),
    "before_send": _optional(_callable),
    "before_send_check_in": _optional(_callable),
    "before_send_log": _optional(_callable),
    "before_send_metric": _optional(_callable),
    "before_send_span": _optional(_callable),
    "before_send_transaction": _optional(_callable),
    "ca_certs": _optional(_path),
    "context_tags": _texts,
    "debug": _flag,
    "default_integrations": _flag,
    "disabled_integrations": _disabled,
    "dispatcher": _optional(_callable),
    "dist": _optional(_text),
    "enable_backpressure_handling": _flag,
    "enable_logs": _flag,
    "enable_metrics": _flag,
    "environment": _text,
    "environment_variables": _texts,
    "http_proxy": _optional(_text),
    "https_proxy": _optional(_text),
    "ignore_errors": _errors,
    "ignore_transactions": _names,
    "in_app_exclude": _texts,
    "in_app_include": _texts,
    "include_local_variables": _flag,
    "include_source_context": _flag,
    "integrations": _integrations,
    "max_attachment_size": _whole,
    "max_breadcrumbs": _whole,
    "max_request_body_size": _one_of("never", "small", "medium", "always"),
    "org_id": _optional(_organisation),
    "project_root": _optional(_path),
    "propagate_traceparent": _flag,
    "release": _optional(_text),
    "runtime": _runtime,
    "sample_rate": _rate,
    "scrub_data": _flag,
    "send_client_reports": _flag,
    "send_default_pii": _flag,
    "server_name": _optional(_text),
    "shutdown_timeout": _seconds,
    "strict_trace_continuation": _flag,
    "trace_ignore_status_codes": _status_codes,
    "trace_propagation_targets": _names,
    "traces_sample_rate": _optional(_rate),
    "traces_sampler": _optional(_callable),
    "transport": _optional(_transport),
    "transport_queue_size": _whole,
}
