"""Which instrument fits this interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._instruments._monitoring import Monitoring, free_id
from pytest_errortrack.interleave._instruments._tracing import Tracing

if TYPE_CHECKING:
    from pytest_errortrack.interleave._instruments._instrument import Instrument
    from pytest_errortrack.interleave._instruments._watcher import Watcher

__all__ = ["fitting_instrument"]


def fitting_instrument(watcher: Watcher) -> Instrument:
    """Return what tells a watcher at the lowest cost: `sys.monitoring` where there is a free id of it."""
    return Tracing(watcher) if free_id() is None else Monitoring(watcher)
