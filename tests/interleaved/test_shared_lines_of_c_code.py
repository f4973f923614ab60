"""What code written in C touches makes a line shared: views, weak references, callbacks, iterators, files, state."""

from __future__ import annotations

import collections
import contextvars
import functools
import io
import itertools
import operator
import os
import queue
import threading
import types
import weakref

import pytest

# ruff: noqa: PLW0108, PLC3002, C416, S102, S307, RUF015, B039, B905, PLW0603, PTH107, PTH123 - the lines are what is tested
from pytest_errortrack.interleave import explore

total = 0
LISTS = contextvars.ContextVar("LISTS", default=[1])
ADDING = compile("global total; total += 1", "<adding>", "exec")  # once: each compilation is other code to the search
READING = compile("total", "<reading>", "eval")
KEPT = []


class Box:
    """Holds some things."""

    kind = "plain"

    def __init__(self):
        self.n = 0
        self.items = [1, 2, 3]
        self.held = None


class Other(Box):
    """Another type for the same instances."""

    kind = "other"


class Held:
    """Allows weak references."""


def a_list():
    """Return a list."""
    return [1, 2, 3]


def a_dict():
    """Return a dictionary."""
    return {"k": 0}


def with_view(make):
    """Return what makes a dictionary and a view of it."""

    def both():
        base = {"k": 0}
        return base, make(base)

    return both


def with_memory():
    """Return a bytearray and a view of its memory."""
    base = bytearray(3)
    return base, memoryview(base)


def with_buffer():
    """Return a buffer and a view of its memory, kept: some CPythons crash where the collector finds both."""
    base = io.BytesIO(b"abc")
    KEPT.append((base, base.getbuffer()))
    return KEPT[-1]


def with_proxy():
    """Return a box and a weak proxy of it."""
    base = Box()
    return base, weakref.proxy(base)


def with_weak(make):
    """Return what makes a box that holds an object, and a weak container of that."""

    def both():
        base = Box()
        base.held = Held()
        return base, make(base.held)

    return both


def weak_values(value):
    """Return a weak dictionary."""
    return weakref.WeakValueDictionary({"k": value})


def weak_set(value):
    """Return a weak set."""
    return weakref.WeakSet([value])


def with_closure():
    """Return two functions over one variable."""
    number = 0

    def read():
        return number

    def write():
        nonlocal number
        number = 5

    return read, write


def change_total(_):
    """Bind a global name anew."""
    global total
    total = total + 1


def change_kind(_):
    """Bind an attribute of a class anew."""
    Box.kind = Box.kind + "!"


def replace_dict(box):
    """Replace all attributes at once."""
    box.__dict__ = {"n": 7}


def replace_class(box):
    """Make an instance one of another class."""
    box.__class__ = Other


def notify_list(pair):
    """Call a callback written in C."""
    pair[0].add_done_callback(pair[1].append)
    pair[0].set_result(1)


def loop_over_map(items):
    """Call a method of a list by going through an iterator, one line later."""
    through = map(items.append, [1, 2])
    for each in through:
        assert each is None


def loop_until(items):
    """The same by an iterator that calls until it is given a sentinel."""
    pop = items.pop
    for each in iter(pop, 1):
        assert each


def a_future():
    """Return a future and a list."""
    from concurrent.futures import Future

    return Future(), []


def set_key(value):
    """Return what sets the key of a pair's first."""
    return lambda pair: pair[0].update({value: 1})


