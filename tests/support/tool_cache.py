"""Where the real tools that tests run beside them are kept: installed once, in environments of their own.

The folder is the one that ERRORTRACK_TEST_CACHE names, or else the platform's cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest


def cache_folder():
    """Return the folder of the cache, which may not exist yet."""
    if chosen := os.environ.get("ERRORTRACK_TEST_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "pytest-errortrack"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pytest-errortrack"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-errortrack"


def python_of(environment):
    """Return the interpreter of a virtual environment."""
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def install_into(environment, requirement):
    """Make a virtual environment with one package; skip the test, in pip's own words, where it cannot be had."""
    venv.create(environment, with_pip=True)
    pip = [python_of(environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    result = subprocess.run(  # noqa: S603 - pip, with a fixed package
        [*pip, requirement], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600
    )
    if result.returncode:
        said = (result.stderr.strip() or "pip failed").splitlines()[-1]
        pytest.skip(f"{requirement} cannot be installed: {said}")
