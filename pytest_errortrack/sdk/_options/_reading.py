"""Where options come from: what was given in code, else the environment, else the default.

https://develop.sentry.dev/sdk/foundations/client/configuration/
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._errors import BadOption
from pytest_errortrack.sdk._options._checks import CHECKS
from pytest_errortrack.sdk._options._names import LEFT_OUT, refuse, tell_without_effect, unknown_option
from pytest_errortrack.sdk._options._options import Options
from pytest_errortrack.sdk._options._release import detect_release
from pytest_errortrack.sdk.protocol import Dsn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Configuration", "known_options", "read_options"]

_NAMES = frozenset(option.name for option in fields(Options))
_NONE_IS_NOTHING = ("dsn", "release", "runtime")
_DEFAULT_VARIABLES = ("SENTRY_ENVIRONMENT",)
_YES = frozenset({"1", "true", "yes", "on", "y", "t"})


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
        raise AttributeError(str(unknown_option(name, {*_NAMES, *LEFT_OUT})))


def known_options() -> tuple[str, ...]:
    """Return the names of all options, those that are not available in this version included."""
    return tuple(sorted({*_NAMES, *LEFT_OUT, "dsn", "configure"}))


def read_options(
    dsn: str | None,
    given: Mapping[str, Any],
    *,
    configure: Callable[[Configuration], object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Options:
    """Put the options together: what was given in code, else in the environment, else the default.

    Args:
        dsn: the DSN, if it was given as the first argument.
        given: the options.
        configure: is handed what was given, and may change it.
        environ: the environment; None: the process's own, and the release is detected where nobody says it.

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
    values: dict[str, Any] = {}
    for name, value in collected.items():
        if name in LEFT_OUT:
            refuse(name, value)
        elif not (value is None and name in _NONE_IS_NOTHING):
            values[name] = _checked(name, value)
    tell_without_effect(values)
    variables = os.environ if environ is None else environ
    values |= _from_environment(variables, values)
    if environ is None and "release" not in values:
        values["release"] = detect_release(variables, values.get("project_root"))
    values["release"] = values.get("release") or None
    return Options(**values)


def _check_name(name: str) -> None:
    if name not in _NAMES and name not in LEFT_OUT:
        raise unknown_option(name, {*_NAMES, *LEFT_OUT})


def _checked(name: str, value: Any) -> Any:
    if name == "dsn":
        return _dsn(value)
    return CHECKS[name](name, value)


def _dsn(value: object) -> Dsn | None:
    if isinstance(value, Dsn):
        return value
    if not isinstance(value, str):
        raise BadOption(f"dsn must be a string (found {type(value).__name__})")
    return Dsn.parse(value) if value.strip() else None


def _from_environment(environ: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that only environment variables set; an empty variable sets nothing."""
    read: dict[str, Any] = {}
    for name, variables, convert in _variables(given.get("environment_variables", _DEFAULT_VARIABLES)):
        variable = next((each for each in variables if environ.get(each)), None)
        if variable is not None and name not in given:
            read[name] = convert(variable, environ[variable])
    return read


def _variables(of_environment: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], Callable[[str, str], Any]]]:
    """Yield the options that variables can set, with the variables, the first of which counts, and how to read them."""
    yield "dsn", ("SENTRY_DSN",), lambda _, text: _dsn(text)
    yield "release", ("SENTRY_RELEASE",), lambda _, text: text
    yield "environment", of_environment, lambda _, text: text
    yield "sample_rate", ("SENTRY_SAMPLE_RATE",), _number
    yield "traces_sample_rate", ("SENTRY_TRACES_SAMPLE_RATE",), _number
    yield "debug", ("SENTRY_DEBUG",), lambda _, text: text.strip().lower() in _YES


def _number(variable: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadOption(f"the environment variable {variable} must be a number from 0 to 1 (found {text!r})")
    return number
