"""Options: their names, their values, and where they come from."""

from __future__ import annotations

from pytest_errortrack.sdk._options._options import Options
from pytest_errortrack.sdk._options._reading import Configuration, known_options, read_options
from pytest_errortrack.sdk._options._release import detect_release

__all__ = ["Configuration", "Options", "detect_release", "known_options", "read_options"]