CASES = {
    "exec": (Box, lambda _: total, lambda _: exec(ADDING, globals())),
    "eval": (Box, lambda _: eval(READING), change_total),
    "attrgetter": (Box, lambda s: len(s.items), lambda s: operator.attrgetter("items")(s).append(1)),
    "methodcaller": (a_list, len, lambda s: operator.methodcaller("append", 1)(s)),
    "map(append)": (a_list, lambda s: len(s), lambda s: list(map(s.append, [1, 2]))),
    "map(pop)": (a_dict, lambda s: len(s), lambda s: any(map(s.pop, ["k"]))),
    "max key": (a_dict, lambda s: len(s), lambda s: max(["k"], key=s.pop)),
    "sorted key": (a_dict, lambda s: len(s), lambda s: sorted(["k"], key=s.pop)),
    "iter(callable)": (a_list, lambda s: len(s), lambda s: [x for x in iter(s.pop, 1)]),
    "loop over map": (a_list, lambda s: len(s), loop_over_map),
    "loop over iter(callable)": (a_list, lambda s: len(s), loop_until),
    "partial in map": (a_list, lambda s: len(s), lambda s: list(map(functools.partial(s.insert, 0), [4]))),
    "context variable": (Box, lambda _: len(LISTS.get()), lambda _: LISTS.get().append(1)),
    "len(keys)": (with_view(dict.keys), lambda s: len(s[1]), set_key("z")),
    "bool(keys)": (lambda: (lambda d: (d, d.keys()))({}), lambda s: bool(s[1]), set_key("z")),
    "keys ==": (with_view(dict.keys), lambda s: s[1] == {"k"}, set_key("z")),
    "keys |": (with_view(dict.keys), lambda s: s[1] | {"y"}, set_key("z")),
    "mapping proxy item": (with_view(types.MappingProxyType), lambda s: s[1]["k"], set_key("k")),
    "mapping proxy get": (with_view(types.MappingProxyType), lambda s: s[1].get("k"), set_key("k")),
    "mapping proxy len": (with_view(types.MappingProxyType), lambda s: len(s[1]), set_key("z")),
    "memoryview item": (with_memory, lambda s: s[1][0], lambda s: s[0].__setitem__(0, 5)),
    "memoryview made": (with_memory, lambda s: memoryview(s[0])[0], lambda s: s[0].__setitem__(0, 5)),
    "getbuffer": (with_buffer, lambda s: s[0].getvalue(), lambda s: s[1].__setitem__(0, 65)),
    "proxy read": (with_proxy, lambda s: s[1].n, lambda s: setattr(s[0], "n", 1)),
    "proxy write": (with_proxy, lambda s: s[0].n, lambda s: setattr(s[1], "n", 1)),
    "weak reference": (with_weak(weakref.ref), lambda s: s[1]() is None, lambda s: setattr(s[0], "held", None)),
    "weak values": (with_weak(weak_values), lambda s: "k" in s[1], lambda s: setattr(s[0], "held", None)),
    "weak set": (with_weak(weak_set), lambda s: len(s[1]), lambda s: setattr(s[0], "held", None)),
    "__dict__": (Box, lambda s: s.n, replace_dict),
    "__class__": (Box, lambda s: s.kind, replace_class),
    "type()": (Box, lambda s: type(s).__name__, replace_class),
    "isinstance": (Box, lambda s: isinstance(s, Other), replace_class),
    "class dictionary": (Box, lambda _: Box.__dict__["kind"], change_kind),
    "vars(class)": (Box, lambda _: vars(Box).get("kind"), change_kind),
    "queue.queue": (queue.Queue, lambda s: len(s.queue), lambda s: s.put(1)),
    "unfinished_tasks": (queue.Queue, lambda s: s.unfinished_tasks, lambda s: s.put(1)),
    "semaphore": (lambda: threading.Semaphore(2), lambda s: s._value, lambda s: s.acquire()),
    "callback in C": (a_future, lambda s: len(s[1]), notify_list),
    "defaults": (lambda: lambda x=1: x, lambda s: s(), lambda s: setattr(s, "__defaults__", (2,))),
    "code": (lambda: lambda: 1, lambda s: s(), lambda s: setattr(s, "__code__", (lambda: 2).__code__)),
    "cell written": (with_closure, lambda s: s[0](), lambda s: setattr(s[0].__closure__[0], "cell_contents", 8)),
    "cell read": (with_closure, lambda s: s[0].__closure__[0].cell_contents, lambda s: s[1]()),
    "ordered views": (
        lambda: (lambda d: (d, d.items()))(collections.OrderedDict(k=0)),
        lambda s: ("k", 0) in s[1],
        set_key("k"),
    ),
}

TAKEN = {
    "list": lambda s: list(itertools.islice(s, 1))[0],
    "sum": lambda s: sum(itertools.islice(s, 1)),
    "max": lambda s: max(itertools.islice(s, 1)),
    "dict": lambda s: dict(itertools.islice(zip(s, s), 1)).popitem()[0],
    "join": lambda s: int("".join(map(str, itertools.islice(s, 1)))),
    "star": lambda s: [*itertools.islice(s, 1)][0],
}


def found(make, read, write):
    """Tell whether the search finds that two reads by one actor differ because another writes between them."""

    def scenario(interleaving):
        shared = make()

        def reader():
            first = read(shared)
            second = read(shared)
            assert first == second

        interleaving.run(reader=reader, writer=lambda: write(shared))

    result = explore(scenario, modules=[__name__], budget=400)
    return type(result.failure) is AssertionError and result.found_at is not None


@pytest.mark.parametrize("name", CASES)
def test_a_write_between_two_reads_is_found(name):
    """A change that another actor makes between two reads is seen, whatever of the library it goes through."""
    kind = Box.kind
    before, listed = total, list(LISTS.get())
    try:
        assert found(*CASES[name])
    finally:
        Box.kind = kind
        LISTS.get()[:] = listed
        globals()["total"] = before


@pytest.mark.parametrize("name", TAKEN)
def test_taking_from_a_shared_iterator_is_found(name):
    """What goes through an iterator of two actors takes items that the other does not get."""
    use = TAKEN[name]

    def scenario(interleaving):
        shared = iter(range(90))

        def taker():
            first = use(shared)
            second = use(shared)
            assert second - first <= 2 if name == "dict" else second == first + 1

        interleaving.run(a=taker, b=taker)

    result = explore(scenario, modules=[__name__], budget=400)
    assert type(result.failure) is AssertionError


@pytest.mark.parametrize("look", [os.path.exists, os.path.isfile, os.path.lexists])
def test_a_file_removed_between_two_looks_is_found(look, tmp_path):
    """A file system is shared: whether a file exists may change between two lines."""
    path = tmp_path / "file"

    def make():
        path.write_text("")
        return str(path)

    assert found(make, lambda s: look(s), lambda s: os.remove(s))


def test_what_is_written_to_a_file_is_found(tmp_path):
    """Writing through an open file changes what another reads from the disk."""
    path = tmp_path / "file"

    def make():
        path.write_text("")
        return open(path, "a", buffering=1)

    def read(_):
        with open(path) as file:
            return file.read()

    def write(file):
        with file:
            file.write("line\n")

    assert found(make, read, write)
