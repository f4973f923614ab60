"""Small concurrent programs as data, executed step by step in any order: what reduction is judged by.

A program maps each actor to its steps, a step is a list of operations that are done without a switch. An operation is a
pair of a word and a name: `read`, `write`, `stop_if_set` (the rest of the step is left out if the variable is not
zero); `acquire`, `release`, `try` of locks; `set`, `clear`, `wait` of events; `join` of an actor; `nothing`. Those that
wait, `acquire`, `wait` and `join`, stand alone in their step.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from hypothesis import strategies as st

from pytest_errortrack.interleave._accesses._access import Access, conflict
from pytest_errortrack.interleave._searching._happens_before import Execution, Step, Wait
from pytest_errortrack.interleave._searching._reduction import Reduction

__all__ = ["Machine", "all_states", "all_traces", "executed", "reduced", "small_programs"]

WAITING = ("acquire", "wait", "join")


def number_of(name):
    """Return a number that stands for a name, as an identity stands for an object."""
    return 1 + int.from_bytes(name.encode(), "big")


@dataclass
class Machine:
    """The state of a program between two steps."""

    program: dict
    done: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)
    locks: dict = field(default_factory=dict)
    events: set = field(default_factory=set)
    seen: dict = field(default_factory=dict)
    readiness: dict = field(default_factory=dict)

    def step_of(self, actor):
        """Return an actor's next step, None when it has ended."""
        body, position = self.program[actor], self.done.get(actor, 0)
        return body[position] if position < len(body) else None

    def wait_of(self, actor):
        """Return what an actor's next step waits for, if anything."""
        step = self.step_of(actor)
        if step is None or step[0][0] not in WAITING:
            return None
        word, name = step[0]
        return Wait(number_of(f"end of {name}" if word == "join" else name))

    def can_go_on(self, actor):
        """Tell whether an actor's next step can be done."""
        step = self.step_of(actor)
        if step is None:
            return False
        word, name = step[0]
        if word == "acquire":
            return name not in self.locks
        if word == "wait":
            return name in self.events
        return word != "join" or self.step_of(name) is None

    @property
    def enabled(self):
        """Return the actors that can go on."""
        return tuple(actor for actor in self.program if self.can_go_on(actor))

    def do(self, actor, index=0):
        """Do an actor's next step; return what it touched."""
        accesses = []
        for word, name in self.step_of(actor):
            if self._operate(actor, word, name, accesses, index):
                break
        self.done[actor] = self.done.get(actor, 0) + 1
        if self.step_of(actor) is None:
            end = number_of(f"end of {actor}")
            self.readiness.setdefault((index, end), False)
            accesses.append(Access(end))
        return tuple(accesses)

    def _operate(self, actor, word, name, accesses, index):
        target = number_of(f"end of {name}" if word == "join" else name)
        if word != "nothing":
            accesses.append(Access(target, (), word not in ("read", "stop_if_set", "wait", "join")))
        is_lock = word in ("acquire", "release", "try")
        if is_lock or word in ("set", "clear", "wait"):
            self.readiness.setdefault((index, target), name not in self.locks if is_lock else name in self.events)
        seen = self.seen.setdefault(actor, [])
        if word in ("read", "stop_if_set"):
            seen.append(self.variables.get(name, 0))
            return word == "stop_if_set" and seen[-1] != 0
        if word == "write":
            self.variables[name] = (actor, *seen)
        elif word == "acquire" or (word == "try" and name not in self.locks):
            self.locks[name] = actor
        elif word == "release":
            self.locks.pop(name, None)
        elif word in ("set", "clear"):
            (self.events.add if word == "set" else self.events.discard)(name)
        return False

    @property
    def state(self):
        """Return everything that can be told at the end, who is stuck included."""
        return (
            tuple(sorted(self.variables.items())),
            tuple((actor, tuple(self.seen.get(actor, ()))) for actor in self.program),
            tuple(actor for actor in self.program if self.step_of(actor) is not None),
        )

    @property
    def moment(self):
        """Return everything that decides how it goes on."""
        done = tuple(self.done.get(actor, 0) for actor in self.program)
        return self.state, done, tuple(sorted(self.locks.items())), tuple(sorted(self.events))


def executed(program, paths=(), *, knows_readiness=True):
    """Return an execution that begins with these actors, and its final state; the default order decides the rest."""
    machine, steps, chosen = Machine(program), [], None
    while enabled := machine.enabled:
        wanted = paths[len(steps)] if len(steps) < len(paths) else None
        chosen = wanted if wanted in enabled else chosen if chosen in enabled else enabled[0]
        wait = machine.wait_of(chosen)
        steps.append(Step(chosen, machine.do(chosen, len(steps)), enabled, wait))
    stuck = {actor: machine.wait_of(actor) for actor in program if machine.step_of(actor) is not None}
    return Execution(steps, stuck, readiness=machine.readiness if knows_readiness else {}), machine.state


def reduced(program, *, knows_readiness=True, adapted=lambda execution: execution, make=Reduction):
    """Search a program; return the finished reduction and the final states it came to."""
    reduction, states = make(), set()
    while (paths := reduction.next()) is not None:
        execution, state = executed(program, paths, knows_readiness=knows_readiness)
        states.add(state)
        assert reduction.learn(adapted(execution)), f"did not begin with {paths}"
    return reduction, states


def all_states(program):
    """Return the final states of all orders, by brute force."""
    states, seen, left = set(), set(), [Machine(program)]
    while left:
        machine = left.pop()
        if machine.moment in seen:
            continue
        seen.add(machine.moment)
        for actor in machine.enabled:
            after = deepcopy(machine)
            after.do(actor)
            left.append(after)
        if not machine.enabled:
            states.add(machine.state)
    return states


def all_traces(program):
    """Return one set for each class of equivalent orders, by brute force: which step came before which in conflict."""
    traces, left = set(), [(Machine(program), ())]
    while left:
        machine, past = left.pop()
        for actor in machine.enabled:
            after = deepcopy(machine)
            touched = after.do(actor)
            left.append((after, (*past, ((actor, machine.done.get(actor, 0)), touched))))
        if not machine.enabled:
            traces.add(_conflicts_in(past))
    return traces


def _conflicts_in(past):
    pairs = set()
    for number, (later, touched) in enumerate(past):
        for earlier, other in past[:number]:
            if earlier[0] != later[0] and any(conflict(one, two) for one in touched for two in other):
                pairs.add((earlier, later))
    return frozenset(pairs), frozenset(step for step, _ in past)


_plain = st.tuples(st.sampled_from(["read", "write", "stop_if_set", "nothing"]), st.sampled_from("xyz"))
_signals = st.one_of(
    st.tuples(st.sampled_from(["acquire", "acquire", "release", "release", "try"]), st.sampled_from("LM")),
    st.tuples(st.sampled_from(["set", "clear", "wait"]), st.just("E")),
    st.tuples(st.just("join"), st.just("a")),
)
_steps = st.one_of(st.lists(_plain, min_size=1, max_size=3), st.lists(_signals, min_size=1, max_size=1))


def _of(names, size, *, min_size=1):
    body = st.lists(_steps, min_size=min_size, max_size=size)
    others = body.map(lambda steps: steps)
    first = body.map(lambda steps: [step for step in steps if step[0][0] != "join"] or [[("nothing", "x")]])
    return st.fixed_dictionaries({names[0]: first, **dict.fromkeys(names[1:], others)})


small_programs = st.one_of(_of("ab", 4), _of("abc", 3), _of("abcd", 2))
