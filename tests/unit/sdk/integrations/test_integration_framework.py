"""Tests of how integrations are set up, and of what they do to events."""

from __future__ import annotations

import threading

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._integration import client_with
from pytest_errortrack.sdk._scope import process


class Noting:
    """An integration that notes what is called."""

    def __init__(self, identifier, calls):
        self.identifier = identifier
        self.calls = calls

    def setup_once(self):
        """Note it."""
        self.calls.append((self.identifier, "setup_once"))

    def setup(self, client):
        """Note it, and whose it is."""
        self.calls.append((self.identifier, "setup", client))

    def after_all_setup(self, client):
        """Note it, and whose it is."""
        self.calls.append((self.identifier, "after_all_setup", client))


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    """What earlier tests hooked in is not known."""
    monkeypatch.setattr(process, "installed", frozenset())


def test_integrations_are_set_up_in_order(start):
    """I4: hooked in once in the life of the process, then set up for each client, then told that all are."""
    calls = []
    first = sdk.init("", integrations=[Noting("a", calls), Noting("b", calls)])
    second = sdk.init("", integrations=[Noting("a", calls)])

    assert calls == [
        ("a", "setup_once"),
        ("b", "setup_once"),
        ("a", "setup", first),
        ("b", "setup", first),
        ("a", "after_all_setup", first),
        ("b", "after_all_setup", first),
        ("a", "setup", second),
        ("a", "after_all_setup", second),
    ]


def test_hooks_are_put_in_once_by_many_threads():
    """I4: of threads that initialise at the same time one hooks in."""
    calls = []
    barrier = threading.Barrier(4)

    def initialise():
        barrier.wait()
        sdk.init("", integrations=[Noting("a", calls)])

    threads = [threading.Thread(target=initialise) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert calls.count(("a", "setup_once")) == 1
    assert sum(call[1] == "setup" for call in calls) == 4


@pytest.mark.parametrize("name", ["setup_once", "setup", "after_all_setup"])
def test_integration_that_fails_is_logged(name, caplog):
    """I4: an integration that fails stops neither `init` nor the others."""
    calls = []
    broken = Noting("broken", calls)
    setattr(broken, name, lambda *_: 1 / 0)

    sdk.init("memory://", integrations=[broken, Noting("b", calls)])

    assert f"{name} of the integration 'broken' failed" in caplog.text
    assert [call[:2] for call in calls if call[0] == "b"] == [
        ("b", "setup_once"),
        ("b", "setup"),
        ("b", "after_all_setup"),
    ]
    assert sdk.capture_message("m") is not None


def test_integrations_see_events_first_and_last(start):
    """I4: `preprocess_event` comes before the processors of scopes, `processor` and `process_event` after them."""

    class Hooked(Noting):
        def preprocess_event(self, event, hint, client):
            event["extra"] = {"order": ["preprocess"], "hint": hint["own"], "same": client is sdk.get_client()}

        def processor(self, event, hint):  # noqa: ARG002 - the protocol
            event["extra"]["order"].append("processor")
            return event

        def process_event(self, event, hint, client):  # noqa: ARG002 - the protocol
            event["extra"]["order"].append("process")
            return event

    memory = start(integrations=[Hooked("a", [])])

    def of_scope(event, _hint):
        event["extra"]["order"].append("scope")
        return event

    sdk.add_event_processor(of_scope)
    sdk.capture_message("m", hint={"own": "hint"})

    expected = {"order": ["preprocess", "scope", "processor", "process"], "hint": "hint", "same": True}
    assert memory.events[0]["extra"] == expected


@pytest.mark.parametrize("name", ["preprocess_event", "process_event"])
def test_integration_that_fails_on_an_event_drops_it(start, name, caplog):
    """I4, P3: a hook that raises drops the event, and the log names it."""

    class Hooked(Noting):
        pass

    def failing(self, event, hint, client):
        raise KeyError("boom")

    failing.__qualname__ = "Hooked.failing"
    setattr(Hooked, name, failing)
    memory = start(integrations=[Hooked("a", [])])

    assert sdk.capture_message("m") is None
    assert memory.events == []
    assert "Hooked.failing failed" in caplog.text


def test_integrations_can_be_disabled_and_replaced(start):
    """O2, I4: one that is disabled is not used; of two with one identifier, and of the defaults, the given last is."""
    calls = []
    default, given = Noting("a", calls), Noting("a", calls)
    client = sdk.Client("", defaults=[default, Noting("b", calls)], integrations=[given])
    assert client.integrations[0] is given
    assert [each.identifier for each in client.integrations] == ["a", "b"]
    assert sdk.Client("", defaults=[default], default_integrations=False).integrations == ()
    for disabled in (["a"], [given], [Noting("a", [])]):
        assert sdk.Client("", defaults=[default], disabled_integrations=disabled).integrations == ()


def test_hooks_ask_for_the_client_that_uses_them():
    """I4: a hook stays when its client goes, and does nothing for one that does not use it."""
    assert client_with("a") is None
    client = sdk.init("", integrations=[Noting("a", [])])
    assert client_with("a") is client
    assert client_with("b") is None
    sdk.init("")
    assert client_with("a") is None
    with sdk.new_scope() as scope:
        scope.set_client(sdk.Client("", integrations=[Noting("a", [])]))
        assert client_with("a") is scope.state["client"]
    sdk.close()
    assert client_with("a") is None
