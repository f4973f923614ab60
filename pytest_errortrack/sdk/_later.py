"""Names of a package that are imported when somebody first asks for them.

A program that imports the SDK and never calls `init` needs no client, no options, no pipeline and no transports; so
the packages that hold them are not read before. It is the mechanism of https://peps.python.org/pep-0562/.
"""

from __future__ import annotations

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["later"]


def later(
    package: str, /, *, unknown: Callable[[str], NoReturn] | None = None, **names: Sequence[str]
) -> Callable[[str], object]:
    """Return a `__getattr__` for a package that finds its names in the modules below it.

    Args:
        package: the package's own name.
        unknown: what to say of any other name; it raises.
        names: the public names, by the module or package that defines them.
    """
    homes = {name: f"{package}.{module}" for module, defined in names.items() for name in defined}

    def lookup(name: str) -> object:
        home = homes.get(name)
        if home is None:
            if unknown is not None:
                unknown(name)
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(home), name)
        setattr(modules[package], name, value)  # so that the next one who asks finds it without a search
        return value

    return lookup
