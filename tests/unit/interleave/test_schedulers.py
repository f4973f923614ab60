"""The samplers' distributions, on actors that are only lists of events: compared with what the papers define."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave._schedulers import (
    NEVER,
    PartialOrder,
    Priorities,
    RandomWalk,
    Timed,
    Uniform,
    parent_of,
)

DRAWS = 6_000


class Body:
    """An actor that does some events, one after the other."""

    def __init__(self, index, path, events):
        self.index = index
        self.path = path
        self.events = events
        self.done = 0
        self.pending = None

    @property
    def label(self):
        """The event that comes next."""
        return self.events[self.done]

    @property
    def is_done(self):
        """Whether there is none left."""
        return self.done == len(self.events)


def execute(scheduler, programs):
    """Return the order in which a scheduler lets actors do their events, as numbers of actors."""
    bodies = [Body(number, chr(97 + number), events) for number, events in enumerate(programs)]
    order, running = [], None
    for index in range(sum(map(len, programs))):
        able = [body for body in bodies if not body.is_done]
        if running is None or running.is_done:
            number = scheduler.at_switch(index, 1, running, able)
            running = able[0] if number is None else bodies[number]
        elif index >= scheduler.next_point:
            others = [body for body in able if body is not running]
            number = scheduler.at_point(index, running.label, running, others)
            running = running if number is None else bodies[number]
        order.append(running.index)
        running.done += 1
    return tuple(order)


def frequencies(make, programs, draws=DRAWS):
    """Return how often each order came up."""
    return Counter(execute(make(seed), programs) for seed in range(draws))


def distance(found, expected):
    """Return chi-square by its degrees of freedom: about 1 where the distributions agree."""
    draws = sum(found.values())
    assert set(found) <= set(expected)
    parts = [(found[key] - draws * float(p)) ** 2 / (draws * float(p)) for key, p in expected.items()]
    return sum(parts) / max(len(expected) - 1, 1)


def merges(first, second):
    """Return all orders of so many events of two actors."""
    total = first + second
    places = [set(chosen) for chosen in combinations(range(total), first)]
    return [tuple(0 if index in chosen else 1 for index in range(total)) for chosen in places]


def priority_orders(programs, depth):
    """Return the distribution of PCT by going through all its draws."""
    actors = range(len(programs))
    contested = sum(map(len, programs)) - 1  # the last event of all is nobody's choice
    outcomes = Counter()
    for ranks in permutations(actors):
        for places in permutations(range(contested), depth - 1):
            rank = {actor: depth + ranks[actor] for actor in actors}
            left, order, point = [len(events) for events in programs], [], 0
            while any(left):
                able = [actor for actor in actors if left[actor]]
                chosen = max(able, key=rank.__getitem__)
                if len(able) > 1:
                    if point in places:
                        rank[chosen] = depth - 1 - places.index(point)
                        chosen = max(able, key=rank.__getitem__)
                    point += 1
                left[chosen] -= 1
                order.append(chosen)
            outcomes[tuple(order)] += 1
    total = sum(outcomes.values())
    return contested, {order: Fraction(count, total) for order, count in outcomes.items()}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_priorities_draw_as_the_paper_says(depth):
    """Every schedule comes up as often as among all permutations of priorities and places of change."""
    programs = [[5, 6, 7], [8, 9, 10]]
    points, expected = priority_orders(programs, depth)

    found = frequencies(lambda seed: Priorities(seed, depth=depth, points=points), programs)

    assert set(found) == set(expected)
    assert distance(found, expected) < 2


def test_priorities_meet_every_bug_of_their_depth_as_often_as_guaranteed():
    """Each way to come between two events of the other has at least the probability 1 / (n * k)."""
    programs = [[5] * 4, [6] * 4]
    points = sum(map(len, programs))

    found = frequencies(lambda seed: Priorities(seed, depth=2, points=points), programs)

    for before in range(1, 4):
        for mine in range(4):
            # The other's event of this number comes right between two of the first actor's.
            hits = sum(
                count
                for order, count in found.items()
                if order[: [i for i, a in enumerate(order) if a == 1][mine]].count(0) == before
            )
            assert hits / DRAWS >= 0.9 / (2 * points)


def test_priorities_ask_only_where_something_may_change():
    """After the last change the running actor goes on without any question."""
    scheduler = Priorities(1, depth=1, points=50)
    first, second = Body(0, "a", [5] * 9), Body(1, "b", [5] * 9)

    chosen = scheduler.at_switch(0, 0, None, [first, second])
    running, other = (first, second) if chosen == 0 else (second, first)

    assert scheduler.next_point == 1
    assert scheduler.at_point(1, 5, running, [other]) is None
    assert scheduler.next_point == NEVER
    assert scheduler.is_watching


def test_who_gives_its_turn_away_goes_behind_all_others():
    """An actor that spins with `sleep(0)` does not get its turn again before the others have ended."""
    for seed in range(50):
        scheduler = Priorities(seed, depth=1, points=10)
        bodies = [Body(number, str(number), [5] * 3) for number in range(3)]
        for actor in bodies:
            others = [body for body in bodies if body is not actor]
            assert scheduler.at_switch(0, 5, actor, [*others, actor]) != actor.index


def test_whose_time_has_come_keeps_its_priority():
    """An actor that waited, and can go on because the time of its wait is over, gives nothing away."""
    chosen = set()
    for seed in range(50):
        scheduler = Priorities(seed, depth=1, points=10)
        first, last = Body(0, "0", [5]), Body(1, "1", [5])
        last.pending = "the time"
        chosen.add(scheduler.at_switch(0, 5, last, [first, last]))

    assert chosen == {0, 1}


def by_fixed_priorities(programs):
    """Return the distribution if each event keeps one random priority: partial order sampling without races."""
    events = [(actor, number) for actor, program in enumerate(programs) for number in range(len(program))]
    outcomes = Counter()
    for ranks in permutations(range(len(events))):
        rank = dict(zip(events, ranks, strict=True))
        done, order = [0] * len(programs), []
        while len(order) < len(events):
            able = [actor for actor, program in enumerate(programs) if done[actor] < len(program)]
            chosen = max(able, key=lambda actor: rank[actor, done[actor]])
            done[chosen] += 1
            order.append(chosen)
        outcomes[tuple(order)] += 1
    total = sum(outcomes.values())
    return {order: Fraction(count, total) for order, count in outcomes.items()}


def test_partial_order_sampling_keeps_priorities_where_nothing_races():
    """Events of one actor do not wear out another's luck: each event has one priority for good."""
    programs = [[5, 6, 7, 8], [9, 10]]
    expected = by_fixed_priorities(programs)

    found = frequencies(lambda seed: PartialOrder(seed, is_race=lambda *_: False), programs)

    assert distance(found, expected) < 2


