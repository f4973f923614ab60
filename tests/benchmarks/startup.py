"""What the installed plugin adds to every run of pytest, one that uses nothing of it.

Run `python tests/benchmarks/startup.py [REPETITIONS]`: the CPU time of a whole `python -m pytest` on one trivial
test, in environments that differ in this package alone, and with the plugin switched off.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

from _measure import alternate, environment, process_cpu_s, ratio, write_table

INSTALLS = {
    "plain": ["pytest>=8", "msgspec>=0.19"],
    "[all]": [
        *("pytest>=8", "msgspec>=0.19", "hypothesis>=6.100", "httpx>=0.27"),
        *("jinja2>=3.1", "rich>=13", "brotli>=1.1", "grpcio>=1.62"),
    ],
}


def main(repetitions: int) -> None:
    """Measure both installs and write one table."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        for install, requirements in INSTALLS.items():
            label = install.strip("[]")
            without = environment(f"startup-{label}-without", *requirements)
            project = environment(f"startup-{label}-project", *requirements, project=True)
            commands = {
                "package not installed": [without, "-m", "pytest", "-q"],
                "installed, not used": [project, "-m", "pytest", "-q"],
                "installed, `-p no:errortrack`": [project, "-m", "pytest", "-q", "-p", "no:errortrack"],
            }
            variants = {name: partial(process_cpu_s, command, cwd=folder) for name, command in commands.items()}
            results = alternate(variants, repetitions=repetitions)
            base = results["package not installed"]
            for variant, values in results.items():
                rows.append((install, variant, statistics.median(values) * 1000, ratio(values, base)))
    write_table(
        f"Start-up: one trivial test, whole process, median of {repetitions} alternating runs",
        ("install", "environment", "CPU ms", "ratio"),
        rows,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
