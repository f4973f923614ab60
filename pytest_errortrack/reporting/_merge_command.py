"""`errortrack merge`: joins the reports of several runs, such as the jobs of a CI matrix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["declare_merge", "run_merge"]


def declare_merge(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="what runs wrote: .jsonl or .json")
    parser.add_argument(
        "-o", "--output", required=True, metavar="PATH", help="what to write: .html, .json or .jsonl, by its name"
    )


def run_merge(arguments: argparse.Namespace) -> int:
    """Join reports, and say what came of it.

    Returns:
        0; 1 where a report cannot be read or written.
    """
    # The other commands need none of this.
    from .merging import ReportError, check_writable, merge, read_report, write_report  # noqa: PLC0415

    output = Path(arguments.output)
    try:
        check_writable(output)  # before the work is done
        document = merge(*(read_report(report) for report in dict.fromkeys(arguments.reports)))
        if document.damaged and not document.records:
            raise ReportError(f"no whole record is left: {'; '.join(document.damaged)}")
        write_report(output, document)
    except ReportError as error:
        sys.stderr.write(f"errortrack merge: {error}\n")
        return 1
    for line in document.damaged:
        sys.stderr.write(f"errortrack merge: {line}\n")
    runs = f"{len(document.runs)} run{'s' * (len(document.runs) != 1)}"
    sys.stdout.write(f"{output}: {runs}, {document.headline()}\n")
    return 0
