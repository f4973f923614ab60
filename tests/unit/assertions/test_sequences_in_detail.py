from __future__ import annotations

import asyncio
import itertools
import threading

import pytest
from dirty_equals import IsInstance

from pytest_errortrack import capture, interleave, sdk
from pytest_errortrack.assertions import (
    CapturedBreadcrumbs,
    CapturedEnvelopes,
    CapturedEvent,
    CapturedEvents,
    CapturedLogs,
    CapturedTransaction,
    CapturedTransactions,
    Circumstances,
    Count,
    Expectation,
    ExpectationError,
    LostReport,
    NoRecording,
    Recorder,
)
from pytest_errortrack.assertions._expecting import EVENTS, TRANSACTIONS
from pytest_errortrack.assertions._sequences._order import found_in_order
from pytest_errortrack.assertions._sequences._waiting import read_timeout, waited_for
from pytest_errortrack.sdk import Envelope, Item


def event(message, nodeid="", **payload):
    payload = {"level": "error", "message": message, **payload}
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances(nodeid=nodeid))


def recorded(*messages, nodeid=""):
    """Return a recorder that holds events of these messages, and the sequence of them."""
    recorder = Recorder(nodeid=nodeid)
    recorder.events += [event(each, nodeid) for each in messages]
    return recorder, CapturedEvents(lambda: recorder)


def fails(ask, *given, **keywords):
    """Return the message with which a call fails."""
    with pytest.raises((AssertionError, ExpectationError, IndexError)) as caught:
        ask(*given, **keywords)
    return str(caught.value)


# What a call says.


@pytest.mark.parametrize(
    ("ask", "headline", "by"),
    [
        (lambda events: events.one(level="info"), "expected exactly one event, found 0", "one(): level='info'"),
        (lambda events: events.one(level="error"), "expected exactly one event, found 2", "one(): level='error'"),
        (lambda events: events.one(), "expected exactly one event, found 2", "one(): anything"),
        (
            lambda events: events.matching({"message": "a"}, count=2),
            "expected exactly 2 events, found 1",
            "matching(): message='a'",
        ),
        (lambda events: events.none({"message": "a"}), "expected no such event, found 1", "none(): message='a'"),
        (
            lambda events: events.wait_for({"message": "a"}, timeout=0, count=(2, 3)),
            "expected between 2 and 3 events, found 1 within 0 s",
            "wait_for(): message='a'",
        ),
        (
            lambda events: events.wait_for({"message": "c"}, timeout=0.0),
            "expected at least 1 event, found 0 within 0 s",
            "wait_for(): message='c'",
        ),
        (
            lambda events: events.assert_ordered([{"message": "b"}, {"message": "a"}]),
            "expected 2 events in this order, found no step 2 after events[1]",
            "assert_ordered(), step 2 of 2: message='a'",
        ),
    ],
)
def test_a_failure_begins_with_what_was_found_and_who_asked(ask, headline, by):
    """The headline, the call, and its words."""
    lines = fails(ask, recorded("a", "b")[1]).splitlines()

    assert lines[:2] == [headline, f"  asked by {by}"]


@pytest.mark.parametrize(
    ("ask", "has_nearest"),
    [
        (lambda events: events.one(message="x"), True),
        (lambda events: events.one(level="error"), False),
        (lambda events: events.one(where=lambda each: each.message in "ab"), False),
        (lambda events: events.matching(message="a", count=2), True),
        (lambda events: events.matching(message="a", count=0), False),
        (lambda events: events.none(message="a"), False),
        (lambda events: events.wait_for(message="a", count=2, timeout=0), True),
        (lambda events: events.wait_for(message="a", count=0, timeout=0), False),
    ],
)
def test_the_nearest_is_shown_where_too_few_were_found(ask, has_nearest):
    """And nowhere else."""
    assert ("nearest: events[" in fails(ask, recorded("a", "b", "c")[1])) is has_nearest


@pytest.mark.parametrize(
    "ask",
    [
        lambda events: events.one(message="x"),
        lambda events: events.matching(message="x", count=1),
        lambda events: events.wait_for(message="x", timeout=0),
        lambda events: events.assert_ordered([{"message": "x"}]),
    ],
)
def test_why_something_is_absent_is_told(ask):
    """What an SDK dropped is told of by whoever misses something; a selection knows of it too."""
    recorder, events = recorded("a")
    recorder.lose(LostReport("before_send", "error", 1, "x was dropped"))

    assert "before_send" in fails(ask, events)
    assert "before_send" in fails(ask, events[:1])


