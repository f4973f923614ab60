"""How a value is said in a message: as a user wrote it, on one line, bounded, and without its secrets.

A value is a secret by the name that it stands under: a key such as `password`, `api_key` or `Authorization`. In any
text the key of a DSN or a URL, a bearer token and `password=...` are secrets as well. Only what is shown is masked,
also where the test itself names it: what is compared is the true value.
"""

from __future__ import annotations

import builtins
import re
import reprlib
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Final

__all__ = ["INDENT", "LONGEST", "MASK", "WIDTH", "hides_secret", "is_secret", "one_line", "said", "without_secrets"]

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
_NAMED: Final = r"[\w.-]*(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)"
_IN_TEXT: Final = (
    (re.compile(r"(?<=://)[^\s/@'\"]+(?=@)"), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{12,}"), rf"\1 {MASK}"),
    (
        re.compile(rf"(?i)((?<![\w.-]){_NAMED})=(?!=|[\[{{(]|['\"]?\*\*\*)(?:'[^']*'|\"[^\"]*\"|[^\s&,;'\"]+)"),
        rf"\1={MASK}",
    ),
    (
        re.compile(rf"(?i)(['\"]{_NAMED}['\"]: ?)(?!['\"](?:\*\*\*|\[Filtered\])['\"])(?:'[^']+'?|\"[^\"]+\"?)"),
        rf"\1'{MASK}'",
    ),
)


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


def without_secrets(text: str) -> str:
    """Mask what is a secret by the looks of a text."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


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
    """Cut a text to one line, and mask its secrets."""
    flat = without_secrets(text[: 10 * LONGEST]).replace("\n", "\\n").replace("\r", "\\r")
    return flat if len(flat) <= longest else f"{flat[: longest - 3]}..."


def _text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else repr(pattern)
