"""What holds for every module of the package, whatever it does."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

import pytest_errortrack

PACKAGE = Path(pytest_errortrack.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
PUBLIC_PACKAGES = ["pytest_errortrack.assertions", "pytest_errortrack.interleave", "pytest_errortrack.sdk"]
MOST_LINES = 600
"""Beyond this a module is split; at 400 somebody should have thought about it."""
HEAVY = ("httpx", "hypothesis", "msgspec", "orjson", "sentry_sdk")


def named(path):
    return str(path.relative_to(PACKAGE))


def dotted(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def kind_and_name(name):
    """Sort as ruff does: constants, then classes, then everything else."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_says_what_it_is_for(path):
    """Every module begins with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_fits_in_a_head(path):
    """No module is so long that it has to hold more than one idea."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=named)
def test_package_file_holds_only_imports_and_names(path):
    """A package's `__init__.py` has a docstring, imports, `__all__` and what makes names lazy, and no classes."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)]
    assert set(defined) <= {"__getattr__", "__dir__"}


@pytest.mark.parametrize("name", PUBLIC_PACKAGES)
def test_all_is_exactly_what_is_exported(name):
    """`__all__` is sorted, every name in it exists, and every public name that is imported is in it."""
    package = importlib.import_module(name)
    listed = package.__all__
    for name_listed in listed:
        getattr(package, name_listed)  # those that are imported when somebody asks for them
    submodules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    exported = {
        key
        for key, value in vars(package).items()
        if not key.startswith("_") and key not in submodules and not isinstance(value, types.ModuleType)
    }
    assert listed == sorted(listed, key=kind_and_name)
    assert len(listed) == len(set(listed))
    assert set(listed) - submodules == exported - {"annotations"}


@pytest.mark.parametrize("name", PUBLIC_PACKAGES)
def test_import_brings_in_nothing_heavy(name):
    """A public package can be imported without the codec, the HTTP client, Hypothesis or another SDK."""
    code = f"import sys, {name}; print(*sorted({{*sys.modules}} & {{*{HEAVY!r}}}))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603

    assert not loaded.strip()


def test_root_gives_version_and_capture_on_demand():
    """The root package names what it has, and anything else is an ordinary AttributeError."""
    assert pytest_errortrack.__version__.count(".") == 2
    assert callable(pytest_errortrack.capture)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = pytest_errortrack.nonsense
