from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture
def matrix(monkeypatch):
    """The modules of the matrix, which stand beside this file."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import _cells
    import _environments
    import _table
    import run

    class Modules:
        cells, environments, table, command = _cells, _environments, _table, run

    return Modules


def a_cell(matrix, *, runner="sync", pytest_version="9.0", sdk="2.0.1", problem="", **outcomes):
    """One cell with an outcome for each capability named."""
    found = {f"test_{name}": matrix.cells.Outcome(name, outcome, "why") for name, outcome in outcomes.items()}
    return matrix.cells.Cell(sdk, pytest_version, runner, found, 1.0, problem)


def test_the_installed_sdk_has_every_capability(matrix):
    """The suite passes here and now, with the versions that are installed, in the runner that is hardest on scopes."""
    environment = matrix.environments.Environment(
        Path(sys.executable), importlib.metadata.version("sentry-sdk"), pytest.__version__
    )

    cell = matrix.cells.run_cell(environment, runner="isolated-asyncio")

    assert not cell.has_failed, "\n".join([cell.problem, *matrix.table.failures([cell])])
    assert cell.count("passed") > 60


def test_a_verdict_says_what_the_runs_showed(matrix):
    """Passed everywhere, absent, failed somewhere, failed everywhere, never run: five different things."""
    cells = [
        a_cell(matrix, always="passed", logs="absent", never="failed", trio="passed", mixed="passed"),
        a_cell(
            matrix, runner="trio.run", always="passed", logs="absent", never="failed", trio="failed", mixed="absent"
        ),
        a_cell(matrix, runner="trio.run", pytest_version="8.0", always="passed", never="failed", trio="passed"),
    ]

    verdicts = {name: matrix.table.verdict(name, cells) for name in ("always", "logs", "never", "trio", "mixed", "x")}

    assert verdicts == {
        "always": "yes",
        "logs": "not in this SDK",
        "never": "FAILS in every run",
        "trio": "FAILS in trio.run with pytest 9.0",
        "mixed": "in part",
        "x": "not run",
    }


def test_a_failure_that_all_runs_of_one_pytest_share_is_named_once(matrix):
    """The table names what the failing runs have in common."""
    runs = [(runner, version) for version in ("8.0", "9.0") for runner in ("sync", "xdist", "given")]

    def verdict(is_failing):
        cells = [
            a_cell(
                matrix, runner=runner, pytest_version=version, it="failed" if is_failing(runner, version) else "passed"
            )
            for runner, version in runs
        ]
        return matrix.table.verdict("it", cells)

    assert verdict(lambda _, version: version == "8.0") == "FAILS in every run with pytest 8.0"
    assert verdict(lambda runner, _: runner == "given") == "FAILS in given"


def test_only_stable_versions_decide_the_exit_code(matrix):
    """A failure, a broken run or a capability that nothing ran ends with 1; a prerelease's never does."""

    def code(*cells, is_whole=True, unavailable=()):
        return matrix.command._exit_code(list(cells), is_whole=is_whole, unavailable=list(unavailable))

    fine = a_cell(matrix, it="passed")
    assert code(fine) == 0
    assert code(fine, a_cell(matrix, it="failed")) == 1
    assert code(fine, a_cell(matrix, problem="pytest ended with 3")) == 1
    assert code(fine, a_cell(matrix, sdk="2.20.0", other="passed")) == 1
    assert code(fine, a_cell(matrix, sdk="2.20.0", other="passed"), is_whole=False) == 0
    assert code(fine, a_cell(matrix, sdk="3.0.0b2", it="failed")) == 0
    assert code(fine, unavailable=["sentry_sdk 2.20.0 with pytest 8: no such version"]) == 1
    assert code(fine, unavailable=["sentry_sdk prerelease with pytest 8: no such version"]) == 0


def test_a_cell_that_does_not_run_is_no_pass(matrix, tmp_path):
    """An interpreter without pytest, and a suite that breaks, are told as problems."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'No module named pytest'\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)

    cell = matrix.cells.run_cell(matrix.environments.Environment(broken, "2.0.1", "9.0"), runner="sync")

    assert cell.has_failed
    assert "No module named pytest" in cell.problem
    assert "BROKEN" in matrix.table.run_table([cell])


def test_the_tables_go_between_the_markers(matrix, tmp_path):
    """What stands around the markers stays; a page without them is refused."""
    page = tmp_path / "page.md"
    page.write_text(f"above\n{matrix.table.BEGIN}\nold\n{matrix.table.END}\nbelow\n", encoding="utf-8")

    matrix.table.write_between_markers(page, "new")

    assert page.read_text(encoding="utf-8") == f"above\n{matrix.table.BEGIN}\n\nnew\n\n{matrix.table.END}\nbelow\n"
    page.write_text("above\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no line"):
        matrix.table.write_between_markers(page, "new")


@pytest.mark.slow
@pytest.mark.parametrize(("sdk", "pytest_major"), [("2.0.1", "8"), ("newest", "9")])
def test_the_oldest_and_the_newest_sdk_pass_under_every_runner(tmp_path, sdk, pytest_major):
    """The corners of the matrix: the oldest `sentry_sdk` with the older pytest, the newest with the newer."""
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path, "sentry-sdk==2.0.1"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - pip
    if answer.returncode:
        pytest.skip(f"pip cannot provide sentry-sdk here: {answer.stderr.strip()[-200:]}")

    command = [sys.executable, FOLDER / "run.py", "--sdk", sdk, "--pytest", pytest_major]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program

    assert run.returncode == 0, run.stdout + run.stderr
