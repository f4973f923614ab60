"""The world that the actors of a program share: as Python source, and as the model's places with their first values."""

from __future__ import annotations

__all__ = ["BOTH_LINE", "BUMP_LINE", "HEAD", "INITIAL", "OBJECTS", "SLOTS"]

INITIAL = {"box.a": 0, "box.b": 3, "G": 5, "c": 7, "items": (1,), "table": (("k", 2),)}
SLOTS = tuple(INITIAL)
OBJECTS = {
    "box": {"plain": "box", "global": "BOX", "alias": "also", "nested": "nest[0]", "attribute": "holder.box"},
    "items": {"plain": "items", "global": "ITEMS", "alias": "pile", "nested": "nest[1]", "attribute": "holder.items"},
    "table": {"plain": "table", "global": "TABLE", "alias": "index", "nested": "nest[2]", "attribute": "holder.table"},
}

HEAD = """\
import threading
import time

class Box:
    def __init__(self):
        self.a = 0
        self.b = 3

    def bump(self):
        self.b += 1
        return self.b

    @property
    def both(self):
        return self.a + self.b

class Holder:
    pass

def guard_with(results):
    def guard(name, body):
        def guarded():
            try:
                results[name] = body()
            except Exception as error:
                results[name] = (type(error).__name__,)
        return guarded
    return guard

def world(guard):
    global G, BOX, ITEMS, TABLE
    G, c = 5, 7
    BOX = box = also = Box()
    ITEMS = items = pile = [1]
    TABLE = table = index = {"k": 2}
    nest = (box, items, table)
    holder = Holder()
    holder.box, holder.items, holder.table = nest
    l0, l1 = threading.Lock(), threading.Lock()
    cond = threading.Condition()
    event = threading.Event()
"""
BUMP_LINE = 1 + next(number for number, line in enumerate(HEAD.splitlines()) if "self.b += 1" in line)
BOTH_LINE = 1 + next(number for number, line in enumerate(HEAD.splitlines()) if "return self.a + self.b" in line)
