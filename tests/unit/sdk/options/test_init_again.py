"""Tests of an SDK that is initialised more than once."""

from __future__ import annotations

import subprocess
import sys
import threading

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk._scope import process


def test_hooks_of_the_process_are_registered_once():
    """O7: however often the SDK is initialised, one hook waits for the exit, and one for a fork."""
    code = """
import atexit, os
from unittest import mock
from pytest_errortrack import sdk
with mock.patch.object(atexit, "register") as at_exit, mock.patch.object(os, "register_at_fork") as at_fork:
    sdk.init("")
    first = at_exit.call_count, at_fork.call_count
    for _ in range(3):
        sdk.init("")
        sdk.close()
    print(first == (at_exit.call_count, at_fork.call_count), first[0] <= 1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter

    assert done.stdout.split() == ["True", "True"]


def test_scopes_outlive_their_client(start):
    """O7: what was set before the SDK is initialised, or initialised anew, is on the events of the new client."""
    sdk.set_tag("before", "1")
    first = start()
    sdk.set_tag("between", "1")
    second = start()
    sdk.capture_message("m")

    assert first.events == []
    assert second.events[0]["tags"] == {"before": "1", "between": "1"}


def test_init_that_fails_changes_nothing(start):
    """O7, O6: a wrong option leaves the client that there is as it is, open."""
    memory = start()
    client = sdk.get_client()
    for wrong in ({"sample_rate": 2}, {"relaese": "1"}, {"dsn": "nonsense"}):
        try:
            sdk.init(**wrong)
        except sdk.SdkError:
            assert sdk.get_client() is client

    assert sdk.capture_message("m") is not None
    assert len(memory.events) == 1


def test_hub_follows_the_process_to_its_new_client(start):
    """O7, C7: a hub that no client was bound to reports to the process's, which may become another one."""
    hub = Hub.current
    first = start()
    hub.capture_message("1")
    second = start()
    hub.capture_message("2")

    assert [event["message"] for event in first.events] == ["1"]
    assert [event["message"] for event in second.events] == ["2"]


def test_threads_that_initialise_at_once_leave_one_client(start):
    """O7: of clients that are made at the same time one is the process's, and all others are closed."""
    barrier = threading.Barrier(4)
    clients = []

    def initialise():
        barrier.wait()
        clients.append(sdk.init(transport=sdk.MemoryTransport()))

    threads = [threading.Thread(target=initialise) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [client for client in clients if not client.is_closed] == [process.client]
