"""What a run's surroundings put into payloads: folders and the machine's name."""

from __future__ import annotations

import re
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Surroundings"]

_FEWEST_PARTS = 3  # "/", a folder and another one: "/app" may as well be the route of an URL


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run took place.

    Attributes:
        roots: absolute folders, below which a path is said relative; the first that fits counts.
        temporary: the folder for temporary files.
        hostname: the machine's name.
    """

    roots: tuple[str, ...] = ()
    temporary: str = ""
    hostname: str = ""

    @classmethod
    def here(cls) -> Self:
        """Describe this process: the folders that it imports from, the nearest first, then the current one."""
        imported = sorted({path for path in sys.path if Path(path).is_absolute()}, key=len, reverse=True)
        return cls((*imported, str(Path.cwd())), tempfile.gettempdir(), socket.gethostname())

    def relative_file(self, path: str) -> str:
        """Say a source file's path relative to a root; of one that is below none, no more than its name."""
        if not Path(path).is_absolute():
            return path
        below = next((path[len(root) :] for root in self.roots if path.startswith(_folder(root))), None)
        return f"<path>/{Path(path).name}" if below is None else below.lstrip("/\\")

    def relative_text(self, text: str) -> str:
        """Replace the roots wherever a text speaks of a path below one."""
        if "/" not in text and "\\" not in text:
            return text
        for root in self.roots:
            folder = _folder(root)
            if folder in text and len(Path(root).parts) >= _FEWEST_PARTS:
                text = re.sub(rf"(?<![\w/\\.-]){re.escape(folder)}", "", text)
        return text

    def without_test_folder(self, text: str) -> str:
        """Replace the folder that pytest makes for each run, `/tmp/pytest-of-me/pytest-12`."""
        if not self.temporary or "pytest-of-" not in text:
            return text
        return re.sub(rf"{re.escape(self.temporary)}[/\\]pytest-of-[^/\\]+[/\\]pytest-\d+", "<tmp>", text)


def _folder(root: str) -> str:
    return root if root.endswith(("/", "\\")) else f"{root}{'/' if '/' in root else chr(92)}"
