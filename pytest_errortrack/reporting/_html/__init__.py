"""A report as one self-contained page."""

from __future__ import annotations

from ._page import page

__all__ = ["page"]
