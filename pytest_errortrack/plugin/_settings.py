"""The settings of a run: command line, then environment, then ini file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack.assertions import THRESHOLDS, threshold_called

from ._entry import BACKENDS, SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Settings", "read_settings"]

_CAPTURED: Final = ("requested", "all")
_REPORTS: Final = (".html", ".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user set for the whole run.

    Attributes:
        dsn: where captured reports are delivered as well; empty for nowhere.
        backend: which SDKs are captured.
        sends_failures: whether failing tests are delivered as events too.
        strict: the level from which an unclaimed event fails its test; `off` for none.
        capture: `requested`: active tests alone; or `all`.
        show: whose section is shown: `failed`, `all` or `none`.
        reports: the files that what was captured is written to.
        suggests: whether expectations that would match are printed.
        interleavings: the schedule budget of interleaved tests that set none; None for the usual one.
        replay: the token of the one interleaving to run; None for a usual run.
        replayed_test: the node id that the token holds.
    """

    dsn: str
    backend: str
    sends_failures: bool = False
    strict: str = "off"
    capture: str = "requested"
    show: str = "failed"
    reports: tuple[Path, ...] = ()
    suggests: bool = False
    interleavings: int | None = None
    replay: str | None = None
    replayed_test: str = ""

    @property
    def makes_all_active(self) -> bool:
        """Whether every test captures, and not only those that ask for it."""
        is_whole_run = self.capture == "all" or self.strict != "off" or self.show == "all"
        return is_whole_run or bool(self.dsn or self.reports or self.suggests)


def read_settings(config: pytest.Config) -> Settings:
    """Read the settings once, and judge them.

    Raises:
        pytest.UsageError: a value that cannot be meant, named together with where it was given.
    """
    replay = config.getoption("--errortrack-replay")
    dsn = _dsn(config)
    sends_failures = bool(config.getoption("--errortrack-send-failures"))
    if sends_failures and not dsn:
        raise pytest.UsageError("--errortrack-send-failures needs a server: give --errortrack-dsn as well")
    return Settings(
        dsn=dsn,
        backend=_choice(config, "backend", BACKENDS),
        sends_failures=sends_failures,
        strict=_strict(config),
        capture=_choice(config, "capture", _CAPTURED),
        show=_choice(config, "show", SHOWN),
        reports=_reports(config),
        suggests=bool(config.getoption("--errortrack-suggest")),
        interleavings=_interleavings(config),
        replay=replay,
        replayed_test=_replayed_test(replay),
    )


def _dsn(config: pytest.Config) -> str:
    dsn, origin = _first(
        (config.getoption("--errortrack-dsn"), "--errortrack-dsn"),
        (os.environ.get("ERRORTRACK_DSN"), "the environment variable ERRORTRACK_DSN"),
        (config.getini("errortrack_dsn"), "the setting errortrack_dsn"),
    )
    if origin == "--errortrack-dsn" and not dsn.strip():
        raise pytest.UsageError("--errortrack-dsn needs a value: a DSN such as https://key@errors.example.com/1")
    if dsn:
        _judge_dsn(dsn, origin=origin)
    return dsn


def _choice(config: pytest.Config, name: str, choices: Sequence[str]) -> str:
    """Read a setting that takes one of a few words; the first of them where nothing is said."""
    value, origin = _given(config, name)
    if origin and value not in choices:
        raise _unknown(origin, name, value, choices)
    return value or choices[0]


def _strict(config: pytest.Config) -> str:
    value, origin = _given(config, "strict")
    threshold = threshold_called(value) if origin else "off"
    if threshold is None:
        raise _unknown(origin, "level", value, THRESHOLDS)
    return threshold


def _unknown(origin: str, noun: str, value: str, choices: Sequence[str]) -> pytest.UsageError:
    *most, last = choices
    return pytest.UsageError(f"{origin}: unknown {noun} {value!r}, expected {', '.join(most)} or {last}")


def _given(config: pytest.Config, name: str) -> tuple[str, str]:
    option = config.getoption(f"--errortrack-{name}", None) if name != "capture" else None
    return _first(
        (option, f"--errortrack-{name}"),
        (config.getini(f"errortrack_{name}"), f"the setting errortrack_{name}"),
    )


def _reports(config: pytest.Config) -> tuple[Path, ...]:
    option: list[str] | None = config.getoption("--errortrack-report")
    given = option if option is not None else list(config.getini("errortrack_report"))
    origin = "--errortrack-report" if option is not None else "the setting errortrack_report"
    base = config.invocation_params.dir if option is not None else config.rootpath
    for name in given:
        if Path(name).suffix not in _REPORTS:
            raise pytest.UsageError(f"{origin}: {name!r} ends in none of {', '.join(_REPORTS)}")
        if (base / name).is_dir():
            raise pytest.UsageError(f"{origin}: {name!r} is a folder")
    return tuple(base / name for name in given)


def _interleavings(config: pytest.Config) -> int | None:
    value, origin = _given(config, "interleavings")
    if not origin:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise pytest.UsageError(f"{origin}: {value!r} is no number of schedules, expected an int from 1")
    return int(value)


def _replayed_test(token: str | None) -> str:
    if token is None:
        return ""
    from pytest_errortrack.interleave import BadToken, decode_token  # noqa: PLC0415 - only where a token is given

    try:
        identity = decode_token(token).identity
    except BadToken as error:
        raise pytest.UsageError(f"--errortrack-replay: {error}") from None
    if not identity:
        raise pytest.UsageError("--errortrack-replay: the token belongs to no test; hand it to interleave.replay()")
    return identity


def _first(*candidates: tuple[str | None, str]) -> tuple[str, str]:
    for value, origin in candidates:
        if value is not None and (value or origin.startswith("--")):
            return value, origin
    return "", ""


def _judge_dsn(dsn: str, *, origin: str) -> None:
    from pytest_errortrack.sdk import BadDsn, Dsn  # noqa: PLC0415 - only where a DSN is given

    try:
        parsed = Dsn.parse(dsn)
    except BadDsn as error:
        raise pytest.UsageError(f"{origin}: {error}") from None
    if parsed.scheme not in {"http", "https"}:
        raise pytest.UsageError(f"{origin}: reports can be delivered over http or https, not {parsed.scheme!r}")
