"""What functions written in C touch: tables of those whose effect is known. The others may touch all they can reach."""

from __future__ import annotations

import array
import bisect
import builtins
import collections
import heapq
import itertools
import math
import operator
import types
from typing import Any, Final, Literal

__all__ = [
    "BUILTINS",
    "CONTROLLED",
    "CONVERSIONS",
    "LOOKING",
    "METHODS",
    "PASSIVE",
    "REPLACING",
    "SELF_CONTAINED",
    "Effect",
    "effect_of_method",
    "may_write_through",
    "only_reads",
]

_HEAP_TYPE: Final = 1 << 9

Effect = Literal["nothing", "read", "deep", "iterate", "read key", "write key", "write", "extend", "take"]
"""What a call touches.

`nothing`; `read`: the receiver or the first argument; `deep`: whatever can be reached from the arguments, reading;
`iterate`: the same, and the result reaches it, too; `read key`, `write key`: one key of the receiver; `write`: the
receiver; `extend`: the receiver, having read the arguments; `take`: an iterator, and what it goes through.
"""


def _named(words: str, effect: Effect) -> dict[str, Effect]:
    return dict.fromkeys(words.split(), effect)


_LIST: Final = (
    _named("index count __contains__ __eq__ __ne__ __lt__ __gt__ __le__ __ge__ __repr__", "deep")
    | _named("__len__ __sizeof__", "read")
    | _named("copy __iter__ __reversed__ __add__ __mul__ __getitem__", "iterate")
    | _named("append insert pop clear reverse __setitem__ __delitem__", "write")
    | _named("extend remove sort __iadd__", "extend")
)
_DICT: Final = (
    _named("get __getitem__ __contains__", "read key")
    | _named("setdefault pop __setitem__ __delitem__", "write key")
    | _named("keys values items copy __iter__ __reversed__ __or__ __ror__", "iterate")
    | _named("__len__ __sizeof__", "read")
    | _named("__eq__ __ne__ __repr__", "deep")
    | _named("clear popitem move_to_end", "write")
    | _named("update __ior__", "extend")
)
_SET: Final = (
    _named(
        "__contains__ __len__ isdisjoint issubset issuperset __eq__ __ne__ __repr__ __le__ __lt__ __ge__ __gt__", "deep"
    )
    | _named("copy union intersection difference symmetric_difference __iter__ __and__ __or__ __sub__", "iterate")
    | _named("add discard remove pop clear", "write")
    | _named("update difference_update intersection_update symmetric_difference_update", "extend")
)
_DEQUE: Final = _LIST | _named("appendleft popleft rotate", "write") | _named("extendleft", "extend")
_BYTES: Final = _named("__len__ __getitem__ decode find index count startswith endswith hex split strip copy", "read")

METHODS: Final[dict[type, dict[str, Effect]]] = {
    list: _LIST,
    dict: _DICT,
    set: _SET,
    collections.deque: _DEQUE,
    collections.OrderedDict: _DICT,
    collections.defaultdict: _DICT | _named("__getitem__", "write key"),
    bytearray: _BYTES,
    array.array: _BYTES | _named("tolist tobytes", "read"),
    tuple: _named("index count", "deep") | _named("__getitem__ __iter__", "iterate"),
    frozenset: _SET,
}

_BY_EFFECT: Final[dict[Effect, str]] = {
    "nothing": "id issubclass callable ord chr abs divmod pow round bin hex oct range object super property "
    "staticmethod classmethod slice globals locals complex",
    "read": "len",
    "deep": "hash repr str format ascii bytes bytearray int float bool sum min max any all dir",
    "iterate": "memoryview list tuple set frozenset dict sorted iter reversed enumerate zip map filter",
    "take": "next",
}

