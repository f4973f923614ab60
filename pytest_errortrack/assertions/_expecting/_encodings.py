"""Whether a secret is in some bytes: as it is, escaped, URL-encoded, or in base64.

Encoded text is decoded rather than the secret encoded: so a secret is found whatever stands before it in the same
base64 text (all three alignments) and whichever of its characters are percent-encoded.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Secret"]

SHORTEST_IN_BASE64: Final = 4
"""Bytes that a secret must have to be looked for in base64: any text of letters decodes to some three bytes."""

_BASE64_RUN: Final = re.compile(rb"[A-Za-z0-9+/_-]{4,}")
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")
_UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})")
_LINE_ENDS: Final = re.compile(rb"(?:\\r\\n|\\n|\r\n|\n|\r)[ \t]*")
_GROUP: Final = 4
_MOST_DECODINGS: Final = 3
"""How often a text is URL-decoded: once by each hop that encoded it again."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that must be nowhere.

    Attributes:
        asked: what the user gave, a string or bytes.
        name: what it is called in a message, which does not say the secret itself.
        plain: its bytes.
        escaped: its bytes as they are within JSON or a `repr` that is a string itself.
    """

    asked: str | bytes
    name: str
    plain: bytes
    escaped: tuple[bytes, ...]

    @classmethod
    def of(cls, asked: str | bytes, *, name: str) -> Secret:
        """Prepare the search for one."""
        if isinstance(asked, bytes):
            plain, forms = bytes(asked), {repr(bytes(asked))[2:-1]}
        else:
            plain, forms = _bytes(asked), _escaped(asked)
        forms |= {each for form in forms for each in _escaped(form)}  # a string within a string
        return cls(asked, name, plain, tuple(sorted(form for form in map(_bytes, forms) if form != plain)))

    @property
    def looks(self) -> tuple[str, ...]:
        """How it looks in a text: as it is, and escaped."""
        return tuple(form.decode(errors="backslashreplace") for form in (self.plain, *self.escaped))

    def way_in(self, text: str | bytes) -> str | None:
        """Tell in which form it is in a text: empty for as it is; None: it is not.

        A base64 text may be URL-encoded, and a URL-encoded one base64: each is looked for in what the other gives.
        """
        haystack = _bytes(text) if isinstance(text, str) else text
        if self.plain in haystack:
            return ""
        if any(form in haystack for form in self.escaped):
            return "escaped"
        for decoded in _url_decoded(haystack):
            if self._is_in(decoded):
                return "URL-encoded"
            if self._is_in_base64(decoded):
                return "base64"
        return "base64" if self._is_in_base64(haystack) else None

    def _is_in(self, haystack: bytes) -> bool:
        return self.plain in haystack or any(form in haystack for form in self.escaped)

    def _is_in_base64(self, haystack: bytes) -> bool:
        if len(self.plain) < SHORTEST_IN_BASE64:
            return False
        least = (len(self.plain) * 8 + 5) // 6
        texts = {haystack, _LINE_ENDS.sub(b"", haystack)}
        return any(
            self._is_in(decoded) or any(map(self._is_in, _url_decoded(decoded)))
            for text in texts
            for run in _BASE64_RUN.findall(text)
            if len(run) >= least
            for decoded in _base64_decoded(run)
        )


def _escaped(text: str) -> set[str]:
    """List how a text looks within a string of JSON, whoever wrote it, and within a `repr`."""
    ascii_only, readable = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    upper = _UNICODE_ESCAPE.sub(lambda escape: f"\\u{escape[1].upper()}", ascii_only)
    return {ascii_only, upper, readable, readable.replace("/", "\\/"), repr(text)[1:-1]}


def _url_decoded(haystack: bytes) -> Iterator[bytes]:
    for _ in range(_MOST_DECODINGS):
        decoded = unquote_to_bytes(haystack)
        if b"+" in haystack:
            yield unquote_to_bytes(haystack.replace(b"+", b" "))
        if decoded == haystack:
            return
        yield decoded
        haystack = decoded


def _base64_decoded(run: bytes) -> Iterator[bytes]:
    """Decode a run of the alphabet from each of the four places at which a group may begin in it."""
    run = run.translate(_URLSAFE)
    for start in range(_GROUP):
        part = run[start:]
        whole = part[:-1] if len(part) % _GROUP == 1 else part  # a group of one letter says nothing
        yield base64.b64decode(whole + b"==")  # more of it than is needed does no harm


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
