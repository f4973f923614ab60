from __future__ import annotations

import threading
from unittest import mock

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import CapturedEvents, ExpectationError


@pytest.fixture
def captured():
    """Three messages, captured by the real SDK."""
    with capture() as errortrack:
        sdk.capture_message("a", level="warning")
        sdk.capture_message("b", level="error")
        sdk.capture_message("c", level="error")
        yield errortrack


def test_it_reads_like_a_list(captured):
    """Length, index, slice, iteration, first and last are a list's."""
    events = captured.events

    assert len(events) == 3
    assert [event.message for event in events] == ["a", "b", "c"]
    assert (events[0].message, events[-1].message, events.first.message, events.last.message) == ("a", "c", "a", "c")
    assert [event.message for event in events[1:]] == ["b", "c"]
    assert isinstance(events[1:], CapturedEvents)
    assert events[1] in events
    assert repr(events) == "<3 captured events>"


def test_it_is_live_and_a_selection_is_not(captured):
    """The list grows with what is captured; a slice or a match stays as it was taken."""
    selection, matching = captured.events[:2], captured.events.matching(level="error")

    sdk.capture_message("d", level="error")

    assert len(captured.events) == 4
    assert (len(selection), len(matching)) == (2, 2)


def test_it_equals_a_list_of_its_elements_or_their_payloads(captured):
    """Elements compare by identity or by payload."""
    assert captured.events == list(captured.events)
    assert captured.events == [event.payload for event in captured.events]
    assert captured.events != []


def test_an_index_out_of_range_says_how_many_there_are(captured):
    """The error is about events, not about a tuple."""
    with pytest.raises(IndexError, match="event 7 was asked for, but 3 events were captured"):
        captured.events[7]


def test_iteration_is_over_a_snapshot(captured):
    """Capturing while iterating ends."""
    for _ in captured.events:
        sdk.capture_message("more")

    assert len(captured.events) == 6


def test_one_fails_for_none_and_for_many(captured):
    """`one` is exactly one; both failures say what came."""
    assert captured.events.one(level="warning").message == "a"
    with pytest.raises(AssertionError, match="expected exactly one event, found 0"):
        captured.events.one(level="fatal")
    with pytest.raises(AssertionError, match="expected exactly one event, found 2"):
        captured.events.one({"level": "error"})


def test_find_matching_and_none(captured):
    """`find` gives the first or None, `matching` all with an optional count, `none` fails when there is one."""
    assert captured.events.find(level="error").message == "b"
    assert captured.events.find(level="fatal") is None
    assert len(captured.events.matching(level="error", count=2)) == 2
    with pytest.raises(AssertionError, match="expected exactly 3 events, found 2"):
        captured.events.matching(level="error", count=3)
    captured.events.none(level="fatal")
    with pytest.raises(AssertionError, match="expected no such event, found 1"):
        captured.events.none(level="warning")


def test_wait_for_sees_what_another_thread_reports_later(captured):
    """`wait_for` returns as soon as the event is there, and fails with the time when it never comes."""
    gate = threading.Event()

    def report():
        gate.wait(5)
        sdk.capture_message("late")

    thread = threading.Thread(target=report)
    thread.start()
    gate.set()
    assert captured.events.wait_for(message="late", timeout=5).message == "late"
    thread.join()
    assert len(captured.events.wait_for(level="error", count=2)) == 2
    with pytest.raises(AssertionError, match=r"expected at least 1 event, found 0 within 0\.01 s"):
        captured.events.wait_for(message="never", timeout=0.01)


def test_an_unknown_keyword_is_told_at_once(captured):
    """A typing error in a call is no mismatch."""
    with pytest.raises(ExpectationError, match=r"find\(\) got an unknown keyword 'mesage': did you mean 'message'"):
        captured.events.find(mesage="a")


def test_clear_forgets_everything(captured):
    """After `clear` nothing captured is left, of any kind."""
    captured.events.clear()

    assert (len(captured.events), len(captured.breadcrumbs), captured.envelopes, captured.dropped) == (0, 0, [], [])


def test_two_sequences_are_equal_when_their_elements_are(captured):
    """A view and a full slice of it hold the same events."""
    assert captured.events == captured.events[:]
    with pytest.raises(TypeError, match="unhashable"):
        hash(captured.events)


def test_nothing_at_an_index_says_why():
    """An IndexError of an empty sequence says what is known of the absence, as a failed expectation does."""
    with capture(before_send=lambda *_: None) as errortrack:
        sdk.capture_message("dropped")
        with pytest.raises(IndexError) as caught:
            assert errortrack.events.first
    assert str(caught.value).startswith("event 0 was asked for, but 0 events were captured\n  dropped by the SDK:\n")
    assert "dropped by before_send" in str(caught.value)
    hidden = [each.frame.f_locals.get("__tracebackhide__", False) for each in caught.traceback]
    assert (hidden[0], hidden[-1]) == (False, True)


def test_the_handle_says_what_it_holds():
    """How much was captured; of a block that is not entered, how to enter it."""
    with capture() as errortrack:
        sdk.capture_message("a")
        errortrack.flush(timeout=0.1)
        assert repr(errortrack) == "<ErrorTrack: 1 event, 0 transactions>"
    with pytest.raises(AttributeError, match=r"no attribute 'events'; capture\(\) is a block: with capture\(\) as"):
        assert capture().events
    assert not hasattr(capture(), "_unknown")


@pytest.mark.parametrize("begin", [lambda: capture(relase="x").__enter__(), lambda: initialised(relase="x")])
def test_an_unknown_option_points_at_the_line_that_gave_it(begin):
    """No frame of the SDK's own stands between."""
    with pytest.raises(TypeError, match="did you mean 'release'") as caught:
        begin()
    own = [each for each in caught.traceback if "pytest_errortrack" in str(each.path)]
    assert [each for each in own if not each.frame.f_locals.get("__tracebackhide__")] == []


def initialised(**options):
    """Initialise the SDK in a block."""
    with capture() as errortrack:
        errortrack.init(**options)


def test_a_key_has_to_be_a_function():
    """A name is refused at once, with how to write it."""
    with capture() as errortrack:
        sdk.capture_message("a")
        with pytest.raises(ExpectationError, match=r"key='request_id': expected a function .* key=lambda event:"):
            errortrack.events.assert_isolated(key="request_id")


def test_any_is_equal_to_what_was_captured():
    """Whoever has an `==` of its own is asked: what was captured knows mappings alone."""
    with capture() as errortrack:
        sdk.capture_message("a")
    assert errortrack.events[0] == mock.ANY
    assert errortrack.events == [mock.ANY]
    assert errortrack.events[0] != "a"
