from __future__ import annotations

import pytest

from pytest_errortrack.assertions import (
    EVENTS,
    TRANSACTIONS,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    Count,
    Expectation,
    Forbidden,
    LostReport,
    Recorder,
    Terms,
    UnreadEventsWarning,
    judge,
    unread_events,
)


def event(message="boom", **payload):
    return CapturedEvent({"level": "error", "message": message, **payload}, raw=b"", circumstances=Circumstances())


def transaction(name):
    return CapturedTransaction({"transaction": name}, raw=b"", circumstances=Circumstances())


def recorder_with(*events):
    recorder = Recorder()
    recorder.events += events
    return recorder


def expecting(count=None, vocabulary=EVENTS, **keywords):
    """What a marker makes of its keywords."""
    return Expectation.parse(vocabulary, asked_by="@expect_event", **keywords).with_count(count or Count(1, 1))


def allowing(**keywords):
    return Expectation.parse(EVENTS, asked_by="@allow_events", counted=True, **keywords)


# The warning about events that nobody looked at.


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "captured 1 error event and looked at nothing that it captured: error '0'. Ask"),
        (3, "captured 3 error events and looked at nothing that it captured: error '0', error '1', error '2'. Ask"),
        (
            5,
            (
                "captured 5 error events and looked at nothing that it captured: error '0', error '1', error '2', "
                "... 2 more. Ask"
            ),
        ),
    ],
)
def test_the_warning_about_unread_events_names_three_of_them(number, said):
    """The first three events by their titles, how many more there are, and what to do."""
    warning = UnreadEventsWarning.about([event(str(each)) for each in range(number)])

    assert isinstance(warning, UnreadEventsWarning)
    assert str(warning) == (
        f"the test {said} for what you expect, captured_events.one(...); "
        "or allow it on purpose, @pytest.mark.allow_events(...)"
    )


def test_only_errors_and_graver_ones_are_unread():
    """A warning event is nobody's duty, a fatal one is."""
    recorder = recorder_with(event("a", level="warning"), event("b", level="fatal"))

    assert [each.message for each in unread_events(recorder)] == ["b"]


# Strict mode.


def test_strict_mode_says_what_came_and_how_to_allow_it():
    """The level, each event, the call that would claim it, and a marker for each kind of it, named once."""
    error = {"values": [{"type": "PaymentError", "value": "no", "module": "shop"}]}
    recorder = recorder_with(event("low"), event("low"), event(None, exception=error), event("a\nb", level="fatal"))

    assert Terms(strict="error").judge(recorder) == (
        "strict mode (error): 4 events that nothing claimed\n"
        "    error 'low'  from capture_message\n"
        "    error 'low'  from capture_message\n"
        "    error PaymentError: no  from capture_exception\n"
        "    fatal 'a\\nb'  from capture_message\n"
        "  expect it by a marker or a call: captured_events.one(...); or allow it on purpose:\n"
        "    @pytest.mark.allow_events(level='error', message='low')\n"
        "    @pytest.mark.allow_events(level='error', exception='shop.PaymentError')\n"
        "    @pytest.mark.allow_events(level='fatal', message='a\\nb')"
    )


def test_strict_mode_says_of_an_event_without_any_text_that_it_is_empty():
    """A message that is not there is an empty one."""
    assert Terms(strict="error").judge(recorder_with(event(None))) == (
        "strict mode (error): 1 event that nothing claimed\n"
        "    error ''  from capture_message\n"
        "  expect it by a marker or a call: captured_events.one(...); or allow it on purpose:\n"
        "    @pytest.mark.allow_events(level='error', message='')"
    )


@pytest.mark.parametrize(("number", "more"), [(8, []), (9, ["    ... 1 more"]), (11, ["    ... 3 more"])])
def test_strict_mode_lists_eight_events_and_counts_the_others(number, more):
    """A flood of events stays readable."""
    message = Terms(strict="error").judge(recorder_with(*(event(str(each)) for each in range(number))))

    events = [f"    error '{each}'  from capture_message" for each in range(8)]
    ways = [f"    @pytest.mark.allow_events(level='error', message='{each}')" for each in range(8)]
    _, *lines = message.splitlines()
    assert lines == [
        *events,
        *more,
        "  expect it by a marker or a call: captured_events.one(...); or allow it on purpose:",
        *ways,
        *more,
    ]


