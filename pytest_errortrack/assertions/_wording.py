"""How a value is said in a message: as a user wrote it, on one line, bounded, and without its secrets.

A value is a secret by the name that it stands under: a key such as `password`, `api_key` or `Authorization`. In any
text the key of a DSN or a URL, a bearer token, what follows `password=` or `password:`, and the rest of a line after
`Authorization:` or `Cookie:` are secrets as well: a plain message that loses a word by it costs less than a secret in a
log. So is, wherever something is told of a recording, what was asked about by `not_contains`. Only what is
shown is masked, also where the test itself names it: what is compared is the true value.

What a terminal would obey instead of showing it is shown by its escape.
"""

from __future__ import annotations

import builtins
import difflib
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import Final

__all__ = [
    "INDENT",
    "LONGEST",
    "MASK",
    "WIDTH",
    "Hidden",
    "hides_secret",
    "hiding",
    "hint",
    "is_secret",
    "one_line",
    "said",
    "visible",
    "without_hidden",
    "without_secrets",
]

WIDTH: Final = 72
"""What a line should have at the most: pytest puts eight columns before it, and a terminal has eighty."""

LONGEST: Final = 92
"""What no line has more of."""

INDENT: Final = "  "
MASK: Final = "***"

_FILTERED: Final = "[Filtered]"
_NOWHERE: Final = "not_contains"
"""The keyword for what must be nowhere: likely to be a secret."""

# fmt: off
_WORDS: Final = frozenset({
    "apikey", "authorization", "bearer", "cookie", "cookies", "credential", "credentials", "csrf", "csrftoken", "dsn",
    "jwt", "passphrase", "passwd", "password", "privatekey", "pwd", "secret", "secretkey", "secrets", "sessionid",
    "token", "xsrf",
})
# fmt: on
_PAIRS: Final = frozenset(
    {("api", "key"), ("private", "key"), ("access", "key"), ("secret", "key"), ("session", "id"), ("session", "key")}
)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMED: Final = r"(?<![\w.-])[\w.-]*(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)"
"""A name in a text; fewer words than for keys: what is said of a DSN, or of credentials, is seldom one."""

_HEADER: Final = r"(?<![\w.-])(?:[\w-]*-)?(?:authorization|cookie)"
_TELLS_NOTHING: Final = r"['\"]?(?:\*\*\*|\[Filtered\])|(?:None|True|False|null|str|bytes|int|object|Any)\b"
_QUOTED: Final = r"'[^']+'?|\"[^\"]+\"?"
_WORD: Final = r"[^\s&,;'\"]+"
_IN_TEXT: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=://)[^\s/@'\"]+(?=@)", MASK),
        # a header's value has spaces in it
        (rf"(?i)({_HEADER}: *)(?!{_TELLS_NOTHING})[^\s'\"][^\r\n'\"]*", rf"\1{MASK}"),
        (r"(?i)\b(bearer|basic)\s+(?:[\w.~+/=-]{12,}|(?=[a-z.~+/=-]*\d)[\w.~+/=-]{6,})", rf"\1 {MASK}"),
        (rf"(?i)({_NAMED}=)(?!=|[\[{{(]|{_TELLS_NOTHING})(?:{_QUOTED}|{_WORD})", rf"\1{MASK}"),
        (rf"(?i)({_NAMED}['\"]?:[ \t]*)(?!{_TELLS_NOTHING})(?:{_QUOTED})", rf"\1'{MASK}'"),
        (rf"(?i)({_NAMED}['\"]?:[ \t]*)(?![:\[{{(<]|{_TELLS_NOTHING})[^\s&,;'\"\])}}]+", rf"\1{MASK}"),
    )
)
_MAY_HOLD_SECRETS: Final = re.compile(r"://|(?i:bearer|basic|passw|secret|token|api.?key|authoriz|cookie)")
"""Most texts do not, and need no closer look."""


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Tell whether a name says that its value is a secret: its last word does, as in `db_password` and `apiKey`."""
    words = tuple(word.lower() for word in _PARTS.findall(name))
    return name == _NOWHERE or (bool(words) and (words[-1] in _WORDS or words[-2:] in _PAIRS))


def hides_secret(name: object, value: object) -> bool:
    """Tell whether a value is not to be shown: what is empty, or was filtered already, tells nothing."""
    if value is None or isinstance(value, bool | type) or (isinstance(value, str) and value in {"", _FILTERED}):
        return False
    return isinstance(name, str) and is_secret(name)


class Hidden:
    """Texts that are shown nowhere, however they look: what a test asks about by `not_contains`."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()
        self._alone, self._anywhere = _NEVER, _NEVER

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def add(self, texts: Iterable[str]) -> None:
        """Hide these as well. One that is short is no more than a word of what was captured: it would be everywhere."""
        added = self._texts.union(texts)
        if added == self._texts:
            return
        self._texts = added
        words = [f"(?<!\\w){re.escape(text)}(?!\\w)" for text in added if len(text) < _SHORT]
        self._alone = re.compile("|".join(words)) if words else _NEVER
        longest_first = sorted((text for text in added if len(text) >= _SHORT), key=len, reverse=True)
        self._anywhere = re.compile("|".join(map(re.escape, longest_first))) if longest_first else _NEVER

    def mask(self, text: str, *, is_ours: bool) -> str:
        """Mask them in a text: in what was captured also the short ones, not in our own words."""
        text = self._anywhere.sub(MASK, text)
        return text if is_ours else self._alone.sub(MASK, text)


