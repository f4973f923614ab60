"""Programs of other kinds that report to a receiver, and what they need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from quiet_runs import quiet_runs
from tool_cache import cache_folder

__all__ = ["quiet_runs"]

NODE_SDK = "11.12.0"


@pytest.fixture
def run_python(errortrack_receiver, tmp_path):
    """Run a Python program in a process of its own that knows the receiver by its environment alone."""

    def run(source, *arguments, check=True, **variables):
        script = tmp_path / "program.py"
        script.write_text(source, encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - the test's own program
            [sys.executable, str(script), *arguments],
            env=surroundings(errortrack_receiver.env, **variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def surroundings(env, **variables):
    """Return an environment with nothing of ours or of Sentry's in it but what is given."""
    ours = ("SENTRY_", "ERRORTRACK_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | env | variables


@pytest.fixture(scope="session")
def node_modules():
    """Return a folder with `@sentry/node`; installed where it is not in the cache yet."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js here")
    folder = cache_folder() / f"sentry-node-{NODE_SDK}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        done = subprocess.run(  # noqa: S603 - npm, with a fixed package
            [shutil.which("npm"), "install", "--no-audit", "--no-fund", "--prefix", folder, f"@sentry/node@{NODE_SDK}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            pytest.skip(f"@sentry/node {NODE_SDK} cannot be installed: {(done.stderr.strip() or 'npm failed')[-200:]}")
        (folder / "complete").touch()
    return folder / "node_modules"