@pytest.mark.parametrize(
    ("lost", "line"),
    [
        (LostReport("internal_sdk_error", "error", 1), "native lost one error (internal_sdk_error)"),
        (LostReport("callback_error", "error", 1, "boom"), "native lost one error (callback_error)  boom"),
        (
            LostReport("internal_sdk_error", "transaction", 1, "GET /", "too big", sdk="sentry_sdk"),
            "sentry_sdk lost one transaction (internal_sdk_error)  GET /: too big",
        ),
        (LostReport("internal_sdk_error", "error", 1, "", "too\nbig"), "(internal_sdk_error)  too\\nbig"),
        (LostReport("internal_sdk_error", "internal", 1, "flush failed"), "    native: flush failed"),
        (
            LostReport("internal_sdk_error", "internal", 1, "flush failed", "KeyError", sdk="sentry_sdk"),
            "    sentry_sdk: flush failed (KeyError)",
        ),
    ],
)
def test_strict_mode_says_what_an_sdk_lost_by_its_own_fault(lost, line):
    """Which SDK lost what and why; of trouble inside, by which nothing is lost, only what it was."""
    recorder = Recorder()
    recorder.lose(lost)

    first, told, last = Terms(strict="fatal").judge(recorder).splitlines()

    assert first == "strict mode: the SDK, or a callback that it was given, failed"
    assert told.endswith(line)
    assert told.startswith("    ")
    assert last == "  to allow it on purpose, read errortrack.dropped in the test"


def test_strict_mode_judges_losses_that_were_cleared_and_no_others_wish():
    """Clearing is no way around; what was dropped on purpose is no fault, and an event is told before a loss."""
    recorder = recorder_with(event("low", level="info"))
    recorder.lose(LostReport("sample_rate", "error", 1))
    assert Terms(strict="error").judge(recorder) is None

    recorder.lose(LostReport("callback_error", "error", 1))
    recorder.clear()
    assert Terms(strict="error").judge(recorder).startswith("strict mode: the SDK")

    recorder.events.append(event())
    assert Terms(strict="error").judge(recorder).startswith("strict mode (error): 1 event ")


# What a test demands.


def test_terms_that_demand_nothing_say_nothing():
    """Each kind of demand is one, strict mode as well."""
    anything = expecting()

    assert not Terms().say_anything
    for terms in (
        Terms(events=(anything,)),
        Terms(transactions=(expecting(vocabulary=TRANSACTIONS),)),
        Terms(forbidden=(Forbidden(anything),)),
        Terms(allowed=(anything,)),
        Terms(strict="fatal"),
    ):
        assert terms.say_anything is True


def test_transactions_are_judged_after_events_and_before_what_is_forbidden():
    """The first that does not hold is told; a marker that holds claims its transactions as well."""
    recorder = recorder_with(event())
    recorder.transactions.append(transaction("checkout"))
    terms = Terms(
        events=(expecting(message="boom"),),
        transactions=(expecting(vocabulary=TRANSACTIONS, name="refund"),),
        forbidden=(Forbidden(Expectation.parse(EVENTS, asked_by="@expect_no_events")),),
    )

    assert terms.judge(recorder).startswith("expected exactly one transaction, found 0\n")
    recorder.transactions.append(transaction("refund"))
    assert terms.judge(recorder).startswith("expected no event, found 1\n")
    assert [recorder.claims.is_claimed(each) for each in recorder.transactions] == [False, True]


def test_a_marker_asks_of_each_event_once():
    """A predicate is called as often as there are events, and the verdict and the claims go by its answers."""
    asked = []

    def is_boom(captured):
        """Take note of who asks."""
        asked.append(captured.message)
        return captured.message == "boom"

    recorder = recorder_with(event("boom"), event("other"))

    assert Terms(events=(expecting(where=is_boom),)).judge(recorder) is None
    assert asked == ["boom", "other"]


def test_a_marker_that_misses_something_says_why_it_may_be_absent():
    """What an SDK dropped is told of, for events and for transactions."""
    recorder = Recorder()
    recorder.lose(LostReport("before_send", "error", 1, "boom"))
    recorder.lose(LostReport("sample_rate", "transaction", 1, "checkout"))

    assert "before_send" in Terms(events=(expecting(message="boom"),)).judge(recorder)
    missing = expecting(vocabulary=TRANSACTIONS, name="checkout")
    assert "not sampled" in Terms(transactions=(missing,)).judge(recorder)


