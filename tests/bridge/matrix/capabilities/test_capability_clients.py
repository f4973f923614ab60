from __future__ import annotations

import pytest
import sentry_sdk
import shop
from sentry_sdk.transport import Transport


def client_of_its_own(**options):
    client_class = type(shop.APP_CLIENT)
    return client_class(default_integrations=False, auto_enabling_integrations=False, **options)


class Kept(Transport):
    """A transport as an application may have one of its own."""

    def __init__(self, options=None):
        super().__init__(options)
        self.envelopes = []

    def capture_envelope(self, envelope):
        """Keep it."""
        self.envelopes.append(envelope)


@pytest.mark.capability("init before the test")
def test_init_before(captured_events):
    """The application's own client is used, untouched."""
    sentry_sdk.capture_message("low")

    assert captured_events.one().release == "shop@1.2.3"
    assert sentry_sdk.get_client() is shop.APP_CLIENT


@pytest.mark.capability("init during the test")
def test_init_during(captured_events):
    """An application that calls `init` in the test is followed."""
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="during@1", auto_enabling_integrations=False)
    sentry_sdk.capture_message("low")

    assert captured_events.one().release == "during@1"


@pytest.mark.capability("init during the test")
def test_init_during_is_over(captured_events):
    """The next test has the application's client again."""
    sentry_sdk.capture_message("low")

    assert captured_events.one().release == "shop@1.2.3"


@pytest.mark.capability("init twice")
def test_init_twice(captured_events):
    """The last one counts; both are captured."""
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="first@1", auto_enabling_integrations=False)
    sentry_sdk.capture_message("one")
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/2", release="second@1", auto_enabling_integrations=False)
    sentry_sdk.capture_message("two")

    assert [(event.message, event.release) for event in captured_events] == [("one", "first@1"), ("two", "second@1")]


@pytest.mark.capability("init without a DSN")
def test_init_without_dsn(captured_events):
    """Captured too, and a failure where nothing came says that nothing would have been sent."""
    sentry_sdk.init(dsn="", release="no-dsn@1", auto_enabling_integrations=False)
    sentry_sdk.capture_message("low")

    assert captured_events.one().release == "no-dsn@1"
    captured_events.clear()
    with pytest.raises(AssertionError, match=r"init\(\) was given no DSN"):
        captured_events.one(message="high")


@pytest.mark.capability("several clients")
def test_several_clients(captured_events):
    """Each client's reports are seen, with its own options."""
    first, second = (
        client_of_its_own(dsn="http://key@127.0.0.1:9/1", release="first@1"),
        client_of_its_own(dsn="http://key@127.0.0.1:9/2", release="second@1"),
    )
    for client in (first, second):
        client.capture_event({"message": "low"}, scope=sentry_sdk.Scope())

    assert [event.release for event in captured_events] == ["first@1", "second@1"]


@pytest.mark.capability("client bound to a scope")
def test_client_on_scope(captured_events):
    """A scope's own client reports while the scope is in force."""
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client_of_its_own(dsn="http://key@127.0.0.1:9/1", release="bound@1"))
        sentry_sdk.capture_message("inside")
    sentry_sdk.capture_message("outside")

    assert captured_events.one(message="inside").release == "bound@1"
    assert captured_events.one(message="outside").release == "shop@1.2.3"


@pytest.mark.capability("the application's own transport")
def test_own_transport(captured_events):
    """It is still called, and what it sends is captured once."""
    kept = Kept()
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=kept, auto_enabling_integrations=False)
    sentry_sdk.capture_message("low")

    captured_events.one(message="low")
    assert [envelope.get_event()["message"] for envelope in kept.envelopes] == ["low"]


@pytest.mark.capability("close in the test")
def test_close(captured_events):
    """What was captured before `close` is there; after it nothing is."""
    sentry_sdk.capture_message("before")
    sentry_sdk.get_client().close()
    sentry_sdk.capture_message("after")

    assert [event.message for event in captured_events] == ["before"]


@pytest.mark.capability("close in the test")
def test_close_is_over(captured_events):
    """The next test has a client that works."""
    sentry_sdk.capture_message("low")

    assert captured_events.one().release == "shop@1.2.3"
