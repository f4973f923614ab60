"""`pytest --judge-payloads`: whatever the SDK sends in this run is judged by Relay's normaliser at its end.

Every envelope of ours becomes bytes in one place, whoever takes it: the memory, the recorder of a test, a server. There
the payloads of events and transactions are collected, each distinct one once, with the first test that made it. A
payload that the server would change or refuse fails the run.

    pytest --judge-payloads tests/unit/sdk tests/property/sdk tests/integration/sdk tests/plugin

An event that an application made itself goes as it is, right or wrong. A test that hands in a wrong one on purpose says
so: `@pytest.mark.wrong_payload`.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from relay_judge import running_relay

JUDGED = frozenset({"event", "transaction"})
# What differs from one run of a test to the next and says nothing of a payload's shape.
PASSING = frozenset({"event_id", "timestamp", "start_timestamp", "trace_id", "span_id", "parent_span_id", "lineno"})


def pytest_addoption(parser):
    """Add the option, for this repository alone."""
    parser.addoption("--judge-payloads", action="store_true", help="let Relay judge what the SDK sends in this run")


def pytest_configure(config):
    """Begin to collect."""
    config.addinivalue_line(
        "markers", "wrong_payload: reports an event that a server would change or refuse, on purpose"
    )
    if config.getoption("--judge-payloads"):
        config.pluginmanager.register(Collector(), "judged-payloads")


class Collector:
    """Collects the payloads of a run, and has them judged at its end."""

    def __init__(self):
        self._nodeid = ""
        self._is_judged = True
        self._seen = {}
        self._counts = Counter()
        self._verdicts = []

    def pytest_sessionstart(self):
        """Put an ear where envelopes become bytes."""
        from pytest_errortrack.sdk import Envelope

        written = self._written = Envelope.serialize

        def serialize(envelope):
            for item in envelope.items:
                if self._is_judged and item.type in JUDGED:
                    self.take(item)
            return written(envelope)

        Envelope.serialize = serialize

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Remember which test runs."""
        self._nodeid = item.nodeid
        self._is_judged = item.get_closest_marker("wrong_payload") is None
        return (yield)

    def take(self, item):
        """Take the payload of an item, if the SDK made it and it is a new one."""
        try:
            payload = json.loads(item.payload)
        except ValueError:  # some tests hand around payloads that are none
            return
        if not isinstance(payload, dict) or (payload.get("sdk") or {}).get("name") != "pytest-errortrack":
            return
        self._counts["made"] += 1
        self._seen.setdefault(json.dumps(lasting(payload), sort_keys=True), (self._nodeid, payload))

    def pytest_sessionfinish(self, session):
        """Have the payloads judged; one that is not in order fails the run."""
        from pytest_errortrack.sdk import Envelope

        Envelope.serialize = self._written
        with running_relay() as relay:
            for nodeid, payload in self._seen.values():
                self._counts[payload.get("type") or "event"] += 1
                if problems := relay.problems(payload):
                    self._verdicts.append((nodeid, problems))
        if self._verdicts:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        """Tell what was judged, and each payload with a problem."""
        terminalreporter.section("payloads judged by Relay")
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        terminalreporter.line(f"{len(self._seen)} distinct ({counts}), {len(self._verdicts)} with problems")
        for nodeid, problems in self._verdicts:
            terminalreporter.line(f"{nodeid}: {'; '.join(problems)}")


def lasting(value):
    """Return a payload without what differs from one run of a test to the next."""
    if isinstance(value, dict):
        return {name: lasting(each) for name, each in value.items() if name not in PASSING}
    if isinstance(value, list):
        return [lasting(each) for each in value]
    return value
