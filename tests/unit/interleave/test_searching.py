"""The parts of a search: what is counted, begun again, claimed, and told on the way."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave import Environment, Options, environment, explore
from pytest_errortrack.interleave._environment import Environment as PlainEnvironment
from pytest_errortrack.interleave._exploration import Exploration, Guarantee, Proved
from pytest_errortrack.interleave._explore import explore_scenario
from pytest_errortrack.interleave._running._history import History
from pytest_errortrack.interleave._searching import _search
from pytest_errortrack.interleave._searching._budget import Budget, Meter
from pytest_errortrack.interleave._searching._course import Course
from pytest_errortrack.interleave._searching._knowledge import Knowledge, contested_choices
from pytest_errortrack.interleave._searching._samplers import PrioritySampler
from pytest_errortrack.interleave._searching._tally import Tally


def history_of(*switches):
    """Return a history with these choices."""
    history = History()
    history.switches = list(switches)
    return history


def lost_update(interleaving):
    """Read, wait, write: an update can be lost."""
    value = [0]

    def add():
        old = value[0]
        interleaving.step("between")
        value[0] = old + 1

    interleaving.run(add, add)
    assert value[0] == 2


@given(draws=st.lists(st.integers(0, 9)))
def test_a_tally_counts_what_came_up_once(draws):
    """Good's estimate of what was not seen is the number of singletons by the number of draws."""
    tally = Tally()

    for draw in draws:
        tally.count(history_of((0, draw)))

    once = sum(draws.count(draw) == 1 for draw in draws)
    assert (tally.total, tally.distinct, tally.singletons) == (len(draws), len(set(draws)), once)
    assert tally.unseen == (once / len(draws) if draws else 1.0)


class Scripted:
    """A strategy that has some schedules and then claims something."""

    records = False

    def __init__(self, count, *, claim=None, divergences=()):
        self.pending = count
        self.divergence = None
        self._claim = claim
        self._divergences = divergences

    def next(self):
        """Return anything but None while there is something left."""
        if not self.pending:
            return None
        self.pending -= 1
        return self

    def learn(self, outcome):
        """Diverge where it was told to."""
        self.divergence = "elsewhere" if outcome in self._divergences else None

    def claim(self):
        """Return what it was told to."""
        return None if self.pending else self._claim


def test_a_course_begins_again_when_points_turn_up():
    """What was proved for fewer points is not claimed, and all is executed again."""
    version = [0]
    course = Course(lambda: Scripted(2, claim=Proved(1)), version=lambda: version[0])
    while course.next():
        course.learn("run")
    assert course.claim() == Proved(1)

    version[0] = 1

    assert course.claim() is None
    assert course.next() is not None
    assert course.restarts == 1
    assert (course.pending, course.claim()) == (1, None)
    assert course.next() is not None
    assert course.next() is None
    assert course.claim() == Proved(1)


def test_points_that_turn_up_in_the_last_schedule_count_as_well():
    """The check comes before the end is believed, and an execution that met them is not learned from."""
    version, learned = [0], []

    class Learning(Scripted):
        """Keeps what it learned."""

        def learn(self, outcome):
            """Keep it."""
            learned.append(outcome)

    course = Course(lambda: Learning(1, claim=Proved(0)), version=lambda: version[0])
    assert course.next()
    version[0] = 1
    course.learn("met new points")

    assert course.next() is not None
    course.learn("met none")
    assert course.next() is None
    assert learned == ["met none"]
    assert course.claim() == Proved(0)


def test_a_course_gives_up_on_a_scenario_that_never_repeats_itself():
    """It begins again twice; after the third divergence it stops, and claims nothing."""
    course = Course(lambda: Scripted(5, claim=Proved(0), divergences={"bad"}), version=lambda: 0)

    for _ in range(3):
        assert course.divergence is None
        assert course.next()
        course.learn("bad")

    assert course.restarts == 2
    assert course.divergence == "elsewhere"
    assert course.next() is None
    assert course.claim() is None


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Proved(0), None),
        (Proved(2), Proved(1)),
        (Proved(None, traces=3), Proved(9)),
        (Proved(2), Proved(2, timers=1)),
        (Proved(2, timers=1), Proved(2, timers=0)),
    ],
)
def test_the_stronger_claim_is_known(more, less):
    """More preemptions are more, no bound is most; of equal bounds the one that leaves fewer time-outs out."""
    assert more.exceeds(less)
    assert less is None or not less.exceeds(more)
    assert not more.exceeds(more)


@pytest.mark.parametrize(
    ("proved", "options", "is_all"),
    [
        (Proved(2), {}, True),
        (Proved(1), {}, False),
        (Proved(None, traces=1), {}, True),
        (Proved(2), {"max_preemptions": None}, False),
        (Proved(None), {"max_preemptions": None}, True),
        (Proved(2, timers=0), {}, False),
        (Proved(2, timers=0), {"max_timers": 0}, True),
        (Proved(2, timers=1), {}, True),
    ],
)
def test_complete_is_what_was_asked_for(proved, options, is_all):
    """A claim is complete if it reaches the bounds of the options."""
    assert proved.fulfils(Options(**options)) is is_all


@pytest.mark.parametrize(
    ("proved", "words"),
    [
        (Proved(1), "<= 1 preemption"),
        (Proved(2, timers=0), "<= 2 preemptions, no early time-out"),
        (Proved(2, timers=1), "<= 2 preemptions, <= 1 early time-out"),
        (Proved(None, traces=1_252), "unbounded, 1,252 traces"),
        (Proved(None, traces=1, timers=0), "unbounded, 1 trace, no early time-out"),
        (Proved(None), "unbounded"),
    ],
)
def test_claims_in_words(proved, words):
    """The bound, the classes, and what was not looked at."""
    assert str(proved) == words


