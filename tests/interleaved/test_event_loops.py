"""Event loops that actors run are actors like others: they wait at the schedule's mercy, in virtual time."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import pytest_errortrack
from pytest_errortrack.interleave import Deadlock, Inconclusive, InterleaveError, LostWakeup, Vacuous, explore, replay


class Account:
    balance = 0


def add(account):
    """Read and write a balance in two steps."""
    seen = account.balance
    account.balance = seen + 1


def add_in_two_loops(interleaving):
    """Two actors with a loop each, and one account without a lock."""
    account = Account()

    async def pay():
        await asyncio.sleep(0)
        add(account)

    interleaving.run(a=lambda: asyncio.run(pay()), b=lambda: asyncio.run(pay()))
    assert account.balance == 2, "an update was lost"


def test_a_race_between_two_loops_is_found_with_one_preemption():
    """What two coroutines in loops of their own share is raced for, as it would be between plain threads."""
    exploration = explore(add_in_two_loops)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1
    assert "-- preempted --" in exploration.trace
    assert "select" not in exploration.trace


def test_the_same_with_a_lock_is_complete():
    """The loops' own rounds are no scheduling points, so the space stays small enough to be gone through."""

    def scenario(interleaving):
        account, lock = Account(), threading.Lock()

        async def pay():
            await asyncio.sleep(0)
            with lock:
                add(account)

        interleaving.run(lambda: asyncio.run(pay()), lambda: asyncio.run(pay()))
        assert account.balance == 2

    exploration = explore(scenario, search="exhaustive", budget=1_000)

    assert exploration.failure is None
    assert exploration.complete
    assert exploration.schedules < 500


def test_loop_timers_run_in_virtual_time_and_never_out_of_order():
    """Hours pass in no time, and of two loops' timers the earlier one is first, by however little."""
    began = time.perf_counter()

    def scenario(interleaving):
        order = []

        async def nap(name, seconds):
            await asyncio.sleep(seconds)
            order.append(name)

        interleaving.run(
            lambda: asyncio.run(nap("later", 7200.000002)),
            lambda: asyncio.run(nap("first", 7200)),
            lambda: (time.sleep(7200.000001), order.append("between")),
        )
        assert order == ["first", "between", "later"]
        assert interleaving.now() == 7200.000002

    exploration = explore(scenario, level="op", max_timers=0)  # time passes only when nobody can go on

    assert exploration.failure is None
    assert exploration.complete
    assert time.perf_counter() - began < 10


def test_timers_that_are_due_at_once_are_tried_in_both_orders():
    """Whose timer is served first when two are due at the same moment is a choice, and both are executed."""
    orders = set()

    def scenario(interleaving):
        order = []

        async def nap(name):
            await asyncio.sleep(0.3)
            order.append(name)

        interleaving.run(lambda: asyncio.run(nap("a")), lambda: asyncio.run(nap("b")))
        orders.add(tuple(order))

    exploration = explore(scenario)

    assert exploration.failure is None
    assert orders == {("a", "b"), ("b", "a")}


def test_call_soon_threadsafe_wakes_a_loop_of_another_actor():
    """A loop that waits goes on when another actor hands it something, in every schedule."""

    def scenario(interleaving):
        box, ready = {}, threading.Event()

        async def serve():
            box["loop"] = asyncio.get_running_loop()
            box["future"] = box["loop"].create_future()
            ready.set()
            return await box["future"]

        def call():
            ready.wait()
            box["loop"].call_soon_threadsafe(box["future"].set_result, 42)

        assert interleaving.run(lambda: asyncio.run(serve()), call)[0] == 42

    exploration = explore(scenario)

    assert exploration.failure is None
    assert exploration.complete


def test_a_loop_that_nobody_can_wake_is_a_lost_wakeup():
    """With nothing scheduled and nobody left to call it, the loop's wait is a finding and not a hang."""
    unwound = []

    def scenario(interleaving):
        async def wait():
            try:
                await asyncio.Event().wait()
            finally:
                unwound.append(1)

        interleaving.run(lambda: asyncio.run(wait()), lambda: interleaving.step("done"))

    exploration = explore(scenario)

    assert isinstance(exploration.failure, LostWakeup)
    assert "something to do for its event loop" in str(exploration.failure)
    assert unwound


def test_a_missed_notification_through_a_loop_is_found():
    """Looking whether somebody waits, before the loop is there to be woken, loses the call in one schedule only."""

    def scenario(interleaving):
        box = {}

        async def serve():
            future = asyncio.get_running_loop().create_future()
            if "answer" not in box:
                box["waiter"] = (asyncio.get_running_loop(), future)
                await future

        def answer():
            waiter = box.get("waiter")
            box["answer"] = 42
            if waiter is not None:
                loop, future = waiter
                loop.call_soon_threadsafe(future.set_result, None)

        interleaving.run(lambda: asyncio.run(serve()), answer)

    exploration = explore(scenario)

    assert isinstance(exploration.failure, LostWakeup)
    assert exploration.preemptions == 1


