"""Assert on error reports: what was reported, with which data, and never with somebody else's.

Nothing is imported here: every `import pytest_errortrack.x`, pytest's own loading of the plugin included, runs
this file first. `capture` and `__version__` are looked up when they are first asked for.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_errortrack._capture import capture

__all__ = ["__version__", "capture"]

__version__: str


def __getattr__(name: str) -> object:
    if name == "capture":
        from pytest_errortrack._capture import capture  # noqa: PLC0415 - lazy, see above

        return capture
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - lazy, see above

        return version("pytest-errortrack")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
