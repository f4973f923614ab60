"""Tests of what events say of threads, and of exceptions beyond their text."""

from __future__ import annotations

import _thread
import errno
import threading

import pytest

from pytest_errortrack import sdk


def captured(memory, error, **arguments):
    """Capture an exception, and return its event."""
    sdk.capture_exception(error, **arguments)
    return memory.events[-1]


def test_thread_of_an_exception(memory):
    """E10, E2: the captured exception points to its thread, which has no stack trace of its own."""
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")

    event = captured(memory, error)

    (thread,) = event["threads"]["values"]
    assert thread == {
        "id": threading.get_ident(),
        "name": threading.current_thread().name,
        "current": True,
        "crashed": False,
        "main": threading.current_thread() is threading.main_thread(),
    }
    assert [value.get("thread_id") for value in event["exception"]["values"]] == [None, thread["id"]]


def test_thread_that_crashed(memory):
    """E10: a thread that ends by its exception has crashed, and is not the main one."""
    error = ValueError()

    def run():
        captured(memory, error, hint={"mechanism": {"type": "threading", "handled": False}})

    thread = threading.Thread(target=run, name="worker 7")
    thread.start()
    thread.join()

    (told,) = memory.events[0]["threads"]["values"]
    assert (told["name"], told["crashed"], told["main"]) == ("worker 7", True, False)
    mechanism = memory.events[0]["exception"]["values"][0]["mechanism"]
    assert mechanism == {"type": "threading", "handled": False, "exception_id": 0}


def test_thread_that_nobody_named(memory):
    """E10: a thread that `threading` did not start has no name, and is not made known by being told of."""
    done = _thread.allocate_lock()
    done.acquire()
    known = []

    def run():
        sdk.capture_message("m")
        known.append(_thread.get_ident() in threading._active)
        done.release()

    _thread.start_new_thread(run, ())
    with done:
        (told,) = memory.events[0]["threads"]["values"] if "threads" in memory.events[0] else ({},)

    assert "name" not in told
    assert known == [False]


def test_message_with_the_running_stack(start):
    """E10: with attach_stacktrace the stack of a message is that of its thread."""
    memory = start(attach_stacktrace=True)

    sdk.capture_message("m")

    (thread,) = memory.events[0]["threads"]["values"]
    assert (thread["id"], thread["current"], thread["crashed"]) == (threading.get_ident(), True, False)
    assert thread["stacktrace"]["frames"][-1]["function"] == "test_message_with_the_running_stack"


def test_message_without_the_running_stack(memory):
    """E10: without attach_stacktrace a message says nothing of threads."""
    sdk.capture_message("m")

    assert "threads" not in memory.events[0]


def test_exception_that_was_never_raised_may_have_a_stack(start):
    """E10: with attach_stacktrace it has the running stack, and its mechanism says that this is no traceback."""
    memory = start(attach_stacktrace=True)
    never, raised = ValueError(), KeyError()
    never.__cause__ = OSError()
    with pytest.raises(KeyError):
        raise raised

    first, second = (captured(memory, error)["exception"]["values"][-1] for error in (never, raised))

    assert first["mechanism"]["synthetic"] is True
    assert first["stacktrace"]["frames"][-1]["function"].endswith("captured")
    assert "synthetic" not in second["mechanism"]
    assert "stacktrace" not in memory.events[0]["exception"]["values"][0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOENT, "gone"), {"number": errno.ENOENT, "name": "ENOENT"}),
        (FileNotFoundError(errno.ENOENT, "gone", "a.txt"), {"number": errno.ENOENT, "name": "ENOENT"}),
        (OSError(123_456, "unheard of"), {"number": 123_456}),
        (OSError("without a number"), None),
        (OSError("odd", "number"), None),
        (ValueError(2), None),
    ],
)
def test_error_numbers(memory, error, told):
    """E2: the number of an error of the operating system is told by its mechanism, wherever it is in the chain."""
    outer = ValueError("outer")
    outer.__cause__ = error

    values = captured(memory, outer)["exception"]["values"]

    assert values[0]["mechanism"].get("meta") == (None if told is None else {"errno": told})


@pytest.mark.parametrize("said", [{"type": "celery", "handled": False, "data": {"retries": 2}}, None, "odd"])
def test_mechanism_of_a_hint(memory, said):
    """E2: whoever caught the exception may say how; the exceptions that led to it are as handled as it is."""
    error = ValueError()
    error.__cause__ = KeyError()

    cause, captured_one = captured(memory, error, hint={"mechanism": said})["exception"]["values"]

    known = said if isinstance(said, dict) else {"type": "generic", "handled": True}
    assert captured_one["mechanism"] == {**known, "exception_id": 0}
    assert cause["mechanism"]["handled"] is known["handled"]


@pytest.mark.parametrize(
    ("notes", "text"),
    [
        (("first", 7, "second"), "m\nfirst\nsecond"),
        (["n"] * 1000, "m" + "\nn" * 100),
        ("text", "m"),
        ({"a": 1}, "m"),
        ([], "m"),
        (None, "m"),
    ],
)
def test_odd_notes(memory, notes, text):
    """E5: a hundred notes are told at most; what is no list of them has none."""
    error = ValueError("m")
    error.__notes__ = notes

    assert captured(memory, error)["exception"]["values"][0]["value"] == text


def test_notes_that_cannot_be_asked_for(memory):
    """E5: a class whose attributes fail is reported without notes."""

    class OddError(Exception):
        @property
        def __notes__(self):
            raise RuntimeError

    assert captured(memory, OddError("m"))["exception"]["values"][0]["value"] == "m"


def fails(_self):
    """Fail, whatever was asked for."""
    raise RuntimeError


class LyingError(Exception):
    """Says that it is another kind of exception, and fails when it is asked for its own attributes."""

    __class__ = property(lambda _self: OSError)
    __cause__ = __context__ = __suppress_context__ = __traceback__ = __dict__ = __notes__ = errno = property(fails)


def test_exception_that_lies(memory):
    """E2, E4: what the interpreter knows of an exception counts, not what its class makes of the names."""

    def fail():
        try:
            raise KeyError
        except KeyError:
            raise LyingError("m") from None

    with pytest.raises(LyingError) as caught:
        fail()

    event = captured(memory, caught.value)

    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("LyingError", "m")
    assert value["stacktrace"]["frames"][-1]["function"].endswith("fail")
    assert sdk.capture_exception(caught.value) is None
