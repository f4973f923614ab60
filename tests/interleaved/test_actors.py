"""What `interleaving.run` promises to its callers."""

from __future__ import annotations

import contextvars
import functools
import threading

import pytest

from pytest_errortrack.interleave import (
    Deadlock,
    InterleaveError,
    NotAvailable,
    current_actor,
    current_run_id,
    current_step,
    explore,
    interleaved,
    step_number,
)

variable = contextvars.ContextVar("variable", default="fresh")


def once(scenario, **options):
    """Explore with few schedules and raise what was found."""
    exploration = explore(scenario, **{"level": "op", "budget": 20, **options})
    if exploration.failure is not None:
        raise exploration.failure
    return exploration


def test_results_come_in_argument_order_and_by_name():
    """Positional actors are A, B and so on; named ones follow, and all can be asked for by name."""

    def scenario(interleaving):
        results = interleaving.run(lambda: 1, lambda: interleaving.step("x") or 2, last=lambda: 3)

        assert list(results) == [1, 2, 3]
        assert (results["A"], results["B"], results["last"]) == (1, 2, 3)
        assert results == (1, 2, 3)
        assert results[-1] == 3
        assert results[1:] == (2, 3)
        assert len(results) == 3
        assert repr(results) == "Results(A=1, B=2, last=3)"

    once(scenario)


def test_a_positional_actor_does_not_take_a_given_name():
    """A keyword `A` leaves the next letter to the positional one."""

    def scenario(interleaving):
        results = interleaving.run(lambda: current_actor().name, A=lambda: interleaving.step("x") or "named")
        assert results["B"] == "B"
        assert results["A"] == "named"

    once(scenario)


def test_very_many_actors_have_names():
    """After Z comes AA."""

    def scenario(interleaving):
        results = interleaving.run(*[lambda: current_actor().name] * 28)
        assert results[25:] == ("Z", "AA", "AB")
        interleaving.run(*[lambda: interleaving.step("x")] * 2)

    once(scenario, budget=1)


def test_the_first_exception_in_time_is_raised_after_the_others_ended():
    """The others run to their end first; the note names the actor."""
    ended = []

    def scenario(interleaving):
        def bad():
            raise LookupError("bad")

        def good():
            interleaving.step("on")
            ended.append(1)

        interleaving.run(bad=bad, good=good)

    exploration = explore(scenario, level="op", budget=1)

    assert isinstance(exploration.failure, LookupError)
    assert "in actor 'bad'" in exploration.failure.__notes__
    assert ended


def test_a_deadlock_after_an_exception_is_only_a_note():
    """The exception is the cause, so it is what is raised."""

    def scenario(interleaving):
        lock = threading.Lock()

        def bad():
            lock.acquire()
            raise LookupError("bad")

        interleaving.run(bad=bad, other=lock.acquire)

    exploration = explore(scenario, level="op", max_preemptions=0)

    assert isinstance(exploration.failure, LookupError)
    assert any("afterwards the others could not go on: deadlock" in note for note in exploration.failure.__notes__)


def test_a_swallowed_deadlock_is_still_a_finding():
    """A scenario cannot hide by catching it that its actors did not come to an end."""

    def scenario(interleaving):
        lock = threading.Lock()
        lock.acquire()
        with pytest.raises(Deadlock):
            interleaving.run(a=lock.acquire, b=lambda: None)

    assert isinstance(explore(scenario, level="op").failure, Deadlock)


def test_each_actor_runs_in_a_context_of_its_own():
    """Context variables of the scenario and of other actors and schedules are not seen."""

    def scenario(interleaving):
        variable.set("scenario")

        def body():
            seen = variable.get()
            variable.set("actor")
            interleaving.step("x")
            return seen

        assert interleaving.run(body, body) == ["fresh", "fresh"]

    once(scenario)


def test_a_scenario_may_run_several_times():
    """Later runs see what earlier ones did, and the actors of each have paths of their own."""

    def scenario(interleaving):
        paths = []
        for _ in range(2):
            interleaving.run(lambda: (interleaving.step("x"), paths.append(current_actor().path)), lambda: None)
        assert paths == ["A", "2:A"]

    once(scenario)


def test_a_failure_in_the_second_run_is_replayed_by_its_path():
    """Deviations in a second run are found again when the schedule is repeated."""

    def scenario(interleaving):
        for _ in range(2):
            value = [0]

            def add(value=value):
                old = value[0]
                interleaving.step("between")
                value[0] = old + 1

            interleaving.run(add, add)
        assert value[0] == 2

    exploration = explore(scenario, level="op")

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1


def test_what_is_no_callable_is_refused():
    """The message names the actor."""

    def scenario(interleaving):
        interleaving.run(a=1, b=lambda: None)

    with pytest.raises(TypeError, match="actor 'a' must be a callable"):
        once(scenario)


