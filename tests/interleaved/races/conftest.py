"""Makes the races importable, and lets every test begin with an SDK that nobody has touched."""

from __future__ import annotations

import sys
from pathlib import Path

from sdk_fixtures import untouched_sdk

sys.path.insert(0, str(Path(__file__).parent))

__all__ = ["untouched_sdk"]
