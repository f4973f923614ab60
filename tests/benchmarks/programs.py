"""Explores the programs with known mistakes, and writes the page that lists them, `docs/reference/programs.md`.

Run `python tests/benchmarks/programs.py` after a change to the order in which schedules are tried. The numbers are
schedules, not times, so they do not depend on the machine.
"""

from __future__ import annotations

import sys

from _measure import ROOT

sys.path.insert(0, str(ROOT / "tests" / "interleaved" / "programs"))
from classic_programs.page import PYTHON, is_measured_here, rendered


def main() -> int:
    """Write the page, unless this is not the version of Python whose numbers it holds."""
    if not is_measured_here():
        sys.stderr.write(f"the page holds the numbers of CPython {PYTHON[0]}.{PYTHON[1]}; run it with that\n")
        return 1
    (ROOT / "docs" / "reference" / "programs.md").write_text(rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
