"""Shared lines are found by what they touch, whatever the way to it; all other lines are no scheduling points."""

from __future__ import annotations

import functools
import heapq
import itertools
import operator
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass

import pytest

from pytest_errortrack.interleave import explore

total = 0


def one():
    """Return one, in a function of its own."""
    return 1


class Box:
    """Holds a number."""

    limit = 0

    def __init__(self):
        self.n = 0
        self.items = []

    def increment(self):
        """Read and write in a method."""
        self.n = self.n + 1

    @property
    def value(self):
        """The number, through a property."""
        return self.n

    @value.setter
    def value(self, new):
        self.n = new


class Slotted:
    """Holds a number in a slot."""

    __slots__ = ("n",)

    def __init__(self):
        self.n = 0


class Checked:
    """Writes attributes its own way."""

    def __setattr__(self, name, value):
        super().__setattr__(name, value)


class Shelf:
    """Has items of its own."""

    def __init__(self):
        self.kept = {}

    def __getitem__(self, key):
        return self.kept.get(key, 0)

    def __setitem__(self, key, value):
        self.kept[key] = value

    def __bool__(self):
        return bool(self.kept)

    def __repr__(self):
        return f"Shelf({len(self.kept)})"


class Amount:
    """Adds in place, and compares."""

    def __init__(self):
        self.n = 0

    def __iadd__(self, other):
        read = self.n
        self.n = read + other
        return self

    def __eq__(self, other):
        return self.n == other

    __hash__ = None


@dataclass
class Point:
    """A dataclass."""

    x: int = 0


class Child(Box):
    """Calls its base."""

    def increment(self):
        """Increment as the base does."""
        super().increment()


def twice(body):
    """Return what lets two actors do the same, with or without a lock around it."""

    def run(interleaving, lock):
        def locked():
            with lock:
                body()

        interleaving.run(body if lock is None else locked, body if lock is None else locked)

    return run


def pops_if_any():
    items = [1]

    def body():
        if items:
            items.pop()

    return body, lambda: True


def gets_then_updates():
    d = {}

    def body():
        n = d.get("n", 0)
        d.update(n=n + 1)

    return body, lambda: d["n"] == 2


def by_name():
    box = Box()

    def body():
        n = getattr(box, "n")  # noqa: B009 - by name on purpose
        setattr(box, "n", n + 1)  # noqa: B010 - by name on purpose

    return body, lambda: box.n == 2


def length_then_append():
    items = []

    def body():
        n = len(items)
        items.append(n)

    return body, lambda: items == [0, 1]


def through_a_call():
    box = Box()

    def body():
        box.n = box.n + one()

    return body, lambda: box.n == 2


def in_one_line():
    box = Box()

    def body():
        box.n += 1

    return body, lambda: box.n == 2


def in_a_cell():
    n = 0

    def body():
        nonlocal n
        n += 1

    return body, lambda: n == 2


def in_a_default():
    kept = []

    def body(kept=kept):
        n = len(kept)
        kept.append(n)

    return body, lambda: kept == [0, 1]


def in_a_class():
    Box.limit = 0

    def body():
        Box.limit += 1

    return body, lambda: Box.limit == 2


def in_a_global():
    global total  # noqa: PLW0603 - a global on purpose
    total = 0

    def body():
        global total  # noqa: PLW0603 - a global on purpose
        total = total + 1

    return body, lambda: total == 2


def nested():
    outer = {"a": {"b": [0]}}

    def body():
        outer["a"]["b"][0] = outer["a"]["b"][0] + 1

    return body, lambda: outer["a"]["b"] == [2]


def two_names():
    items = []
    same = {"x": items}

    def body():
        n = len(items)
        same["x"].append(n)

    return body, lambda: items == [0, 1]


def bound_method():
    items = []
    append = items.append

    def body():
        n = len(items)
        append(n)

    return body, lambda: items == [0, 1]


def in_a_partial():
    box = Box()

    def add(to, by):
        to.n = to.n + by

    return functools.partial(add, box, by=1), lambda: box.n == 2


def by_operators():
    d = {"n": 0}

    def body():
        n = operator.getitem(d, "n")
        operator.setitem(d, "n", n + 1)

    return body, lambda: d["n"] == 2


def by_vars():
    box = Box()

    def body():
        n = box.n
        vars(box)["n"] = n + 1

    return body, lambda: box.n == 2


def by_dict():
    box = Box()
    space = box.__dict__

    def body():
        n = space["n"]
        box.n = n + 1

    return body, lambda: box.n == 2


def in_a_dataclass():
    point = Point()

    def body():
        point.x = point.x + 1

    return body, lambda: point == Point(2)


def in_a_property():
    box = Box()

    def body():
        box.value = box.value + 1

    return body, lambda: box.n == 2


def in_a_slot():
    box = Slotted()

    def body():
        n = box.n
        box.n = n + 1

    return body, lambda: box.n == 2


def own_setattr():
    box = Checked()
    box.n = 0

    def body():
        n = box.n
        box.n = n + 1

    return body, lambda: box.n == 2


def own_items():
    shelf = Shelf()

    def body():
        shelf["n"] = shelf["n"] + 1

    return body, lambda: shelf["n"] == 2


def own_iadd():
    amount = Amount()

    def body():
        nonlocal amount
        amount += 1

    return body, lambda: amount.n == 2


