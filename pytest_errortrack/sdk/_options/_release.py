"""Which version of the application runs, found out where nobody says.

The places and their order are those of sentry-ruby: the environment, git, the file `REVISION` that Capistrano writes
(or the last line of its log), and Heroku's variable. Nothing here raises, and git has a second at most.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import log

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["detect_release"]

_GIT_TIMEOUT_S = 1.0
_LONGEST = 200
_LOG_TAIL = 4096


def detect_release(environ: Mapping[str, str], root: str | None = None) -> str | None:
    """Return the release of the application, or None when nothing tells.

    Args:
        environ: the environment; where it says `SENTRY_RELEASE`, no program is run and no file is read.
        root: the folder of the application; None: the working directory.
    """
    named = environ.get("SENTRY_RELEASE", "").strip()
    if named:
        return named
    try:
        folder = Path(root) if root else Path.cwd()
        found = _of_git(str(folder)) or _of_capistrano(folder)
    except Exception:  # noqa: BLE001 - a folder that cannot be read is no reason not to start
        log.debug("the release cannot be detected", exc_info=True)
        found = None
    return found or environ.get("HEROKU_SLUG_COMMIT", "").strip() or None


@cache
def _of_git(folder: str) -> str | None:
    """Return the short name of the commit that is checked out; asked once, since a process runs what it began with.

    `.git` is a folder, or a file in a worktree and in a submodule.
    """
    if not os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118 - asked at every start
        return None
    import subprocess  # noqa: PLC0415 - most programs say what their release is

    command = ["git", "rev-parse", "--short", "HEAD"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.debug("git does not tell the release: %s", error)
        return None
    return _line(done.stdout.decode(errors="replace")) if done.returncode == 0 else None


def _of_capistrano(folder: Path) -> str | None:
    revision = folder / "REVISION"
    if revision.is_file():
        with revision.open(encoding="utf-8", errors="replace") as file:
            return _line(file.read(_LONGEST))
    revisions = folder.parent / "revisions.log"
    if not revisions.is_file():
        return None
    with revisions.open("rb") as log_file:
        log_file.seek(max(0, revisions.stat().st_size - _LOG_TAIL))
        lines = log_file.read().decode(errors="replace").strip().splitlines()
    return _line(_release_in(lines[-1])) if lines else None


def _release_in(line: str) -> str:
    """Return the release that a line such as `Branch main (at 1a2b3c4) deployed as release 20261122 by joe` tells."""
    _, found, rest = line.partition(" as release ")
    return rest.split()[0] if found and rest.split() else line


def _line(text: str) -> str | None:
    lines = text.strip().splitlines()
    return (lines[0].strip()[:_LONGEST] or None) if lines else None
