"""What the isolation oracle knows of `sentry_sdk`: which data an event carries, and who wrote it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sentry_sdk

pytestmark = pytest.mark.not_on("interleaved")


def two_requests(write):
    """Two threads write, each its own; then both report."""
    both_have_written = threading.Barrier(2, timeout=20)

    def handle(name):
        with sentry_sdk.isolation_scope():
            write(name)
            both_have_written.wait()
            sentry_sdk.capture_message(f"failed {name}")

    threads = [threading.Thread(target=handle, args=(name,)) for name in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.capability("provenance: isolated reports pass")
def test_isolated(captured_events):
    """Each request writes to its own isolation scope."""

    def write(name):
        sentry_sdk.set_tag("request", name)
        sentry_sdk.set_user({"id": name})
        sentry_sdk.set_context("order", {"of": name})
        sentry_sdk.add_breadcrumb(message=name)

    two_requests(write)

    assert len(captured_events) == 2
    captured_events.assert_isolated()


WRITES = {
    "tags": lambda scope, name: scope.set_tag("request", name),
    "extra": lambda scope, name: scope.set_extra("request", name),
    "user": lambda scope, name: scope.set_user({"id": name}),
    "contexts": lambda scope, name: scope.set_context("order", {"of": name}),
    "level": lambda scope, name: scope.set_level("error" if name == "A" else "fatal"),
    "fingerprint": lambda scope, name: setattr(scope, "fingerprint", [name]),
    "breadcrumbs": lambda scope, name: scope.add_breadcrumb(message=name),
    "attachments": lambda scope, name: scope.add_attachment(bytes=name.encode(), filename=f"{name}.txt"),
    "event processors": lambda scope, _: scope.add_event_processor(lambda event, _: event),
}


@pytest.mark.parametrize(
    "field", [pytest.param(field, marks=pytest.mark.capability(f"provenance: {field}")) for field in WRITES]
)
def test_mixed(captured_events, field):
    """Both requests write to the global scope: each event carries what the other wrote."""
    two_requests(lambda name: WRITES[field](sentry_sdk.Scope.get_global_scope(), name))

    assert len(captured_events) == 2
    with pytest.raises(AssertionError, match="carries data that"):
        captured_events.assert_isolated()


@pytest.mark.capability("provenance: jobs of a pool")
def test_residue_of_a_job(captured_events):
    """What one job leaves on a reused thread is foreign to the next."""

    def handle(name, *, writes):
        if writes:
            sentry_sdk.set_tag("request", name)
        sentry_sdk.capture_message(f"failed {name}")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(handle, "A", writes=True).result(20)
        pool.submit(handle, "B", writes=False).result(20)

    if captured_events[1].tags.get("request") is None:  # the job ran in a copy of its submitter's scopes
        captured_events.assert_isolated()
        return
    with pytest.raises(AssertionError, match="carries data that"):
        captured_events.assert_isolated()


@pytest.mark.capability("provenance: with a key")
def test_key(captured_events):
    """The same for those who stamp their own ids."""
    two_requests(lambda name: sentry_sdk.set_tag("request", name))

    captured_events.assert_isolated(key=lambda event: event.tags["request"])
    with pytest.raises(AssertionError, match="same key"):
        captured_events.assert_isolated(key=lambda _: "one")
