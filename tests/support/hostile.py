"""What an application may hand to an error reporter: values, exceptions and callbacks that misbehave."""

# ruff: noqa: N818, SLOT000 - exceptions and texts as applications have them

from __future__ import annotations

import logging

from pytest_errortrack import sdk

QUIET = logging.getLogger("hostile")


class Bug(Exception):
    """What goes wrong in a hostile object."""


class RaisingRepr:
    """Cannot be told."""

    def __repr__(self):
        raise Bug("repr")

    __str__ = __repr__


class RecursingRepr:
    """Tells itself by telling itself."""

    def __repr__(self):
        return f"<{self!r}>"


class HugeRepr:
    """Is told in five megabytes."""

    def __repr__(self):
        return "x" * 5_000_000


class NoText:
    """Has a repr that is no text."""

    def __repr__(self):
        return 7


class MutatingRepr:
    """Changes the container that it is in while it is told."""

    def __init__(self):
        self.within = {"self": self, "other": [1, 2]}

    def __repr__(self):
        self.within[len(self.within)] = self
        self.within.pop("other", None)
        return "changed"


class LoggingRepr:
    """Logs while it is told, as an object of a database does."""

    def __repr__(self):
        QUIET.error("told")
        return "logged"


class CapturingRepr:
    """Reports while it is told."""

    def __repr__(self):
        sdk.set_tag("told", "yes")
        sdk.add_breadcrumb(message="told")
        sdk.capture_message("told")
        sdk.capture_exception(Bug("told"))
        return "captured"


class OtherClass:
    """Says that it is a dict."""

    __class__ = dict


class NoClass:
    """Does not say what it is."""

    @property
    def __class__(self):
        raise Bug("class")


class NoAttributes:
    """Refuses every attribute."""

    def __getattribute__(self, name):
        raise Bug(name)


class NoTruth:
    """Is neither true nor false, equal to nothing, and has neither length nor hash."""

    def _fail(self, *_):
        raise Bug("no")

    __bool__ = __len__ = __eq__ = __hash__ = __iter__ = __getitem__ = __contains__ = _fail


class Text(str):
    """A text whose methods fail."""

    def _fail(self, *_, **__):
        raise Bug("text")

    __len__ = __getitem__ = __iter__ = __str__ = __repr__ = __format__ = __contains__ = _fail
    encode = lower = strip = split = partition = replace = translate = isascii = _fail


class Number(int):
    """A number that cannot be told."""

    def _fail(self, *_):
        raise Bug("number")

    __repr__ = __str__ = __index__ = __bool__ = __lt__ = __float__ = _fail


class Mapping(dict):
    """A dict that cannot be read."""

    def _fail(self, *_):
        raise Bug("mapping")

    items = keys = values = get = copy = __iter__ = __len__ = __getitem__ = __contains__ = _fail


class Sequence(list):
    """A list without an end."""

    def __iter__(self):
        while True:
            yield self


class NoString(Exception):
    """An exception without a text."""

    def __str__(self):
        raise Bug("str")

    __repr__ = __str__


class Sticky(Exception):
    """An exception that takes no attributes, and whose links fail."""

    @property
    def __dict__(self):
        raise Bug("dict")

    @property
    def __notes__(self):
        raise Bug("notes")


class OddNotes(Exception):
    """An exception whose notes are no list of texts."""

    __notes__ = 7
    __module__ = RaisingRepr()


def cyclic():
    """Return a list that holds itself, in a dict that it holds."""
    value = [1]
    value.append({"again": value})
    return value


def deep():
    """Return a list of 20,000 levels."""
    value = []
    for _ in range(20_000):
        value = [value]
    return value


def chained(count=200):
    """Return an exception at the end of a chain that has no end."""
    first = error = Bug(0)
    for number in range(count):
        later = Bug(number)
        later.__cause__ = error
        error = later
    first.__context__ = error
    return error


def grouped(count=300):
    """Return groups of groups."""
    error = Bug("innermost")
    for _ in range(count):
        error = ExceptionGroup("g", [error])
    return error


VALUES = {
    "none": lambda: None,
    "not a number": lambda: float("nan"),
    "infinite": lambda: float("-inf"),
    "big number": lambda: 10**6000,
    "bytes": lambda: b"\xff\x00",
    "half a character": lambda: "\ud800",
    "long text": lambda: "ä" * 2_000_000,
    "newlines": lambda: "a\n\0b",
    "complex": lambda: 1j,
    "ellipsis": lambda: ...,
    "a type": lambda: type,
    "generator": lambda: (n for n in iter(int, 1)),
    "odd keys": lambda: {1: 1, None: 2, ("a",): 3, b"b": 4, "\ud800": 5, Bug: 6},
    "hostile key": lambda: {RaisingRepr(): RaisingRepr()},
    "text as a key": lambda: {Text("a"): Text("b")},
    "set": lambda: {1, "a", None},
    "cyclic": cyclic,
    "deep": deep,
    "mutating": lambda: MutatingRepr().within,
} | {
    kind.__name__: kind
    for kind in (
        *(RaisingRepr, RecursingRepr, HugeRepr, NoText, MutatingRepr, LoggingRepr, CapturingRepr),
        *(OtherClass, NoClass, NoAttributes, NoTruth, Text, Number, Mapping, Sequence),
    )
}

EXCEPTIONS = {
    "plain": lambda: Bug("plain"),
    "no arguments": Bug,
    "hostile argument": lambda: Bug(RaisingRepr(), NoTruth()),
    "chained": chained,
    "grouped": grouped,
    "no name": lambda: type("", (Exception,), {})("x"),
    "unicode": lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    "os": lambda: OSError(2, "gone", b"\xff"),
    "exit": lambda: SystemExit(3),
} | {kind.__name__: lambda kind=kind: kind("x") for kind in (NoString, Sticky, OddNotes)}


def _raising(*_, **__):
    raise Bug("callback")


def _capturing(first, *_):
    sdk.capture_message("from a callback")
    sdk.set_tag("callback", "ran")
    sdk.add_breadcrumb(message="from a callback")
    with sdk.push_scope() as scope:
        scope.set_extra("inner", 1)
    sdk.flush()
    return first


def _emptying(first, *_):
    first.clear()
    return first


def _poisoning(first, *_):
    first.update({"extra": RaisingRepr(), "tags": NoTruth(), 7: Mapping(), "contexts": [cyclic()], "exception": "none"})
    return first


CALLBACKS = {
    "raises": _raising,
    "returns nothing": lambda *_: None,
    "returns nonsense": lambda *_: NoTruth(),
    "returns a list": lambda *_: [1],
    "returns a hostile mapping": lambda *_: Mapping(a=1),
    "captures": _capturing,
    "empties": _emptying,
    "poisons": _poisoning,
    "takes no argument": lambda: None,
    "goes on": lambda first, *_: first,
}