def test_a_check_of_what_is_nowhere_says_what_it_needs():
    """Something to look through, and something to look for."""
    _, events = recorded()

    assert fails(events.assert_not_contains, "x") == (
        "expected at least one event: where none was sent, nothing can be told of what it contains\n"
        "  asked by assert_not_contains()\n"
        "  captured: no event"
    )
    assert fails(events.assert_not_contains) == (
        "assert_not_contains() got secrets=(): expected one or many strings or bytes"
    )
    assert fails(events.assert_not_contains, "") == (
        "assert_not_contains() got secrets=('',): expected one or many strings or bytes, none of them empty"
    )


def test_where_a_secret_is_found_is_told_for_each_thing():
    """How many of how many; by the number of the thing; of many secrets by name."""
    _, events = recorded("a hunter2", "b", "c hunter2")

    assert fails(events.assert_not_contains, "hunter2").splitlines()[:2] == [
        "expected what was sent not to contain it, found it in 2 of 3 events",
        "  asked by assert_not_contains()",
    ]
    assert "secrets[1]" not in fails(events.assert_not_contains, "hunter2")
    assert "secrets[1] in message" in fails(events.assert_not_contains, "x", "hunter2")
    message = fails(events.assert_not_contains, "hunter2")
    assert "  events[0] " in message
    assert "  events[2] " in message
    assert "  events[1] " not in message


@pytest.mark.parametrize("keywords", [{}, {"level": "error"}])
def test_an_expectation_is_a_mapping_or_keywords(keywords):
    """Anything else before the keywords is refused."""
    assert fails(recorded("a")[1].one, 3, **keywords) == "one() takes keywords, or one mapping of them; got (3,)"


@pytest.mark.parametrize("wrong", ["x", b"x", {"a": 1}, 3, None])
def test_steps_are_a_list_of_mappings(wrong):
    """What was given is shown, and which of the steps is none."""
    _, events = recorded("a")
    takes = "assert_ordered() takes a list of mappings, each the keywords of one step;"

    assert fails(events.assert_ordered, wrong) == f"{takes} got {wrong!r}"
    assert fails(events.assert_ordered, [{}, wrong] if wrong != {"a": 1} else [{}, 3]) in {
        f"{takes} one is {wrong!r}",
        f"{takes} one is 3",
    }


def test_steps_may_be_any_iterable():
    """A generator of mappings is as good as a list; what is found is returned in its order."""
    _, events = recorded("a", "b", "c")
    steps = ({"message": each} for each in "ac")

    found = found_in_order(EVENTS, steps, list(events), by="x", recorder=None)

    assert [each.message for each in found] == ["a", "c"]
    assert fails(events.assert_ordered, [{"message": "a"}, {"mesage": "b"}, {}]).startswith(
        "assert_ordered(), step 2 of 3 got an unknown keyword 'mesage'"
    )


# What a sequence is.


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 events were"), (1, "1 event was"), (2, "2 events were")], ids=["none", "one", "two"]
)
def test_an_index_that_is_not_there(number, said):
    """How many there are, in the right number."""
    _, events = recorded(*"abc"[:number])

    assert fails(lambda: events[5]).splitlines()[0] == f"event 5 was asked for, but {said} captured"
    assert fails(lambda: events[-4]).splitlines()[0] == f"event -4 was asked for, but {said} captured"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 captured events"), (1, "1 captured event"), (2, "2 captured events")]
)
def test_a_sequence_says_how_many_it_holds(number, said):
    """A selection says it of itself."""
    recorder, events = recorded(*"abc"[:number])
    selection = events[:]
    recorder.events.append(event("later"))

    assert repr(selection) == f"<{said}>"
    assert repr(events) == f"<{number + 1} captured event{'s' * (number > 0)}>"


def test_the_place_of_an_equal_one():
    """`index` has a start and a stop as a list's has."""
    recorder, events = recorded("a", "b", "a")
    first, _, third = recorder.events

    assert (events.index(first), events.index(third), events.index({"level": "error", "message": "a"}, 1)) == (0, 2, 2)
    assert events.index({"level": "error", "message": "a"}, 0, 1) == 0
    with pytest.raises(ValueError, match="is not in list"):
        events.index(third, 0, 2)
    with pytest.raises(ValueError, match="is not in list"):
        events.index(first, 1)


def test_how_many_are_equal_to_a_value():
    """`count` takes an expectation, or a value that is counted; a thing is equal to itself."""
    recorder, events = recorded("a", "a", "b")

    assert events.count(recorder.events[0]) == 1
    assert events.count({"message": "a"}) == events.count(message="a") == 2
    assert events.count({"level": "error"}, message="b") == 1
    assert events.count(IsInstance(CapturedEvent)) == 3
    assert (events.count(), events.count("a"), events.count(0)) == (3, 0, 0)