def test_coroutines_as_actors_are_refused_until_a_later_version():
    """Coroutine functions and coroutines raise an error that says so, out of explore itself."""

    async def body():
        pass

    for actor in (body, body()):
        with pytest.raises(NotAvailable, match="a coroutine as an actor"):
            explore(lambda interleaving, actor=actor: interleaving.run(a=actor, b=lambda: None))


def test_run_without_actors_returns_nothing():
    """It is an empty result, not an error."""

    def scenario(interleaving):
        assert list(interleaving.run()) == []
        interleaving.run(lambda: interleaving.step("x"), lambda: interleaving.step("x"))

    once(scenario)


def test_run_outside_of_its_scenario_is_refused():
    """An `interleaving` kept beyond its schedule is of no use."""
    kept = []
    once(lambda interleaving: kept.append(interleaving) or interleaving.run(*[lambda: interleaving.step("x")] * 2))

    with pytest.raises(InterleaveError, match="in the scenario's own thread"):
        kept[0].run(lambda: None)


def test_an_exploration_within_an_exploration_is_refused():
    """What is patched belongs to the process."""
    with pytest.raises(InterleaveError, match="inside its scenario"):
        explore(lambda _: explore(lambda _: None))


def test_a_step_outside_of_actors_is_nothing():
    """The scenario's own thread has no steps to mark."""

    def scenario(interleaving):
        interleaving.step("outside")
        interleaving.run(lambda: interleaving.step("x"), lambda: None)

    once(scenario)


def test_where_the_calling_code_is_can_be_asked():
    """Actor, step and schedule are known inside; outside of explorations there are none."""
    assert (current_actor(), current_step(), current_run_id()) == (None, None, None)
    runs = []

    def scenario(interleaving):
        def body():
            interleaving.step("one")
            first = current_step()
            interleaving.step("two")
            assert current_step() > first
            assert current_actor().parent_path is None
            return current_run_id()

        results = interleaving.run(a=body, b=body)
        assert current_actor() is None
        assert current_step() is None
        assert results["a"] is results["b"] is current_run_id()
        runs.append(current_run_id())

    once(scenario)
    assert len(set(runs)) == len(runs)


def test_step_numbers_are_those_of_the_trace():
    """In the schedule that is shown, a raw step has the number of its row, also while that schedule runs."""
    told = {}

    def scenario(interleaving):
        raw = {}

        def body(name):
            # On one line: the next line would be a step of its own.
            interleaving.step(f"one {name}") or raw.update({f"one {name}": current_step()})
            interleaving.step(f"two {name}") or raw.update({f"two {name}": current_step()})

        interleaving.run(a=lambda: body("a"), b=lambda: body("b"))
        told.clear()
        told.update({name: step_number(step) for name, step in raw.items()})
        assert list(raw) != ["one a", "one b", "two b", "two a"]

    exploration = explore(scenario)

    shown = {}
    for row in exploration.trace.splitlines():
        number, _, rest = row.strip().partition("  ")
        for name in told:
            if name in rest:
                shown[name] = int(number)
    assert exploration.preemptions == 1
    assert shown == told
    assert sorted(told.values()) == [told[name] for name in ("one a", "one b", "two b", "two a")]


def test_an_actor_that_returns_a_coroutine_is_refused():
    """Of a coroutine that nobody awaits no line runs, which must not pass for an actor that did its work."""

    async def work(number):
        return number

    def scenario(interleaving):
        interleaving.run(worker=lambda: work(1), other=lambda: None)

    with pytest.raises(InterleaveError, match="actor 'worker' returned a coroutine, of which nothing has run"):
        explore(scenario)


def test_generator_functions_as_actors_are_refused():
    """To call one runs none of its lines; the error names the actor and what to write."""

    def work():
        yield 1

    async def work_later():
        yield 1

    for body in (work, work_later, functools.partial(work)):

        def scenario(interleaving, body=body):
            interleaving.run(worker=body, other=lambda: None)

        with pytest.raises(
            NotAvailable, match=r"a generator function as an actor \('worker'\) .*: lambda: list\(f\(\)\)"
        ):
            explore(scenario)


def test_a_generator_function_as_a_scenario_is_refused():
    """A `yield` in a scenario or test makes it one of which no line runs."""

    def scenario(interleaving):
        yield interleaving

    with pytest.raises(TypeError, match="the scenario is a generator function"):
        explore(scenario)
    with pytest.raises(TypeError, match="scenario is a generator function"):
        interleaved(scenario)


@pytest.mark.parametrize("bound", [0, 1, 3])
def test_a_bound_for_the_unbounded_search_is_refused(bound):
    """The search without a bound would drop it silently."""
    with pytest.raises(ValueError, match=f"choose search='exhaustive' for a bound of {bound}"):
        explore(lambda _: None, search="dpor", max_preemptions=bound)
