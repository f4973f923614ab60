"""What users get: the wheel, and the commands of the README."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["run", "test"])
def test_readme_has_the_command(name):
    """The README's two commands stand in `sh` blocks below a comment that names them; the gate runs them from there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(re.findall(rf"^<!-- command: {name} -->\n+```sh\n(?:(?!```).+\n)+```$", text, re.MULTILINE)) == 1


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel with pip, which fetches the build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)  # noqa: S603 - pip
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.mark.slow
def test_wheel_holds_the_package_and_nothing_else(wheel):
    """No tests, no documentation and no settings are installed beside the package."""
    top = {name.partition("/")[0] for name in wheel.namelist()}

    assert {name.removesuffix(".dist-info").partition("-")[0] for name in top} == {"pytest_errortrack"}
    assert not [name for name in wheel.namelist() if "test_" in Path(name).name or "conftest" in name]


@pytest.mark.slow
def test_wheel_is_typed_and_brings_the_plugin(wheel):
    """The wheel carries py.typed, the entry point by which pytest finds the plugin, and the command."""
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]

    assert "pytest_errortrack/py.typed" in wheel.namelist()
    text = wheel.read(entry_points).decode()
    assert "[pytest11]\nerrortrack = pytest_errortrack.plugin" in text
    assert "errortrack = pytest_errortrack.reporting.cli:main" in text
