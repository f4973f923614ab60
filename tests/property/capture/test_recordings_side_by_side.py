"""Recordings that begin and end in any order in three threads: each has what is its own, and nothing else.

The model knows of lines of recordings, one line for each thread, and of what counts in each: its tags, the breadcrumbs
in force, the release of its client. It knows nothing of how they are kept apart.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import sentry_sdk
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from side_by_side import Hand, replaceable

from pytest_errortrack import capture, sdk

THREADS = ("first", "second", "third")
threads = st.sampled_from(THREADS)
tags = st.sampled_from(["one", "two"])


@dataclass
class Recorded:
    """What the model says of one recording."""

    block: object
    handle: object
    tags: dict[str, str] = field(default_factory=dict)
    everywhere: dict[str, str] = field(default_factory=dict)
    crumbs: list[str] = field(default_factory=list)
    release: str | None = None
    events: list[tuple] = field(default_factory=list)
    told_crumbs: list[str] = field(default_factory=list)
    strays: int = 0


class SideBySide(RuleBasedStateMachine):
    """Three threads, each with a line of recordings of its own."""

    sdk = sdk

    def __init__(self):
        super().__init__()
        self.before = replaceable()
        self.hands = {name: Hand(name) for name in THREADS}
        self.lines = {name: [] for name in THREADS}
        self.over = []
        self.number = 0

    def teardown(self):
        """End what goes on, judge all of it, and find everything as it was."""
        for name in THREADS:
            while self.lines[name]:
                self.end(name, 0)
        for hand in self.hands.values():
            hand.dismiss()
        for recorded in self.over:
            judge(recorded)
        gc.collect()  # a context that held a scope of a recording keeps the façade before the variables: now it is gone
        after = replaceable()
        assert [each for each, then in zip(after, self.before, strict=True) if each is not then and each != then] == []

    def recording_of(self, name):
        """Find out what the model says of who records what a thread does; None: nobody."""
        if self.lines[name]:
            return self.lines[name][-1]
        busy = [line for line in self.lines.values() if line]
        return busy[0][-1] if len(busy) == 1 else None

    def next_name(self, kind):
        """Make a name that occurs once."""
        self.number += 1
        return f"{kind} {self.number}"

    @rule(name=threads)
    def begin(self, name):
        """A recording begins: in its thread's line it finds what the one around it sees, and else nothing."""
        block = capture(backend=self.backend)
        handle = self.hands[name](block.__enter__)
        line = self.lines[name]
        recorded = Recorded(block, handle)
        if line:
            outer = line[-1]
            recorded.tags, recorded.everywhere = dict(outer.tags), dict(outer.everywhere)
            recorded.crumbs, recorded.release = list(outer.crumbs), outer.release
        line.append(recorded)

    @precondition(lambda self: any(self.lines.values()))
    @rule(name=threads, place=st.integers(0, 2))
    def end(self, name, place):
        """Any recording of a thread ends, also one around others that go on."""
        line = self.lines[name]
        if line:
            recorded = line.pop(place % len(line))
            self.hands[name](recorded.block.__exit__, None, None, None)
            self.over.append(recorded)

    @rule(name=threads, tag=tags)
    def set_tag(self, name, tag):
        """A thread sets a tag: it counts in its recording, for its own events."""
        if self.lines[name]:
            value = self.next_name("tag")
            self.hands[name](self.sdk.set_tag, tag, value)
            self.lines[name][-1].tags[tag] = value

    @rule(name=threads, tag=tags)
    def set_global_tag(self, name, tag):
        """A thread sets a tag of the whole process: it counts in its recording, and in no other."""
        if self.lines[name]:
            value = self.next_name("global")
            self.hands[name](lambda: self.sdk.get_global_scope().set_tag(f"everywhere_{tag}", value))
            self.lines[name][-1].everywhere[f"everywhere_{tag}"] = value

    @rule(name=threads)
    def add_breadcrumb(self, name):
        """A thread leaves a breadcrumb: it is told to its recording, and goes with its next events."""
        if self.lines[name]:
            message = self.next_name("crumb")
            self.hands[name](self.sdk.add_breadcrumb, message=message)
            self.lines[name][-1].crumbs.append(message)
            self.lines[name][-1].told_crumbs.append(message)

    @rule(name=threads)
    def initialise(self, name):
        """A thread initialises the SDK: it is its recording's client from now on."""
        if self.lines[name]:
            release = self.next_name("release")
            self.hands[name](self.sdk.init, release=release, **self.options)
            self.lines[name][-1].release = release

    @rule(name=threads)
    def report(self, name):
        """A thread reports: its recording gets it; the only line gets what nobody owns, or each line is told of it."""
        message = self.next_name("event")
        recorded = self.recording_of(name)
        self.hands[name](self.sdk.capture_message, message)
        if recorded is None:
            for line in self.lines.values():
                for each in line:
                    each.strays += 1
            return
        own = recorded.tags if self.lines[name] else {}
        crumbs = recorded.crumbs if self.lines[name] else []
        is_stranger = not self.lines[name]
        recorded.events.append((message, {**recorded.everywhere, **own}, tuple(crumbs), recorded.release, is_stranger))


def judge(recorded):
    """Compare a recording with what the model says of it."""
    found = [
        (
            event.message,
            {
                key: value
                for key, value in event.tags.items()
                if key in {"one", "two", "everywhere_one", "everywhere_two"}
            },
            tuple(crumb.message for crumb in event.breadcrumbs),
            event.release if str(event.release).startswith("release ") else None,
            event.stranger,
        )
        for event in recorded.handle.events
    ]
    assert found == recorded.events
    assert [crumb.message for crumb in recorded.handle.breadcrumbs] == recorded.told_crumbs
    told = [lost for lost in recorded.handle.dropped if lost.reason == "no_owner" and lost.category == "error"]
    assert len(told) == recorded.strays


class SideBySideNative(SideBySide):
    """With the project's own SDK."""

    backend = "native"
    options: ClassVar[dict[str, object]] = {}


class SideBySideSentry(SideBySide):
    """With the real one."""

    sdk = sentry_sdk
    backend = "sentry_sdk"
    options: ClassVar[dict[str, object]] = {"default_integrations": False, "auto_enabling_integrations": False}


@pytest.mark.parametrize("machine", [SideBySideNative, SideBySideSentry])
def test_each_recording_has_what_its_own_thread_reports_and_nothing_survives(machine):
    """Always: every event, tag, breadcrumb and client is where the model says, in whatever order recordings end."""
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=25, deadline=None))
