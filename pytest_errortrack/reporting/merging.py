"""Read, join and write reports: what `errortrack merge` does, for programs.

from pytest_errortrack.reporting.merging import merge, read_report, write_report

write_report("report.html", merge(*map(read_report, ["linux.jsonl", "macos.jsonl"])))
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk.protocol import decode

from ._document import Document, document_of, json_text, jsonl_text, merge
from ._record import Record, ReportError, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SUFFIXES", "Document", "MissingRenderer", "ReportError", "merge", "read_report", "write_report"]

SUFFIXES: Final = (".html", ".json", ".jsonl")
"""What a report can be written as."""


class MissingRenderer(ReportError):  # noqa: N818 - what is missing, as `MissingExtra`
    """jinja2, which writes pages, is not installed."""

    def __init__(self) -> None:
        super().__init__("a report as .html needs jinja2: pip install 'pytest-errortrack[report]'")


def read_report(path: str | os.PathLike[str]) -> Document:
    """Read a report that was written as `.jsonl` or `.json`.

    The last line of a `.jsonl` may be cut short, as a killed process leaves it: it is passed over, and the document
    says so in `damaged`.

    Raises:
        ReportError: the file cannot be read, or holds something else, or is of another version.
    """
    path = Path(path)
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)  # some shells begin what they write with one
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
    try:
        if path.suffix == ".json":
            return document_of(decode(content))
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{path}: it is no JSON: {error}") from error
    damaged: list[str] = []
    return Document.of(list(_records(path, content, damaged)), damaged=damaged)


def _records(path: Path, content: bytes, damaged: list[str]) -> Iterator[Record]:
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield read_record(line)
        except ReportError as error:
            if number == len(lines) and not _is_json(line):  # what is whole ends with a newline
                damaged.append(f"{path}: line {number} is cut short and was passed over; was its process killed?")
            else:
                raise ReportError(f"{path}, line {number}: {error}") from error


def _is_json(line: bytes) -> bool:
    try:
        decode(line)
    except ValueError:
        return False
    return True


def write_report(path: str | os.PathLike[str], document: Document) -> None:
    """Write a report as its file's name says: `.html`, `.json` or `.jsonl`. What stood there is replaced at once.

    Raises:
        ReportError: the name says something else, or the file cannot be written.
        MissingRenderer: for a page, where jinja2 is not installed.
    """
    path = Path(path)
    text = rendered(path, document)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ReportError(f"{path}: {error.strerror or error}") from error


def rendered(path: Path, document: Document) -> bytes:
    """Return the content of a file with this name.

    Raises:
        ReportError: as for `write_report`.
    """
    if path.suffix == ".jsonl":
        return jsonl_text(document)
    if path.suffix == ".json":
        return json_text(document)
    if path.suffix == ".html":
        check_renderer()
        from ._html import page  # noqa: PLC0415 - jinja2 is an extra

        return page(document).encode("utf-8", "replace")
    raise ReportError(f"{path} ends in none of {', '.join(SUFFIXES)}")


def check_renderer() -> None:
    """Fail unless pages can be written.

    Raises:
        MissingRenderer: they cannot.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - for pages alone

    try:
        found = find_spec("jinja2")
    except ValueError:  # something else stands in its place
        found = None
    if found is None:
        raise MissingRenderer


def check_writable(path: Path) -> None:
    """Fail unless a report can be written there; folders are made, and an older report is left as it is.

    Raises:
        ReportError: it cannot.
    """
    if path.suffix == ".html":
        check_renderer()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jsonl":
            was_there = path.exists()
            path.open("ab").close()
            if not was_there:
                path.unlink()
        else:
            draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            draft.open("wb").close()
            draft.unlink()
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