_NEVER: Final = re.compile(r"(?!)")
_SHORT: Final = 4
"""Characters below which a text turns up in most others by chance."""

_hiding: Final[ContextVar[tuple[Hidden, ...]]] = ContextVar("errortrack_hiding", default=())


@contextmanager
def hiding(*hidden: Hidden) -> Iterator[None]:
    """Mask what is hidden in all that the block says."""
    token = _hiding.set((*_hiding.get(), *hidden))
    try:
        yield
    finally:
        _hiding.reset(token)


def without_hidden(text: str, *, is_ours: bool = False) -> str:
    """Mask what is hidden here; with `is_ours`, in a text of our own words."""
    for hidden in _hiding.get():
        text = hidden.mask(text, is_ours=is_ours)
    return text


def without_secrets(text: str) -> str:
    """Mask what is a secret by the looks of a text, and what is hidden here."""
    if _MAY_HOLD_SECRETS.search(text):
        for pattern, replacement in _IN_TEXT:
            text = pattern.sub(replacement, text)
    return without_hidden(text)


def hint(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """Say which of the known words was meant; where none is near, say what is given for that."""
    nearest = difflib.get_close_matches(word.lower(), known, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else otherwise


class _Short(reprlib.Repr):
    """A repr that is bounded, shows mappings in their own order, and masks what stands under the name of a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 400
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 8

    def repr1(self, x: object, level: int) -> str:
        """Say a value inside of another one."""
        if isinstance(x, type):
            return x.__qualname__.rpartition("<locals>.")[2]
        if isinstance(x, re.Pattern):
            return f"/{_text(x.pattern)}/"
        name = getattr(x, "__qualname__", None)
        if callable(x) and name:
            return str(name).rpartition("<locals>.")[2]
        return self.repr_dict(x, level) if isinstance(x, Mapping) else super().repr1(x, level)

    def repr_dict(self, x: Mapping[object, object], level: int) -> str:
        """Say a mapping in its own order, without its secrets."""
        if level <= 0:
            return "{...}" if x else "{}"
        pairs = [f"{self.repr1(key, level - 1)}: {self._of(key, value, level)}" for key, value in self._first(x)]
        return f"{{{', '.join([*pairs, '...'] if len(x) > self.maxdict else pairs)}}}"

    def _of(self, key: object, value: object, level: int) -> str:
        return repr(MASK) if hides_secret(key, value) else self.repr1(value, level - 1)

    def _first(self, x: Mapping[object, object]) -> list[tuple[object, object]]:
        return list(islice(x.items(), self.maxdict))

    def repr_str(self, x: str, _level: int) -> str:
        """Say a string, cut at its end."""
        return builtins.repr(x) if len(x) <= self.maxstring else f"{x[: self.maxstring]!r}..."


_short: Final = _Short()


def said(value: object, *, name: str = "", longest: int = LONGEST) -> str:
    """Say a value: a class by its name, a pattern between slashes, a function by its name, all else by its repr.

    Args:
        value: the value.
        name: what it stands under: the value of a secret is masked.
        longest: how many characters to say at the most.
    """
    if hides_secret(name, value):
        return repr(MASK)
    return one_line(_short.repr(value), longest=longest)


def one_line(text: str, *, longest: int = LONGEST) -> str:
    """Cut a text to one line that a terminal can show, and mask its secrets."""
    flat = visible(without_secrets(text[: 10 * LONGEST]))
    return flat if len(flat) <= longest else f"{flat[: longest - 3]}..."


def visible(text: str) -> str:
    r"""Show by its escape, as `\n`, whatever would end the line, move the cursor, colour, or turn the direction.

    That is all that Unicode counts as not printable, and half a surrogate pair, which no terminal could be sent.
    """
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else repr(pattern)
