"""Run the capability suite with every pair of sentry_sdk and pytest, under every runner, and say what each version has.

    python tests/bridge/matrix/run.py                                        # everything
    python tests/bridge/matrix/run.py --sdk 2.20.0 --pytest 8 --runner trio  # less of it
    python tests/bridge/matrix/run.py --write                                # and put the tables into the documentation

Ends with 1 where a cell of a stable version failed. The newest prerelease is run as well, and never decides.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from _cells import RUNNERS, Cell, run_cell
from _environments import ROOT, Environment, NotToBeHad, build_wheel, environment, newest_sdk
from _table import capability_table, failures, run_table, verdict, write_between_markers

OLDEST, MIDDLE = "2.0.1", "2.20.0"
NEWEST = "newest"
PRERELEASE = "prerelease"
PAGE = ROOT / "docs" / "reference" / "sentry-sdk-versions.md"


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for, print the tables, and return the exit code."""
    wanted = _parsed(arguments)
    cells: list[Cell] = []
    unavailable: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        for sdk in wanted.sdk:
            for pytest_major in wanted.pytest:
                try:
                    pair = environment(sdk=_resolved(sdk), pytest_major=pytest_major, wheel=wheel)
                except NotToBeHad as reason:
                    unavailable.append(f"sentry_sdk {sdk} with pytest {pytest_major}: {reason}")
                    continue
                cells += _cells_of(pair, runners=wanted.runner)
    if not cells:
        _say("nothing was run", *unavailable)
        return 1
    tables = f"{capability_table(cells)}\n\n{run_table(cells)}"
    _say("", tables, "", *failures(cells), *(f"not to be had: {line}" for line in unavailable))
    if wanted.write:
        write_between_markers(PAGE, tables)
    return _exit_code(cells, is_whole=wanted.runner == list(RUNNERS), unavailable=unavailable)


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    versions = [OLDEST, MIDDLE, NEWEST, PRERELEASE]
    parser.add_argument("--sdk", nargs="+", default=versions, help=f"versions, {NEWEST} or {PRERELEASE}")
    parser.add_argument("--pytest", nargs="+", default=["8", "9"], choices=["8", "9"], help="major versions")
    parser.add_argument("--runner", nargs="+", default=list(RUNNERS), choices=RUNNERS, help="how the tests are run")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {PAGE.relative_to(ROOT)}")
    return parser.parse_args(arguments)


def _resolved(sdk: str) -> str:
    return newest_sdk({NEWEST: "", PRERELEASE: ">=3.0.0a0"}[sdk]) if sdk in {NEWEST, PRERELEASE} else sdk


def _cells_of(pair: Environment, *, runners: list[str]) -> list[Cell]:
    cells = []
    for runner in runners:
        cell = run_cell(pair, runner=runner)
        state = "FAILED" if cell.has_failed else "passed"
        counts = f"{cell.count('passed')} passed, {cell.count('failed')} failed, {cell.count('absent')} absent"
        _say(f"sentry_sdk {cell.sdk}, pytest {cell.pytest}, {runner}: {state} ({counts}, {cell.seconds:.1f} s)")
        cells.append(cell)
    return cells


def _exit_code(cells: list[Cell], *, is_whole: bool, unavailable: list[str]) -> int:
    stable = [cell for cell in cells if not _is_prerelease(cell.sdk)]
    if any(cell.has_failed for cell in stable) or any(PRERELEASE not in line for line in unavailable):
        return 1
    names = {outcome.capability for cell in cells for outcome in cell.outcomes.values()}
    # A capability that no run of a version tells about is no capability of it: that must not look like a pass.
    missing = {
        f"{name} with sentry_sdk {sdk}"
        for sdk in {cell.sdk for cell in stable}
        for name in names
        if verdict(name, [cell for cell in stable if cell.sdk == sdk]) == "not run"
    }
    if is_whole and missing:
        _say(f"not run: {', '.join(sorted(missing))}")
        return 1
    return 0


def _is_prerelease(version: str) -> bool:
    return any(not part.isdigit() for part in version.split("."))


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
