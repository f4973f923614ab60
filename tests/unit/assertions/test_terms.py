from __future__ import annotations

from pytest_errortrack.assertions import (
    EVENTS,
    CapturedEvent,
    Circumstances,
    Count,
    Expectation,
    Forbidden,
    LostReport,
    Recorder,
    Terms,
    unclaimed,
    unread_events,
)


def recorder_with(*payloads):
    """A recorder that holds these events."""
    recorder = Recorder()
    for payload in payloads:
        recorder.events.append(
            CapturedEvent({"level": "error", **payload}, raw=b"", circumstances=Circumstances(nodeid="t"))
        )
    return recorder


def expecting(count=None, **keywords):
    """What a marker makes of its keywords."""
    return Expectation.parse(EVENTS, asked_by="@expect_event", **keywords).with_count(count or Count(1, 1))


def test_what_a_marker_is_about_is_claimed_when_it_holds():
    """Strict mode lets pass what a marker that holds describes, and nothing else."""
    terms = Terms(events=(expecting(message="boom"),), strict="error")

    assert terms.judge(recorder_with({"message": "boom"})) is None
    assert "1 event that nothing claimed" in terms.judge(recorder_with({"message": "boom"}, {"message": "bang"}))


def test_what_a_marker_that_fails_is_about_is_not_claimed():
    """A marker that does not hold claims nothing; its failure is what is told."""
    recorder = recorder_with({"message": "boom"}, {"message": "boom"})
    terms = Terms(events=(expecting(message="boom"),), strict="error")

    assert "expected exactly one event, found 2" in terms.judge(recorder)
    assert len(unclaimed(recorder, level="error")) == 2


def test_at_the_end_a_surplus_is_claimed_where_it_fits_alone():
    """What comes after the body counts as expected where the marker still holds with it, and not beyond."""
    recorder = recorder_with({"message": "boom"})
    some, one = Terms(events=(expecting(Count(1, None)),), strict="error"), Terms(events=(expecting(),), strict="error")
    assert some.judge(recorder) is None

    recorder.events += recorder_with({"message": "later"}).events

    assert "1 event that nothing claimed" in one.judge_at_the_end(recorder)
    assert some.judge_at_the_end(recorder) is None


def test_what_was_cleared_unclaimed_stays_unclaimed():
    """Clearing what was captured is no way around strict mode; what was claimed before is gone for good."""
    recorder = recorder_with({"message": "boom"}, {"message": "bang"})
    recorder.claims.claim([recorder.events[0]])

    recorder.clear()

    assert [event.message for event in unclaimed(recorder, level="error")] == ["bang"]
    assert "error 'bang'" in Terms(strict="error").judge(recorder)
    recorder.reset()
    assert Terms(strict="error").judge(recorder) is None


def test_the_level_decides():
    """An event below the level needs no claim, one at the level or above does."""
    recorder = recorder_with({"level": "warning"})

    assert Terms(strict="error").judge(recorder) is None
    assert Terms(strict="warning").judge(recorder) is not None
    assert Terms(strict="info").judge(recorder) is not None
    assert Terms(strict="off").judge(recorder) is None


def test_forbidden_events_but_for_the_exempt():
    """What is forbidden is named by its place, unless somebody nearer asked for it."""
    recorder = recorder_with({"message": "boom"}, {"message": "bang"})
    anything = Expectation.parse(EVENTS, asked_by="@expect_no_events")
    boom, bang = expecting(message="boom"), expecting(message="bang")

    assert Terms(forbidden=(Forbidden(anything, (boom, bang)),)).judge(recorder) is None
    message = Terms(forbidden=(Forbidden(anything, (boom,)),)).judge(recorder)
    assert message.startswith("expected no event beside what is expected, found 1\n")
    assert "> events[1] error 'bang'" in message
    assert Terms(forbidden=(Forbidden(boom),)).judge(recorder).startswith("expected no such event, found 1\n")


def test_forbidden_events_cannot_be_cleared_away():
    """What nobody had claimed when it was cleared is judged as if it was there."""
    recorder = recorder_with({"message": "boom"}, {"message": "bang"})
    recorder.claims.claim([recorder.events[1]])
    recorder.clear()
    recorder.events += recorder_with({"message": "later"}).events

    forbidden = Terms(forbidden=(Forbidden(Expectation.parse(EVENTS, asked_by="@expect_no_events")),))
    boom = Terms(forbidden=(Forbidden(expecting(message="boom")),))

    assert forbidden.judge(recorder).startswith("expected no event, found 2, of which 1 was cleared before\n")
    assert boom.judge(recorder).startswith("expected no such event, found 1, which was cleared before\n")
    assert boom.judge_at_the_end(recorder) is not None
    assert Terms(forbidden=(Forbidden(expecting(message="bang")),)).judge(recorder) is None
    recorder.reset()
    assert forbidden.judge(recorder) is None


def test_what_is_claimed_already_uses_up_no_allowance():
    """A number of events is allowed besides those that the test has in hand, and those below the level."""
    recorder = recorder_with({"message": "a"}, {"message": "b", "level": "info"}, {"message": "c"}, {"message": "d"})
    recorder.claims.claim([recorder.events[0]])

    assert Terms(allowed=(expecting(Count(2, 2)),), strict="error").judge(recorder) is None
    assert "1 event that nothing claimed" in Terms(allowed=(expecting(Count(1, 1)),), strict="error").judge(recorder)


def test_allowances_are_shared_out_as_well_as_can_be():
    """A wide marker takes from a narrow one nothing that fits it alone; two that fit one event allow two."""
    recorder = recorder_with({"message": "a"}, {"message": "b"})
    one, only_a = expecting(Count(1, 1)), expecting(Count(1, 1), message="a")

    assert Terms(allowed=(one, only_a), strict="error").judge(recorder) is None
    assert Terms(allowed=(only_a, one), strict="error").judge(recorder) is None
    assert Terms(allowed=(one, one), strict="error").judge(recorder) is None
    assert "1 event that" in Terms(allowed=(only_a, only_a), strict="error").judge(recorder)


def test_the_end_allows_no_more_than_the_body():
    """What is allowed is allowed once, however often it is judged."""
    recorder = recorder_with({"message": "a"})
    terms = Terms(allowed=(expecting(Count(1, 1)),), strict="error")
    assert terms.judge(recorder) is None

    recorder.events += recorder_with({"message": "later"}).events

    assert "1 event that nothing claimed" in terms.judge_at_the_end(recorder)
    assert "error 'later'" in terms.judge_at_the_end(recorder)


def test_losses_of_the_sdks_own_making_are_judged_strictly():
    """What the SDK failed to report is told in strict mode, unless the test knows of it; what was wanted is not."""
    recorder = Recorder()
    recorder.lose(LostReport("before_send", "error", 1, "boom"))
    recorder.lose(LostReport("internal_sdk_error", "error", 1, "boom", "it is bigger than a megabyte"))

    message = Terms(strict="fatal").judge(recorder)
    assert "the SDK, or a callback that it was given, failed" in message
    assert "native lost one error (internal_sdk_error)" in message
    assert Terms(strict="off").judge(recorder) is None
    recorder.claims.claim(recorder.lost)
    assert Terms(strict="fatal").judge(recorder) is None


def test_unread_events_are_those_of_a_test_that_looked_at_nothing():
    """One look at anything is enough; events below error are nobody's duty."""
    recorder = recorder_with({"message": "boom"}, {"level": "info"})

    assert [event.message for event in unread_events(recorder)] == ["boom"]
    recorder.claims.look()
    assert unread_events(recorder) == []
