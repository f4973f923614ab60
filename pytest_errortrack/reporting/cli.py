"""The command `errortrack`, also `python -m pytest_errortrack`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ._merge_command import declare_merge, run_merge
from ._server_commands import declare_receive, declare_send, run_receive, run_send

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments; those of the process where none are given.

    Returns:
        The exit status: 0 when all came out as it must, 1 when it did not, 2 for what cannot be asked.
    """
    parser = argparse.ArgumentParser(prog="errortrack", description="Look at error reports.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("demo", help="find the bug that began this project, and prove its two repairs")
    declare_merge(commands.add_parser("merge", help="join the reports of several runs into one"))
    declare_receive(commands.add_parser("receive", help="run a local receiver that prints a card for each event"))
    declare_send(commands.add_parser("send", help="send one test event to a DSN, and say what the server answered"))
    given = parser.parse_args(arguments)
    if given.command == "demo":
        return _demo()
    run = {"merge": run_merge, "receive": run_receive, "send": run_send}[given.command]
    return run(given)


def _demo() -> int:
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        sys.stderr.write("errortrack demo needs rich: pip install 'pytest-errortrack[report]'\n")
        return 2
    from . import _demo as demonstration  # noqa: PLC0415 - the SDK and the engine, for this command alone

    return demonstration.run(Console(highlight=False))