def test_a_deadlock_of_locks_taken_in_coroutines_is_found_with_its_cycle():
    """The loops' threads are what waits, so the cycle is found and named as between plain threads."""

    def scenario(interleaving):
        first, second = threading.Lock(), threading.Lock()

        async def take(one, other):
            with one:
                await asyncio.sleep(0)
                with other:
                    pass

        interleaving.run(a=lambda: asyncio.run(take(first, second)), b=lambda: asyncio.run(take(second, first)))

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert set(exploration.failure.cycle) == {"a", "b"}
    assert exploration.preemptions == 1


def test_jobs_of_a_loops_thread_pool_are_explored():
    """What `asyncio.to_thread` runs is raced for between two jobs of one loop."""

    def scenario(interleaving):
        account = Account()

        async def pay_twice():
            await asyncio.gather(asyncio.to_thread(add, account), asyncio.to_thread(add, account))

        interleaving.run(lambda: asyncio.run(pay_twice()), lambda: interleaving.step("aside"))
        assert account.balance == 2

    exploration = explore(scenario)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1


def test_a_loop_that_polls_gives_its_turn_away():
    """A coroutine that looks again and again for what another actor does is no livelock, at any level."""

    def scenario(interleaving):
        flags = []

        async def poll():
            while not flags:  # noqa: ASYNC110 - what is tested
                await asyncio.sleep(0)

        interleaving.run(lambda: asyncio.run(poll()), lambda: flags.append(1))

    exploration = explore(scenario, level="op")

    assert exploration.failure is None or isinstance(exploration.failure, Vacuous)
    assert exploration.schedules < 100


def test_data_between_sockets_of_actors_is_seen_at_once():
    """A loop that waits for a socket goes on when another actor writes to it; no real time is waited for."""
    began = time.perf_counter()

    def scenario(interleaving):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)

            async def read():
                return await asyncio.get_running_loop().sock_recv(ours, 10)

            assert interleaving.run(lambda: asyncio.run(read()), lambda: theirs.send(b"hello"))[0] == b"hello"

    exploration = explore(scenario)

    assert exploration.failure is None
    assert exploration.complete
    assert time.perf_counter() - began < 5


def test_data_that_comes_from_outside_in_time_is_waited_for():
    """When every actor waits and one of them for a socket, a thread outside has a moment to write to it."""

    def scenario(interleaving):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            writer = threading.Timer(0.02, theirs.send, [b"hello"])
            writer.start()

            async def read():
                return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 10), timeout=60)

            assert interleaving.run(lambda: asyncio.run(read()), lambda: interleaving.step("aside"))[0] == b"hello"
            writer.join()

    exploration = explore(scenario, level="op", budget=3)

    assert exploration.failure is None


def test_data_that_never_comes_from_outside_is_inconclusive():
    """Nobody knows what the world would have sent: not a pass, and not a deadlock either."""

    def scenario(interleaving):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)

            async def read():
                return await asyncio.get_running_loop().sock_recv(ours, 10)

            interleaving.run(lambda: asyncio.run(read()), lambda: interleaving.step("aside"))

    exploration = explore(scenario, budget=1)

    assert isinstance(exploration.failure, Inconclusive)
    assert "data from outside the process" in str(exploration.failure)


def test_a_loop_from_outside_of_the_actors_is_refused_at_once():
    """What a foreign thread's loop does cannot be scheduled: an error that says what to do, never a hang or a pass."""
    swallowed = []

    def scenario(interleaving):
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        def use():
            try:
                loop.call_soon_threadsafe(swallowed.append, "ran")
            except InterleaveError as error:
                swallowed.append(str(error))

        try:
            interleaving.run(use, lambda: interleaving.step("aside"))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    exploration = explore(scenario, budget=1)

    assert isinstance(exploration.failure, Inconclusive)
    assert len(swallowed) == 1
    assert "start the loop inside each actor" in swallowed[0]


def test_the_scenario_may_run_a_loop_of_its_own():
    """Set-up and checks may be coroutines: timers come due there, too, and virtual time passes with them."""

    def scenario(interleaving):
        asyncio.run(asyncio.sleep(0.001))
        assert interleaving.now() == pytest.approx(0.001, rel=1e-3)
        interleaving.run(lambda: interleaving.step("a"), lambda: interleaving.step("b"))

    assert explore(scenario, level="op").failure is None