def test_only_what_a_marker_describes_is_claimed():
    """Beside the event that a marker is about, another one is still nobody's."""
    recorder = recorder_with(event("other"), event("boom"))

    assert Terms(events=(expecting(message="boom"),)).judge(recorder) is None
    assert [recorder.claims.is_claimed(each) for each in recorder.events] == [False, True]
    assert "other" in Terms(events=(expecting(message="boom"),), strict="error").judge_at_the_end(recorder)


def test_at_the_end_what_was_expected_is_not_judged_again():
    """The end is about what must not come at all: that too little came was told before."""
    missing = Terms(events=(expecting(message="boom"),), strict="error")

    assert missing.judge_at_the_end(Recorder()) is None
    assert Terms(events=(expecting(),), strict="off").judge_at_the_end(recorder_with(event())) is None
    forbidden = Terms(forbidden=(Forbidden(expecting(message="boom")),))
    assert forbidden.judge_at_the_end(recorder_with(event())).startswith("expected no such event, found 1\n")


def test_without_strict_mode_nothing_is_claimed_at_the_end():
    """What comes after the body and is expected needs a claim in strict mode only."""
    recorder = recorder_with(event())

    assert Terms(events=(expecting(),)).judge_at_the_end(recorder) is None
    assert not recorder.claims.is_claimed(recorder.events[0])
    assert Terms(events=(expecting(),), strict="error").judge_at_the_end(recorder) is None
    assert recorder.claims.is_claimed(recorder.events[0])


def test_before_a_body_that_starts_from_nothing_only_the_unexpected_is_judged():
    """What is expected may have come already, in whichever number: it is claimed, and strict mode judges the rest."""
    recorder = recorder_with(event("boom"), event("boom"), event("other"))
    terms = Terms(events=(expecting(message="boom"), expecting(message="missing")), strict="error")

    message = terms.judge_unexpected(recorder)

    assert message.startswith("strict mode (error): 1 event that nothing claimed\n    error 'other'  ")
    assert [recorder.claims.is_claimed(each) for each in recorder.events] == [True, True, False]
    assert Terms(forbidden=(Forbidden(expecting(message="x")),)).judge_unexpected(recorder) is None


@pytest.mark.parametrize(
    ("count", "left"), [({}, []), ({"count": 1}, ["b", "c"]), ({"count": (1, 2)}, ["c"]), ({"count": (2, None)}, [])]
)
def test_no_more_is_allowed_than_was_said(count, left):
    """A marker that allows a number lets pass so many, the first ones; what was cleared counts among them."""
    recorder = recorder_with(event("a"), event("b"))
    recorder.clear()
    recorder.events += [event("c"), event("low", level="info")]

    message = Terms(allowed=(allowing(level="error", **count),), strict="error").judge(recorder) or ""

    assert [each for each in "abc" if f"    error '{each}'" in message] == left


def test_every_marker_that_allows_something_counts():
    """Two markers allow what either describes, in strict mode and out of it."""
    recorder = recorder_with(event("a"), event("b"), event("c"))
    recorder.cleared.append(LostReport("sample_rate", "error", 1))

    message = Terms(allowed=(allowing(message="a"), allowing(message="b")), strict="error").judge(recorder)

    assert message.startswith("strict mode (error): 1 event that nothing claimed\n    error 'c'  ")


def test_every_marker_that_forbids_something_counts():
    """That the first one holds says nothing of the second; the first that does not hold is told."""
    first, second, third = (Forbidden(expecting(message=text)) for text in ("x", "boom", "bang"))
    recorder = recorder_with(event("boom"), event("bang"), event("bang"))

    assert Terms(forbidden=(first, second, third)).judge(recorder).startswith("expected no such event, found 1\n")
    assert Terms(forbidden=(first, third, second)).judge(recorder).startswith("expected no such event, found 2\n")
    assert Terms(forbidden=(first,)).judge(recorder) is None


