"""The settings of a run: command line, then environment, then ini file."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user set for the whole run.

    Attributes:
        dsn: where captured reports are delivered as well; empty for nowhere.
        backend: which SDKs are captured.
        replay: the token of the one interleaving to run; None for a usual run.
        replayed_test: the node id that the token holds.
    """

    dsn: str
    backend: str
    replay: str | None = None
    replayed_test: str = ""


def read_settings(config: pytest.Config) -> Settings:
    """Read the settings once, and judge them.

    Raises:
        pytest.UsageError: a value that cannot be meant, named together with where it was given.
    """
    dsn, dsn_origin = _first(
        (config.getoption("--errortrack-dsn"), "--errortrack-dsn"),
        (os.environ.get("ERRORTRACK_DSN"), "the environment variable ERRORTRACK_DSN"),
        (config.getini("errortrack_dsn"), "the setting errortrack_dsn"),
    )
    backend, backend_origin = _first(
        (config.getoption("--errortrack-backend"), "--errortrack-backend"),
        (config.getini("errortrack_backend") or "auto", "the setting errortrack_backend"),
    )
    if dsn_origin == "--errortrack-dsn" and not dsn.strip():
        raise pytest.UsageError("--errortrack-dsn needs a value: a DSN such as https://key@errors.example.com/1")
    if backend not in {"auto", "native", "sentry_sdk"}:
        raise pytest.UsageError(f"{backend_origin}: unknown backend {backend!r}, expected auto, native or sentry_sdk")
    if dsn:
        _judge_dsn(dsn, origin=dsn_origin)
    replay = config.getoption("--errortrack-replay")
    return Settings(dsn=dsn, backend=backend, replay=replay, replayed_test=_replayed_test(replay))


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
