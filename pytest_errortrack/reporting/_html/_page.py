"""The page itself: one file that asks for nothing, in which whatever was captured is text and nothing else.

Values are escaped by the template engine; a Content-Security-Policy names the one style sheet and the one script by
their hashes, so that even a mistake in the template would run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ._text import visible
from ._view import page_view

if TYPE_CHECKING:
    import jinja2

    from pytest_errortrack.reporting._document import Document

__all__ = ["page"]


def page(document: Document) -> str:
    """Render a report."""
    style, script = _part("report.css"), _part("report.js")
    return _template().render(
        view=page_view(document),
        style=_Trusted(style),
        script=_Trusted(script),
        policy=_policy(style, script),
    )


class _Trusted(str):
    """Text of ours that is markup already."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_digest(style)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    import jinja2  # noqa: PLC0415 - an extra

    environment = jinja2.Environment(
        autoescape=True,
        finalize=visible,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_part("report.html.jinja"))