def test_what_is_forbidden_is_told_without_a_nearest_one():
    """Everything that must not be there is shown; there is nothing to be near to."""
    message = Forbidden(expecting(message="boom")).judge(recorder_with(event("boom"), event("other")))

    assert message.splitlines() == [
        "expected no such event, found 1",
        "  asked by @expect_event: message='boom'",
        "  captured 2 events:",
        "  > events[0] error 'boom'  from capture_message",
        "    events[1] error 'other'  from capture_message",
    ]


def test_a_predicate_of_its_own_still_counts_beside_what_is_exempt():
    """What is forbidden by a predicate stays so where something else is exempt; the words name why it is told."""

    def is_loud(captured):
        return captured.message.isupper()

    by_predicate = Expectation.parse(EVENTS, asked_by="@expect_no_events", where=is_loud)
    forbidden = Forbidden(by_predicate, (expecting(message="BOOM"),))

    assert forbidden.judge(recorder_with(event("BOOM"), event("low"))) is None
    message = forbidden.judge(recorder_with(event("BANG"), event("low")))
    assert message.startswith("expected no such event beside what is expected, found 1\n")
    assert "where=no_other_marker_expects_it" in message
    assert Forbidden(by_predicate).judge(recorder_with(event("LOUD"))).startswith("expected no such event, ")


# Whether a set of expectations holds.


def test_what_another_expectation_needs_is_told():
    """The number found is right by itself: the headline says who else needs one of them."""
    both = [expecting(level="error"), expecting(message="boom")]

    assert judge(both, [event()], recorder=Recorder()).splitlines() == [
        "expected exactly one event, found 1, which another expectation of this test needs or adds to",
        "  @expect_event: level='error'",
        "  asked by @expect_event: message='boom'",
        "  captured 1 event:",
        "    events[0] error 'boom'  from capture_message",
    ]


def test_too_few_shows_the_nearest_and_too_many_does_not():
    """What lacks has a nearest one; a surplus has none."""
    few = judge([expecting(Count(2, 3), message="boom")], [event("boom"), event("other")], recorder=Recorder())
    many = judge([expecting(Count(0, 1), message="boom")], [event(), event(), event("other")], recorder=Recorder())

    assert few.startswith("expected between 2 and 3 events, found 1\n")
    assert "nearest: events[1], which differs in" in few
    assert many.startswith("expected between 0 and 1 event, found 2\n")
    assert "nearest" not in many


def test_the_first_expectation_that_does_not_hold_is_told():
    """Of two that lack something, the first; what lacks before what is too much."""
    events = [event("a"), event("a")]
    much, lacks, more = expecting(message="a"), expecting(message="b"), expecting(message="c")

    assert "message='b'" in judge([much, lacks, more], events, recorder=Recorder())
    assert "message='c'" in judge([much, more, lacks], events, recorder=Recorder())
    assert "message='a'" in judge([much, expecting(Count(0, None), message="b")], events, recorder=Recorder())


def test_what_fits_may_be_given():
    """Who knows already what fits what need not have it found again."""
    assert judge([expecting(message="other")], [event()], recorder=Recorder(), fitting=[(0,)]) is None
    assert judge([expecting(message="boom")], [event()], recorder=Recorder(), fitting=[()]) is not None


def test_an_expectation_without_a_count_cannot_be_judged():
    """How many are meant has to be said; the error shows the expectation."""
    uncounted = Expectation.parse(EVENTS, asked_by="@expect_event", level="error")

    with pytest.raises(ValueError, match=r"^an expectation without a count cannot be judged: level='error'$"):
        judge([uncounted], [event()], recorder=Recorder())


def test_what_must_be_nowhere_is_proven_by_every_expectation():
    """That the first one proves what it asks says nothing of the second."""
    clean, leaking = event("a"), event("hunter2", level="fatal")
    first = expecting(Count(0, None), level="error", not_contains="hunter2")
    second = expecting(Count(0, None), level="fatal", not_contains="hunter2")

    assert judge([first], [clean, leaking], recorder=Recorder()) is None
    assert judge([second, first], [clean, leaking], recorder=Recorder()).splitlines()[:2] == [
        "expected no such event to contain it, found 1 that does",
        "  asked by @expect_event: level='fatal', not_contains='***'",
    ]
    assert "found 1 that does" in judge([first, second], [clean, leaking], recorder=Recorder())
