"""Public projects with their own tests, each in an environment of its own, to be run without and with the plugin.

`projects.toml` says which. A project's source distribution and its environment are kept in the folder that
ERRORTRACK_TEST_CACHE names, or else in the platform's cache. Where pip cannot provide them the tests are skipped with
its own words. The plugin is installed from a wheel of this checkout into a folder beside the environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tool_cache import cache_folder, python_of

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROJECTS = tomllib.loads((HERE / "projects.toml").read_text(encoding="utf-8"))
COMMON = ["pytest==9.2.0", "sentry-sdk==2.75.0", "msgspec>=0.19"]

# What replaces a project's tests runs in that project's environment.
collect_ignore_glob = ["fastapi_jsonrpc/*", "fillmore/*", "h_pyramid_sentry/*"]


def pytest_generate_tests(metafunc):
    if "mistake" in metafunc.fixturenames:
        pairs = [(name, mistake) for name, project in PROJECTS.items() for mistake in project["mistakes"]]
        ids = [f"{name}: {mistake['what']}" for name, mistake in pairs]
        metafunc.parametrize(("installation", "mistake"), pairs, indirect=["installation"], ids=ids, scope="session")
    elif "installation" in metafunc.fixturenames and not any(metafunc.definition.iter_markers("parametrize")):
        metafunc.parametrize("installation", PROJECTS, indirect=True, scope="session")


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of pytest ended, test by test, and what it printed."""

    outcomes: dict[str, str]
    output: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A project's unpacked sources, the environment that its tests need, and the plugin beside it."""

    project: dict[str, Any]
    tree: Path
    python: str
    plugin: Path

    def run_theirs(self, *arguments, tree=None, plugin=False):
        """Run the project's own tests, with a changed copy of the project where one is given."""
        return self._run(*arguments, folder=tree or self.tree, tree=tree, plugin=plugin)

    def run_ours(self, folder, *, tree=None):
        """Run what replaces the project's tests, in a folder of its own."""
        folder.mkdir()
        shutil.copy(HERE / self.project["tests"], folder)
        return self.run_folder(folder, tree=tree)

    def run_folder(self, folder, *, tree=None):
        """Run the tests of a folder with the plugin."""
        return self._run("--rootdir", ".", "-Wignore::DeprecationWarning", folder=folder, tree=tree, plugin=True)

    def _run(self, *arguments, folder, tree, plugin):
        report = folder / "outcomes.xml"
        report.unlink(missing_ok=True)
        paths = [str((tree or self.tree) / self.project["source"]), *([str(self.plugin)] if plugin else [])]
        command = [self.python, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={report}", *arguments]
        run = subprocess.run(  # noqa: S603 - pytest, in an environment made for it
            command,
            cwd=folder,
            env=_surroundings() | {"PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert report.exists(), (
            f"pytest did not come to its end (exit code {run.returncode}):\n{run.stdout}{run.stderr}"
        )
        cases = ET.parse(report).iter("testcase")  # noqa: S314 - written by the run above
        outcomes = {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}
        return Run(outcomes, run.stdout + run.stderr)


def _outcome(case):
    return ", ".join(sorted({child.tag for child in case} & {"failure", "error", "skipped"})) or "passed"


@pytest.fixture(scope="session")
def plugin_folder(tmp_path_factory):
    """Install the plugin alone, from its wheel, into a folder that can be put on a path."""
    wheels, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("plugin")
    _pip("wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    _pip("install", "--no-deps", "--target", folder, *wheels.glob("*.whl"))
    shutil.copy(HERE / "every_test_active.py", folder)
    return folder


@pytest.fixture(scope="session")
def installation(request, plugin_folder, tmp_path_factory):
    """Return one of the projects, installed."""
    name, project = request.param, PROJECTS[request.param]
    folder = cache_folder() / f"migration-{name}-{project['version']}-{sys.implementation.cache_tag}"
    wanted = "\n".join([*COMMON, *project["requirements"], project["sha256"]])
    complete = folder / "complete"
    if not complete.exists() or complete.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _install(folder, name, project)
        complete.write_text(wanted, encoding="utf-8")
    return Installation(
        project, _unpack(folder, project, tmp_path_factory.mktemp("sources")), python_of(folder / "venv"), plugin_folder
    )


@pytest.fixture(scope="session")
def baseline(installation):
    """Run all tests of the project without the plugin."""
    return installation.run_theirs(*installation.project["arguments"])


@pytest.fixture
def mistaken_tree(installation, mistake, tmp_path):
    """Return a copy of the project's sources with one mistake in it."""
    tree = tmp_path / "sources"
    shutil.copytree(installation.tree, tree, ignore=shutil.ignore_patterns("__pycache__"))
    file = tree / mistake["file"]
    text = file.read_text(encoding="utf-8")
    assert text.count(mistake["was"]) == 1
    file.write_text(text.replace(mistake["was"], mistake["becomes"]), encoding="utf-8")
    return tree


def _install(folder, name, project):
    download = ["download", "--no-deps", "--no-binary", ":all:", "--dest", folder]
    _pip(*download, f"{name}=={project['version']}")
    archive = _archive(folder)
    venv.create(folder / "venv", with_pip=False)
    _pip("--python", python_of(folder / "venv"), "install", *COMMON, *project["requirements"], archive)


def _archive(folder):
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _unpack(folder, project, sources):
    archive = _archive(folder)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == project["sha256"], f"{archive} is not what it should be"
    with tarfile.open(archive) as tar:
        tar.extractall(sources, filter="data")
    (tree,) = sources.iterdir()
    return tree


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    result = subprocess.run(  # noqa: S603 - pip, with fixed packages
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
    )
    if result.returncode:
        pytest.skip(f"pip {' '.join(command[5:])}: {(result.stderr.strip() or 'failed').splitlines()[-1]}")


def _surroundings():
    ours = ("SENTRY_", "ERRORTRACK_", "PYTEST_", "PYTHON", "DJANGO_", "COV")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}
