"""The trace as text: rows, columns, numbers."""

from __future__ import annotations

from pytest_errortrack.interleave._labels import Point
from pytest_errortrack.interleave._trace import Trace

COLUMNS = [("a", "a"), ("b", "b")]


def line(number, source="x = 1"):
    return Point(f"f#{number}", "", "/shop/app.py", number, "app", source)


def operation(number, name="set_tag"):
    return Point(f"{name}@f#{number}", name, "/shop/app.py", number, "app", "scope.set_tag()")


def test_each_actor_has_a_column():
    """Steps are numbered, marks are not."""
    trace = Trace()
    trace.step(0, "a", operation(12))
    trace.preempted("a")
    trace.step(2, "b", operation(13, "capture"))

    assert trace.render(COLUMNS) == [
        "     step  a                                 b",
        "        1  set_tag                 app.py:12",
        "             -- preempted --",
        "        2                                    capture                 app.py:13",
    ]


def test_an_operation_takes_the_place_of_its_line():
    """To a reader the line and the operation on it are one step; both raw steps have its number."""
    trace = Trace()
    trace.step(0, "a", line(12))
    trace.step(1, "a", operation(12))
    trace.step(2, "a", operation(12))

    assert [row.text for row in trace.rows] == ["set_tag", "set_tag"]
    assert [trace.number(raw) for raw in range(4)] == [1, 1, 2, None]


def test_another_actors_line_is_not_merged():
    """Neither is one of another place."""
    trace = Trace()
    trace.step(0, "a", line(12))
    trace.step(1, "b", operation(12))
    trace.step(2, "b", operation(13))

    assert [row.number for row in trace.rows] == [1, 2, 3]


def test_a_remark_stands_behind_the_step():
    """Such as that the actor waits."""
    trace = Trace()
    trace.step(0, "a", operation(12, "Lock.acquire"), remark="waits")

    assert "Lock.acquire (waits)" in trace.render(COLUMNS)[1]


def test_long_statements_are_cut():
    """The columns keep their width."""
    trace = Trace()
    trace.step(0, "a", line(12, "call(" + "argument, " * 20 + ")"))

    row = trace.render(COLUMNS)[1]
    assert row.endswith("... app.py:12")
    assert len(row) <= 80


def test_a_long_file_name_gives_way_before_the_line_number():
    """What was done and where stay readable."""
    trace = Trace()
    trace.step(0, "a", Point("f", "set_tag", "/x/test_a_rather_long_name.py", 7))
    trace.step(1, "a", Point("f", "capture_exception_and_more", "/x/test_a_rather_long_name.py", 8))

    rows = trace.render(COLUMNS)
    assert rows[1].split() == ["1", "set_tag", ":7"]
    assert rows[2].split() == ["2", "capture_exception_and_more", ":8"]


def test_a_point_without_a_place_is_shown_by_its_name():
    """A primitive's own method as an actor has no line."""
    trace = Trace()
    trace.step(0, "a", Point("Lock.acquire", "Lock.acquire"))

    assert trace.render(COLUMNS)[1].split() == ["1", "Lock.acquire"]


def test_many_actors_are_listed_instead():
    """Columns that nobody could read become one list."""
    trace = Trace()
    columns = [(str(number), f"actor {number}") for number in range(9)]
    trace.step(0, "7", operation(12))

    head, row = trace.render(columns)
    assert head.split() == ["step", "actor"]
    assert row.split() == ["1", "actor", "7", "set_tag", "app.py:12"]


def test_a_long_trace_keeps_what_is_near_switches():
    """Plain lines far from any switch are left out and counted; a very long one loses its middle."""
    trace = Trace()
    for number in range(200):
        trace.step(number, "a" if number < 100 else "b", line(number))
    rows = trace.render(COLUMNS)
    assert len(rows) < 20
    assert any("96 more" in row for row in rows)
    assert any(row.split()[:1] == ["100"] for row in rows)

    trace = Trace()
    for number in range(200):
        trace.step(number, "ab"[number % 2], operation(number))
    assert len(trace.render(COLUMNS)) < 80


def test_an_endless_trace_is_forgotten_in_its_middle():
    """A livelock's half a million steps take no room; their numbers go on."""
    trace = Trace()
    for number in range(20_000):
        trace.step(number, "ab"[number % 2], operation(number))

    assert len(trace.rows) < 3_002
    assert trace.number(19_999) == 20_000
    kept = [row.number for row in trace.rows if row.number is not None]
    (mark,) = (row for row in trace.rows if row.number is None)
    assert mark.text.split() == ["...", f"{20_000 - len(kept):,}", "more"]
    assert kept == sorted(kept)