def own_truth():
    shelf = Shelf()
    firsts = []

    def body():
        if not shelf:
            shelf["a"] = 1
            firsts.append(1)

    return body, lambda: len(firsts) == 1


def own_equality():
    amount = Amount()

    def body():
        if amount == 0:
            amount.n += 1

    return body, lambda: amount.n == 1


def generator():
    def numbers():
        n = 0
        while True:
            n += 1
            yield n

    shared, seen = numbers(), []

    def body():
        seen.append(next(shared))

    return body, lambda: seen == [1, 2]


def formatted():
    shelf, seen = Shelf(), []

    def body():
        text = f"{shelf!r}"
        shelf[len(seen)] = 1
        seen.append(text)

    return body, lambda: seen == ["Shelf(0)", "Shelf(1)"]


def walrus():
    box = Box()

    def body():
        if (n := box.n) < 5:
            box.n = n + 1

    return body, lambda: box.n == 2


def starred():
    items, sizes = [], []

    def body():
        sizes.append(len([*items]))
        items.append(1)

    return body, lambda: sizes == [0, 1]


def comprehension():
    items, sums = [1], []

    def body():
        sums.append(sum([item for item in items]))  # noqa: C416 - a comprehension on purpose
        items.append(1)

    return body, lambda: sums == [1, 2]


def sorting():
    items, seen = [3, 1], []

    def body():
        first = sorted(items, key=lambda value: -value)[0]  # noqa: FURB192 - sorting on purpose
        items.append(first + 1)
        seen.append(first)

    return body, lambda: seen == [3, 4]


def views():
    d, seen = {"a": 1}, []

    def body():
        keys = [key for key in d.keys()]  # noqa: C416, SIM118 - a comprehension on purpose
        d[len(keys)] = 1
        seen.append(len(keys))

    return body, lambda: seen == [1, 2]


def on_a_deque():
    queue = deque([1])

    def body():
        if len(queue):
            queue.popleft()

    return body, lambda: True


def on_a_defaultdict():
    d = defaultdict(int)

    def body():
        d["n"] += 1

    return body, lambda: d["n"] == 2


def on_a_counter():
    counts = Counter()

    def body():
        counts["n"] += 1

    return body, lambda: counts["n"] == 2


def on_an_ordered_dict():
    d = OrderedDict(n=0)

    def body():
        d["n"] = d["n"] + 1

    return body, lambda: d["n"] == 2


def on_a_heap():
    heap = [1]

    def body():
        if heap:
            heapq.heappop(heap)

    return body, lambda: True


def on_a_count():
    numbers, seen = itertools.count(), []

    def body():
        n = next(numbers)
        seen.append(n)

    return body, lambda: seen == [0, 1]


def on_a_bytearray():
    raw = bytearray(2)
    view = memoryview(raw)

    def body():
        n = raw[0]
        view[0:1] = bytes([n + 1])

    return body, lambda: raw[0] == 2


def finally_():
    box = Box()

    def body():
        n = 0
        try:
            n = box.n
        finally:
            box.n = n + 1

    return body, lambda: box.n == 2


def matching():
    d = {"kind": "new", "n": 0}

    def body():
        match d:
            case {"kind": "new"}:
                d["n"] += 1
                d["kind"] = "old"

    return body, lambda: d["n"] == 1


def decorated():
    box = Box()

    def twice_checked(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    @twice_checked
    def body():
        box.n = box.n + 1

    return body, lambda: box.n == 2


def by_super():
    box = Child()

    return lambda: box.increment(), lambda: box.n == 2  # noqa: PLW0108 - a lambda on purpose


def on_nested_attributes():
    holder = Box()
    holder.inner = Box()

    def body():
        holder.inner.n = holder.inner.n + 1

    return body, lambda: holder.inner.n == 2


PROGRAMS = (
    pops_if_any, gets_then_updates, by_name, length_then_append, through_a_call, in_one_line, in_a_cell, in_a_default,
    in_a_class, in_a_global, nested, two_names, bound_method, in_a_partial, by_operators, by_vars, by_dict,
    in_a_dataclass, in_a_property, in_a_slot, own_setattr, own_items, own_iadd, own_truth, own_equality, generator,
    formatted, walrus, starred, comprehension, sorting, views, on_a_deque, on_a_defaultdict, on_a_counter,
    on_an_ordered_dict, on_a_heap, on_a_count, on_a_bytearray, finally_, matching, decorated, by_super,
    on_nested_attributes,
)  # fmt: skip


def scenario_of(program, *, is_repaired):
    """Return the scenario in which two actors run a program's body; under a lock where it is repaired."""

    def scenario(interleaving):
        body, is_right = program()
        twice(body)(interleaving, threading.Lock() if is_repaired else None)
        assert is_right()

    return scenario


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_race_is_found_whatever_the_way_to_the_shared_object(program):
    """A preemption between the shared accesses is found, and one is enough."""
    exploration = explore(scenario_of(program, is_repaired=False), budget=300, search="exhaustive")

    assert exploration.failure is not None, exploration.summary()
    assert exploration.token, repr(exploration.failure)
    assert exploration.preemptions == 1


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_repaired_program_is_complete(program):
    """Under a lock the same program passes in every schedule, and there are few enough to say so."""
    exploration = explore(scenario_of(program, is_repaired=True), budget=3_000, search="exhaustive")

    assert exploration.failure is None
    assert exploration.complete, exploration.summary()