class Never:
    """Is equal to nothing, and not to itself."""

    def __eq__(self, other):
        return False

    __hash__ = None


def test_a_thing_is_counted_where_it_is_equal_to_nothing():
    """As in a list, what is the same counts."""
    recorder, events = recorded()
    thing = Never()
    recorder.events.append(thing)

    assert (events.count(thing), events.count(Never())) == (1, 0)


def test_what_decides_by_itself_sees_the_thing():
    """Events, breadcrumbs, spans and the rest let a value with an `==` of its own have its way, on either side."""
    with capture() as errortrack:
        sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0)
        sdk.add_breadcrumb(message="a")
        with sdk.start_transaction(name="t"), sdk.start_span(op="db"):
            sdk.capture_message("m")
        things = [
            errortrack.events[0],
            errortrack.transactions[0],
            errortrack.transactions[0].spans[0],
            errortrack.breadcrumbs[0],
            errortrack.events[0].breadcrumbs[0],
        ]

    for thing in things:
        kind = IsInstance(type(thing))
        assert (thing == kind, kind == thing) == (True, True), thing
        assert thing != IsInstance(int)


def test_a_sequence_is_equal_to_a_list_or_a_tuple_only():
    """To one of its elements in their order; to another sequence; to nothing else."""
    recorder, events = recorded("a", "b")
    first, second = recorder.events

    assert events == [first, second] == events[:]
    assert events == (first, second)
    assert events != [second, first]
    assert events != {first, second}
    assert events != [first]
    assert events == IsInstance(CapturedEvents)


def test_comparing_with_a_sequence_looks_at_both():
    """A sequence of another recording is looked at as well."""
    (one, left), (other, right) = recorded("a"), recorded("a")

    assert left != right
    assert one.claims.has_looked
    assert other.claims.has_looked


def test_a_sequence_backwards_is_handed_out_in_that_order():
    """Each is claimed when its turn comes."""
    recorder, events = recorded("a", "b", "c")

    assert [each.message for each in itertools.islice(reversed(events), 2)] == ["c", "b"]
    assert [recorder.claims.is_claimed(each) for each in recorder.events] == [False, True, True]


def test_a_selection_belongs_to_its_recording():
    """What is handed out of it is claimed there, and it forgets with it."""
    recorder, events = recorded("a", "b")
    selection = events.matching(message="a")
    recorder.claims.clear()

    assert selection.one().message == "a"
    assert recorder.claims.is_claimed(recorder.events[0])
    assert not recorder.claims.is_claimed(recorder.events[1])
    selection.clear()
    assert recorder.events == []
    assert len(selection) == 1


def test_what_is_batched_arrives_before_it_is_read():
    """Reading transactions, logs and envelopes lets what is pending arrive; events and a selection need not wait."""
    recorder, flushed = Recorder(), []
    recorder.flush_pending = lambda: flushed.append(1)

    for kind in (CapturedTransactions, CapturedLogs, CapturedEnvelopes):
        before = len(flushed)
        selection = kind(lambda: recorder)[:]
        assert len(flushed) > before
        before = len(flushed)
        assert len(selection) == 0
        assert len(flushed) == before
    before = len(flushed)
    assert (len(CapturedEvents(lambda: recorder)), len(CapturedBreadcrumbs(lambda: recorder))) == (0, 0)
    assert len(flushed) == before


# Which test it was.


def test_what_was_captured_while_one_test_ran(monkeypatch):
    """By the running test, by its whole id or by the end of it; the result is a selection of the same kind."""
    recorder = Recorder()
    names = ["t.py::test_a", "t.py::test_b[x]", "u.py::test_a", "t.py::test_ab", ""]
    recorder.events += [event(str(number), name) for number, name in enumerate(names)]
    events = CapturedEvents(lambda: recorder)

    def messages(*name):
        """List which were captured while a test ran."""
        return [each.message for each in events.of_test(*name)]

    assert type(events.of_test("test_a")) is CapturedEvents
    assert messages("test_a") == ["0", "2"]
    assert messages("t.py::test_a") == ["0"]
    assert messages("test_b[x]") == ["1"]
    assert (messages("a"), messages("test_b")) == ([], [])
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "t.py::test_b[x] (call)")
    assert messages() == ["1"]
    assert messages("u.py::test_a") == ["2"]


