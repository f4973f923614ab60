from __future__ import annotations

import asyncio
import threading
import unittest

import pytest
import sentry_sdk
from side_by_side import Hand, replaceable

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import NoRecording
from pytest_errortrack.interleave import explore

QUIET = {"default_integrations": False, "auto_enabling_integrations": False}
BOTH = pytest.mark.parametrize(("app", "options"), [(sdk, {}), (sentry_sdk, QUIET)], ids=["native", "sentry_sdk"])


@pytest.fixture
def hands():
    """Two threads from before anything was recorded."""
    before = replaceable()
    pair = Hand("left"), Hand("right")
    yield pair
    for hand in pair:
        hand.dismiss()
    assert [now for now, then in zip(replaceable(), before, strict=True) if now is not then and now != then] == []


def opened(hand, **options):
    """Begin a recording in a thread; return its handle and what ends it there."""
    block = capture(**options)
    handle = hand(block.__enter__)
    return handle, lambda: hand(block.__exit__, None, None, None)


def messages(handle):
    """Name what a handle shows."""
    return [event.message for event in handle.events]


@BOTH
def test_recordings_in_two_threads_see_what_their_own_thread_reports(hands, app, options):
    """Events, transactions, breadcrumbs, tags and losses are the own thread's, in whatever order the two end."""
    left, right = hands
    ours, end_ours = opened(left)
    theirs, end_theirs = opened(right)

    def work(name):
        app.init(
            traces_sample_rate=1.0,
            before_send=lambda event, _: event if "secret" not in str(event) else None,
            **options,
        )
        app.set_tag("who", name)
        app.add_breadcrumb(message=f"crumb of {name}")
        app.capture_message(f"event of {name}")
        app.capture_message(f"secret of {name}")
        with app.start_transaction(name=f"transaction of {name}"):
            pass

    right(work, "right")
    left(work, "left")
    end_ours()
    right(app.capture_message, "once more")
    end_theirs()

    assert (messages(ours), messages(theirs)) == (["event of left"], ["event of right", "once more"])
    for handle, name in ((ours, "left"), (theirs, "right")):
        assert [dict(event.tags) for event in handle.events] == [{"who": name}] * len(handle.events)
        assert [crumb.message for crumb in handle.events[0].breadcrumbs] == [f"crumb of {name}"]
        assert [crumb.message for crumb in handle.breadcrumbs] == [f"crumb of {name}"]
        assert [transaction.name for transaction in handle.transactions] == [f"transaction of {name}"]
        assert [lost.reason for lost in handle.dropped] == ["before_send"]


@BOTH
def test_descendants_report_for_the_recording_in_which_they_were_started(hands, app, options):
    """A thread, and a thread of that thread, belongs to the recording of whoever started it."""
    left, right = hands
    ours, end_ours = opened(left, backend="auto")
    theirs, end_theirs = opened(right)

    def in_grandchild(message):
        def child():
            # Not `target=app.capture_message`: a thread of an SDK's own is nobody's.
            grandchild = threading.Thread(target=lambda: app.capture_message(message))
            grandchild.start()
            grandchild.join()

        thread = threading.Thread(target=child)
        thread.start()
        thread.join()

    left(app.init, **options)
    left(in_grandchild, "left")
    right(in_grandchild, "right")
    end_theirs()
    end_ours()

    assert (messages(ours), messages(theirs)) == (["left"], ["right"])
    assert not ours.events[0].stranger


@BOTH
def test_tasks_side_by_side_have_recordings_of_their_own(app, options):
    """Two tasks of one loop, each with a block of its own across awaits, do not see each other's data."""

    async def work(name, mine, others):
        with capture() as handle:
            app.init(**options)
            app.set_tag("who", name)
            mine.set()
            await others.wait()
            app.capture_message(name)
            await asyncio.create_task(report_child(name))
        return [(event.message, event.tags) for event in handle.events]

    async def report_child(name):
        app.capture_message(f"child of {name}")

    async def both():
        first, second = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(work("a", first, second), work("b", second, first))

    for name, found in zip("ab", asyncio.run(both()), strict=True):
        assert found == [(name, {"who": name}), (f"child of {name}", {"who": name})]


@BOTH
def test_tasks_within_a_test_go_on_from_what_it_set(app, options):
    """Blocks side by side within another one begin with its scopes, and leave them as they were."""
    with capture() as outer:
        app.init(**options)
        app.set_tag("test", "yes")

        async def work(name, mine, others):
            with capture() as handle:
                mine.set()
                await others.wait()
                app.set_tag(name, "set")
                app.capture_message(name)
            return handle.events.one().tags

        async def both():
            first, second = asyncio.Event(), asyncio.Event()
            return await asyncio.gather(work("a", first, second), work("b", second, first))

        found = asyncio.run(both())
        app.capture_message("outer")

    assert found == [{"test": "yes", "a": "set"}, {"test": "yes", "b": "set"}]
    assert outer.events.one().tags == {"test": "yes"}


@BOTH
def test_an_outer_recording_may_end_before_the_inner_one(hands, app, options):
    """What the inner one sees and is told stays, and after both nothing is left."""
    left, _ = hands
    outer, end_outer = opened(left)
    left(app.init, **options)
    left(app.set_tag, "outer", "yes")
    inner, end_inner = opened(left)
    left(app.set_tag, "inner", "yes")

    end_outer()
    left(app.capture_message, "inner")
    end_inner()

    assert inner.events.one().tags == {"outer": "yes", "inner": "yes"}
    assert messages(outer) == []


