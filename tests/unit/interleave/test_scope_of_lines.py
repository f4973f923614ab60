"""Which modules' lines are scheduling points."""

from __future__ import annotations

import json
import sysconfig
from pathlib import Path

import pytest

import pytest_errortrack
from pytest_errortrack.interleave._scope import CodeScope, find_root


@pytest.fixture
def project(tmp_path):
    """A project with a package in src, a virtual environment and a test."""
    for name in (
        "pyproject.toml",
        "src/shop/__init__.py",
        "src/shop/cart.py",
        "tests/test_shop.py",
        "venv/pyvenv.cfg",
        "venv/lib/thing.py",
        "lib/site-packages/other.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def scope_of(project, modules=None):
    return CodeScope(str(project / "tests/test_shop.py"), modules=modules)


def test_the_root_is_the_nearest_folder_that_looks_like_a_project(project):
    """Without any, it is the file's own folder."""
    assert find_root(project / "tests/test_shop.py") == project
    assert find_root(Path("/nowhere/at/all.py")) == Path("/nowhere/at")


@pytest.mark.parametrize(
    ("name", "file", "is_in"),
    [
        ("test_shop", "tests/test_shop.py", True),
        ("shop.cart", "src/shop/cart.py", True),
        ("thing", "venv/lib/thing.py", False),
        ("other", "lib/site-packages/other.py", False),
        ("elsewhere", "/elsewhere/module.py", False),
        # the project's own package, installed
        ("shop.cart", "/usr/lib/python3/site-packages/shop/cart.py", True),
        ("shopping", "/usr/lib/python3/site-packages/shopping.py", False),
        ("json", json.__file__, False),
    ],
)
def test_by_default_the_project_is_in(project, name, file, is_in):
    """Its files and its installed packages are; libraries, environments and the standard library are not."""
    assert scope_of(project).covers_module(name, str(project / file)) is is_in


def test_our_own_code_is_out_unless_it_is_named():
    """Exploring the explorer is of no use to users; `reporting` counts as a user's when it is named."""
    package = Path(pytest_errortrack.__file__).parent
    name, file = "pytest_errortrack.reporting._demo", str(package / "reporting/_demo.py")

    assert not CodeScope(__file__, modules=None).covers_module(name, file)
    assert CodeScope(__file__, modules=["pytest_errortrack.reporting"]).covers_module(name, file)


def test_modules_may_be_objects_names_files_or_folders(project):
    """Each covers what is below it, and nothing else is in, not even the scenario."""
    cases = [
        (json, "json.decoder", "/x.py"),
        ("json", "json", "/x.py"),
        (project / "src/shop", "whatever", str(project / "src/shop/cart.py")),
        (str(project / "src/shop/cart.py"), "whatever", str(project / "src/shop/cart.py")),
    ]
    for module, name, file in cases:
        scope = scope_of(project, [module])
        assert scope.covers_module(name, file)
        assert not scope.covers_module("test_shop", str(project / "tests/test_shop.py"))
        assert not scope.covers_module("jsonish", "/jsonish.py")


def test_code_of_no_file_belongs_to_its_own_scenario():
    """A scenario typed at the prompt explores what was typed there."""
    scope = CodeScope("<stdin>", modules=None)

    assert scope.covers(compile("1", "<stdin>", "exec"), {"__name__": "__main__"})
    assert not scope.covers(compile("1", "<frozen os>", "exec"), {"__name__": "os"})
    assert not scope.covers_module("json", str(Path(sysconfig.get_path("stdlib"), "json/__init__.py")))
