"""`python -m pytest_errortrack`: the command `errortrack`."""

from __future__ import annotations

from pytest_errortrack.reporting.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
