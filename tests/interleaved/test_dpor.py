"""The unbounded search: through `explore(search="dpor")`, with real threads and primitives."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack.interleave import Deadlock, Diverged, LostWakeup, explore, replay
from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._explore import explore_scenario


def counting(times):
    """Return a scenario of two actors that count under a lock, so often."""

    def scenario(interleaving):
        total = 0
        lock = threading.Lock()

        def add():
            nonlocal total
            for _ in range(times):
                with lock:
                    read = total
                    total = read + 1

        interleaving.run(add, add)
        assert total == 2 * times

    return scenario


@pytest.mark.parametrize("level", ["op", "line"])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_critical_sections_are_explored_in_every_order_once(level, times):
    """Two actors with n critical sections each have as many orders as there are ways to merge them."""
    found = explore(counting(times), level=level, search="dpor", budget=1_000, modules=[__name__])

    assert found.complete
    assert found.traces == comb(2 * times, times)
    assert found.schedules <= found.traces + 5
    assert f"complete: unbounded, {found.traces:,} trace" in found.summary()


def test_actors_that_share_nothing_have_one_order():
    """However many steps there are, nothing is executed twice where nothing is shared."""

    def scenario(interleaving):
        def body():
            lock = threading.Lock()
            for number in range(5):
                with lock:
                    interleaving.step(str(number))

        interleaving.run(body, body, body)

    found = explore(scenario, level="op", search="dpor")

    assert (found.complete, found.traces) == (True, 1)


def test_a_lost_update_is_found_and_replays():
    """What is found is shrunk, told and replayed as what any other search finds."""

    def scenario(interleaving):
        total = 0

        def add():
            nonlocal total
            read = total
            total = read + 1

        interleaving.run(add, add)
        assert total == 2

    found = explore(scenario, search="dpor", modules=[__name__])

    assert isinstance(found.failure, AssertionError)
    assert found.preemptions == 1
    assert found.schedules <= 5
    assert isinstance(replay(found.token, scenario, modules=[__name__]).failure, AssertionError)


def test_a_deadlock_is_found_from_the_order_without_it():
    """Both locks in opposite order: the execution without a switch shows the race that leads to the deadlock."""

    def scenario(interleaving):
        first, second = threading.Lock(), threading.Lock()

        def take(one, other):
            with one, other:
                pass

        interleaving.run(lambda: take(first, second), lambda: take(second, first))

    found = explore(scenario, level="op", search="dpor")

    assert isinstance(found.failure, Deadlock)
    assert found.schedules <= 5


def test_a_lost_wakeup_is_found():
    """A notification may come before there is anybody to be notified."""

    def scenario(interleaving):
        condition = threading.Condition()

        def wait():
            with condition:
                condition.wait()

        def notify():
            with condition:
                condition.notify()

        interleaving.run(wait=wait, notify=notify)

    found = explore(scenario, level="op", search="dpor")

    assert isinstance(found.failure, LostWakeup)


def test_three_events_far_apart_are_found_at_once():
    """A bug that needs three events in one order, in a long body, takes a handful of schedules."""

    def scenario(interleaving):
        phase = 0

        def leader():
            nonlocal phase
            work = 0
            for number in range(20):
                work += number
            phase = 1
            for number in range(20):
                work += number
            if phase == 2:
                phase = 3

        def follower():
            nonlocal phase
            work = 0
            for number in range(20):
                work += number
            if phase == 1:
                phase = 2
            assert phase != 3

        interleaving.run(leader, follower)

    found = explore(scenario, search="dpor", modules=[__name__])

    assert isinstance(found.failure, AssertionError)
    assert found.found_at is not None
    assert found.found_at <= 8  # calibration and beginning again, when lines turn out to be shared, included


def test_time_that_passes_when_nobody_can_go_on_is_part_of_the_order():
    """A wait with a limit that is over before the signal comes, and one that is not, are both reached."""
    seen = set()

    def scenario(interleaving):
        signal = threading.Event()

        def wait():
            seen.add(signal.wait(1))

        def send():
            time.sleep(1)
            signal.set()

        interleaving.run(wait, send)

    found = explore(scenario, level="op", search="dpor")

    assert seen == {True, False}
    assert found.proved is not None
    assert found.proved.timers == 0


def test_threads_that_actors_start_are_part_of_the_order():
    """What is done before a thread is started and after it is joined is no race with it."""
    seen = set()

    def scenario(interleaving):
        box = []

        def body():
            box.append("before")
            thread = threading.Thread(target=lambda: box.append("thread"))
            thread.start()
            thread.join()
            box.append("after")

        interleaving.run(body, lambda: None)
        seen.add(tuple(box))

    found = explore(scenario, search="dpor", modules=[__name__])

    assert seen == {("before", "thread", "after")}
    assert found.complete


def test_what_libraries_do_on_their_own_is_not_reduced():
    """A thread that waits within an event loop has no points there, so nothing is said of classes of orders."""

    def scenario(interleaving):
        async def work():
            await asyncio.sleep(0.1)

        interleaving.run(lambda: asyncio.run(work()), lambda: interleaving.step("other"))

    found = explore(scenario, level="op", search="dpor", budget=40)

    assert found.failure is None
    assert found.traces is None


def test_a_scenario_that_does_not_repeat_itself_is_told():
    """A step that is there in one schedule and not in the next is a finding of its own."""
    calls = iter(range(10_000))

    def scenario(interleaving):
        lock = threading.Lock()
        is_odd = next(calls) % 2

        def body():
            if not is_odd:
                interleaving.step("sometimes")
            with lock:
                pass
            with lock:
                pass

        interleaving.run(body, body)

    found = explore(scenario, level="op", search="dpor")

    assert isinstance(found.failure, Diverged)
    assert "does not repeat itself" in str(found.failure)


# --- random programs of real operations, against enumeration without reduction ---------------------------------------

kinds = st.sampled_from(
    [
        "read",
        "write",
        "write",
        "locked",
        "try",
        "set",
        "wait",
        "clear",
        "sleep",
        "notify",
        "await",
        "put",
        "get",
        "spawn",
    ]
)
short = st.lists(st.tuples(kinds, st.just("x")), min_size=1, max_size=1)
longer = st.lists(st.tuples(kinds, st.sampled_from("xy")), min_size=1, max_size=3)
programs = st.one_of(st.tuples(short, longer), st.tuples(longer, short), st.tuples(short, short, short))


class World:
    """What the actors of one schedule share."""

    def __init__(self, interleaving):
        self.interleaving = interleaving
        self.x = self.y = 0
        self.locks = {"x": threading.Lock(), "y": threading.RLock()}
        self.signal = threading.Event()
        self.condition = threading.Condition()
        self.items = queue.Queue()
        self.logs = {}

    def do(self, me, kind, name):
        """Do one operation, and keep what it tells."""
        log = self.logs.setdefault(me, [])
        operation = getattr(self, f"do_{kind}", self.do_step)
        result = operation(me, kind, name)  # on a line of its own, so that it is known what is called
        if result is not None:
            log.append(result)

    def do_step(self, me, kind, name):
        """Read or write a variable after an explicit step."""
        self.interleaving.step(kind)
        if kind == "read":
            return getattr(self, name)
        setattr(self, name, (me, *self.logs.get(me, ())))
        return None

    def do_locked(self, me, kind, name):
        """Read and write a variable under its lock."""
        del kind
        with self.locks[name]:
            setattr(self, name, (me, getattr(self, name)))

    def do_try(self, me, kind, name):
        """Take a lock if it is free."""
        del me, kind
        is_free = self.locks[name].acquire(blocking=False)
        if is_free:
            self.locks[name].release()
        return is_free

    def do_set(self, *_):
        """Set the signal."""
        self.signal.set()

    def do_clear(self, *_):
        """Take the signal back."""
        self.signal.clear()

    def do_wait(self, *_):
        """Wait for the signal."""
        return self.signal.wait(1)

    def do_sleep(self, *_):
        """Let time pass."""
        time.sleep(1)

    def do_notify(self, *_):
        """Wake one who waits."""
        with self.condition:
            self.condition.notify()

    def do_await(self, *_):
        """Wait to be woken."""
        with self.condition:
            return self.condition.wait(2)

    def do_put(self, me, *_):
        """Hand something over."""
        self.items.put(me)

    def do_get(self, *_):
        """Take what was handed over, or wait for ever."""
        return self.items.get()

    def do_spawn(self, me, kind, name):
        """Let a thread write."""
        del kind
        thread = threading.Thread(target=self.do, args=(f"{me}'", "write", name))
        thread.start()
        thread.join(1)
        return thread.is_alive()

    @property
    def state(self):
        """Everything that can be told at the end."""
        return self.x, self.y, tuple((me, tuple(log)) for me, log in sorted(self.logs.items()))


def outcomes(program, *, budget, **options):
    """Return how executions of a program end, and what the exploration says of itself."""
    ends = set()
    worlds = []

    def scenario(interleaving):
        world = World(interleaving)
        worlds.append(world)

        def body(me, operations):
            for kind, name in operations:
                world.do(me, kind, name)

        interleaving.run(*[lambda me=me, each=each: body("abc"[me], each) for me, each in enumerate(program)])

    def note(outcome):
        ends.add((worlds.pop().state, type(outcome.failure).__name__))
        worlds.clear()

    found = explore_scenario(
        scenario,
        home=__file__,
        options=Options(level="op", max_timers=0, budget=budget, modules=[__name__], **options),
        environment=Environment(),
        on_outcome=note,
    )
    return ends, found


def check(program, *, budget):
    """Compare both searches of a program, as far as the one without reduction comes."""
    expected, enumeration = outcomes(program, search="exhaustive", max_preemptions=12, budget=budget)

    ends, found = outcomes(program, search="dpor", budget=10 * budget)

    assert found.complete
    if enumeration.complete:
        assert ends == expected
        assert found.schedules <= enumeration.schedules + 5
    else:
        assert expected <= ends


@settings(max_examples=15, deadline=None)
@given(program=programs)
def test_what_enumeration_reaches_is_reached_with_fewer_schedules(program):
    """Final states, what the actors saw, deadlocks and lost wakeups: all as without reduction."""
    check(program, budget=80)


@pytest.mark.soak
@settings(max_examples=300, deadline=None)
@given(program=programs)
def test_what_enumeration_reaches_is_reached_at_length(program):
    """The same of more programs, with more orders."""
    check(program, budget=3_000)