@given(depth=st.integers(1, 3), runs=st.integers(1, 2_000), actors=st.integers(2, 9), points=st.integers(1, 300))
def test_the_guarantee_is_the_theorem(depth, runs, actors, points):
    """All runs miss a bug of this depth with (1 - 1 / (n * k ** (d - 1))) ** runs at the most."""
    guarantee = Guarantee(depth, runs=runs, actors=actors, points=points)

    assert guarantee.missed == pytest.approx((1 - 1 / (actors * points ** (depth - 1))) ** runs)
    assert 0 <= guarantee.missed < 1


@given(runs=st.integers(1, 3_000))
def test_a_probability_is_never_said_to_be_smaller_than_it_is(runs):
    """It is rounded up, to two digits that count; what says nothing is left out."""
    guarantee = Guarantee(2, runs=runs, actors=2, points=10)
    words = Exploration(sampled=runs, samplers="pct d=2", guarantees=(guarantee,)).summary()

    if guarantee.missed > 0.95:
        assert "probability" not in words
    else:
        said = float(words.rpartition("of depth 2 ")[2])
        assert guarantee.missed <= said + 1e-15
        assert said <= max(guarantee.missed * 1.11, 1e-6)


def outcome_of(*, points, actors=2, is_capped=False, yields=()):
    """Return what a sampler looks at, of a schedule with so many contested choices."""
    history = History()
    history.labels = [2] * points
    history.others = [(0, (1,))]
    history.unyielding = list(yields)
    run = SimpleNamespace(
        history=history, actors=[None] * actors, records=False, is_capped=is_capped, inconclusive=None
    )
    return SimpleNamespace(run=run)


def test_the_guarantee_counts_only_schedules_that_had_the_bound():
    """When a schedule turns out longer than all before, those drawn for the shorter length do not count."""
    knowledge = Knowledge()
    knowledge.learn(outcome_of(points=5))
    sampler = PrioritySampler(knowledge, depth=2)

    def draw(**facts):
        outcome = outcome_of(**facts)
        knowledge.learn(outcome)
        sampler.learn(outcome)

    draw(points=5)
    draw(points=4)
    assert sampler.guarantee() == Guarantee(2, runs=2, actors=2, points=5)
    draw(points=8)
    assert sampler.guarantee() is None
    draw(points=8)
    assert sampler.guarantee() == Guarantee(2, runs=1, actors=2, points=8)
    draw(points=8, is_capped=True)
    assert sampler.guarantee() is None


def test_contested_choices_are_those_with_somebody_to_choose_from():
    """Points with others around, and free choices; not the steps of one that is alone."""
    history = History()
    history.labels = [0, 2, 2, 2, 1, 2, 2]
    history.others = [(0, ()), (1, (1,)), (4, ()), (5, ())]
    history.free = [(0, (0, 1))]

    assert contested_choices(history) == 1 + 3


def test_a_search_that_keeps_going_sees_every_outcome():
    """Failures end neither the enumeration nor its claim; the first one is what is returned, as it was found."""
    outcomes = []

    exploration = explore_scenario(
        lost_update,
        home=__file__,
        options=Options(level="op", search="exhaustive"),
        environment=PlainEnvironment(),
        on_outcome=outcomes.append,
    )

    failures = [outcome for outcome in outcomes if outcome.failure is not None]
    assert exploration.complete
    assert exploration.proved == Proved(2)
    assert exploration.schedules == len(outcomes) > len(failures) > 1
    assert exploration.failure is failures[0].failure
    assert exploration.found_at == outcomes.index(failures[0]) + 1


def test_a_budget_that_just_suffices_is_enough_to_claim():
    """The last schedule that was known completes the claim, though nothing is left of the budget."""
    needed = explore(lambda i: i.run(lambda: i.step("x"), lambda: i.step("y")), level="op", search="exhaustive")

    exact = explore(
        lambda i: i.run(lambda: i.step("x"), lambda: i.step("y")),
        level="op",
        search="exhaustive",
        budget=needed.schedules,
    )
    assert needed.complete
    assert exact.complete


def test_a_meter_tells_what_ended_a_search():
    """Schedules or seconds, whichever came first."""
    by_schedules, by_seconds = Meter(Budget(10)), Meter(Budget(10, 0.0001))

    assert by_schedules.spent == ""
    by_schedules.schedules = 10
    assert by_schedules.spent == "the budget of 10 schedules was spent"
    by_seconds.schedules = 1
    while by_seconds.fraction_used < 1:
        math.factorial(100)
    assert by_seconds.spent == "the budget of 0.0001 s was spent"


def test_a_long_search_tells_how_far_it_is(monkeypatch):
    """The environment hears of schedules and seconds, not at once and not for each schedule."""
    told = []
    monkeypatch.setattr(_search, "_SILENCE", 0.002)
    monkeypatch.setattr(_search, "_TELL_EVERY", 0.001)

    with environment(Environment(progress=lambda schedules, seconds: told.append((schedules, seconds)))):
        exploration = explore(
            lambda i: i.run(*[lambda: [i.step(n) for n in "abcdef"]] * 2), level="op", search="random", budget=300
        )

    assert told
    assert told == sorted(told)
    assert len(told) < exploration.schedules == 300
    assert told[0][1] >= 0.002


def test_the_seed_derives_from_the_test_and_the_salt():
    """Another salt explores differently on purpose; the same repeats."""

    def seed(**facts):
        found = explore_scenario(
            lost_update, home=__file__, options=Options(level="op", budget=1), environment=Environment(**facts)
        )
        return found.seed

    assert seed(identity="a") == seed(identity="a")
    assert (
        len({seed(identity="a"), seed(identity="b"), seed(identity="a", salt="1"), seed(identity="a", salt="2")}) == 4
    )
