from __future__ import annotations

from sdk_fixtures import memory, start, untouched_sdk

__all__ = ["memory", "start", "untouched_sdk"]
