"""A live count of schedules on the terminal, while one test explores for seconds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["LiveCount"]

_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"  # the cursor's place; and the rest of the line


class LiveCount:
    """Shows how far an exploration is behind what pytest has written so far, and takes it away again.

    It is shown on a terminal only, and neither in workers nor with `-q`.
    """

    def __init__(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.getplugin("terminalreporter")
        is_terminal = bool(getattr(reporter, "isatty", False)) and os.environ.get("TERM") != "dumb"
        is_worker = hasattr(config, "workerinput")
        self._is_on = is_terminal and not is_worker and config.option.verbose >= 0
        self._config = config
        self._is_shown = False

    def show(self, schedules: int, seconds: float) -> None:
        """Write the count behind the current line, if there is room for it."""
        if not self._is_on:
            return
        writer = self._config.get_terminal_writer()
        text = f"  {schedules:,} schedules, {seconds:.0f} s"
        if writer.width_of_current_line + len(text) < writer.fullwidth:
            self._write(text)
            self._is_shown = True

    def clear(self) -> None:
        """Take the count away."""
        if self._is_shown:
            self._is_shown = False
            self._write("")

    def _write(self, text: str) -> None:
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if capture is None:
            _write_behind(text)
            return
        with capture.global_and_fixture_disabled():
            _write_behind(text)


def _write_behind(text: str) -> None:
    # Not through pytest's own writer, which would take it for a part of the line.
    sys.stdout.write(f"{_SAVE}{text}{_ERASE}{_RESTORE}")
    sys.stdout.flush()
