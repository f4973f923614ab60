"""Options: their names, their values, and where they come from."""

from __future__ import annotations

from pytest_errortrack.sdk._options._options import Configuration, Options, known_options, read_options

__all__ = ["Configuration", "Options", "known_options", "read_options"]
