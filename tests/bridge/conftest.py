from __future__ import annotations

from quiet_runs import quiet_runs

__all__ = ["quiet_runs"]