def test_where_pytest_runs_no_test_one_has_to_be_named(monkeypatch):
    """Nobody can guess; and breadcrumbs do not know."""
    _, events = recorded("a")
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)

    with pytest.raises(NoRecording) as caught:
        events.of_test()
    assert str(caught.value) == (
        "of_test() asks for what the running test reported, but pytest runs none here: name a test"
    )
    recorder = Recorder()
    recorder.breadcrumb({"message": "a"})
    with pytest.raises(ExpectationError) as caught:
        CapturedBreadcrumbs(lambda: recorder).of_test("test_a")
    assert str(caught.value) == ("of_test() cannot tell which test ran when a breadcrumb was recorded; ask the events")


# Waiting.


@pytest.mark.parametrize("given", [0, 1, 2.5, threading.TIMEOUT_MAX])
def test_a_number_of_seconds_is_a_timeout(given):
    """From nothing to as long as anybody can wait."""
    assert read_timeout(given, asked_by="wait_for()") == given
    assert type(read_timeout(given, asked_by="wait_for()")) is float


@pytest.mark.parametrize("wrong", ["1", None, True, False, -0.1, threading.TIMEOUT_MAX * 2, float("nan")])
def test_a_timeout_that_is_none_is_told(wrong):
    """What was given, and what can stand there."""
    assert fails(read_timeout, wrong, asked_by="wait_for()") == (
        f"wait_for() got timeout={wrong!r}: expected a number of seconds from 0"
    )


class Clocked(Recorder):
    """A recorder in which time passes by waiting only, and something may happen at each wait."""

    def __init__(self, *steps):
        super().__init__()
        self.now = 100.0
        self.waits = []
        self.seen = []
        self.steps = list(steps)

    def wait_for_more(self, seen, *, timeout):
        """Let a second pass and the next thing happen; where nothing happens any more, all of the time."""
        self.waits.append(round(timeout, 6))
        self.seen.append(seen)
        self.now += 1 if self.steps else timeout
        if self.steps:
            self.steps.pop(0)(self)
        return seen


def wait(recorder, *, count=None, timeout=10.0, is_batched=False, **keywords):
    """Wait for events of a recorder with a clock of its own."""
    return waited_for(
        Expectation.parse(EVENTS, asked_by="wait_for()", **keywords),
        count or Count(1, None),
        recorder=recorder,
        things=lambda: recorder.events,
        timeout=timeout,
        is_batched=is_batched,
        monotonic=lambda: recorder.now,
    )


def arrive(*messages):
    return lambda recorder: recorder.events.extend(event(each) for each in messages)


def test_what_is_never_batched_is_waited_for_until_the_time_is_up():
    """Each wait is as long as what is left."""
    recorder = Clocked(arrive("y"), arrive("y"))

    assert wait(recorder, message="x") == []
    assert recorder.waits == [10.0, 9.0, 8.0]


def test_what_is_batched_is_looked_for_twice_as_long_each_time():
    """From a millisecond to fifty, and never longer than what is left."""
    recorder = Clocked()

    assert wait(recorder, message="x", is_batched=True, timeout=0.2) == []
    assert recorder.waits == [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.05, 0.05, 0.037]


def test_waiting_ends_when_enough_has_come():
    """With as many as the least, no sooner; what came with them is found too."""
    recorder = Clocked(arrive("x"), arrive("y"), arrive("x", "x"), arrive("x"))

    found = wait(recorder, message="x", count=Count(2, 5))

    assert [each.message for each in found] == ["x", "x", "x"]
    assert len(recorder.waits) == 3


def test_what_comes_one_by_one_is_found_once():
    """Each thing counts once, however often somebody wakes."""
    recorder = Clocked(*[arrive("x")] * 9)

    assert wait(recorder, message="x", count=Count(5, None)) == recorder.events
    assert len(recorder.events) == 5


def test_what_is_there_already_is_not_waited_for():
    """Nor is anything where no time was given."""
    recorder = Clocked()
    recorder.events.append(event("x"))

    assert len(wait(recorder, message="x")) == 1
    assert wait(recorder, message="y", timeout=0) == []
    assert wait(recorder, message="y", count=Count(0, 0)) == []
    assert recorder.waits == []


def test_what_is_cleared_while_somebody_waits_does_not_count():
    """The list begins anew."""
    recorder = Clocked(arrive("x"), lambda recorder: recorder.events.clear(), arrive("x", "x"))
    recorder.events.append(event("y"))

    assert len(wait(recorder, message="x", count=Count(2, None))) == 2
    assert len(recorder.waits) == 3