def test_partial_order_sampling_draws_again_where_events_race():
    """After a race the order of what is left is open again."""
    programs = [[5, 6], [7]]
    racing = {(1, 0, 0): Fraction(1, 2), (0, 1, 0): Fraction(1, 4), (0, 0, 1): Fraction(1, 4)}
    free = {(1, 0, 0): Fraction(1, 2), (0, 1, 0): Fraction(1, 6), (0, 0, 1): Fraction(1, 3)}

    assert distance(frequencies(lambda seed: PartialOrder(seed, is_race=lambda *_: True), programs), racing) < 3
    assert distance(frequencies(lambda seed: PartialOrder(seed, is_race=lambda *_: False), programs), free) < 3
    assert distance(frequencies(lambda seed: PartialOrder(seed, is_race=lambda *_: True), programs), free) > 20


def uniform(programs, is_interesting):
    """Return what makes schedulers that know how many interesting events each actor has."""
    expected = {chr(97 + number): sum(map(is_interesting, events)) for number, events in enumerate(programs)}
    return lambda seed: Uniform(seed, expected=expected, is_interesting=is_interesting)


def test_a_uniform_walk_draws_every_order_alike():
    """With exact counts each interleaving has the same probability; a random walk is far from that."""
    programs = [[5] * 2, [6] * 5]
    expected = {order: Fraction(1, 21) for order in merges(2, 5)}

    assert distance(frequencies(uniform(programs, lambda _: True), programs), expected) < 2
    assert distance(frequencies(RandomWalk, programs), expected) > 20


