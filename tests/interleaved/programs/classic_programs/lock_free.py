"""Structures that do without locks but for a compare-and-set, which is atomic as the processor's is."""

from __future__ import annotations

import threading
from types import SimpleNamespace


class Cell:
    """A value with compare-and-set."""

    def __init__(self, value):
        self.value = value
        self._lock = threading.Lock()

    def compare_and_set(self, expected, new):
        """Replace the value if it is the expected one; tell whether it was."""
        with self._lock:
            is_same = self.value is expected
            if is_same:
                self.value = new
        return is_same


def _push(head, node):
    while True:
        node.below = head.value
        if head.compare_and_set(node.below, node):
            return


def _pop(head):
    while (node := head.value) is not None:
        below = node.below
        if head.compare_and_set(node, below):
            return node
    return None


def aba(interleaving):
    """Treiber's stack (1986) with nodes used again: the head is the same, what is below it is not (IBM, 1983)."""
    bottom = SimpleNamespace(below=None)
    head = Cell(SimpleNamespace(below=bottom))
    taken = []

    def pop():
        taken.append(_pop(head))

    def pop_two_and_return_one():
        node = _pop(head)
        taken.append(_pop(head))
        if node is not None:
            _push(head, node)

    interleaving.run(pop, pop_two_and_return_one)
    rest = [node for node in (_pop(head), _pop(head)) if node is not None]
    found = [node for node in (*taken, *rest) if node is not None]
    assert len({id(node) for node in found}) == len(found) == 2


def aba_repaired(interleaving):
    """Each push makes a node of its own, so no head comes back (Herlihy and Shavit, chapter 10.6)."""
    head = Cell(SimpleNamespace(below=SimpleNamespace(below=None, value=1), value=2))
    taken = []

    def pop():
        node = _pop(head)
        taken.append(node and node.value)

    def pop_two_and_return_one():
        node, other = _pop(head), _pop(head)
        taken.append(other and other.value)
        if node is not None:
            _push(head, SimpleNamespace(below=None, value=node.value))

    interleaving.run(pop, pop_two_and_return_one)
    rest = [node.value for node in (_pop(head), _pop(head)) if node is not None]
    assert sorted(value for value in (*taken, *rest) if value is not None) == [1, 2]


def ring_buffer(interleaving):
    """The index is moved on before the slot is filled (Lamport, Specifying Concurrent Program Modules, 1983)."""
    slots, index = [None, None], SimpleNamespace(head=0, tail=0)

    def put():
        for item in (1, 2):
            index.head += 1
            slots[index.head - 1] = item

    def get():
        while index.tail < index.head:
            assert slots[index.tail] == index.tail + 1
            index.tail += 1

    interleaving.run(put, get)


def ring_buffer_repaired(interleaving):
    """The slot first: with one producer and one consumer no lock is needed."""
    slots, index = [None, None], SimpleNamespace(head=0, tail=0)

    def put():
        for item in (1, 2):
            slots[index.head] = item
            index.head += 1

    def get():
        while index.tail < index.head:
            assert slots[index.tail] == index.tail + 1
            index.tail += 1

    interleaving.run(put, get)


def work_stealing(interleaving):
    """The owner takes the last task without compare-and-set (Arora et al., SPAA 1998; SCTBench `chess.WSQ`)."""
    tasks, bottom, top = ["only"], SimpleNamespace(index=1), Cell(0)

    def take():
        bottom.index -= 1
        if top.value > bottom.index:
            return None
        return tasks[bottom.index]

    def steal():
        oldest = top.value
        if oldest >= bottom.index:
            return None
        task = tasks[oldest]
        return task if top.compare_and_set(oldest, oldest + 1) else None

    results = interleaving.run(take, steal)
    assert list(results).count("only") == 1


def work_stealing_repaired(interleaving):
    """The last task goes to whoever moves the top on."""
    tasks, bottom, top = ["only"], SimpleNamespace(index=1), Cell(0)

    def take():
        bottom.index -= 1
        oldest = top.value
        if oldest > bottom.index:
            return None
        if oldest < bottom.index:
            return tasks[bottom.index]
        return tasks[oldest] if top.compare_and_set(oldest, oldest + 1) else None

    def steal():
        oldest = top.value
        if oldest >= bottom.index:
            return None
        task = tasks[oldest]
        return task if top.compare_and_set(oldest, oldest + 1) else None

    results = interleaving.run(take, steal)
    assert list(results).count("only") <= 1
