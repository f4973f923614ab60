"""Unprotected reads and writes: the classic data races, one value or one container at a time."""

from __future__ import annotations

import threading
from types import SimpleNamespace


def lost_update(interleaving):
    """Read, add, write (Lu et al., Learning from Mistakes, ASPLOS 2008: atomicity violation)."""
    box = SimpleNamespace(n=0)

    def add():
        old = box.n
        box.n = old + 1

    interleaving.run(add, add)
    assert box.n == 2


def lost_update_repaired(interleaving):
    """The whole addition is one critical section."""
    box, lock = SimpleNamespace(n=0), threading.Lock()

    def add():
        with lock:
            old = box.n
            box.n = old + 1

    interleaving.run(add, add)
    assert box.n == 2


def lost_update_of_three(interleaving):
    """The same with three actors: one sleeps over two additions of others."""
    box = SimpleNamespace(n=0)

    def add():
        old = box.n
        box.n = old + 1

    interleaving.run(add, add, add)
    assert box.n != 1


def lost_update_of_three_repaired(interleaving):
    """Three additions under one lock."""
    box, lock = SimpleNamespace(n=0), threading.Lock()

    def add():
        with lock:
            old = box.n
            box.n = old + 1

    interleaving.run(add, add, add)
    assert box.n == 3


def pop_if_any(interleaving):
    """`if items: items.pop()`: check, then act on a list that both know by a local name."""
    items = ["last"]

    def take():
        if items:
            items.pop()

    interleaving.run(take, take)


def pop_if_any_repaired(interleaving):
    """Popping is one step; that nothing was left is an answer, not an accident."""
    items, missed = ["last"], []

    def take():
        try:
            items.pop()
        except IndexError:
            missed.append(1)

    interleaving.run(take, take)
    assert len(missed) == 1


def pop_in_one_line(interleaving):
    """The same check and act within one line."""
    items = ["last"]

    def take():
        return items.pop() if items else None

    interleaving.run(take, take)


def pop_in_one_line_repaired(interleaving):
    """The line under a lock."""
    items, lock = ["last"], threading.Lock()

    def take():
        with lock:
            return items.pop() if items else None

    taken = interleaving.run(take, take)
    assert sorted(taken, key=str) == [None, "last"]


def get_then_update(interleaving):
    """`d.get` then `d.update`: reads and writes that are calls of methods in C."""
    stock = {"apples": 0}

    def add():
        old = stock.get("apples")
        stock.update(apples=old + 1)

    interleaving.run(add, add)
    assert stock == {"apples": 2}


def get_then_update_repaired(interleaving):
    """Both calls under a lock."""
    stock, lock = {"apples": 0}, threading.Lock()

    def add():
        with lock:
            old = stock.get("apples")
            stock.update(apples=old + 1)

    interleaving.run(add, add)
    assert stock == {"apples": 2}


def getattr_then_setattr(interleaving):
    """`getattr` then `setattr`: the attribute's name is nowhere in the code that uses it."""
    box, name = SimpleNamespace(n=0), "n"

    def add():
        old = getattr(box, name)
        setattr(box, name, old + 1)

    interleaving.run(add, add)
    assert box.n == 2


def getattr_then_setattr_repaired(interleaving):
    """Both calls under a lock."""
    box, name, lock = SimpleNamespace(n=0), "n", threading.Lock()

    def add():
        with lock:
            old = getattr(box, name)
            setattr(box, name, old + 1)

    interleaving.run(add, add)
    assert box.n == 2


def length_then_append(interleaving):
    """`n = len(l)`, then `l.append(n)`: numbers given out twice."""
    numbers = []

    def draw():
        number = len(numbers)
        numbers.append(number)

    interleaving.run(draw, draw)
    assert numbers == [0, 1]


def length_then_append_repaired(interleaving):
    """Both under a lock."""
    numbers, lock = [], threading.Lock()

    def draw():
        with lock:
            number = len(numbers)
            numbers.append(number)

    interleaving.run(draw, draw)
    assert numbers == [0, 1]


def append_length_in_one_line(interleaving):
    """`l.append(len(l))`: the same within one line."""
    numbers = []

    def draw():
        numbers.append(len(numbers))

    interleaving.run(draw, draw)
    assert numbers == [0, 1]


def append_length_in_one_line_repaired(interleaving):
    """The line under a lock."""
    numbers, lock = [], threading.Lock()

    def draw():
        with lock:
            numbers.append(len(numbers))

    interleaving.run(draw, draw)
    assert numbers == [0, 1]


def add_a_call(interleaving):
    """`b.n = b.n + one()`: the value is read before the call and written after it."""
    box = SimpleNamespace(n=0)

    def one():
        return 1

    def add():
        box.n = box.n + one()

    interleaving.run(add, add)
    assert box.n == 2


def add_a_call_repaired(interleaving):
    """The statement under a lock."""
    box, lock = SimpleNamespace(n=0), threading.Lock()

    def one():
        return 1

    def add():
        with lock:
            box.n = box.n + one()

    interleaving.run(add, add)
    assert box.n == 2


def add_in_place(interleaving):
    """`b.n += 1` is a read and a write."""
    box = SimpleNamespace(n=0)

    def add():
        box.n += 1

    interleaving.run(add, add)
    assert box.n == 2


def add_in_place_repaired(interleaving):
    """The statement under a lock."""
    box, lock = SimpleNamespace(n=0), threading.Lock()

    def add():
        with lock:
            box.n += 1

    interleaving.run(add, add)
    assert box.n == 2


def torn_pair(interleaving):
    """Two fields that belong together (SCTBench `reorder_3_bad`; Thomson et al., TOPC 2016)."""
    point = SimpleNamespace(x=0, y=0)
    seen = []

    def move():
        point.x = 1
        point.y = 1

    def look():
        x = point.x
        seen.append((x, point.y))

    interleaving.run(move, look)
    assert seen[0] in {(0, 0), (1, 1)}


def torn_pair_repaired(interleaving):
    """The pair is one immutable value, replaced in one step."""
    point = SimpleNamespace(place=(0, 0))
    seen = []

    def move():
        point.place = (1, 1)

    def look():
        place = point.place
        seen.append(place)

    interleaving.run(move, look)
    assert seen[0] in {(0, 0), (1, 1)}


def dictionary_grows(interleaving):
    """A dictionary that grows while somebody iterates over it, which Python notices."""
    sizes = {"a": 1, "b": 2}

    def total():
        result = 0
        for name in sizes:
            result += len(name)
        return result

    def add():
        sizes["c"] = 3

    interleaving.run(total, add)


def dictionary_grows_repaired(interleaving):
    """Iterating over a copy, which is made in one step."""
    sizes = {"a": 1, "b": 2}

    def total():
        result = 0
        for name in tuple(sizes):
            result += sizes[name]
        return result

    def add():
        sizes["c"] = 3

    interleaving.run(total, add)