BUILTINS: Final[dict[int, Effect]] = {
    id(getattr(builtins, name)): effect for effect, names in _BY_EFFECT.items() for name in names.split()
}
BUILTINS.update({id(each): "nothing" for each in vars(math).values() if callable(each)})
BUILTINS.update({id(each): "iterate" for each in vars(itertools).values() if issubclass(type(each), type)})
BUILTINS.update({id(each): "iterate" for each in (operator.attrgetter, operator.itemgetter, operator.methodcaller)})
BUILTINS.update(
    {id(each): "iterate" for each in (heapq.nsmallest, heapq.nlargest, collections.deque, operator.getitem)}
)
BUILTINS.update({id(each): "deep" for each in (bisect.bisect, bisect.bisect_left, bisect.bisect_right)})
BUILTINS.update({id(each): "nothing" for each in (operator.is_, operator.is_not)})
BUILTINS.update({id(types.SimpleNamespace): "nothing"})

CONTROLLED: Final = (
    "threading",
    "queue",
    "concurrent",
    "_thread",
    "pytest_errortrack",
    "_queue",
    "asyncio",
    "_asyncio",
)
"""Libraries whose shared steps are operations: scheduling points of their own, which say themselves what they touch."""

REPLACING: Final = frozenset(("unittest", "mock", "_pytest", "pytest_mock", "wrapt", "gorilla"))
"""Libraries that put other functions, classes and values in the place of what there is."""

CONVERSIONS: Final = frozenset(
    ["json", "get_json", "decode", "encode", "strip", "lower", "upper", "isoformat", "total_seconds", "hex"]
)
"""Methods that make a new value of what a library has just returned, as `json` does of a response, whoever's they are.

That is taken for granted only where nothing else is known of the object, and no arguments are given.
"""

SELF_CONTAINED: Final = frozenset(
    [
        "abc",
        "array",
        "base64",
        "bisect",
        "collections",
        "contextlib",
        "copy",
        "copyreg",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "hashlib",
        "inspect",
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "pprint",
        "posixpath",
        "re",
        "reprlib",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "traceback",
        "types",
        "typing",
        "weakref",
        "_weakrefset",
        "_collections_abc",
        "_pydatetime",
        "_pydecimal",
        "uuid",
        "contextvars",
        "_operator",
        "_functools",
        "_heapq",
        "_bisect",
    ]
)
"""Modules of the standard library that keep nothing which two callers could tell each other by."""


LOOKING: Final = frozenset(
    ("exists", "lexists", "islink", "ismount", "realpath", "abspath", "expanduser", "expandvars", "relpath")
)
"""Functions of `posixpath` that ask the file system or the process; the others only work on the names."""

PASSIVE: Final = frozenset(("builtins", "random", "_random", "itertools"))
"""Where types in C are from whose methods touch the receiver and the arguments, and nothing outside."""

_READING: Final = frozenset(("read", "deep", "iterate", "read key"))


def only_reads(kind: type, name: str) -> bool:
    """Tell whether a method of a type in C is known to change nothing."""
    return any(effect_of_method(each, name) in _READING for each in kind.__mro__)


def may_write_through(function: Any) -> bool:
    """Tell whether something in C that calls a function may change what it hands to it."""
    kind = type(function)
    if kind in (operator.attrgetter, operator.itemgetter) or not callable(function):
        return False
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
        owner = function.__objclass__
        return owner not in (int, str, bytes, float) and not only_reads(owner, function.__name__)
    if kind is types.BuiltinFunctionType and not issubclass(type(function.__self__), types.ModuleType):
        return False  # it is bound; what it changes is its receiver, which is looked at by itself
    if kind in (types.BuiltinFunctionType, type):
        effect = BUILTINS.get(id(function))
        return effect is None and not (kind is type and function.__flags__ & _HEAP_TYPE)
    return False


def effect_of_method(kind: type, name: str) -> Effect | None:
    """Return what a method of a built-in type touches, None if that is not known."""
    table = METHODS.get(kind)
    return None if table is None else table.get(name)


def module_of(value: Any) -> str:
    """Return the top-level name of the module a function or class is from."""
    name = getattr(value, "__module__", None)
    return name.partition(".")[0] if isinstance(name, str) else ""
