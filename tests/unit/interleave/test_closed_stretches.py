"""Lines that only work on local variables, and how that is known without going over their instructions."""

from __future__ import annotations

import sys

import pytest

from pytest_errortrack.interleave._accesses._closed import closed_stretch
from pytest_errortrack.interleave._accesses._layout import Layout
from pytest_errortrack.interleave._accesses._shadow import Shadow


class Counted:
    """Adds as numbers do, in covered code."""

    def __add__(self, other):
        return self


def layout_of(body):
    """Return the layout of a function with these lines."""
    namespace = {"__name__": "subject"}
    exec(compile(f"def f(a, b, box):\n{body}\n", "<subject>", "exec"), namespace)  # noqa: S102 - generated here
    return Layout(namespace["f"].__code__, namespace), namespace["f"]


def begins(layout, line):
    """Return the place where a line begins."""
    return next(place for place, each in enumerate(layout.instructions) if each.line == line)


@pytest.mark.parametrize(
    "statement", ["c = a + b", "a += 1", "c = a < b", "c = -a", "c = a is not b", "return a", "return", "pass"]
)
def test_what_works_on_local_variables_is_closed(statement):
    """Whatever the variables hold, as long as it cannot change, nothing is touched."""
    layout, _ = layout_of(f"    {statement}\n    return b")

    closed = closed_stretch(layout, begins(layout, 2))

    assert closed is not None
    assert set(closed.names) <= {"a", "b"}
    assert closed.holds({"a": 1, "b": "word"})
    assert not closed.names or not closed.holds({"a": [], "b": []})


@pytest.mark.parametrize(
    "statement",
    ["c = box.n", "box.n = a", "c = box[a]", "box[a] = b", "c = a(b)", "c = len", "del box.n", "c = f'{a}'", "raise a"],
)
def test_what_reaches_further_is_not(statement):
    """Attributes, items, calls and globals may be what others touch."""
    layout, _ = layout_of(f"    {statement}\n    return b")

    assert closed_stretch(layout, begins(layout, 2)) is None


def test_a_variable_that_is_not_bound_is_looked_at_closely():
    """Nothing is known of what is not there."""
    layout, _ = layout_of("    c = a + b\n    return c")

    closed = closed_stretch(layout, begins(layout, 2))

    assert closed is not None
    assert not closed.holds({"a": 1})


def test_within_a_generator_nothing_is_closed():
    """Each of its lines is seen by whoever wants it to go on."""
    layout, _ = layout_of("    c = a + b\n    yield c")

    assert closed_stretch(layout, begins(layout, 2)) is None


def looks(function, *args):
    """Return what each line of a function touches, by line, with the offsets of all that was found to call code."""
    shadow = Shadow(lambda code, _: code.co_filename in ("<subject>", __file__))
    found = []

    def trace(frame, event, arg):
        if frame.f_code is not function.__code__:
            return None
        layout = shadow.layout(frame.f_code, frame.f_globals)
        if event == "line":
            touches = shadow.look(frame, layout)
            found.append((frame.f_lineno, {(touch[0], id(touch[1]), touch[2:]) for touch in touches}))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*args)
    finally:
        sys.settrace(before)
    return found, shadow.layout(function.__code__, function.__globals__).separators


LOOP = "    for each in range(3):\n        a = a + each\n        box.append(a)\n    return a"


@pytest.mark.parametrize("first", [1, Counted()])
def test_it_makes_no_difference_to_what_is_found(first, monkeypatch):
    """Lines in and after closed ones touch the same, and call the same, as when each is gone over."""
    _, function = layout_of(LOOP)
    box = []
    at_a_glance = looks(function, first, 2, box)
    monkeypatch.setattr("pytest_errortrack.interleave._accesses._shadow.closed_stretch", lambda *_: None)

    assert looks(function, first, 2, box) == at_a_glance
    assert any(touches for _, touches in at_a_glance[0])
