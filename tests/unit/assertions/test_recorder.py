from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from side_by_side import Hand

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import (
    NOBODY,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    ExpectationError,
    LostReport,
    Note,
    Recorder,
    SetUp,
)
from pytest_errortrack.sdk import Envelope, Item
from pytest_errortrack.sdk.testing import Stamped

ID = "e" * 32
STAMPS = (Stamped(("level",), "info", object()),)


def item(kind, payload, **headers):
    """Make an item of an envelope."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Item({"type": kind, **headers}, raw)


def wire(*items, **headers):
    """Make the bytes of an envelope."""
    return Envelope(headers, items).serialize()


def of_event(payload=None, **headers):
    """Make the bytes of an envelope with an event."""
    return wire(item("event", {"event_id": ID, **(payload or {})}), event_id=ID, **headers)


def a_lost(summary="x"):
    """Make something that got lost."""
    return LostReport("before_send", "error", 1, summary)


def test_an_event_meets_what_was_noted_of_it():
    """Who captured it, the live exception and the stamps; the next of the same id has none of that."""
    recorder, error = Recorder(), ValueError("x")
    known, otherwise = Circumstances(thread="known"), Circumstances(thread="otherwise")
    recorder.note(ID, Note(known, error, STAMPS))

    for _ in range(2):
        recorder.receive(of_event(), sdk="native", circumstances=otherwise)

    first, second = recorder.events
    assert (first.circumstances, second.circumstances) == (known, otherwise)
    assert first.live_exception is error
    assert first.exception_types == (ValueError,)
    assert recorder.stamped == {ID: STAMPS}


def test_what_nobody_noted_is_of_its_sdk_and_test():
    """Circumstances are given, or made of what is known."""
    recorder = Recorder(nodeid="test_shop.py::test_it")

    recorder.receive(of_event(), sdk="sentry.php", told_losses=True)

    assert recorder.events[0].circumstances == Circumstances(sdk="sentry.php", nodeid="test_shop.py::test_it")


def test_an_event_has_the_bytes_the_files_and_the_envelope_that_it_came_with():
    """A transaction has them too."""
    recorder = Recorder()
    files = item("attachment", b"x", filename="a.txt"), item("attachment", b"y")
    for kind in ("event", "transaction"):
        recorder.receive(wire(item(kind, {"event_id": ID}), *files, event_id=ID), sdk="native")

    for taken, envelope in zip((*recorder.events, *recorder.transactions), recorder.envelopes, strict=True):
        assert taken.attachments == ["a.txt", ""]
        assert taken.raw == json.dumps({"event_id": ID}).encode()
        assert taken.envelope is envelope


def test_what_comes_with_an_event_has_its_circumstances():
    """A file of a known event is of whoever captured the event; of an unknown one it is of nobody."""
    recorder, known = Recorder(), Circumstances(thread="known")
    for note in (Note(known), None):
        if note:
            recorder.note(ID, note)
        recorder.receive(wire(item("attachment", b"x"), event_id=ID), sdk="native")

    assert [each.circumstances.thread for each in recorder.telemetry.attachments] == ["known", ""]


def test_a_note_is_used_once_also_where_neither_event_nor_transaction_came():
    """What is noted for a check-in does not wait for ever."""
    recorder = Recorder()
    recorder.note(ID, Note(Circumstances(thread="known")))

    recorder.receive(wire(item("check_in", {}), event_id=ID), sdk="native")
    recorder.receive(of_event(), sdk="native")

    assert recorder.telemetry.check_ins[0].circumstances.thread == "known"
    assert recorder.events[0].circumstances.thread == ""


def test_losses_that_were_not_told_are_read_from_client_reports():
    """With reason, category, number and SDK; those that were told are not counted twice."""
    report = item("client_report", {"discarded_events": [{"reason": "r", "category": "c", "quantity": 2}, {}]})
    recorder = Recorder()

    recorder.receive(wire(report), sdk="sentry.php", told_losses=False)
    recorder.receive(wire(report), sdk="sentry.php")

    assert recorder.lost == [LostReport("r", "c", 2, sdk="sentry.php"), LostReport("None", "None", 0, sdk="sentry.php")]


class Told:
    """Takes what a recorder passes on."""

    def __init__(self):
        self.calls = []

    def receive(self, wire, *, told_losses):
        """Remember the bytes of an envelope."""
        self.calls.append((wire, told_losses))

    def lose(self, lost):
        """Remember what got lost."""
        self.calls.append(lost)


def test_a_forked_process_passes_on_what_it_captures():
    """Everything, as it came, and besides it is recorded as ever."""
    recorder, lost = Recorder(), a_lost()
    recorder.elsewhere = Told()

    recorder.receive(of_event(), sdk="native")
    recorder.receive(of_event(), sdk="native", told_losses=False)
    recorder.lose(lost)

    assert recorder.elsewhere.calls == [(of_event(), True), (of_event(), False), lost]
    assert (len(recorder.events), recorder.lost) == (2, [lost])


def test_what_arrives_late_is_told_once_each():
    """Events, transactions, logs, metrics and check-ins; attachments and sessions are no reports of their own."""
    recorder, late = Recorder(), []
    recorder.receive(wire(item("log", {"items": [{"body": "in time"}]})), sdk="native")
    recorder.end(on_late=late.append)
    kinds = {
        "event": {"message": "event"},
        "transaction": {"transaction": "transaction"},
        "log": {"items": [{"body": "log"}]},
        "trace_metric": {"items": [{"name": "metric"}]},
        "check_in": {"monitor_slug": "check-in"},
        "session": {},
        "attachment": {},
    }
    for kind, payload in kinds.items():
        recorder.receive(wire(item(kind, payload)), sdk="native")
    joined = CapturedTransaction({}, raw=b"", circumstances=Circumstances())
    recorder.take_transaction(joined)

    telemetry = recorder.telemetry
    assert late == [
        *(recorder.events[0], recorder.transactions[0], telemetry.logs[1], telemetry.metrics[0]),
        *(telemetry.check_ins[0], joined),
    ]
    assert recorder.transactions[1] is joined
    assert recorder.has_ended


def test_after_the_end_exceptions_are_not_kept():
    """Neither those that were, nor new ones; their classes are known all the same."""
    recorder = Recorder()
    recorder.note(ID, Note(Circumstances(), ValueError("x")))
    recorder.receive(of_event(), sdk="native")
    recorder.end()
    recorder.note("f" * 32, Note(Circumstances(), KeyError("x")))
    recorder.receive(wire(item("event", {"event_id": "f" * 32})), sdk="native")

    assert recorder.live_exceptions == {}
    assert [event.exception_types for event in recorder.events] == [(ValueError,), (KeyError,)]


def test_a_transaction_made_of_spans_may_arrive_in_time():
    """Nobody is told of it then."""
    recorder = Recorder()
    joined = CapturedTransaction({}, raw=b"", circumstances=Circumstances())

    recorder.take_transaction(joined)

    assert recorder.transactions == [joined]


def test_clearing_forgets_all_that_was_captured_and_remembers_what_nobody_had_looked_at():
    """What is pending is taken in first; a reset forgets the rest as well."""
    recorder = Recorder()
    recorder.flush_pending = lambda: recorder.receive(of_event({"message": "pending"}), sdk="native")
    recorder.note(ID, Note(Circumstances(), ValueError("x"), STAMPS))
    recorder.receive(of_event({"message": "claimed"}), sdk="native")
    recorder.receive(of_event({"message": "unread"}), sdk="native")
    recorder.receive(wire(item("transaction", {}), item("log", {"items": [{}]})), sdk="native")
    recorder.note("f" * 32, Note(Circumstances(thread="forgotten")))
    recorder.breadcrumb({"message": "crumb"})
    lost = a_lost("claimed"), a_lost("unread")
    for each in lost:
        recorder.lose(each)
    recorder.claims.claim([recorder.events[0], lost[0]])

    recorder.clear()

    assert [event.message for event in recorder.cleared[:2]] == ["unread", "pending"]
    assert [each is lost[1] for each in recorder.cleared[2:]] == [True]
    for kept in (recorder.events, recorder.transactions, recorder.breadcrumbs, recorder.envelopes, recorder.lost):
        assert kept == []
    assert recorder.telemetry.counts() == (0, 0, 0)
    assert (recorder.stamped, recorder.live_exceptions) == ({}, {})
    assert not recorder.claims.is_claimed(lost[0])
    assert recorder.claims.has_looked
    recorder.receive(wire(item("event", {"event_id": "f" * 32})), sdk="native")
    assert recorder.events[0].circumstances.thread == ""

    recorder.flush_pending = lambda: None
    before = recorder.witness.actors_apart()
    recorder.reset()
    assert recorder.cleared == []
    assert not recorder.claims.has_looked
    assert recorder.witness.actors_apart() == before == set()


def test_what_was_cleared_adds_up():
    """Clearing again forgets nothing of what was never looked at."""
    recorder = Recorder()
    for name in ("one", "two"):
        recorder.receive(of_event({"message": name}), sdk="native")
        recorder.lose(a_lost(name))
        recorder.clear()

    assert [getattr(each, "message", None) or each.summary for each in recorder.cleared] == ["one", "one", "two", "two"]


def test_one_recorder_takes_over_what_another_captured():
    """Behind its own, with what was claimed of it; what was not claimed is not."""
    ours, theirs = Recorder(), Recorder()
    for recorder, name in ((ours, "ours"), (theirs, "theirs")):
        recorder.receive(of_event({"message": name, "event_id": name}), sdk="native")
        recorder.receive(of_event({"message": f"{name} unread"}), sdk="native")
        recorder.receive(wire(item("transaction", {"transaction": name})), sdk="native")
        recorder.breadcrumb({"message": name})
        recorder.lose(a_lost(name))
        recorder.stamped[name] = STAMPS
        recorder.cleared.append(a_lost(f"cleared {name}"))
    theirs.claims.claim([theirs.events[0], theirs.transactions[0], theirs.lost[0]])

    ours.absorb(theirs)

    names = ["ours", "theirs"]
    assert [event.message for event in ours.events] == ["ours", "ours unread", "theirs", "theirs unread"]
    assert [each.name for each in ours.transactions] == names
    assert [crumb.message for crumb in ours.breadcrumbs] == names
    assert [lost.summary for lost in ours.lost] == names
    assert [lost.summary for lost in ours.cleared] == ["cleared ours", "cleared theirs"]
    assert len(ours.envelopes) == 6
    assert ours.stamped == dict.fromkeys(names, STAMPS)
    claimed = [thing for thing in (*ours.events, *ours.transactions, *ours.lost) if ours.claims.is_claimed(thing)]
    assert claimed == [ours.events[2], ours.transactions[1], ours.lost[1]]


def test_what_the_application_set_up_is_kept_as_it_was():
    """It is about to be put back: afterwards it would read as never set up."""
    now = [True, [SetUp("native", has_dsn=True, has_tracing=False)]]
    recorder = Recorder(is_initialised=lambda: now[0], set_ups=lambda: now[1])

    recorder.keep_set_ups()
    now[:] = [False, []]

    assert recorder.is_initialised()
    assert recorder.set_ups() == (SetUp("native", has_dsn=True, has_tracing=False),)


def test_a_new_recorder_says_nothing_of_a_set_up():
    """It counts as set up until somebody tells."""
    recorder = Recorder()

    assert recorder.is_initialised()
    assert list(recorder.set_ups()) == []
    assert (recorder.nodeid, recorder.arrived, recorder.has_ended) == ("", 0, False)
    assert recorder.meanwhile == recorder.replaced == []


def test_who_captures_is_described():
    """Thread, task, place, SDK and what is known of the set-up; one that has ended says so."""
    recorder, request = Recorder(nodeid="a test"), object()

    async def described():
        return recorder.circumstances(sdk="native", initialised=True, has_init=False, request=request)

    async def main():
        return await asyncio.create_task(described(), name="a task")

    found = asyncio.run(main())
    recorder.end()
    later = recorder.circumstances(sdk="sentry_sdk", initialised=False)

    assert (found.thread, found.task, found.nodeid) == (threading.current_thread().name, "a task", "a test")
    assert (found.sdk, found.initialised, found.has_init, found.request) == ("native", True, False, request)
    assert (found.site.path, found.site.function.rpartition(".")[2]) == (__file__, "described")
    assert (found.actor.name, found.step, found.is_late, found.is_stranger) == ("a task", None, False, False)
    assert (later.sdk, later.initialised, later.has_init, later.is_late) == ("sentry_sdk", False, False, True)
    assert (later.task, later.request) == (None, None)
    assert later.moment > found.moment > 0
    assert "test_who_captures_is_described" in Recorder().circumstances(sdk="native", initialised=True).nodeid


def test_a_raw_thread_is_a_stranger():
    """Nobody knows who started it: it was not started while anything recorded."""
    recorder, found = Recorder(), []
    thread = threading.Thread(
        target=lambda: found.append(recorder.circumstances(sdk="native", initialised=True).is_stranger)
    )
    thread.start()
    thread.join()

    assert found == [True]


def test_whom_what_is_started_belongs_to():
    """To the recording in its own thread, to whoever is known, and to nobody where nobody may or can be known."""
    recorder, other = Recorder(), Recorder()
    assert recorder.belonging().owner is recorder
    with other.own():
        assert recorder.belonging().owner is other
    with recorder.disown():
        assert recorder.belonging() is NOBODY
    found = []
    thread = threading.Thread(target=lambda: found.append(recorder.belonging()))
    thread.start()
    thread.join()

    assert found == [NOBODY]


def test_waiting_ends_with_the_first_thing_that_arrives():
    """At once where something had arrived before; at the latest when the time is over."""
    recorder = Recorder()
    assert recorder.wait_for_more(0, timeout=0) == 0
    assert recorder.wait_for_more(0, timeout=-1) == 0
    recorder.breadcrumb({})
    assert recorder.wait_for_more(0, timeout=60) == 1 == recorder.arrived

    for arrival in (lambda: recorder.breadcrumb({}), lambda: recorder.receive(of_event(), sdk="native")):
        seen = recorder.arrived
        thread = threading.Thread(target=arrival)
        thread.start()
        assert recorder.wait_for_more(seen, timeout=60) == seen + 1
        thread.join()


def test_several_may_wait_for_the_same():
    """One arrival ends the waiting of all."""
    recorder, found, ready = Recorder(), [], threading.Barrier(3)

    def wait():
        ready.wait(30)
        found.append(recorder.wait_for_more(0, timeout=60))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait(30)
    recorder.breadcrumb({})
    for thread in threads:
        thread.join(60)

    assert found == [1, 1]


@pytest.mark.parametrize("thing", ["a name", object, threading.Event()])
def test_only_what_does_something_can_be_adopted(thing):
    """A mistake is told with what was given."""
    with capture() as errortrack, pytest.raises(ExpectationError) as refused:
        errortrack.adopt(thing)

    kind = type(thing).__qualname__
    assert str(refused.value) == f"adopt() takes a thread, a ThreadPoolExecutor or an asyncio task, got a {kind}"


def test_an_adopted_pool_reports_for_the_recording():
    """Its threads that run already, as actors of their own, and what is submitted to it."""
    with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        pool.submit(int).result()
        with capture() as errortrack:
            errortrack.adopt(pool)
            pool.submit(sdk.capture_message, "low").result()

    event = errortrack.events.one()
    assert (event.stranger, event.circumstances.thread) == (False, "pool_0")


def test_what_a_stranger_hands_to_an_adopted_pool_is_the_recordings():
    """The job is the pool's owner's, though nobody knows who handed it over."""
    stranger = Hand("stranger")
    with ThreadPoolExecutor(1) as pool, capture() as errortrack:
        errortrack.adopt(pool)
        stranger(lambda: pool.submit(sdk.capture_message, "low").result())
    stranger.dismiss()

    assert not errortrack.events.one().stranger


def test_a_job_from_before_a_recording_may_run_in_it():
    """It has no mark, and does what it was made for."""
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(gate.wait, 30)
        waiting = pool.submit(divmod, 7, 2)
        with capture():
            gate.set()
            assert (busy.result(30), waiting.result(30)) == (True, (3, 1))


def test_an_adopted_task_reports_for_the_recording():
    """For as long as that one lasts."""

    async def main():
        gate = asyncio.Event()

        async def work():
            await gate.wait()
            sdk.capture_message("low")

        task = asyncio.create_task(work())
        with capture() as errortrack:
            errortrack.adopt(task)
            gate.set()
            await task
        return errortrack

    assert not asyncio.run(main()).events.one().stranger


def test_claims_are_of_the_very_thing():
    """An equal one is another; forgetting what was claimed does not undo that somebody looked."""
    claims = Recorder().claims
    one, other = (CapturedEvent({}, raw=b"", circumstances=Circumstances()) for _ in range(2))
    assert not claims.has_looked

    claims.look()
    assert (claims.has_looked, claims.is_claimed(one)) == (True, False)
    claims.clear()
    assert not claims.has_looked
    claims.claim([one])
    assert (claims.has_looked, claims.is_claimed(one), claims.is_claimed(other)) == (True, True, False)
    claims.forget()
    assert (claims.has_looked, claims.is_claimed(one)) == (True, False)
    claims.claim([one])
    claims.clear()
    assert (claims.has_looked, claims.is_claimed(one)) == (False, False)
