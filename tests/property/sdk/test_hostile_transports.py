"""Whatever a transport does, the application never hears of it, never waits for it, and every report is counted."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack import sdk
from pytest_errortrack.sdk.testing import preserved_state

MOODS = {
    "takes": None,
    "raises": ValueError("send"),
    "resets": ConnectionResetError(104, "reset by peer"),
    "times out": TimeoutError("no answer"),
    "ends the program": SystemExit(1),
}


class Moody:
    """A transport that does something else with each envelope, in turn."""

    def __init__(self, moods):
        self.moods = list(moods)
        self.sent = 0

    def send(self, envelope):
        """Take the envelope, or fail as it is the turn of."""
        events = sum(item.type == "event" for item in envelope.items)
        error = MOODS[self.moods.pop(0)] if events and self.moods else None
        if error is not None:
            raise error
        self.sent += events

    def flush(self, timeout):  # noqa: ARG002 - a transport takes it
        """Tell that nothing is pending."""
        return True

    def close(self, timeout):
        """Let go of nothing."""


class Stuck(Moody):
    """A transport whose first envelope is not sent before somebody lets it go."""

    def __init__(self):
        super().__init__(())
        self.began, self.may_go = threading.Event(), threading.Event()

    def send(self, envelope):
        """Wait."""
        self.began.set()
        self.may_go.wait(30)
        super().send(envelope)


def counted(client):
    """Return how many error events a client says were lost."""
    return sum(lost for (_, category), lost in client._own.losses.ledger().items() if category == "error")


@settings(max_examples=40)
@given(st.lists(st.sampled_from(sorted(set(MOODS) - {"ends the program"})), min_size=1, max_size=5), st.integers(0, 1))
def test_hostile_transports_never_raise(moods, threads):
    """T4, CR3: a transport that raises costs the report, which is counted, and nothing else, in whatever thread."""
    with preserved_state():
        transport = Moody(moods)
        client = sdk.init(transport=transport, background_worker_threads=threads)
        for number in range(len(moods) + 1):
            sdk.capture_message(str(number))
        assert sdk.flush(30)

        assert transport.sent == moods.count("takes") + 1
        assert counted(client) == len(moods) + 1 - transport.sent
        client.close()


def test_transport_that_ends_its_thread_costs_one_report():
    """T9: SystemExit in the worker's thread neither ends the program nor the worker."""
    with preserved_state():
        transport = Moody(["ends the program"])
        client = sdk.init(transport=transport, background_worker_threads=1)
        sdk.capture_message("1")
        sdk.capture_message("2")
        assert sdk.flush(30)

        assert (transport.sent, counted(client)) == (1, 1)
        client.close()


def test_transport_that_blocks_makes_nobody_wait():
    """T8, P9: captures return while the transport is stuck, a flush in its time; what has no room is counted."""
    with preserved_state():
        transport = Stuck()
        client = sdk.init(transport=transport, background_worker_threads=1, transport_queue_size=2)
        sdk.capture_message("stuck")
        assert transport.began.wait(30)
        for number in range(5):
            sdk.capture_message(str(number))
        assert sdk.flush(0.01) is False
        assert counted(client) == 3

        transport.may_go.set()
        assert sdk.flush(30)
        assert transport.sent == 3
        client.close()


@pytest.mark.parametrize("frames", [1, 4])
def test_repr_that_takes_its_time_is_asked_once(frames):
    """F5, M13: a repr that takes longer than all of the event may take is waited for once, however many there are."""
    asked = []

    class Sleeping:
        def __repr__(self):
            asked.append(1)
            until = time.monotonic() + 0.06
            while time.monotonic() < until:
                threading.Event().wait(0.01)
            return "slept"

    def fail(left):
        variables = [Sleeping() for _ in range(5)]
        if left:
            fail(left - 1)
        raise ValueError(len(variables))

    with preserved_state():
        memory = sdk.MemoryTransport()
        sdk.init(transport=memory)
        try:
            fail(frames)
        except ValueError as error:
            sdk.capture_exception(error)

    assert len(asked) == 1
    assert len(memory.events) == 1
