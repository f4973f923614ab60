"""What is known of a value while a line is looked at ahead of its execution."""

from __future__ import annotations

import contextvars
import datetime as dt
import decimal
import enum
import fractions
import re
import threading
import types
import uuid
from typing import Any, Final

__all__ = [
    "ATOM",
    "ATOMS",
    "BOUND",
    "NULL",
    "PENDING",
    "SOMETHING",
    "VAGUE",
    "Mark",
    "Method",
    "Pack",
    "Reach",
    "Super",
    "Variable",
    "bases_of",
    "is_atom",
    "is_certain",
    "joined",
    "receiver_of",
]


class Mark(enum.Enum):
    """A value that is not known as an object."""

    SOMETHING = "any object there is"
    ATOM = "an object that cannot change, or that nobody else knows of"
    NULL = "no value: a place the interpreter keeps free"
    PENDING = "what the covered function that is about to be entered will return"


SOMETHING: Final = Mark.SOMETHING
ATOM: Final = Mark.ATOM
NULL: Final = Mark.NULL
PENDING: Final = Mark.PENDING


class Method:
    """A function together with the receiver that it is called on."""

    __slots__ = ("function", "receiver")

    def __init__(self, receiver: Any, function: Any) -> None:
        self.receiver = receiver
        self.function = function


class Pack:
    """A container made on this line, and what it holds, in order where that is known."""

    __slots__ = ("is_ordered", "values")

    def __init__(self, values: tuple[Any, ...], *, is_ordered: bool = True) -> None:
        self.values = values
        self.is_ordered = is_ordered


class Reach:
    """Something that can be reached from some objects: an element, an iterator, a view, what a library returned.

    Attributes:
        bases: the objects.
        code: that of a function made on this line whose own lines are told of; None for all else.
    """

    __slots__ = ("bases", "code")

    def __init__(self, *bases: Any, code: types.CodeType | None = None) -> None:
        self.bases = bases
        self.code = code


class Super:
    """The proxy that `super()` returns."""

    __slots__ = ("after", "instance")

    def __init__(self, after: type, instance: Any) -> None:
        self.after = after
        self.instance = instance


class Variable:
    """Stands for a variable that closures share."""

    __slots__ = ()


# Objects of these types cannot change, or what changes in them is not seen by another actor.
ATOMS: Final = frozenset(
    (
        int,
        str,
        bytes,
        float,
        complex,
        bool,
        range,
        slice,
        type(None),
        type(Ellipsis),
        type(NotImplemented),
        Mark,
        types.CodeType,
        types.WrapperDescriptorType,
        types.MethodDescriptorType,
        types.GetSetDescriptorType,
        types.MemberDescriptorType,
        types.GenericAlias,
        property,
        staticmethod,
        classmethod,
        re.Pattern,
        re.Match,
        dt.date,
        dt.datetime,
        dt.time,
        dt.timedelta,
        dt.timezone,
        decimal.Decimal,
        fractions.Fraction,
        uuid.UUID,
        contextvars.ContextVar,
        contextvars.Token,
        contextvars.Context,
        threading.local,
    )
)


BOUND: Final = frozenset((types.BuiltinMethodType, types.MethodWrapperType))
"""The types of functions in C, which may be bound to a receiver."""

VAGUE: Final = frozenset((Mark, Method, Pack, Reach, Super))
"""The types of values that are not objects of the user's.
`isinstance` would ask those what class they pretend to be."""


def is_atom(value: Any) -> bool:
    """Tell whether touching a value makes no difference to anybody."""
    kind = type(value)
    return kind in ATOMS or issubclass(kind, enum.Enum) or (kind in BOUND and receiver_of(value) is None)


def is_certain(value: Any) -> bool:
    """Tell at a glance whether a value is an object that cannot change; many of those are not told."""
    kind = type(value)
    return kind is not Mark and kind in ATOMS


def receiver_of(function: Any) -> Any:
    """Return what a function in C is bound to; None if that is nothing that can change."""
    found = function.__self__
    return None if issubclass(type(found), (types.ModuleType, type)) or type(found) in ATOMS else found


def joined(one: Any, other: Any) -> Any:
    """Return what is known of a value that is either of two."""
    if one is other:
        return one
    if one is SOMETHING or other is SOMETHING:
        return SOMETHING
    if is_atom(one) and is_atom(other):
        return ATOM
    if type(one) is Mark or type(other) is Mark:
        known = [value for value in (one, other) if value is not ATOM]
        return known[0] if len(known) == 1 and known[0] is not NULL else SOMETHING
    bases = tuple({id(base): base for value in (one, other) for base in bases_of(value)}.values())
    return Reach(*bases) if len(bases) < 16 else SOMETHING  # noqa: PLR2004 - a plain number


def bases_of(value: Any) -> tuple[Any, ...]:
    """Return from what objects a value can be reached, or what it holds."""
    if type(value) is Reach:
        return value.bases
    if type(value) is Pack:
        return value.values
    return (value,)
