"""What the cells of the matrix show, as Markdown: one table of capabilities, one of the runs themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from _cells import Cell

__all__ = ["BEGIN", "END", "capability_table", "failures", "run_table", "write_between_markers"]

BEGIN = "<!-- made by tests/bridge/matrix/run.py -->"
END = "<!-- end of what was made -->"
_MOST_NAMED = 3

T = TypeVar("T")


def capability_table(cells: Sequence[Cell]) -> str:
    """Draw what each version has: rows are capabilities, columns versions of sentry_sdk."""
    versions = _in_order(cell.sdk for cell in cells)
    names = _in_order(outcome.capability for cell in cells for outcome in cell.outcomes.values())
    rows = [(name, *(verdict(name, [cell for cell in cells if cell.sdk == sdk]) for sdk in versions)) for name in names]
    return _table(("capability", *versions), rows)


def run_table(cells: Sequence[Cell]) -> str:
    """Draw the runs: rows are runners, columns pairs of sentry_sdk and pytest."""
    pairs = _in_order((cell.sdk, cell.pytest) for cell in cells)
    runs = {(cell.runner, cell.sdk, cell.pytest): cell for cell in cells}
    rows = [
        (runner, *(_counts(runs.get((runner, *pair))) for pair in pairs))
        for runner in _in_order(cell.runner for cell in cells)
    ]
    return _table(("runner", *(f"{sdk}, pytest {pytest}" for sdk, pytest in pairs)), rows)


def verdict(capability: str, cells: Sequence[Cell]) -> str:
    """Say in one phrase what the cells of one version show of a capability."""
    ran = [cell for cell in cells if _ended(cell, capability)]
    failed = [cell for cell in ran if "failed" in _ended(cell, capability)]
    if failed:
        return f"FAILS in {_places(failed, among=ran)}"
    ended = set().union(*(_ended(cell, capability) for cell in ran))
    if not ended:
        return "not run"
    if ended == {"absent"}:
        return "not in this SDK"
    return "yes" if ended == {"passed"} else "in part"


def failures(cells: Iterable[Cell]) -> list[str]:
    """List what failed, one line for each kind: test, reason, and where."""
    where: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.problem:
            where.setdefault(("the whole run", cell.problem), []).append(cell)
        for nodeid, outcome in cell.outcomes.items():
            if outcome.outcome == "failed":
                where.setdefault((nodeid.split("[")[0], outcome.reason), []).append(cell)
    return [
        f"{nodeid} in {', '.join(f'{cell.sdk}/{cell.pytest}/{cell.runner}' for cell in places)}\n    "
        + reason.replace("\n", "\n    ")
        for (nodeid, reason), places in where.items()
    ]


def write_between_markers(page: Path, text: str) -> None:
    """Replace what an earlier run wrote into a page.

    Raises:
        ValueError: the page has no markers.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise ValueError(f"{page} has no line {BEGIN!r} with {END!r} below it")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _ended(cell: Cell, capability: str) -> set[str]:
    return {outcome.outcome for outcome in cell.outcomes.values() if outcome.capability == capability}


def _places(failed: Sequence[Cell], *, among: Sequence[Cell]) -> str:
    if len(failed) == len(among):
        return "every run"
    for pytest in _in_order(cell.pytest for cell in failed):
        if failed == [cell for cell in among if cell.pytest == pytest]:
            return f"every run with pytest {pytest}"
    runners = _in_order(cell.runner for cell in failed)
    for_all_pytests = [cell for cell in among if cell.runner in runners]
    named = runners if failed == for_all_pytests else [f"{cell.runner} with pytest {cell.pytest}" for cell in failed]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(named[:_MOST_NAMED]) + more


def _counts(cell: Cell | None) -> str:
    if cell is None:
        return "not run"
    if cell.problem:
        return "BROKEN"
    failed = f", {cell.count('failed')} FAILED" if cell.count("failed") else ""
    absent = f", {cell.count('absent')} not in this SDK" if cell.count("absent") else ""
    return f"{cell.count('passed')} passed{failed}{absent}"


def _in_order(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
