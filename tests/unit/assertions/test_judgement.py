from __future__ import annotations

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Count, Expectation, Recorder, judge


def event(**payload):
    return CapturedEvent({"message": "m", **payload}, raw=b"", circumstances=Circumstances())


def expecting(count=None, **keywords):
    expectation = Expectation.parse(EVENTS, asked_by="@expect_event", **keywords)
    return expectation.with_count(count or Count(1, 1))


def verdict(expectations, events):
    return judge(expectations, events, recorder=Recorder())


def test_all_is_well_when_each_expectation_has_its_own_event():
    """Two expectations and the two events that they describe."""
    assert (
        verdict([expecting(level="error"), expecting(level="info")], [event(level="info"), event(level="error")])
        is None
    )


def test_a_wide_expectation_leaves_the_only_fit_to_a_narrow_one():
    """Assignment is matching, not greedy, whatever the order."""
    wide, narrow = expecting(level="error"), expecting(level="error", tags={"a": "1"})
    events = [event(level="error", tags={"a": "1"}), event(level="error")]

    assert verdict([wide, narrow], events) is None
    assert verdict([narrow, wide], events) is None


def test_one_event_does_not_answer_two_expectations():
    """Each expectation needs an event of its own."""
    message = verdict([expecting(level="error"), expecting(level="error")], [event(level="error")])

    assert message is not None
    assert "another expectation" in message


def test_a_surplus_event_fails_an_exact_expectation():
    """Exactly one means that a second one is a failure."""
    message = verdict([expecting(level="error")], [event(level="error"), event(level="error")])

    assert message is not None
    assert "expected exactly one event, found 2" in message


def test_events_that_nothing_describes_are_nobodys_business():
    """Without strict mode an unrelated event is no failure."""
    assert verdict([expecting(level="error")], [event(level="error"), event(level="info")]) is None


def test_bounds_are_kept():
    """A range takes what lies in it; an open end takes all."""
    events = [event(level="error")] * 3

    assert verdict([expecting(Count(1, 3), level="error")], events) is None
    assert verdict([expecting(Count(0, None), level="error")], events) is None
    assert verdict([expecting(Count(4, None), level="error")], events) is not None
    assert verdict([expecting(Count(0, 0), level="error")], events) is not None


def test_a_failure_shows_the_nearest_candidate_with_only_what_differs():
    """The event that comes nearest is shown, with the differing key alone."""
    message = verdict(
        [expecting(level="error", tags={"tenant": "acme"})],
        [event(level="info"), event(level="error", tags={"tenant": "umbrella", "region": "eu"})],
    )

    assert message is not None
    nearest = message[message.index("nearest") :]
    assert "events[1]" in nearest
    assert "tags['tenant']: expected 'acme', got 'umbrella'" in nearest
    assert "region" not in nearest
    assert "level" not in nearest
