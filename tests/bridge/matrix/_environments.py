"""The virtual environments of the matrix: one for each pair of sentry_sdk and pytest, kept in a cache folder.

The project's wheel is built once for each run of the matrix and installed over the last one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Environment", "NotToBeHad", "build_wheel", "environment", "newest_sdk"]

ROOT = Path(__file__).parents[3]

RUNNERS = (
    *("pytest-asyncio>=0.24", "anyio>=4", "trio>=0.27", "pytest-trio>=0.8"),
    *("pytest-xdist>=3.6", "pytest-rerunfailures>=14", "hypothesis>=6.100", "msgspec>=0.19"),
)

VERSIONS = """
import importlib.metadata, json
print(json.dumps({name: importlib.metadata.version(name) for name in ("sentry-sdk", "pytest")}))
"""


class NotToBeHad(Exception):  # noqa: N818 - says what it means
    """A package that pip cannot provide here, in pip's own words."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One virtual environment.

    Attributes:
        python: its interpreter.
        sdk: the version of sentry_sdk in it.
        pytest: the version of pytest in it.
    """

    python: Path
    sdk: str
    pytest: str


def newest_sdk(specifier: str) -> str:
    """Return the newest version of sentry-sdk that fits, prereleases only where the specifier names one.

    Raises:
        NotToBeHad: pip finds none.
    """
    dry_run = ("install", "--dry-run", "--ignore-installed", "--no-deps", "--report", "-", f"sentry-sdk{specifier}")
    return str(json.loads(_pip(sys.executable, *dry_run))["install"][0]["metadata"]["version"])


def build_wheel(folder: Path) -> Path:
    """Build the project's wheel.

    Raises:
        NotToBeHad: it cannot be built, or what builds it cannot be had.
    """
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def environment(*, sdk: str, pytest_major: str, wheel: Path) -> Environment:
    """Return the environment of one pair, made on first use, with this wheel.

    Raises:
        NotToBeHad: something of it cannot be had.
    """
    folder = _cache_folder() / f"sentry-sdk-{sdk}-pytest-{pytest_major}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        major = int(pytest_major)
        _pip(str(python), "install", f"sentry-sdk=={sdk}", f"pytest>={major},<{major + 1}", *RUNNERS)
        (folder / "complete").touch()
    _pip(str(python), "install", "--no-deps", "--force-reinstall", str(wheel))
    found = json.loads(_output([str(python), "-c", VERSIONS]))
    return Environment(python, found["sentry-sdk"], found["pytest"])


def _cache_folder() -> Path:
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-errortrack"
    folder = Path(os.environ.get("ERRORTRACK_TEST_CACHE") or default) / f"matrix-{sys.implementation.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pip(python: str, *arguments: str) -> str:
    return _output([python, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", *arguments])


def _output(command: Sequence[str]) -> str:
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - pip, or an interpreter that it filled
    if run.returncode:
        raise NotToBeHad(run.stderr.strip()[-500:] or f"{command[0]} ended with {run.returncode}")
    return run.stdout
