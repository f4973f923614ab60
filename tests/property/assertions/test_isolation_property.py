"""The isolation oracle against a model without stamps: it reads in what was sent whose values are there."""

from __future__ import annotations

import contextvars
import re

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack import capture, sdk

NAMES = "ABC"
WRITES = {
    "tag": lambda scope, key, value: scope.set_tag(f"k{key}", value),
    "extra": lambda scope, key, value: scope.set_extra(f"k{key}", value),
    "context": lambda scope, key, value: scope.set_context(f"k{key}", {"of": value}),
    "user": lambda scope, _, value: scope.set_user({"id": value}),
    "crumb": lambda scope, _, value: scope.add_breadcrumb(message=value),
    "fingerprint": lambda scope, _, value: scope.set_fingerprint([value]),
    "transaction": lambda scope, _, value: scope.set_transaction_name(value),
    "removal": lambda scope, key, _: scope.remove_tag(f"k{key}"),
    "clear": lambda scope, *_: scope.clear(),
}
ACTORS = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("write"), ACTORS, st.sampled_from(sorted(WRITES)), st.integers(0, 1)),
    st.tuples(st.just("report"), ACTORS),
    st.tuples(st.just("fork"), ACTORS),
    st.tuples(st.just("share"), ACTORS, ACTORS),
    st.tuples(st.just("push"), ACTORS),
    st.tuples(st.just("pop"), ACTORS),
)


class Actors:
    """Up to three actors, each in a context of its own, and the hub that each works with: the same one at first."""

    def __init__(self, errortrack):
        self.hubs = [sdk.Hub.current] * 3
        self.contexts = [contextvars.copy_context() for _ in NAMES]
        self.acted = set()
        self.values = 0
        for name, context in zip(NAMES, self.contexts, strict=True):
            context.run(errortrack.actor(name).__enter__)

    def do(self, step):
        """Let an actor do one step."""
        kind, actor, *more = step
        hub, run = self.hubs[actor], self.contexts[actor].run
        if kind == "write":
            self.values += 1
            run(WRITES[more[0]], hub.scope, more[1], f"{NAMES[actor]}{self.values}")
        elif kind == "report":
            run(hub.capture_message, f"by {NAMES[actor]}")
        elif kind == "fork":
            self.hubs[actor] = run(hub.clone)
        elif kind == "share":
            self.hubs[actor] = self.hubs[more[0]]
        elif kind == "push":
            run(lambda: hub.push_scope().__enter__())
        else:
            run(hub.pop_scope)
        if kind != "share":
            self.acted.add(actor)


def foreign_values(payload, reporter):
    """Find the values that somebody else than the reporter made, anywhere in what was sent."""
    found = set()
    waiting = [payload]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
        elif isinstance(held, str) and re.fullmatch(r"[ABC]\d+", held) and held[0] != reporter:
            found.add(held)
    return found


def verdict(errortrack):
    """Return what the oracle says, or nothing."""
    try:
        errortrack.events.assert_isolated()
    except AssertionError as error:
        return str(error)
    return ""


@given(st.lists(STEPS, max_size=25))
def test_the_oracle_finds_what_is_foreign_and_nothing_else(steps):
    """Whatever actors write, fork, share and report: an event is found exactly if it carries another actor's value."""
    with capture() as errortrack:
        sdk.Hub.current.scope.set_tag("setup", "M0")
        actors = Actors(errortrack)
        for step in steps:
            actors.do(step)
        said = verdict(errortrack)

    foreign = {index: foreign_values(event.payload, event.message[-1]) for index, event in enumerate(errortrack.events)}
    mixed = {index for index, values in foreign.items() if values}
    listed = {int(index) for index in re.findall(r"^events\[(\d+)\] .*\s+carries data that", said, re.MULTILINE)}
    if "... and" in said:  # the list is bounded
        assert listed <= mixed
        assert listed
    else:
        assert listed == mixed
        for value in set().union(*foreign.values()) if foreign else ():
            assert f"'{value}'" in said
    if not mixed:
        proves_nothing = not foreign or len(actors.acted) < 2
        assert ("proves nothing" in said) == proves_nothing
        assert (said == "") == (not proves_nothing)
