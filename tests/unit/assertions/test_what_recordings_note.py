from __future__ import annotations

import json
import queue
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from side_by_side import Hand

from pytest_errortrack import _points, capture, sdk
from pytest_errortrack.assertions import (
    Circumstances,
    LostReport,
    MockedSentryWarning,
    NativeObserver,
    Note,
    Recorder,
    Replacement,
    line_up,
    log_key,
    metric_key,
    owner_here,
    session_key,
    strays,
)
from pytest_errortrack.assertions._recording import _carriers, _native_state
from pytest_errortrack.assertions._recording._line_up import LineUp
from pytest_errortrack.assertions._recording._running import running_test
from pytest_errortrack.assertions._recording._statsd import parse_statsd
from pytest_errortrack.sdk import Envelope, Item
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk.testing import Drop

KNOWN = Circumstances(thread="known")


def item(kind, payload):
    """Make an item of an envelope."""
    return Item({"type": kind}, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def received(*items, recorder=None, **headers):
    """Return a recorder's telemetry after one envelope."""
    recorder = recorder or Recorder()
    recorder.receive(Envelope(headers, items).serialize(), sdk="native")
    return recorder.telemetry


def replacement(calls, **more):
    """Return a function that a test replaced."""
    return Replacement("sentry_sdk.capture_exception", "shop.views.capture_exception", lambda: calls, **more)


@pytest.mark.parametrize(
    ("calls", "called", "is_in_the_way"),
    [
        (None, "replaced", True),
        (0, "mocked and called 0 times", False),
        (1, "mocked and called 1 time", True),
        (2, "mocked and called 2 times", True),
    ],
)
def test_a_replacement_says_whether_reports_may_have_ended_there(calls, called, is_in_the_way):
    """It was called, or cannot tell; where it was not called it is in nobody's way."""
    replaced = replacement(calls)

    assert str(replaced) == f"shop.views.capture_exception was {called}: what went there was not reported"
    assert replaced.is_in_the_way() is is_in_the_way


@pytest.mark.parametrize(
    ("site", "place"),
    [(None, ("test_shop.py", 0)), (_points.Site("/app/conftest.py", 7, "fixture"), ("/app/conftest.py", 7))],
)
def test_the_warning_of_a_replacement_stands_where_it_was_made(site, place):
    """What was not tested and what to do; else at the file that is given."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        replacement(1, site=site).warn(otherwise="test_shop.py")

    [warning] = caught
    assert (warning.filename, warning.lineno, warning.category) == (*place, MockedSentryWarning)
    assert str(warning.message) == (
        "shop.views.capture_exception was mocked and called 1 time: what went there was not reported. "
        "Not tested: whether sentry_sdk.capture_exception was called with the right exception and scope, before_send, "
        "scrubbing, integrations. Leave sentry_sdk as it is, nothing is sent while a test captures, and look at "
        "captured_events: captured_events.one(exception=...)"
    )


def test_a_callback_that_raised_is_a_loss():
    """Which one, and what it raised."""
    recorder = Recorder()

    NativeObserver(recorder).failed("before_send", KeyError("a"))

    assert recorder.lost == [LostReport("callback_error", "internal", 1, "KeyError: 'a'", "in before_send")]


def test_what_was_dropped_is_noted_as_it_was_told():
    """Every word of it."""
    recorder = Recorder()

    NativeObserver(recorder).dropped(Drop("sample_rate", "error", 3, "ValueError: x", sdk.get_client(), "why"))

    assert recorder.lost == [LostReport("sample_rate", "error", 3, "ValueError: x", "why", sdk="native")]


def test_an_event_knows_whether_there_was_a_set_up_and_where_it_goes():
    """Never set up, set up without a DSN, and with one; the captured exception is the outermost."""
    with capture(dsn=None) as errortrack:
        sdk.capture_message("without")
    with capture() as never:
        sdk.capture_message("never")
    with capture() as with_dsn:
        sdk.init("https://key@errors.example/1")
        sdk.capture_exception(ValueError("x"))

    told = [handle.events.one().circumstances for handle in (errortrack, never, with_dsn)]
    assert [(each.initialised, each.has_init) for each in told] == [(False, True), (False, False), (True, True)]
    assert {each.sdk for each in told} == {"native"}
    assert with_dsn.events.one().exception_types == (ValueError,)


@pytest.mark.parametrize("kind", ["log", "trace_metric", "session"])
def test_what_comes_later_meets_who_made_it(kind):
    """Known by what it says; without its name or time it is known as such, once, and then of whoever it came with."""
    recorder = Recorder()
    payloads = {
        "log": ([{"timestamp": 1.5, "body": "b"}, {}], [log_key(1.5, "b"), log_key(0, "None")]),
        "trace_metric": ([{"timestamp": 1.5, "name": "n"}, {}], [metric_key(1.5, "n"), metric_key(0, "None")]),
        "session": ([{"sid": "s"}, {}], [session_key("s"), session_key("None")]),
    }
    entries, keys = payloads[kind]
    for key in keys:
        recorder.telemetry.note(key, Circumstances(thread=key))
    items = [item(kind, entry) for entry in entries] if kind == "session" else [item(kind, {"items": entries})]

    for _ in range(2):
        received(*items, recorder=recorder)

    telemetry = recorder.telemetry
    found = [each.circumstances.thread for each in (*telemetry.logs, *telemetry.metrics, *telemetry.sessions)]
    assert found == [*keys, "", ""]
    assert len({log_key(1, "x"), log_key(2, "x"), log_key(1, "y"), metric_key(1, "x"), session_key("x")}) == 5


def test_what_was_added_up_is_of_whoever_it_came_with():
    """Lines of an older SDK, also with bytes that are no text; and sessions by the minute, with what they share."""
    aggregates = {"attrs": {"release": "1"}, "aggregates": [{"exited": 1}, {"errored": 2}]}

    telemetry = received(item("statsd", b"a\xff@none:1|c"), item("sessions", aggregates), item("sessions", {}))

    assert [metric.name for metric in telemetry.metrics] == ["a\N{REPLACEMENT CHARACTER}"]
    assert [session.payload for session in telemetry.sessions] == [
        {"attrs": {"release": "1"}, "exited": 1},
        {"attrs": {"release": "1"}, "errored": 2},
    ]
    assert {each.circumstances.sdk for each in (*telemetry.metrics, *telemetry.sessions)} == {"native"}


def test_feedback_is_captured_in_both_forms():
    """The newer item and the older report."""
    telemetry = received(item("feedback", {"a": 1}), item("user_report", {"b": 2}), item("unknown", {}))

    assert [each.payload for each in telemetry.feedback] == [{"a": 1}, {"b": 2}]


def test_a_file_of_no_event_has_no_event_id():
    """And its length, which the bytes tell, is none of its headers."""
    recorder = Recorder()
    recorder.receive(b'{}\n{"type":"attachment","length":1,"filename":"a"}\nx\n', sdk="native")

    [attachment] = recorder.telemetry.attachments
    assert (attachment.event_id, attachment.payload) == ("", {"type": "attachment", "filename": "a"})


def test_what_came_since_is_listed_by_kind():
    """Logs, metrics and check-ins: what an application reports itself."""
    recorder = Recorder()
    every = [
        *(item("log", {"items": [{}]}), item("trace_metric", {"items": [{}]}), item("check_in", {})),
        *(item("session", {}), item("attachment", b"x"), item("feedback", {})),
    ]
    telemetry = received(*every, recorder=recorder)
    counts = telemetry.counts()
    received(*every, recorder=recorder)

    assert counts == (1, 1, 1)
    assert telemetry.since(counts) == [telemetry.logs[1], telemetry.metrics[1], telemetry.check_ins[1]]
    telemetry.note("key", KNOWN)
    telemetry.clear()
    assert telemetry == type(telemetry)()


@pytest.mark.parametrize(
    ("line", "payloads"),
    [
        ("n:1|c", [{"name": "n", "type": "counter", "attributes": {}, "value": 1}]),
        ("n:-1|c", [{"name": "n", "type": "counter", "attributes": {}, "value": -1}]),
        ("n:x:2:--3|c", [{"name": "n", "type": "counter", "attributes": {}, "value": 2}]),
        ("n:1e3|z", [{"name": "n", "type": "z", "attributes": {}, "value": 1000.0}]),
        ("n:5:1|g", [{"name": "n", "type": "gauge", "attributes": {}, "value": 5, "min": 1}]),
        ("n:|c", []),
        ("no line\nn:1|d\n", [{"name": "n", "type": "distribution", "attributes": {}, "value": 1}]),
    ],
)
def test_lines_of_older_sdks_read_as_the_newer_form(line, payloads):
    """Numbers of both kinds, escapes, what has no value or no meaning; what is no line is left out."""
    found = list(parse_statsd(line))

    assert found == payloads
    assert [type(each["value"]) for each in found] == [type(each["value"]) for each in payloads]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("a:1,,b,c:x:y", {"a": "1", "b": "", "c": "x:y"}),
        (r"a:\n\r\t\\\z\u{7c}\u{1f600}", {"a": "\n\r\t\\z|\N{GRINNING FACE}"}),
    ],
)
def test_tags_of_older_sdks_are_read_without_their_escapes(text, tags):
    """Also those without a value, and those of any character."""
    [payload] = parse_statsd(f"n:1|c|#{text}")

    assert payload["attributes"] == tags


def test_the_test_that_runs_is_known_by_its_node_id(monkeypatch):
    """As pytest says it, without the phase; empty where there is none."""
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "test_a.py::test_b[x (y)] (call)")
    assert running_test() == "test_a.py::test_b[x (y)]"
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert running_test() == ""


@pytest.fixture
def hands():
    """Two threads from before anything was recorded."""
    pair = Hand("left"), Hand("right")
    yield pair
    for hand in pair:
        hand.dismiss()


@pytest.fixture
def beside(hands):
    """Two recordings side by side, each begun in a thread of its own."""
    blocks = [capture(), capture()]
    handles = [hand(block.__enter__) for hand, block in zip(hands, blocks, strict=True)]
    yield handles
    for hand, block in zip(hands, blocks, strict=True):
        hand(block.__exit__, None, None, None)


def test_what_nobody_owns_is_told_of_in_full(beside):
    """Each category with its number, what it was, which SDK, which thread to adopt; a reason that is known stays."""
    transaction = {"transaction": "/pay", "spans": [{}, {}]}
    envelope = Envelope({"event_id": "e" * 32}, (item("event", {"message": "low"}), item("transaction", transaction)))

    strays.receive(envelope.serialize(), sdk="sentry_sdk")
    strays.lose(LostReport("before_send", "error", 1, "x", "a reason"))
    strays.lose(LostReport("before_send", "error", 1, "x"))

    thread = threading.current_thread().name
    why = f"reported by the thread {thread!r}, which belongs to none of the recordings side by side: adopt() it"
    for handle in beside:
        told = [(lost.reason, lost.category, lost.quantity, lost.summary, lost.detail) for lost in handle.dropped]
        assert told == [
            ("no_owner", "error", 1, "low", why),
            ("no_owner", "transaction", 1, "", why),
            ("no_owner", "span", 3, "", why),
            ("before_send", "error", 1, "x", "a reason"),
            ("before_send", "error", 1, "x", why),
        ]
        assert [lost.sdk for lost in handle.dropped] == ["sentry_sdk"] * 3 + ["native"] * 2


@pytest.mark.usefixtures("beside")
def test_what_was_noted_of_what_nobody_owns_is_let_go():
    """It is told of as lost, and no event will ask for the note."""
    kept, gone = "e" * 32, "f" * 32
    for event_id in (kept, gone):
        strays.note(event_id, Note(KNOWN, ValueError("x")))
    try:
        strays.receive(Envelope({"event_id": gone}, (item("event", {}),)).serialize(), sdk="native")
        strays.receive(Envelope({}, (item("event", {}),)).serialize(), sdk="native")
        assert list(strays._notes) == [kept]
    finally:
        strays._notes.clear()


def test_recordings_beside_each_other_and_in_one_line(hands, beside):
    """Who records here: the own one, the innermost of its line; where all stand apart, nobody in particular."""
    left, right = hands
    first, second = line_up.order.live
    assert line_up.is_beside
    assert (line_up.order.sole, line_up.order.of_nobody, line_up.order.last) == (None, None, second)
    assert left(line_up.steward_here) is first
    assert right(line_up.steward_here) is second
    assert line_up.steward_here() is second  # of nobody: the last
    assert line_up.is_nobodys_here()
    assert not left(line_up.is_nobodys_here)

    with_inner = capture()
    left(with_inner.__enter__)
    inner = line_up.order.last
    assert list(line_up.line_of(inner)) == [inner, first]
    assert left(line_up.steward_here) is inner
    assert right(line_up.steward_here) is second
    assert left(line_up.outer_here) is inner
    assert right(line_up.outer_here) is second
    assert line_up.outer_here() is None
    assert left(line_up.is_anothers_here, second)
    assert left(line_up.is_anothers_here, inner)  # when it lets go, the outer one goes on
    assert not right(line_up.is_anothers_here, second)
    assert not line_up.is_anothers_here(first)
    left(with_inner.__exit__, None, None, None)
    assert not left(line_up.is_anothers_here, first)
    assert list(line_up.line_of(inner)) == [first]


def test_each_of_two_recordings_takes_note_of_its_own_actors(hands, beside):
    """What one thread does is stamped by its own recording's witness, and by no other."""
    left, right = hands
    recorders = line_up.order.live
    left(sdk.set_tag, "t", "left")
    right(sdk.set_tag, "t", "right")
    for hand in hands:
        hand(sdk.capture_message, "low")

    assert [[actor.name for actor in each.witness.actors_apart()] for each in recorders] == [["left"], ["right"]]
    for own, of_other in (recorders, recorders[::-1]):
        [actor] = own.witness.actors_apart()
        assert own.witness.last_write("tags", "t", by=actor).value == actor.name
        assert of_other.witness.last_write("tags", "t", by=actor) is None
    assert all(len(recorder.stamped) == 1 for recorder in recorders)


def test_what_nobody_owns_sets_nothing_that_stays(hands):
    """Beside two recordings a third thread sees neither, and what it sets is gone with them; so is the log's level."""
    left, right = hands
    level = log.level
    blocks = [capture(), capture()]
    for hand, block in zip(hands, blocks, strict=True):
        hand(block.__enter__)
    sdk.Hub.main.scope.set_tag("stray", "yes")
    sdk.set_tag("stray too", "yes")
    left(sdk.init, debug=True)
    assert not right(sdk.is_initialized)
    for hand, block in zip(hands, blocks, strict=True):
        hand(block.__exit__, None, None, None)

    with capture() as errortrack:
        sdk.Hub.main.capture_message("low")
        sdk.capture_message("low")
    assert [event.tags for event in errortrack.events] == [{}, {}]
    assert log.level == level


@pytest.mark.parametrize(
    "module", ["concurrent.futures.thread", "sentry_sdk.worker", "pytest_errortrack.sdk.transport"]
)
def test_the_threads_of_plumbing_belong_to_nobody(module):
    """They serve whoever comes; one of an application belongs to the recording in which it was started."""

    def of_plumbing():
        found.append(owner_here())

    def of_the_application():
        found.append(owner_here())

    of_plumbing.__module__ = module
    found = []
    with capture():
        for target in (of_plumbing, of_the_application):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
        recorder = line_up.order.last

    assert [found[0], found[1].owner] == [None, recorder]


def test_one_line_of_recordings_is_the_innermosts():
    """Also of what nobody owns; without any, nobody records."""
    assert (line_up.order.live, line_up.steward_here(), line_up.is_beside) == ((), None, False)
    assert not line_up.is_nobodys_here()
    assert list(line_up.line_of(None)) == []
    with capture(), capture():
        outer, inner = line_up.order.live
        assert inner.outer is outer
        assert (line_up.order.sole, line_up.order.of_nobody, line_up.order.last) == (inner, inner, inner)
        assert line_up.order.innermost == {outer: inner, inner: inner}
        assert not line_up.is_beside
        assert not line_up.is_nobodys_here()
        assert line_up.steward_here() is line_up.outer_here() is inner


def test_places_are_taken_and_left_in_any_order():
    """Each that begins in the context of another stands behind it, also when the one between has ended."""
    lines = LineUp()
    first = Recorder()
    second = Recorder(outer=first)
    third = Recorder(outer=second)
    assert (lines.is_beside, lines.order.last) == (False, None)
    for recorder in (first, second, third):
        lines.begin(recorder)
    assert lines.order.innermost == {first: third, second: third, third: third}

    lines.end(second)
    assert lines.order.innermost == {first: third, third: third}
    assert list(lines.line_of(third)) == [third, first]
    fork = Recorder(outer=first)
    lines.begin(fork)
    assert lines.order.innermost == {first: first, third: third, fork: fork}
    assert (lines.order.sole, lines.order.of_nobody, lines.is_beside) == (None, first, True)
    assert not lines.is_nobodys_here()  # the outermost of all has it

    lines.end(first)
    assert (lines.order.sole, lines.order.of_nobody, lines.order.last) == (None, None, fork)
    lines.end(third)
    assert (lines.order.live, lines.order.sole, lines.order.last, lines.is_beside) == ((fork,), fork, fork, False)
    lines.end(fork)
    assert lines.order.live == ()


@pytest.fixture
def new_process(monkeypatch):
    """Let the next recording be the first one of all."""
    monkeypatch.setattr(_carriers, "_installed", _carriers._Installed())
    monkeypatch.setattr(_native_state, "_parting", _native_state._Parting())


@pytest.mark.usefixtures("new_process")
def test_the_first_recording_of_a_process_installs_all_it_needs(hands):
    """Queues, pools, and a view each for those that stand side by side."""
    jobs = queue.Queue()
    with capture() as errortrack:
        jobs.put("job")
        worker = threading.Thread(target=lambda: sdk.capture_message(jobs.get()), name="worker")
        worker.start()
        worker.join()
        with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
            pool.submit(sdk.capture_message, "of a pool").result()
    assert [event.actor for event in errortrack.events] == ["job 1 of worker", "job 1 of pool_0"]

    blocks = [capture(), capture()]
    handles = [hand(block.__enter__) for hand, block in zip(hands, blocks, strict=True)]
    for hand, name in zip(hands, ("left", "right"), strict=True):
        hand(sdk.set_tag, "who", name)
    for hand, block in zip(hands, blocks, strict=True):
        hand(sdk.capture_message, "low")
        hand(block.__exit__, None, None, None)
    assert [handle.events.one().tags for handle in handles] == [{"who": "left"}, {"who": "right"}]


def set_up_for_others(errortrack):
    """Let the set-up of a fixture run that serves other tests too."""
    with errortrack._recording().unowned():
        sdk.capture_message("of the fixture")
        sdk.set_tag("fixture", "yes")


def test_the_set_up_of_a_shared_fixture_stays_when_the_recording_ends(hands):
    """It finds the scopes as they were before the recording, and what it sets is there afterwards too."""

    def run():  # in a thread of its own, whose scopes end with it
        with capture() as errortrack:
            sdk.set_tag("test", "yes")
            set_up_for_others(errortrack)
            sdk.capture_message("of the test")
        with capture() as afterwards:
            sdk.capture_message("of the next")
        return {event.message: event.tags for event in (*errortrack.events, *afterwards.events)}

    assert hands[0](run) == {
        "of the fixture": {},
        "of the test": {"fixture": "yes"},
        "of the next": {"fixture": "yes"},
    }


def test_the_set_up_of_a_shared_fixture_is_seen_by_a_recording_beside_others(hands):
    """Each begins its view anew with what the fixture left."""
    left, _ = hands
    with capture():
        blocks = [capture(), capture()]
        ours, _ = [hand(block.__enter__) for hand, block in zip(hands, blocks, strict=True)]
        left(sdk.set_tag, "test", "yes")
        left(set_up_for_others, ours)
        left(sdk.capture_message, "of the test")
        for hand, block in zip(hands, blocks, strict=True):
            hand(block.__exit__, None, None, None)

    assert [(event.message, event.tags) for event in ours.events][-1:] == [("of the test", {"fixture": "yes"})]
