"""What a test put in the place of an application's reports with pytest's `monkeypatch`.

Looked at when the body of an active test has run, while its fixtures still stand: nothing is patched for it. Patches of
`unittest.mock`, and of pytest-mock, are noticed elsewhere, when they are applied.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from pytest_errortrack._capture import current_recording
from pytest_errortrack.assertions import NoRecording

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Replacements"]


class Replacements:
    """The hook that looks."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Tell the recording of a test what its `monkeypatch` replaced; without one, do nothing."""
        __tracebackhide__ = True
        try:
            return (yield)
        finally:
            _tell(getattr(item, "funcargs", {}).get("monkeypatch"))


def _tell(monkeypatch: pytest.MonkeyPatch | None) -> None:
    replaced = getattr(monkeypatch, "_setattr", None)  # what it will put back: owner, name, original
    if not replaced:
        return
    try:
        recording = current_recording()
    except NoRecording:
        return
    for owner, name, original in replaced:
        place = f"{getattr(owner, '__name__', None) or type(owner).__name__}.{name}"
        recording.take_replacement(original, new=inspect.getattr_static(owner, name, None), place=place)