def test_a_schedule_through_loops_is_replayed_from_its_token_in_another_process(tmp_path):
    """A token holds all that a run with event loops and worker threads depends on."""
    source = """
        import asyncio

        def scenario(interleaving):
            seen, shared = [], {}

            def work(name):
                shared["name"] = name
                seen.append(shared["name"] == name)

            async def request(name):
                await asyncio.sleep(0.01)
                await asyncio.to_thread(work, name)

            interleaving.run(a=lambda: asyncio.run(request("a")), b=lambda: asyncio.run(request("b")))
            assert all(seen), seen
    """
    (tmp_path / "looped.py").write_text(textwrap.dedent(source))
    script = """
        import sys
        from looped import scenario
        from pytest_errortrack.interleave import explore, replay

        if sys.argv[1:]:
            again = replay(sys.argv[1], scenario)
            print(type(again.failure).__name__, str(again.failure).splitlines()[0])
        else:
            found = explore(scenario)
            assert found.preemptions == 1, found.summary()
            print(found.token)
    """
    found = run_python(script, tmp_path)
    replayed = [run_python(script, tmp_path, found) for _ in range(3)]

    assert replayed in (["AssertionError [False, True]"] * 3, ["AssertionError [True, False]"] * 3)


def run_python(script, folder, *arguments):
    """Run a script in a process of its own, with warnings as errors, and return what it printed."""
    root = Path(pytest_errortrack.__file__).parents[1]
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(script), *arguments],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{root}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_replaying_in_this_process_gives_the_same_run_each_time():
    """Loops, self-pipes and pool threads are new in each run; none of it shows."""
    found = explore(add_in_two_loops)

    steps = {replay(found.token, add_in_two_loops).trace.partition("\n")[2] for _ in range(10)}

    assert steps == {found.trace.partition("\n")[2]}


def test_an_aborted_schedule_closes_its_loops_and_ends_their_threads(tmp_path):
    """Deadlocks in coroutines and pool jobs leave no loop, socket, task or thread, and print nothing."""
    script = """
        import asyncio, gc, threading
        from pytest_errortrack.interleave import explore

        def scenario(interleaving):
            lock = threading.Lock()
            lock.acquire()

            async def main():
                waits = asyncio.create_task(asyncio.Event().wait())
                await asyncio.gather(waits, asyncio.to_thread(lock.acquire))

            interleaving.run(lambda: asyncio.run(main()), lambda: asyncio.run(main()))

        found = explore(scenario)
        gc.collect()
        print(type(found.failure).__name__, threading.active_count())
    """
    assert run_python(script, tmp_path) == "LostWakeup 1"


@pytest.mark.parametrize("kind", ["SelectSelector", "PollSelector"])
def test_every_kind_of_selector_is_controlled(kind):
    """A loop made with another selector than the default one waits under control as well."""
    import selectors

    def scenario(interleaving):
        order = []

        def run(seconds):
            loop = asyncio.SelectorEventLoop(getattr(selectors, kind)())
            try:
                loop.run_until_complete(asyncio.sleep(seconds))
                order.append(seconds)
            finally:
                loop.close()

        interleaving.run(lambda: run(20), lambda: run(10))
        assert order == [10, 20]

    exploration = explore(scenario, level="op")

    assert exploration.failure is None


@pytest.mark.parametrize("bound", [0, 1])
@pytest.mark.parametrize("pause", [0, 0.1])
def test_leaving_out_what_libraries_do_loses_no_outcome(pause, bound, monkeypatch):
    """With every lock of asyncio's own as a scheduling point the same orders of the user's steps come about."""
    from pytest_errortrack.interleave import _labels

    def orders():
        seen = set()

        def scenario(interleaving):
            log = []

            async def visit(name):
                log.append(f"{name} comes")
                await asyncio.sleep(pause)
                log.append(f"{name} goes")

            def call(name):
                asyncio.run(visit(name))

            interleaving.run(lambda: call("a"), lambda: call("b"))
            seen.add(tuple(log))

        exploration = explore(scenario, max_preemptions=bound, search="exhaustive")
        assert exploration.complete
        return seen

    reduced = orders()
    monkeypatch.setattr(_labels, "_CARRIERS", frozenset())

    assert reduced == orders()
    assert len(reduced) > 1


@pytest.mark.slow
def test_leaving_out_what_thread_pools_of_loops_do_loses_no_outcome(monkeypatch):
    """The same for jobs in a loop's thread pool, where leaving it out saves thousands of schedules."""
    from pytest_errortrack.interleave import _labels

    def orders():
        seen = set()

        def scenario(interleaving):
            log = []

            def work(name):
                log.append(f"{name} works")

            async def visit(name):
                log.append(f"{name} comes")
                await asyncio.to_thread(work, name)
                log.append(f"{name} goes")

            interleaving.run(lambda: asyncio.run(visit("a")), lambda: asyncio.run(visit("b")))
            seen.add(tuple(log))

        exploration = explore(scenario, max_preemptions=0, search="exhaustive", budget=10_000)
        assert exploration.complete
        return seen, exploration.schedules

    reduced, few = orders()
    monkeypatch.setattr(_labels, "_CARRIERS", frozenset())
    full, many = orders()

    assert reduced == full
    assert few * 20 < many