def test_a_selective_walk_draws_every_order_of_the_interesting_events_alike():
    """Whatever else there is to do: the orders of the interesting events are equally likely."""
    programs = [[5, 5, 5, 7, 5, 7], [5, 7, 7]]
    found = Counter()
    for order, count in frequencies(uniform(programs, (7).__eq__), programs).items():
        done, interesting = [0, 0], []
        for actor in order:
            if programs[actor][done[actor]] == 7:
                interesting.append(actor)
            done[actor] += 1
        found[tuple(interesting)] += count

    assert distance(found, {order: Fraction(1, 6) for order in merges(2, 2)}) < 3


def test_what_an_actor_starts_is_counted_as_its_own_until_then():
    """The weight of a child is taken from its parent when it turns up; names tell whose child it is."""
    scheduler = Uniform(1, expected={"a": 9, "a.0": 4, "b": 3}, is_interesting=lambda _: True)
    parent, other, child = Body(0, "a", [5]), Body(1, "b", [5]), Body(2, "a.0", [5])

    scheduler.at_switch(0, 0, None, [parent, other])
    scheduler.at_switch(1, 0, None, [parent, other, child])

    left = scheduler._left
    assert sum(left.values()) == 12 - 2  # two events were executed
    assert left[2] in (3, 4)
    assert parent_of("a.0.1", {"a", "a.0"}) == "a.0"
    assert parent_of("a.0.1", {"a"}) == "a"
    assert parent_of("a", {"a", ""}) == ""


def test_a_random_walk_can_draw_every_schedule():
    """All interleavings come up, and each choice is as likely as the others."""
    programs = [[5] * 2, [6] * 3]
    expected = {}
    for order in merges(2, 3):
        probability, left = Fraction(1), [2, 3]
        for actor in order:
            probability *= Fraction(1, 2) if all(left) else 1
            left[actor] -= 1
        expected[order] = probability

    found = frequencies(RandomWalk, programs)

    assert set(found) == set(expected)
    assert distance(found, expected) < 2


SAMPLERS = [
    RandomWalk,
    lambda seed: Priorities(seed, depth=3, points=7),
    lambda seed: PartialOrder(seed, is_race=lambda *_: True),
    lambda seed: Uniform(seed, expected={"a": 2}, is_interesting=lambda label: label % 2 == 0),
    lambda seed: Timed(RandomWalk(seed), seed=seed, index=5),
]


@pytest.mark.parametrize("make", SAMPLERS)
@given(seed=st.integers(0, 2**70), choices=st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 3)))))
def test_only_those_that_can_run_are_chosen_and_the_same_each_time(make, seed, choices):
    """Whoever comes and goes: a sampler chooses one of those it is given, and derives all from its seed."""
    bodies = [Body(number, chr(97 + number), [number + 5]) for number in range(4)]
    one, same = make(seed), make(seed)

    for index, (number, able) in enumerate(choices):
        actor, others = bodies[number], [bodies[other] for other in sorted(able - {number})]
        chosen = one.at_point(index, number, actor, others)
        assert chosen is None or chosen in able - {number}
        assert same.at_point(index, number, actor, others) == chosen
        if others:
            switched = one.at_switch(index, number, actor, others)
            assert switched is None or switched in able - {number}
            assert same.at_switch(index, number, actor, others) == switched
        assert one.next_point == same.next_point >= 0


def test_time_passes_once_and_from_the_given_choice_on():
    """At the first chance after it, for one of those whose time it is; the rest is left to the other scheduler."""
    scheduler = Timed(Priorities(1, depth=1, points=1), seed=3, index=4)
    early = [Body(7, "x", [5]), Body(8, "y", [5])]

    assert scheduler.next_point == 0
    assert scheduler.at_timer(3, 5, None, early) is None
    assert scheduler.at_timer(4, 5, None, early) in (7, 8)
    assert scheduler.at_timer(5, 5, None, early) is None
    assert {Timed(RandomWalk(1), seed=seed, index=0).at_timer(0, 5, None, early) for seed in range(20)} == {7, 8}
