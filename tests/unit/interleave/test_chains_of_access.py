"""What a line is going to touch, as it is worked out before the line runs."""

from __future__ import annotations

import dis
import sys
from collections import defaultdict, deque

import pytest

from pytest_errortrack.interleave._accesses._effects import Effects
from pytest_errortrack.interleave._accesses._machine import Machine
from pytest_errortrack.interleave._accesses._noting import ANYTHING
from pytest_errortrack.interleave._accesses._shadow import Shadow


class Thing:
    """Has attributes of several kinds."""

    __slots__ = ("__dict__", "slot")

    def __init__(self):
        self.n = 1
        self.items = [1, 2]
        self.slot = 3

    @property
    def value(self):
        """A property in covered code."""
        return self.n

    def method(self):
        """A method in covered code."""
        return self.n


def touched(source):
    """Return what the first line of a function with this body touches, as readable words."""
    namespace = {"__name__": "subject", "g": 0, "helper": lambda *_: 1}
    exec(compile(f"def f(b, l, d, q, c):\n    {source}\n", "<subject>", "exec"), namespace)  # noqa: S102 - generated here
    thing, items, mapping, queue, counts = Thing(), [3, 1, 2], {"a": 1}, deque([1]), defaultdict(int)
    names = {id(thing): "b", id(items): "l", id(mapping): "d", id(queue): "q", id(counts): "c"}
    names |= {id(thing.items): "b.items", id(namespace): "module"}
    shadow = Shadow(lambda code, _: code.co_filename in ("<subject>", __file__))
    found = []

    def trace(frame, event, arg):
        if frame.f_code is not namespace["f"].__code__:
            return None
        if event == "line" and not found:
            found.append(shadow.look(frame, shadow.layout(frame.f_code, frame.f_globals)))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        namespace["f"](thing, items, mapping, queue, counts)
    finally:
        sys.settrace(before)
    return {_word(touch, names) for touch in found[0] if touch[1] is ANYTHING or id(touch[1]) in names}


def _word(touch, names):
    _, value, part, is_write = touch
    name = "anything" if value is ANYTHING else names[id(value)]
    return ("write " if is_write else "read ") + ".".join([name, *map(str, part)])


TABLE = [
    ("x = b.n", {"read b.n"}),
    ("b.n = 1", {"write b.n"}),
    ("b.n += 1", {"read b.n", "write b.n"}),
    ("del b.n", {"write b.n"}),
    ("x = b.slot", {"read b.slot"}),
    ("b.slot = 2", {"write b.slot"}),
    ("b.items.append(1)", {"read b.items", "write b.items"}),
    ("x = l[0]", {"read l.0"}),
    ("x = l[-1]", {"read l.2"}),
    ("x = l[0:1]", {"read l"}),
    ("l[1] = 5", {"write l.1"}),
    ("l[0:1] = []", {"write l"}),
    ("del l[0]", {"write l.0"}),
    ("x = len(l)", {"read l", "read module.len"}),
    ("l.append(1)", {"write l"}),
    ("x = l.index(1)", {"read l"}),
    ("if l: pass", {"read l"}),
    ("x = not l", {"read l"}),
    ("x = [*l]", {"read l"}),
    ("x, y, z = l", {"read l"}),
    ("for x in l: pass", {"read l"}),
    ("x = 1 in l", {"read l"}),
    ("x = l == [1]", {"read l"}),
    ("l += [1]", {"write l"}),
    ("x = f'{l}'", {"read l"}),
    ("x = d['a']", {"read d.a"}),
    ("d['a'] = 1", {"write d.a"}),
    ("x = d.get('a')", {"read d.a"}),
    ("x = 'a' in d", {"read d.a"}),
    ("d.setdefault('a', 1)", {"write d.a"}),
    ("d.update(a=1)", {"write d"}),
    ("x = d.items()", {"read d"}),
    ("x = {**d}", {"read d"}),
    ("q.popleft()", {"write q"}),
    ("x = c['new']", {"write c"}),
    ("d['new'] = 1", {"write d"}),
    ("x = getattr(b, 'n')", {"read module.getattr", "read b.n"}),
    ("setattr(b, 'n', 2)", {"read module.setattr", "write b.n"}),
    ("x = b.__dict__['n']", {"read b.n"}),
    ("x = vars(b)['n']", {"read module.vars", "read b.n"}),
    ("x = g", {"read module.g"}),
    ("global g; g = 1", {"write module.g"}),
    ("x = helper(l)", {"read module.helper"}),
    ("x = b.value", set()),
    ("x = b.method()", {"read b.method"}),
    ("x = 1 + 2", set()),
    ("x = [1, 2]; x.append(3)", set()),
    ("x = (b, l); y = x[1][0]", {"read l.0"}),
    ("x = l if b is d else None", set()),
    ("x = b.n if l else 0", {"read l", "read b.n"}),
    ("x = (lambda: 1)", set()),
    ("x = isinstance(l, list)", {"read l.__class__", "read module.isinstance", "read module.list"}),
    ("match d:\n        case {'a': 1}: pass", set()),
]


def _plain(words):
    """Leave out whose dictionary it is: an instance's is known by its instance."""
    return {word for word in words if not word.endswith(".__dict__")}


@pytest.mark.parametrize(("source", "expected"), TABLE, ids=[source for source, _ in TABLE])
def test_a_line_touches_what_its_chains_lead_to(source, expected):
    """Each chain is followed to the object at its end, without running anything."""
    found = _plain(touched(source))
    if "__dict__" in source or "vars" in source:
        found = found | {"read b.n"}  # the dictionary is an object of its own, united with its instance afterwards

    assert found == expected


@pytest.mark.parametrize("source", ["x = helper(l).n", "x = helper(l)(b)"])
def test_the_result_of_a_covered_function_is_looked_at_when_it_returns(source):
    """Before the call nothing is known of it, so nothing is said, instead of anything."""
    assert touched_without_failing(source) == {"read module.helper"}


def touched_without_failing(source):
    """Return what a line touches that raises when it runs."""
    return touched(f"try: {source}\n    except (AttributeError, TypeError): pass")


def test_looking_runs_nothing_of_the_users():
    """Neither properties nor special methods run, not even those of odd classes."""
    ran = []

    class Odd:
        def __getattr__(self, name):
            ran.append(name)
            return 1

        def __len__(self):
            ran.append("len")
            return 1

        def __eq__(self, other):
            ran.append("eq")
            return True

        __hash__ = None

    def subject(odd):
        odd.x + len(odd) + (odd == 1)

    shadow = Shadow(lambda code, _: code is subject.__code__)

    def trace(frame, event, arg):
        if frame.f_code is subject.__code__ and event == "line":
            shadow.look(frame, shadow.layout(frame.f_code, frame.f_globals))
            assert ran == []
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        subject(Odd())
    finally:
        sys.settrace(before)

    assert ran == ["x", "len", "eq"]


def test_a_key_of_which_nothing_is_known_may_be_any():
    """What is read under it conflicts with a write under any key of the mapping."""
    assert "read d" in touched("import tempfile; d.get(tempfile.gettempprefix())")


def test_every_instruction_of_this_interpreter_is_known():
    """An unknown one is taken to touch anything, which is safe and tells nothing."""
    never_run = {"RESERVED", "EXIT_INIT_CHECK", "ENTER_EXECUTOR"}
    doing = Machine(Effects(lambda _code, _namespace: False)).doing

    unknown = {
        name
        for name, number in dis.opmap.items()
        if number < 256 and not name.startswith("INSTRUMENTED_") and name not in doing
    }

    assert unknown <= never_run