def test_who_waits_says_what_has_arrived_before_it_looked():
    """So that what arrives between the look and the wait wakes it."""
    recorder = Clocked()
    message = Envelope({}, (Item({"type": "event"}, b'{"message":"m"}'),)).serialize()
    recorder.receive(message, sdk="native")
    arrived = recorder.arrived

    wait(recorder, message="x")

    assert recorder.seen == [arrived]


def test_an_interleaved_actor_does_not_wait():
    """Time is virtual there: what has not come does not come by waiting."""
    recorder, found = Clocked(arrive("x")), []

    interleave.explore(lambda run: run.run(lambda: found.append(wait(recorder, message="x"))), budget=1)

    assert found[0] == []
    assert recorder.waits == []


def test_who_says_no_time_waits_for_a_second():
    """It is time for another thread to report."""
    recorder = Clocked()
    events = CapturedEvents(lambda: recorder)
    recorder.wait_for_more = lambda _, *, timeout: recorder.waits.append(timeout) or recorder.events.append(event("x"))

    assert events.wait_for(message="x").message == "x"
    assert [round(each, 1) for each in recorder.waits] == [1.0]


def test_in_a_task_it_is_said_that_no_other_could_run():
    """Who waits in an event loop stops it."""
    _, events = recorded("a")

    async def asks():
        """Wait where nothing else can run meanwhile."""
        return fails(events.wait_for, message="x", timeout=0)

    assert asyncio.run(asks()).splitlines()[:3] == [
        "expected at least 1 event, found 0 within 0 s",
        "  no task of this event loop could run meanwhile: await what reports, then read",
        "  asked by wait_for(): message='x'",
    ]
    assert fails(events.wait_for, message="x", timeout=0.01).splitlines()[:2] == [
        "expected at least 1 event, found 0 within 0.01 s",
        "  asked by wait_for(): message='x'",
    ]


def test_wait_for_gives_the_first_or_with_a_count_all():
    """As many as were waited for are claimed, and no more."""
    recorder, events = recorded("a", "b")

    assert events.wait_for(level="error").message == "a"
    assert [recorder.claims.is_claimed(each) for each in recorder.events] == [True, False]
    found = events.wait_for({"level": "error"}, count=(1, None))
    assert (type(found), [each.message for each in found]) == (CapturedEvents, ["a", "b"])
    assert recorder.claims.is_claimed(recorder.events[1])
    assert len(events.wait_for(level="fatal", count=0, timeout=0)) == 0


def test_more_than_the_most_is_told_after_waiting():
    """A count that is exceeded fails."""
    assert fails(recorded("a", "b")[1].wait_for, level="error", count=(0, 1), timeout=0).startswith(
        "expected between 0 and 1 event, found 2 within 0 s\n"
    )


# Snapshots, and the data model.


def test_snapshots_of_all_keep_and_drop_what_is_asked():
    """Events and envelopes alike; reading them for a snapshot is a look."""
    recorder = Recorder()
    payload = b'{"event_id":"4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f","tags":{"a":"1","b":"2"},"modules":{"shop":"1"}}'
    recorder.receive(Envelope({}, (Item({"type": "event"}, payload),)).serialize(), sdk="native")

    for kind, path in ((CapturedEvents, []), (CapturedEnvelopes, ["items", 0, "payload"])):
        things = kind(lambda: recorder)
        recorder.claims.clear()

        def read(taken):
            """Find the event in what was taken."""
            (value,) = taken
            for step in path:  # noqa: B023 - called at once
                value = value[step]
            return value

        assert "modules" not in read(things.normalized())
        assert read(things.normalized(drop=["tags.a"]))["tags"] == {"b": "2"}
        assert read(things.normalized(keep=["modules"]))["modules"] == {"shop": "1"}
        assert recorder.claims.has_looked
        with pytest.raises(ExpectationError):
            things.normalized(keep=["nonsense"])


def test_checking_envelopes_is_a_look():
    """Strict mode and the warning go by that."""
    recorder = Recorder()

    fails(CapturedEnvelopes(lambda: recorder).assert_valid)

    assert recorder.claims.has_looked


def test_transactions_are_asked_in_their_own_words():
    """Each kind reads its own list of the recorder."""
    recorder = Recorder()
    recorder.transactions.append(CapturedTransaction({"transaction": "t"}, raw=b"", circumstances=Circumstances()))

    assert CapturedTransactions(lambda: recorder).one(name="t") is recorder.transactions[0]
    assert found_in_order(TRANSACTIONS, [{"name": "t"}], recorder.transactions, by="x", recorder=None) == (
        recorder.transactions
    )
