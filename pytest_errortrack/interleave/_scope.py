"""Which code belongs to the user: the modules whose lines are scheduling points."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import CodeType

__all__ = ["CodeScope", "find_root", "scope_of"]

_ROOT_MARKS = ("pyproject.toml", "setup.cfg", "setup.py", ".git", "pytest.ini")
_OURS = "pytest_errortrack"
_STDLIB = tuple(os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib"))


def find_root(file: Path) -> Path:
    """Return the project a file belongs to: the nearest folder above it that looks like one, else its own folder."""
    for folder in file.parents:
        if any((folder / mark).exists() for mark in _ROOT_MARKS):
            return folder
    return file.parent


class CodeScope:
    """Tells whether the lines of a code object are scheduling points.

    Args:
        scenario_file: the file of the scenario; its lines are always in, unless `modules` says otherwise.
        modules: modules, their names, or paths of files and folders; None means the user's project.
        root: the project's folder; None finds it from the scenario's file.
    """

    def __init__(
        self, scenario_file: str, *, modules: Sequence[ModuleType | str | Path] | None, root: Path | None = None
    ) -> None:
        self._scenario_file = _real(scenario_file)
        self._names: list[str] = []
        self._paths: list[str] = []
        self.is_explicit = modules is not None
        for module in modules or ():
            self._add(module)
        if modules is None:
            self._root = _real(str(root or find_root(Path(self._scenario_file))))
            self._packages = _packages_under(self._root)
        root_key = "" if self.is_explicit else self._root
        self._verdicts = _verdicts_of(self._scenario_file, tuple(self._names), tuple(self._paths), root_key)

    def covers(self, code: CodeType, namespace: Mapping[str, object]) -> bool:
        """Tell whether a function's lines are in, given its code and its module's namespace."""
        return self.covers_module(str(namespace.get("__name__", "")), code.co_filename)

    def covers_module(self, name: str, file: str) -> bool:
        """Tell whether the lines of the module of this name in this file are in."""
        key = (name, file)
        verdict = self._verdicts.get(key)
        if verdict is None:
            decide = self._is_named if self.is_explicit else self._is_in_project
            verdict = self._verdicts[key] = decide(name, _real(file))
        return verdict

    def _add(self, module: ModuleType | str | Path) -> None:
        if isinstance(module, ModuleType):
            self._names.append(module.__name__)
        elif isinstance(module, Path) or os.sep in module or module.endswith(".py"):
            path = Path(module)
            if not path.exists():
                raise ValueError(f"modules: there is no file or folder {str(module)!r}")
            self._paths.append(_real(str(path)))
        else:
            if module not in sys.modules and not _can_be_found(module):
                raise ValueError(f"modules: there is no module {module!r}; give a module, its name, or a path")
            self._names.append(module)

    def _is_named(self, name: str, file: str) -> bool:
        return _is_below(name, self._names, ".") or _is_below(file, self._paths, os.sep)

    def _is_in_project(self, name: str, file: str) -> bool:
        if file == self._scenario_file:
            # What has no file may be ours, or made by the standard library, as well as the scenario's.
            is_nameless = file.startswith("<")
            return not (is_nameless and (_is_below(name, [_OURS], ".") or name.startswith("namedtuple_")))
        if _is_below(name, [_OURS], "."):
            return False
        if _is_below(name, self._packages, ".") and not file.startswith(_STDLIB):
            return True
        inside = file.startswith(self._root + os.sep) and not file.startswith(_STDLIB)
        return inside and "-packages" + os.sep not in file and not _is_in_venv(os.path.dirname(file), self._root)  # noqa: PTH120


def scope_of(
    scenario_file: str, *, modules: Sequence[ModuleType | str | Path] | None, root: Path | None = None
) -> CodeScope:
    """Return the scope for these; the same one each time, as a property asks for it in each of its examples."""
    return _scope_of(scenario_file, None if modules is None else tuple(modules), root)


@lru_cache(maxsize=16)
def _scope_of(scenario_file: str, modules: tuple[ModuleType | str | Path, ...] | None, root: Path | None) -> CodeScope:
    return CodeScope(scenario_file, modules=modules, root=root)


def check_modules(modules: object) -> None:
    """Make sure that these are modules, names of modules, or paths that exist.

    Raises:
        TypeError: it is no list of such things.
        ValueError: one of them cannot be found.
    """
    if not isinstance(modules, list | tuple | set | frozenset):
        raise TypeError(f"modules takes a list; write modules=[{modules!r}]")
    for module in modules:
        if not isinstance(module, ModuleType | str | Path):
            raise TypeError(f"modules takes modules, their names, or paths, not {module!r}")
    CodeScope("", modules=list(modules))


def _is_below(name: str, tops: Sequence[str], separator: str) -> bool:
    return any(name == top or name.startswith(top + separator) for top in tops)


def _can_be_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


@lru_cache(maxsize=64)
def _verdicts_of(
    scenario_file: str, names: tuple[str, ...], paths: tuple[str, ...], root: str
) -> dict[tuple[str, str], bool]:
    """Return where the verdicts of all scopes like this one are kept: each exploration asks for every module."""
    del scenario_file, names, paths, root  # they are what tells scopes apart
    return {}


@lru_cache(maxsize=64)
def _packages_under(root: str) -> tuple[str, ...]:
    """Return the names of the project's top-level packages, which may run from an installed copy."""
    found = []
    for folder in (Path(root), Path(root, "src")):
        if folder.is_dir() and str(folder) not in site.getsitepackages():
            found += [path.name for path in folder.iterdir() if (path / "__init__.py").exists()]
    return tuple(name for name in found if name not in (_OURS, "tests", "test", "docs"))


@lru_cache(maxsize=4096)
def _real(file: str) -> str:
    return file if file.startswith("<") else os.path.realpath(file)


@lru_cache(maxsize=4096)
def _is_in_venv(folder: str, root: str) -> bool:
    while folder.startswith(root):
        if os.path.exists(os.path.join(folder, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - thousands of files
            return True
        if folder == root:
            return False
        folder = os.path.dirname(folder)  # noqa: PTH120 - as above
    return False
