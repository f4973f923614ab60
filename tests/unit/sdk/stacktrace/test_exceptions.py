"""Tests of exceptions in events: chains, groups, notes, and the ones that cannot be told normally."""

from __future__ import annotations

import pytest

from pytest_errortrack import sdk


def captured(memory, error):
    """Capture an exception and return its values."""
    sdk.capture_exception(error)
    return memory.events[-1]["exception"]["values"]


def told(values):
    """Return what each value says of itself and its place."""
    return [
        (
            value["type"],
            value["mechanism"]["exception_id"],
            value["mechanism"].get("parent_id"),
            value["mechanism"].get("source"),
        )
        for value in values
    ]


def raised(error):
    """Raise an exception, and return it with its traceback."""
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - told to the test, whatever it is
        return caught


def test_captured_one_is_last_and_the_root(memory):
    """E2, E3: what happened first stands first; the captured one is last, has id 0, and is generic and handled."""
    (value,) = captured(memory, raised(ValueError("boom")))

    assert (value["type"], value["value"], value["module"]) == ("ValueError", "boom", None)
    assert value["mechanism"] == {"type": "generic", "handled": True, "exception_id": 0}
    assert value["stacktrace"]["frames"][-1]["function"] == "raised"


def test_cause_comes_before_context(memory):
    """E4: an explicit cause is followed and the context is not."""
    try:
        try:
            raise KeyError("context")
        except KeyError:
            raise ValueError("captured") from OSError("cause")
    except ValueError as error:
        values = captured(memory, error)

    assert told(values) == [("OSError", 1, 0, "__cause__"), ("ValueError", 0, None, None)]
    assert values[0]["mechanism"]["type"] == "chained"


def test_context_is_followed_unless_it_is_suppressed(memory):
    """E4: `raise ... from None` ends the chain."""
    first, second = ValueError(), ValueError()
    first.__context__ = KeyError()
    second.__context__ = KeyError()
    second.__suppress_context__ = True

    assert told(captured(memory, first)) == [("KeyError", 1, 0, "__context__"), ("ValueError", 0, None, None)]
    assert told(captured(memory, second)) == [("ValueError", 0, None, None)]


def test_groups_are_told_with_their_members(memory):
    """E2, E3: a group says that it is one, and its members say whose they are and at which place."""
    inner = ExceptionGroup("inner", [KeyError("a")])
    inner.__cause__ = OSError("why")
    group = ExceptionGroup("outer", [ValueError("b"), inner])

    values = captured(memory, group)

    assert told(values) == [
        ("KeyError", 4, 2, "exceptions[0]"),
        ("OSError", 3, 2, "__cause__"),
        ("ExceptionGroup", 2, 0, "exceptions[1]"),
        ("ValueError", 1, 0, "exceptions[0]"),
        ("ExceptionGroup", 0, None, None),
    ]
    assert [value["mechanism"].get("is_exception_group") for value in values] == [None, None, True, None, True]


def test_cycles_end(memory):
    """E4: an exception that is its own cause, context or ancestor is told once."""
    first, second = ValueError("1"), ValueError("2")
    first.__cause__ = second
    second.__cause__ = first
    own = KeyError()
    own.__cause__ = own

    assert [value["value"] for value in captured(memory, first)] == ["2", "1"]
    assert len(captured(memory, own)) == 1


def test_long_chain_is_cut(memory):
    """E4, M10: of 3,000 links the 50 nearest to the captured one are told."""
    error = ValueError("0")
    for number in range(1, 3000):
        following = ValueError(str(number))
        following.__context__ = error
        error = following

    values = captured(memory, error)

    assert [value["value"] for value in values] == [str(number) for number in range(2950, 3000)]
    while error is not None:  # by hand: the interpreter's own deallocation of such a chain is not what is tested
        error.__context__, error = None, error.__context__


def test_deep_group_does_not_escape(memory):
    """E4, M11: 1,500 nested groups raise no RecursionError; 50 are told."""
    group = ExceptionGroup("0", [ValueError()])
    for number in range(1, 1500):
        group = ExceptionGroup(str(number), [group])

    values = captured(memory, group)

    assert len(values) == 50
    assert values[-1]["value"] == "1499 (1 sub-exception)"


def test_wide_group_is_cut(memory):
    """E4: of 10,000 members so many are told that there are 50 exceptions in all."""
    values = captured(memory, ExceptionGroup("wide", [ValueError(str(number)) for number in range(10_000)]))

    assert len(values) == 50
    assert values[-2]["value"] == "0"


def test_notes_are_part_of_the_text(memory):
    """E5: notes follow the message; what is no text among them is left out."""
    error = ValueError("message")
    error.add_note("first")
    error.__notes__.append(7)
    error.add_note("second")
    odd = KeyError("k")
    odd.__notes__ = 7

    assert captured(memory, error)[0]["value"] == "message\nfirst\nsecond"
    assert captured(memory, odd)[0]["value"] == "'k'"


def test_exception_without_a_text(memory):
    """E5: a `__str__` that fails is no reason not to report."""

    class BrokenError(Exception):
        def __str__(self):
            raise RuntimeError

    class OddError(Exception):
        def __str__(self):
            return 7  # noqa: PLE0307 - the point of the test

    for error in (BrokenError(), OddError()):
        assert captured(memory, error)[0]["value"] == "<unprintable>"


def test_module_of_the_class(memory):
    """E2: the module is told, but for builtins."""

    class OwnError(Exception):
        pass

    class OddError(Exception):
        pass

    OddError.__module__ = 7

    assert captured(memory, OwnError())[0]["module"] == __name__
    assert captured(memory, OddError())[0]["module"] is None


def test_syntax_error_keeps_its_details(memory):
    """E5: what a SyntaxError says of its place remains."""
    with pytest.raises(SyntaxError) as caught:
        compile("a b", "file.py", "exec")

    assert "file.py, line 1" in captured(memory, caught.value)[0]["value"]


def test_exception_that_was_never_raised_has_no_stack(memory):
    """Without a traceback there is no stack trace, not an empty one."""
    assert "stacktrace" not in captured(memory, ValueError())[0]


def test_long_text_is_cut_with_a_note(memory):
    """E6: 8,192 characters remain, with three dots, and `_meta` says how long the text was."""
    captured(memory, ValueError("é" * 10_000))
    (event,) = memory.events

    assert event["exception"]["values"][0]["value"] == "é" * 8189 + "..."
    note = event["_meta"]["exception"]["values"]["0"]["value"][""]
    assert note == {"len": 10_000, "rem": [["!limit", "x", 8189, 8192]]}


def test_live_exceptions_are_in_the_order_of_the_values(memory):
    """An observer is handed the live exceptions in the order of `exception.values`."""
    from pytest_errortrack.sdk.testing import observe

    class Observer:
        def transport_for(self, client):  # noqa: ARG002 - the protocol's signature
            return None

        def captured(self, capture):
            captures.append(capture)

        def dropped(self, drop):
            pass

        def breadcrumb(self, crumb, stamp):
            pass

    captures = []
    cause, error = KeyError(), ValueError()
    error.__cause__ = cause
    with observe(Observer()):
        sdk.capture_exception(error)

    assert captures[0].exceptions == (cause, error)
