"""What an exploration says it has shown, and when it says nothing."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import time

import pytest

from pytest_errortrack.interleave import (
    Diverged,
    Environment,
    InterleavingFailure,
    NotAvailable,
    Vacuous,
    environment,
    explore,
    replay,
)


def steps(count, actors=2):
    """Return a scenario of actors with some steps each."""

    def scenario(interleaving):
        def body():
            for number in range(count):
                interleaving.step(str(number))

        interleaving.run(*[body] * actors)

    return scenario


def writes(count):
    """Return a scenario of two actors whose every step changes the same list, so that no two orders are alike."""

    def scenario(interleaving):
        log = []

        def body(name):
            for number in range(count):
                interleaving.step(str(number))
                log.append(name)

        interleaving.run(a=lambda: body("a"), b=lambda: body("b"))

    return scenario


@pytest.mark.parametrize(
    ("bound", "schedules"),
    [
        (0, 2),  # who begins
        (1, 2 + 2 * 3),  # each of them interrupted at one of its points
        # interrupted, the other runs on and is interrupted as well, or the first is interrupted again
        (2, 2 + 2 * 3 + 2 * (3 * 3)),
    ],
)
def test_the_number_of_schedules_is_that_of_the_definition(bound, schedules):
    """Two actors of three points: every schedule within the bound is executed once, after the calibration."""
    exploration = explore(steps(3), level="op", max_preemptions=bound, search="exhaustive")

    assert exploration.complete
    assert exploration.bound == bound
    assert exploration.schedules == 1 + schedules
    assert exploration.distinct == schedules


def test_a_complete_exploration_says_so_in_words():
    """The summary names the bound, the level and what was covered; the assumptions are listed."""
    exploration = explore(steps(1), search="exhaustive")

    assert exploration.summary().startswith("complete: <= 2 preemptions, level line (")
    assert exploration.summary().endswith("), data fixed")
    assert "code between scheduling points is atomic" in exploration.assumptions


def test_a_budget_too_small_claims_only_the_bounds_it_finished():
    """What does not fit is sampled as well, and both are said, with what ended the search."""
    exploration = explore(writes(20), level="op", budget=60)

    assert exploration.failure is None
    assert not exploration.complete
    assert exploration.schedules == 60
    assert exploration.sampled >= 10
    assert exploration.bound == 0
    enumerated = 60 - exploration.sampled
    assert exploration.summary().startswith(
        f"complete: <= 0 preemptions, level op (20 points), data fixed; "
        f"enumerated {enumerated} schedules, not all with 2 or fewer; "
        f"sampled {exploration.sampled} schedules, {exploration.distinct_samples} distinct "
        "(pct d=2, pct d=3, surw, pos, random), "
    )
    assert exploration.summary().endswith("; the budget of 60 schedules was spent")


def test_what_the_bound_cannot_finish_the_reduction_may():
    """Steps that touch nothing in common have one order: that shows more than the bound, and much sooner."""
    exploration = explore(steps(20), level="op", budget=60)

    assert exploration.complete
    assert exploration.bound == 2
    assert exploration.traces == 1
    assert exploration.schedules < 60
    claim = "complete: <= 2 preemptions, level op (20 points), data fixed; and so unbounded, 1 trace"
    assert exploration.summary() == claim


def test_a_complete_bound_is_followed_by_a_cheap_attempt_at_more():
    """A small scenario is complete without any bound, in about as many schedules as the bound takes."""
    exploration = explore(writes(2), level="op")
    bounded = explore(writes(2), level="op", search="exhaustive")

    assert exploration.complete
    assert (exploration.bound, exploration.proved.bound) == (2, None)
    assert exploration.traces == 6  # the merges of two steps and two
    assert bounded.schedules < exploration.schedules <= 2 * bounded.schedules


@pytest.mark.parametrize("options", [{"search": "dpor"}, {"search": "exhaustive", "max_preemptions": None}])
def test_without_a_bound_classes_are_counted(options):
    """Each class of equivalent schedules is executed; the claim says how many there are."""
    exploration = explore(writes(3), level="op", **options)

    assert exploration.complete
    assert (exploration.bound, exploration.traces) == (None, 20)
    assert exploration.summary().startswith("complete: unbounded, 20 traces, level op (3 points), data fixed")


def test_what_cannot_be_reduced_is_enumerated_without_a_bound():
    """Where a library carries work between threads nothing is reduced; an enumeration comes to its end all the same."""

    def scenario(interleaving):
        interleaving.run(lambda: asyncio.run(asyncio.to_thread(int)), lambda: interleaving.step("x"))

    exploration = explore(scenario, level="op", search="dpor")

    assert exploration.complete
    assert (exploration.bound, exploration.traces) == (None, None)
    assert exploration.summary().startswith("complete: unbounded, ")


def test_exhaustive_search_uses_all_its_budget_to_enumerate():
    """It does not sample."""
    exploration = explore(writes(20), level="op", budget=60, search="exhaustive")

    assert (exploration.schedules, exploration.sampled) == (60, 0)
    assert not exploration.complete
    assert exploration.summary().endswith("not all with 2 or fewer; the budget of 60 schedules was spent")


@pytest.mark.parametrize(
    ("search", "samplers"), [("random", "random"), ("pct", "pct d=2, pct d=3"), ("surw", "surw"), ("pos", "pos")]
)
def test_a_sampler_claims_nothing_but_its_numbers(search, samplers):
    """All but the calibration are samples; what was not seen is estimated (Good, 1953)."""
    exploration = explore(steps(3), level="op", budget=101, search=search)

    assert exploration.bound is None
    assert not exploration.complete
    assert exploration.sampled == 100
    assert exploration.unseen is not None
    assert exploration.summary().startswith(
        f"sampled 100 schedules, {exploration.distinct_samples} distinct ({samplers})"
    )
    assert f"about {exploration.unseen:.0%} of further samples would be new" in exploration.summary()


def test_the_guarantee_of_the_priorities_is_said():
    """With n actors and k contested choices, one schedule meets a bug of depth d with 1 / (n * k ** (d - 1))."""
    exploration = explore(steps(3), level="op", budget=301, search="pct")

    shallow, deep = exploration.guarantees
    points = 7  # whoever begins, and each point of one actor and of the other but for those of the last to end
    assert (shallow.depth, shallow.actors, shallow.points) == (2, 2, points)
    assert (shallow.runs, deep.runs) == (100, 200)
    assert shallow.missed == pytest.approx((1 - 1 / (2 * points)) ** 100)
    assert deep.missed == pytest.approx((1 - 1 / (2 * points**2)) ** 200)
    assert "bugs were missed with a probability of at most: of depth 2 0.00061, of depth 3 0.13" in (
        exploration.summary()
    )


def test_there_is_no_guarantee_for_actors_that_give_their_turn_away():
    """The theorem speaks of actors that go on as long as they can."""

    def scenario(interleaving):
        interleaving.run(lambda: time.sleep(0), lambda: interleaving.step("x"))

    assert explore(scenario, level="op", budget=50, search="pct").guarantees == ()


def early_reader(interleaving):
    """A wait with a limit that is meant never to be reached."""
    items = queue.Queue()
    interleaving.run(lambda: items.put(1), lambda: items.get(timeout=5))


@pytest.mark.parametrize("search", ["auto", "exhaustive", "random", "pct", "surw", "pos"])
def test_a_time_out_that_comes_early_is_found_by_every_search(search):
    """Whoever fills the queue may take longer than the wait lasts; the interleaving says that it needs a time-out."""
    exploration = explore(early_reader, level="op", budget=500, search=search)

    assert type(exploration.failure) is queue.Empty
    assert "needs a time-out" in exploration.trace
    assert exploration.preemptions == 0
    assert type(replay(exploration.token, early_reader).failure) is queue.Empty


def test_time_outs_can_be_left_out_and_that_is_said():
    """With `max_timers=0` time passes only when nobody can go on; the claim says so where it makes a difference."""
    exploration = explore(early_reader, level="op", search="exhaustive", max_timers=0)

    assert exploration.failure is None
    assert exploration.complete
    assert exploration.summary().startswith("complete: <= 2 preemptions, no early time-out, level op (")


def test_time_outs_are_part_of_what_is_complete():
    """Each wait with a limit may run out once in a schedule, wherever it waits."""
    ends = set()

    def scenario(interleaving):
        items = queue.Queue()
        log = []

        def take():
            try:
                log.append(items.get(timeout=5))
            except queue.Empty:
                log.append("empty")

        def give():
            interleaving.step("before")
            items.put(1)
            interleaving.step("after")

        interleaving.run(give, take)
        ends.add((*log, interleaving.now()))

    exploration = explore(scenario, level="op", search="exhaustive")

    assert exploration.complete
    assert exploration.summary().startswith("complete: <= 2 preemptions, <= 1 early time-out, level op (")
    # The time-out may also be noticed only when the item is there already.
    assert ends == {(1, 0.0), (1, 5.0), ("empty", 5.0)}


def test_random_search_finds_what_needs_switches():
    """A lost update is found and shrunk to one preemption."""

    def scenario(interleaving):
        value = [0]

        def add():
            old = value[0]
            interleaving.step("between")
            value[0] = old + 1

        interleaving.run(add, add)
        assert value[0] == 2

    for seed in range(20):
        exploration = explore(scenario, level="op", budget=100, search="random", seed=seed)
        assert type(exploration.failure) is AssertionError
        assert exploration.preemptions == 1


def test_a_seed_makes_a_search_repeatable():
    """The same seed gives the same schedules, another seed others; without one it derives from the test."""

    def orders(**options):
        seen = []

        def scenario(interleaving):
            log = []
            interleaving.run(*[lambda n=n: [interleaving.step("x"), log.append(n)] * 2 for n in range(3)])
            seen.append(tuple(log))

        exploration = explore(scenario, level="op", budget=30, search="random", **options)
        return seen, exploration.seed

    assert orders(seed=1) == orders(seed=1)
    assert orders(seed=1)[0] != orders(seed=2)[0]
    assert orders() == orders()


def test_fresh_threads_give_each_schedule_new_ones():
    """No actor meets what an earlier schedule left in a thread."""
    kept = threading.local()

    def scenario(interleaving):
        def body():
            assert not hasattr(kept, "value")
            kept.value = 1
            interleaving.step("x")

        interleaving.run(body, body)

    assert explore(scenario, level="op", budget=20, fresh_threads=True).failure is None


def test_a_failure_only_on_reused_threads_is_not_passed_over():
    """It is reported as what it is: something that does not repeat itself."""

    def scenario(interleaving):
        def body():
            thread = threading.current_thread()
            assert not hasattr(thread, "mark")
            thread.mark = 1
            interleaving.step("x")

        interleaving.run(body, body)

    exploration = explore(scenario, level="op", budget=20, modules=[__name__])  # where no `threading.local` is

    assert isinstance(exploration.failure, Diverged)
    assert "only on threads that ran earlier schedules" in str(exploration.failure)
    assert type(exploration.failure.__cause__) is AssertionError


def test_a_scenario_that_does_not_repeat_itself_never_passes():
    """Points that differ under the same choices are told, with both places."""
    calls = []

    def scenario(interleaving):
        calls.append(1)

        def body():
            for _ in range(1 + len(calls) % 3):
                interleaving.step("step")

        interleaving.run(body, body)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Diverged)
    assert not exploration.complete
    assert "test_claims.py:" in str(exploration.failure)


def test_caches_that_fill_up_on_the_way_are_lived_with():
    """A scenario that differs once, when something is first needed, is begun again and completed."""
    cache = []

    def scenario(interleaving):
        order = []

        def body(name):
            order.append(name)
            if order == ["b", "a"] and not cache:
                interleaving.step("filling")
                cache.append(1)
            interleaving.step("step")

        interleaving.run(a=lambda: body("a"), b=lambda: body("b"))

    exploration = explore(scenario, level="op")

    assert exploration.failure is None
    assert exploration.complete


@pytest.mark.parametrize(
    ("scenario", "options", "why"),
    [
        (lambda _: None, {}, "fewer than two actors"),
        (lambda interleaving: interleaving.run(lambda: interleaving.step("x")), {}, "fewer than two actors"),
        (lambda interleaving: interleaving.run(lambda: 1, lambda: 2), {"level": "op"}, "no switch between actors"),
        (steps(1), {"modules": [json]}, "no line of the modules"),
    ],
)
def test_an_exploration_that_could_not_fail_is_vacuous(scenario, options, why):
    """Fewer than two actors, no scheduling point, or none in the named modules: that is no pass."""
    exploration = explore(scenario, **options)

    assert isinstance(exploration.failure, Vacuous)
    assert why in str(exploration.failure)


def test_findings_are_assertion_errors():
    """Any test runner takes them for failures."""
    assert isinstance(explore(lambda _: None).failure, AssertionError)
    assert isinstance(explore(lambda _: None).failure, InterleavingFailure)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"level": "statement"}, ValueError, "level must be one of 'op', 'line', 'opcode', not 'statement'"),
        (
            {"search": "dfs"},
            ValueError,
            "search must be one of 'auto', 'exhaustive', 'dpor', 'pct', 'surw', 'pos', 'random', not 'dfs'",
        ),
        ({"max_timers": 2}, ValueError, "max_timers must be 0 or 1, not 2"),
        ({"budget": 0}, ValueError, "budget must be a positive number"),
        ({"budget": True}, ValueError, "budget must be a positive number"),
        ({"seed": "x"}, TypeError, "seed must be a whole number, not 'x'"),
        ({"fresh_threads": "no"}, TypeError, "fresh_threads must be True or False, not 'no'"),
        ({"modules": [1]}, TypeError, "modules takes modules, their names, or paths, not 1"),
        ({"max_preemptions": -1}, ValueError, "max_preemptions must be a number from 0 up"),
        ({"modules": "json"}, TypeError, r"write modules=\['json'\]"),
        ({"modules": ["no_such_module_anywhere"]}, ValueError, "there is no module"),
        ({"modules": ["no/such/file.py"]}, ValueError, "there is no file or folder"),
    ],
)
def test_options_that_cannot_be_are_refused(options, error, message):
    """Each message names the option and what it accepts."""
    with pytest.raises(error, match=message):
        explore(steps(1), **options)


def test_what_is_not_here_yet_is_refused():
    """A coroutine function as a scenario says that a later version brings it."""

    async def scenario(interleaving):
        pass

    with pytest.raises(NotAvailable, match="a coroutine function as a scenario"):
        explore(scenario)
    with pytest.raises(TypeError, match="must be callable"):
        explore(1)


def test_what_a_failure_is_the_environment_decides():
    """Exceptions that only steer a runner go straight through; those it names are failures."""

    class Outcome(BaseException):
        pass

    def scenario(interleaving):
        steps(1)(interleaving)
        raise Outcome

    with pytest.raises(Outcome):
        explore(scenario, level="op")
    with environment(Environment(is_failure=lambda error: isinstance(error, Outcome))):
        assert isinstance(explore(scenario, level="op").failure, Outcome)


def test_a_wide_trace_stays_within_a_hundred_columns():
    """More actors get narrower columns, and very many a list."""
    for actors, widest in ((2, 80), (5, 100), (8, 100)):

        def scenario(interleaving, actors=actors):
            steps(3, actors)(interleaving)
            raise LookupError

        trace = explore(scenario, level="op").trace
        assert max(map(len, trace.splitlines())) <= widest


def test_a_long_trace_is_shortened():
    """Rows far from any switch are left out, and counted."""

    def scenario(interleaving):
        numbers = []

        def body():
            for number in range(100):
                numbers.append(number)  # noqa: PERF402 - each is a step
            interleaving.step("x")

        interleaving.run(body, body)
        raise LookupError

    trace = explore(scenario).trace

    assert len(trace.splitlines()) < 80
    assert " more" in trace
