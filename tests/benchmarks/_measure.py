"""What the benchmarks share: CPU time of processes and of operations, environments, and Markdown tables.

CPU time, user and system, is what counts: on a machine that does other things too, the clock on the wall tells of
those. What is compared is measured in alternation, so that a slow minute slows all of it; ratios are of pairs.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
BARE_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


def cache_folder() -> Path:
    """Return the folder in which environments are kept from run to run."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-errortrack"
    folder = Path(os.environ.get("ERRORTRACK_TEST_CACHE") or default) / f"benchmarks-{sys.implementation.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(name: str, *requirements: str, project: bool = False) -> Path:
    """Return the interpreter of a virtual environment with these packages, this project built afresh among them.

    Without `project` the environment is made once; with it, the project is installed over the last one.
    """
    folder = cache_folder() / name
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([*pip, *requirements], check=True)  # noqa: S603 - pip
        (folder / "complete").touch()
    if project:
        subprocess.run([*pip, "--no-deps", "--force-reinstall", str(ROOT)], check=True)  # noqa: S603 - pip
    return python


def process_cpu_s(command: Sequence[str | Path], *, cwd: Path) -> float:
    """Return the CPU seconds, user and system, of a process and its children; it has to end with 0."""
    variables = {name: os.environ[name] for name in BARE_VARIABLES if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - what the benchmark measures
        command, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{output.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime


def alternate(variants: Mapping[str, Callable[[], float]], *, repetitions: int) -> dict[str, list[float]]:
    """Call each variant in turn, `repetitions` times round, after one round that warms caches and does not count."""
    for variant in variants.values():
        variant()
    results: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(repetitions):
        for name, variant in variants.items():
            results[name].append(variant())
    return results


def ratio(values: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the pairs' ratios."""
    return statistics.median(value / base for value, base in zip(values, to, strict=True))


def operation_cpu_us(operation: Callable[[], object], *, budget_s: float = 0.05) -> float:
    """Return the CPU microseconds of one call, from as many calls as fit the budget."""
    operation()
    count, spent = 1, 0.0
    while True:
        spent = _cpu_s_of(operation, count)
        if spent >= budget_s:
            return spent / count * 1e6
        count = max(count * 2, int(count * budget_s / max(spent, 1e-6)))


def _cpu_s_of(operation: Callable[[], object], count: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(count):
            operation()
        return time.process_time() - start
    finally:
        gc.enable()


def write_table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a Markdown table to standard output."""
    lines = [f"\n### {title}\n", _row(header), _row("---" for _ in header), *(_row(row) for row in rows)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"