@BOTH
def test_what_nobody_owns_is_told_to_each_recording_and_recorded_by_none(hands, app, options):
    """A thread that belongs to neither of two recordings: adopted it reports for one, else the loss is counted."""
    left, right = hands
    ours, end_ours = opened(left)
    theirs, end_theirs = opened(right)
    left(app.init, **options)

    app.capture_message("whose?")
    ours.adopt(threading.current_thread())
    app.capture_message("ours")
    end_ours()
    app.capture_message("of the only one")
    end_theirs()

    assert messages(ours) == ["ours"]
    assert [(event.message, event.stranger) for event in theirs.events] == [("of the only one", True)]
    for handle in (ours, theirs):
        [lost] = handle.dropped
        assert (lost.reason, lost.summary) == ("no_owner", "whose?")
        assert "adopt() it" in lost.detail


def test_logs_of_one_shared_client_go_to_their_own_recording(hands):
    """A batch that two recordings take turns in filling is sent for each by itself."""
    left, right = hands
    logger = pytest.importorskip("sentry_sdk.logger", reason="older versions have no logs")
    with capture(backend="sentry_sdk", enable_logs=True, **QUIET):
        client = sentry_sdk.get_client()
    handles = []
    for hand in hands:
        handle, end = opened(hand, backend="sentry_sdk")
        hand(lambda: sentry_sdk.get_global_scope().set_client(client))
        handles.append((handle, end))
    for word in ("one", "two"):
        left(logger.info, f"left {word}")
        right(logger.info, f"right {word}")
    for _, end in handles:
        end()

    (ours, _), (theirs, _) = handles
    assert [log.body for log in ours.logs] == ["left one", "left two"]
    assert [log.body for log in theirs.logs] == ["right one", "right two"]


def test_a_late_thread_keeps_its_recording_while_others_stand_side_by_side(hands):
    """What a thread reports after its recording is that recording's, with the tags it had."""
    left, right = hands
    ours, end_ours = opened(left)
    theirs, end_theirs = opened(right)
    gate, done = threading.Event(), threading.Event()

    def late():
        sdk.set_tag("of", "thread")
        gate.wait()
        sdk.capture_message("late")
        done.set()

    left(lambda: threading.Thread(target=late).start())
    end_ours()
    gate.set()
    assert done.wait(10)
    end_theirs()

    assert messages(theirs) == []
    assert [(event.message, event.tags) for event in ours.events] == [("late", {"of": "thread"})]


def test_begin_end_and_capture_race_to_no_mixture():
    """In every schedule of two threads each block has its own event, and everything is put back."""
    before = replaceable()

    def scenario(interleaving):
        found = {}

        def work(name):
            with capture(backend="native") as handle:
                sdk.set_tag("who", name)
                sdk.capture_message(name)
            found[name] = [(event.message, event.tags) for event in handle.events]

        interleaving.run(a=lambda: work("a"), b=lambda: work("b"))
        assert found == {name: [(name, {"who": name})] for name in "ab"}
        assert replaceable()[:7] == before[:7]

    explored = explore(scenario, max_preemptions=2, budget=150)

    assert explored.failure is None
    assert explored.schedules > 10


def test_a_block_can_be_entered_again_and_decorates():
    """Each time it captures anew; as a decorator it captures for the time of each call."""
    block = capture(release="shop@1")
    handles = []
    for message in ("one", "two"):
        with block as handle:
            sdk.capture_message(message)
        handles.append(handle)

    @capture()
    def decorated():
        sdk.capture_message("inside")
        return sdk.get_client().is_active

    assert [messages(handle) for handle in handles] == [["one"], ["two"]]
    assert decorated()
    assert not sdk.is_initialized()


def test_exceptions_and_generators_leave_a_block():
    """An exception goes through, with what was captured kept; a generator may be closed by anybody."""

    def failing():
        with capture() as inner:
            handles.append(inner)
            sdk.capture_message("before")
            raise ZeroDivisionError

    handles = []
    with pytest.raises(ZeroDivisionError):
        failing()
    [handle] = handles

    def generator():
        with capture() as inner:
            sdk.capture_message("in the generator")
            yield inner

    suspended = generator()
    inner = next(suspended)
    thread = threading.Thread(target=suspended.close)
    thread.start()
    thread.join()

    assert (messages(handle), messages(inner)) == (["before"], ["in the generator"])
    with pytest.raises(NoRecording, match="this capture has ended"):
        inner.init(release="for good")
    inner.flush()
    inner.clear()
    assert not inner.events


def test_class_scope_of_unittest():
    """A block entered in `setUpClass` captures for the whole class, and ends with it."""
    found = {}

    class Checks(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.errortrack = cls.enterClassContext(capture())

        def test_one(self):
            """Report once."""
            sdk.capture_message("one")

        def test_two(self):
            """Report again, and see both."""
            sdk.capture_message("two")
            found["in the class"] = messages(self.errortrack)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Checks).run(result)

    assert result.wasSuccessful()
    assert found == {"in the class": ["one", "two"]}
    assert not sdk.is_initialized()
