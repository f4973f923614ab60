"""The command `errortrack`, also `python -m pytest_errortrack`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_LATER: Final = {
    "receive": "run a local receiver that prints one card per event",
    "send": "send one test event to a DSN",
    "merge": "join the shards of several runs into one report",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments; those of the process where none are given.

    Returns:
        The exit status: 0 when all came out as it must, 1 when it did not, 2 for what cannot be asked.
    """
    parser = argparse.ArgumentParser(prog="errortrack", description="Look at error reports.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("demo", help="find the bug that began this project, and prove its two repairs")
    for name, purpose in _LATER.items():
        commands.add_parser(name, help=f"{purpose} (not available in this version)").add_argument("rest", nargs="*")
    command: str = parser.parse_args(arguments).command
    if command in _LATER:
        sys.stderr.write(f"errortrack {command} is not available in this version of pytest-errortrack\n")
        return 2
    return _demo()


def _demo() -> int:
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        sys.stderr.write("errortrack demo needs rich: pip install 'pytest-errortrack[report]'\n")
        return 2
    from . import _demo as demonstration  # noqa: PLC0415 - the SDK and the engine, for this command alone

    return demonstration.run(Console(highlight=False))
