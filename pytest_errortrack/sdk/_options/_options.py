"""The options of a client: what was given, what the environment says, and what holds otherwise.

https://develop.sentry.dev/sdk/foundations/client/configuration/
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._errors import BadOption
from pytest_errortrack.sdk._options._checks import CHECKS
from pytest_errortrack.sdk._options._names import OFF, refuse, unknown_option
from pytest_errortrack.sdk._runtime import Runtime, SystemRuntime
from pytest_errortrack.sdk.protocol import Dsn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["Configuration", "Options", "read_options"]

_MAX_ATTACHMENT_SIZE = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Options:
    """Every option of a client; the names are the specification's.

    Attributes:
        dsn: where reports go; None sends nothing.
        attach_stacktrace: add the running stack to messages.
        background_worker_threads: 0 sends in the capturing thread.
        before_breadcrumb: sees, changes or (returning None) drops each breadcrumb.
        before_send: the same for error and message events, after everything else.
        before_send_transaction: the same for transactions.
        debug: say on standard error what the SDK does.
        disabled_integrations: identifiers of integrations to leave out.
        dist: which build of the release.
        environment: where the application runs.
        ignore_errors: exception classes, their names, or regexes on "Type: message"; not reported.
        ignore_transactions: names of transactions, or regexes on them; not sent.
        in_app_exclude: modules that are not the application's.
        in_app_include: modules that are.
        include_local_variables: show the variables of frames.
        include_source_context: show lines of source.
        integrations: objects with `identifier` and `setup_once()`.
        max_attachment_size: in bytes; a bigger attachment is left out.
        max_breadcrumbs: how many an event carries.
        project_root: files below it are the application.
        release: which version of the application runs.
        runtime: clock, ids, randomness and locks.
        sample_rate: which part of the error events is sent.
        scrub_data: replace values whose names say that they are secrets.
        send_client_reports: tell the server how much was not sent, and why.
        send_default_pii: allow integrations to collect personal data; nothing does in this version.
        server_name: which machine this is; None asks the machine.
        shutdown_timeout: seconds that closing may take.
        traces_sample_rate: which part of the transactions is sent; None switches tracing off.
        traces_sampler: decides for each transaction.
        transport: a transport, or makes one of these options.
    """

    dsn: Dsn | None = None
    attach_stacktrace: bool = False
    background_worker_threads: int = 0
    before_breadcrumb: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send_transaction: Callable[[Event, dict[str, Any]], Event | None] | None = None
    debug: bool = False
    disabled_integrations: tuple[Any, ...] = ()
    dist: str | None = None
    environment: str = "production"
    ignore_errors: tuple[Any, ...] = ()
    ignore_transactions: tuple[Any, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    in_app_include: tuple[str, ...] = ()
    include_local_variables: bool = True
    include_source_context: bool = True
    integrations: tuple[Any, ...] = ()
    max_attachment_size: int = _MAX_ATTACHMENT_SIZE
    max_breadcrumbs: int = 100
    project_root: str | None = None
    release: str | None = None
    runtime: Runtime = field(default_factory=SystemRuntime)
    sample_rate: float = 1.0
    scrub_data: bool = True
    send_client_reports: bool = True
    send_default_pii: bool = False
    server_name: str | None = None
    shutdown_timeout: float = 2.0
    traces_sample_rate: float | None = None
    traces_sampler: Callable[[dict[str, Json]], float | bool] | None = None
    transport: Any = None


_NAMES = frozenset(option.name for option in fields(Options))


class Configuration:
    """What `init(configure=...)` hands to its callback: options to set as attributes.

    An option that there is not is an error at the assignment.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        object.__setattr__(self, "_given", given)

    def __setattr__(self, name: str, value: Any) -> None:
        _check_name(name)
        self.__dict__["_given"][name] = value

    def __getattr__(self, name: str) -> Any:
        given = self.__dict__["_given"]
        if name in given:
            return given[name]
        if name in _NAMES:
            return getattr(Options(), name)
        raise AttributeError(str(unknown_option(name, {*_NAMES, *OFF})))


def known_options() -> tuple[str, ...]:
    """Return the names of all options, those that are not available in this version included."""
    return tuple(sorted({*_NAMES, *OFF, "dsn", "configure"}))


def read_options(
    dsn: str | None,
    given: Mapping[str, Any],
    *,
    configure: Callable[[Configuration], object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Options:
    """Put the options together: what was given in code, else in the environment, else the default.

    Raises:
        SdkError: an option is unknown, not available, or has a wrong value; or the DSN is malformed.
    """
    collected = dict(given)
    if dsn is not None:
        collected["dsn"] = dsn
    if configure is not None:
        configure(Configuration(collected))
    for name in collected:
        _check_name(name)
    values = _from_environment(os.environ if environ is None else environ)
    for name, value in collected.items():
        if name in OFF:
            refuse(name, value)
        elif not (value is None and name in {"dsn", "release", "runtime"}):
            values[name] = value
    return Options(**{name: _checked(name, value) for name, value in values.items()})


def _check_name(name: str) -> None:
    if name not in _NAMES and name not in OFF:
        raise unknown_option(name, {*_NAMES, *OFF})


def _checked(name: str, value: Any) -> Any:
    if name == "dsn":
        return _dsn(value)
    if name == "runtime":
        return value
    return CHECKS[name](name, value)


def _dsn(value: object) -> Dsn | None:
    if isinstance(value, Dsn):
        return value
    if not isinstance(value, str):
        raise BadOption(f"dsn must be a string (found {type(value).__name__})")
    return Dsn.parse(value) if value.strip() else None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that environment variables set; an empty variable sets nothing."""
    read: dict[str, Any] = {}
    for name in ("dsn", "release", "environment"):
        value = environ.get(f"SENTRY_{name.upper()}")
        if value:
            read[name] = value
    for name in ("sample_rate", "traces_sample_rate"):
        variable = f"SENTRY_{name.upper()}"
        if environ.get(variable):
            read[name] = _number(variable, environ[variable])
    if environ.get("SENTRY_DEBUG"):
        read["debug"] = environ["SENTRY_DEBUG"].strip().lower() in {"1", "true", "yes", "on", "y", "t"}
    return read


def _number(variable: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise BadOption(f"the environment variable {variable} must be a number from 0 to 1 (found {text!r})") from None
    if not 0 <= number <= 1:
        raise BadOption(f"the environment variable {variable} must be a number from 0 to 1 (found {text!r})")
    return number
