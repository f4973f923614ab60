"""Who wrote what an event of the real `sentry_sdk` carries."""

from __future__ import annotations

import _thread
import copy
import threading
import warnings
from contextlib import contextmanager

import pytest

from pytest_errortrack import capture
from pytest_errortrack._capture import current_recording

sentry_sdk = pytest.importorskip("sentry_sdk")
from sentry_sdk.integrations.threading import ThreadingIntegration  # noqa: E402 - see above
from sentry_sdk.scope import Scope, isolation_scope, new_scope  # noqa: E402 - see above


@contextmanager
def recording(**options):
    """Record, with an application's own client."""
    with capture(backend="sentry_sdk", dsn="", default_integrations=False, traces_sample_rate=1.0, **options) as handle:
        yield handle


def in_thread(function, *, name):
    """Run a function in a thread of its own, to its end."""
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join()


def findings(errortrack, **keywords):
    """Return what the oracle finds, or nothing."""
    try:
        errortrack.events.assert_isolated(**keywords)
    except AssertionError as error:
        return str(error)
    return ""


WRITES = {
    'tags["t"]': lambda scope: scope.set_tag("t", "B"),
    'tags["many"]': lambda scope: scope.set_tags({"many": "B"}),
    'extra["e"]': lambda scope: scope.set_extra("e", "B"),
    'user["id"]': lambda scope: scope.set_user({"id": "B"}),
    'contexts["c"]["x"]': lambda scope: scope.set_context("c", {"x": "B"}),
    "level": lambda scope: scope.set_level("fatal"),
    "fingerprint": lambda scope: setattr(scope, "fingerprint", ["B"]),
    "transaction": lambda scope: scope.set_transaction_name("B"),
    "breadcrumbs[0]": lambda scope: scope.add_breadcrumb(message="B"),
    'attachments["B.txt"]': lambda scope: scope.add_attachment(bytes=b"B", filename="B.txt"),
    "event_processors": lambda scope: scope.add_event_processor(lambda event, _: event),
    "error_processors": lambda scope: scope.add_error_processor(lambda event, _: event),
    'contexts["flags"]["f"]': lambda scope: scope.flags.set("f", True),
    'contexts["trace"]': lambda scope: setattr(scope, "span", sentry_sdk.start_transaction(name="B")),
}


if not hasattr(Scope, "set_tags"):
    del WRITES['tags["many"]']
if not hasattr(Scope, "flags"):
    del WRITES['contexts["flags"]["f"]']


@pytest.mark.parametrize(("path", "write"), WRITES.items(), ids=WRITES)
@pytest.mark.parametrize("find", ["get_global_scope", "get_isolation_scope", "get_current_scope"])
def test_every_field_of_every_scope_is_watched(path, write, find):
    """Whatever a scope holds, a foreign value of it is found and named, whichever of the three scopes it is."""
    with recording() as errortrack:
        scope = getattr(Scope, find)()
        in_thread(lambda: write(scope), name="B")
        with errortrack.actor("A"):
            sentry_sdk.capture_exception(ValueError("test!"))

    found = findings(errortrack)

    assert "captured by A (test_provenance_of_sentry.py:" in found
    assert f"\n    {path}" in found
    assert "written by B at test_provenance_of_sentry.py:" in found


def test_what_the_actor_overrides_is_its_own():
    """A foreign value that a nearer scope, the call or the event itself beats is not carried: no finding."""
    with recording() as errortrack:
        shared = Scope.get_global_scope()

        def foreign():
            shared.set_tag("scope", "B")
            shared.set_tag("argument", "B")
            shared.set_user({"id": "B"})
            shared.set_extra("removed", "B")
            shared.set_transaction_name("B")

        in_thread(foreign, name="B")
        with errortrack.actor("A"), new_scope() as scope:
            scope.set_tag("scope", "A")
            shared.remove_extra("removed")
            sentry_sdk.capture_event(
                {"message": "test!", "user": {"id": "A"}, "transaction": "A"}, tags={"argument": "A"}
            )

    assert findings(errortrack) == ""
    assert errortrack.events.one().tags == {"scope": "A", "argument": "A"}


def test_only_what_was_sent_counts():
    """What `before_send` takes away is not carried, and what it changes is told as it was sent."""

    def before_send(event, _):
        event["tags"]["card"] = "[filtered]"
        del event["tags"]["gone"]
        return event

    with recording(before_send=before_send) as errortrack:
        shared = Scope.get_global_scope()
        in_thread(lambda: [shared.set_tag(key, "4111") for key in ("card", "gone")], name="B")
        with errortrack.actor("A"):
            sentry_sdk.capture_message("test!")

    found = findings(errortrack)

    assert "tags[\"card\"] = '[filtered]'" in found
    assert "gone" not in found
    assert "4111" not in found


def test_stamps_travel_through_forks_copies_and_merges():
    """A fork, a copy, and a scope that took over another one know the writers of what they got."""
    for carry in (
        lambda scope: scope.fork(),
        copy.copy,
        lambda scope: merged_with(Scope(), scope),
    ):
        with recording() as errortrack:
            shared = Scope()
            in_thread(lambda shared=shared: shared.set_tag("t", "B"), name="B")
            with errortrack.actor("A"):
                sentry_sdk.capture_message("test!", scope=carry(shared))

        assert 'tags["t"]' in findings(errortrack)


def merged_with(scope, other):
    """Let a scope take over another one."""
    scope.update_from_scope(other)
    return scope


def test_a_cleared_scope_has_forgotten_its_writers():
    """After `clear()` and a removal nothing is carried, but a processor stays, as it does in `sentry_sdk`."""
    with recording() as errortrack:
        shared = Scope.get_global_scope()

        def foreign():
            shared.set_tag("t", "B")
            shared.add_breadcrumb(message="B")
            shared.add_event_processor(lambda event, _: event)

        in_thread(foreign, name="B")
        with errortrack.actor("A"):
            shared.clear()
            sentry_sdk.capture_message("test!")

    found = findings(errortrack)

    assert "event_processors" in found
    assert "tags" not in found
    assert "breadcrumbs" not in found


def test_what_was_written_before_the_recording_is_nobodys():
    """Values from before, on whatever scope, have no writer and are never a finding."""
    kept = Scope()
    kept.set_tag("kept", "before")
    kept.add_breadcrumb(message="before")
    with recording() as errortrack:
        for name in ("A", "B"):
            with errortrack.actor(name), isolation_scope():
                sentry_sdk.capture_message("test!", scope=kept)

    assert findings(errortrack) == ""
    assert [event.tags for event in errortrack.events] == [{"kept": "before"}] * 2


def test_spans_know_who_opened_them_and_who_wrote_on_them():
    """A span opened in a foreign transaction, and data that a foreigner wrote on one's own, are found and named."""
    with recording() as errortrack:
        with errortrack.actor("A"):
            transaction = sentry_sdk.start_transaction(name="t")
            span = transaction.start_child(op="own")
            transaction.set_tag("own", "A")
            span.finish()
        with errortrack.actor("B"):
            transaction.start_child(op="foreign").finish()
            span.set_data("rows", 3)
            span.set_tag("table", "B")
            span.set_status("ok")
            transaction.set_tag("t", "B")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # newer versions deprecate it
                transaction.set_measurement("m", 1, "second")
            transaction.set_context("c", {"x": "B"})
        with errortrack.actor("C"):
            transaction.finish()

    of_spans = findings(errortrack, shared=["tags", "contexts", "measurements"])
    of_transaction = findings(errortrack, shared=["spans"])

    assert "\n    spans[1] = 'foreign'   written by B at" in of_spans
    assert "\n    spans[0] = 'own'   written by A at" in of_spans
    assert '\n    spans[0]["data"]["rows"] = 3   written by B at' in of_spans
    assert '\n    spans[0]["tags"]["table"] = \'B\'   written by B at' in of_spans
    if "status" in errortrack.transactions.one().payload["spans"][0]:  # older versions have it among the tags
        assert "\n    spans[0][\"status\"] = 'ok'   written by B at" in of_spans
    for path in ('tags["t"]', 'measurements["m"]', 'contexts["c"]["x"]'):
        assert f"\n    {path}" in of_transaction
    assert "\n    tags[\"own\"] = 'A'   written by A at" in of_transaction


def test_helpers_of_a_unit_of_work_are_part_of_it():
    """Threads that an actor starts write on its scope and open spans in its transaction: its own doing."""
    with recording() as errortrack:
        for name in ("A", "B"):
            with (
                errortrack.actor(name),
                isolation_scope() as scope,
                sentry_sdk.start_transaction(name=name) as transaction,
            ):

                def help_it(scope=scope, transaction=transaction):
                    scope.set_tag("helped", "yes")
                    with transaction.start_child(op="helper") as span:
                        span.set_data("rows", 3)

                in_thread(help_it, name="helper")
                sentry_sdk.capture_message("test!")

    assert findings(errortrack) == ""


def test_isolation_scopes_are_actors():
    """Two blocks in one thread are two units of work, what is outside of both is inherited; a nested one inherits."""
    with recording() as errortrack:
        sentry_sdk.set_tag("configured", "yes")
        with isolation_scope():
            Scope.get_global_scope().set_tag("first", "yes")
            with isolation_scope():
                sentry_sdk.capture_message("nested")
        with isolation_scope():
            sentry_sdk.capture_message("second")

    found = findings(errortrack)

    assert "events[1]" in found
    assert 'tags["first"]' in found
    assert "events[0]" not in found
    assert "configured" not in found


def test_threads_of_the_default_integrations_inherit_and_do_not_mix():
    """Under the threading integration a thread works on forks: the parent's data is there, its sibling's is not."""
    with capture(backend="sentry_sdk", dsn="", auto_enabling_integrations=False) as errortrack:
        sentry_sdk.set_tag("tenant", "acme")

        def report(name):
            sentry_sdk.set_tag("request", name)
            sentry_sdk.capture_message("test!")

        for name in ("A", "B"):
            in_thread(lambda name=name: report(name), name=name)
        errortrack.events.assert_isolated(inherited=["tags.tenant"])

    assert [event.tags for event in errortrack.events] == [
        {"tenant": "acme", "request": "A"},
        {"tenant": "acme", "request": "B"},
    ]


def test_too_much_isolation_is_found_too():
    """`inherited=` names what an actor lacks of what its ancestor wrote before starting it."""
    with recording() as errortrack:
        sentry_sdk.set_tag("tenant", "acme")
        for name in ("A", "B"):
            in_thread(lambda: sentry_sdk.capture_message("test!"), name=name)
        errortrack.events.assert_isolated()
        with pytest.raises(AssertionError) as failure:
            errortrack.events.assert_isolated(inherited=["tags.tenant"])
        with pytest.raises(AssertionError, match="proves nothing"):
            errortrack.events.assert_isolated(inherited=["tags.nobody"])

    message = str(failure.value)
    assert "captured by A (test_provenance_of_sentry.py:" in message
    assert "lacks what its ancestor MainThread wrote before starting it:" in message
    assert '\n    tags["tenant"]   written by MainThread at test_provenance_of_sentry.py:' in message


def test_what_the_parent_writes_after_the_start_is_told_apart():
    """A write of an ancestor that comes after the start is a finding of its own."""
    with recording() as errortrack:
        shared, started, go_on = Scope.get_global_scope(), threading.Event(), threading.Event()

        def report():
            started.set()
            go_on.wait()
            sentry_sdk.capture_message("test!")

        threads = [threading.Thread(target=report, name=name) for name in ("A", "B")]
        for thread in threads:
            thread.start()
        started.wait()
        shared.set_tag("late", "yes")
        go_on.set()
        for thread in threads:
            thread.join()

    assert "that its ancestor MainThread wrote after starting it:" in findings(errortrack)


def test_values_handed_over_twice_belong_to_the_last_hand():
    """A mapping that two give to the SDK is one object: what the other changed in it is the other's data."""
    with recording() as errortrack:
        user, context = {"plan": "free"}, {}

        def handle(name, ready, go_on):
            with errortrack.actor(name), isolation_scope() as scope:
                user["id"] = context["id"] = name
                scope.set_user(user)
                scope.set_context("c", context)
                ready.set()
                go_on.wait()
                sentry_sdk.capture_message("test!")

        first, second = threading.Event(), threading.Event()
        thread = threading.Thread(target=handle, args=("A", first, second))
        thread.start()
        first.wait()
        handle("B", second, second)
        thread.join()

    found = findings(errortrack)

    assert "user[\"id\"] = 'B'" in found
    assert 'contexts["c"]["id"] = \'B\'' in found
    assert "plan" not in found


def test_an_event_of_unknown_origin_proves_nothing():
    """What came from outside of this process has no writers: the oracle says so instead of passing."""
    with recording() as errortrack:
        for name in ("A", "B"):
            with errortrack.actor(name):
                sentry_sdk.capture_message("test!")
        wire = errortrack.envelopes[0].serialize()
    with capture() as other:
        current_recording().recorder.receive(wire, sdk="sentry_sdk")

        assert "nobody knows who captured events[0]" in findings(other)


def test_a_key_that_an_event_does_not_have_names_the_event():
    """`key=` that fails on an event tells which one, and what tags it has."""
    with recording() as errortrack:
        sentry_sdk.capture_message("test!", tags={"other": "yes"})

        found = findings(errortrack, key=lambda event: event.tags["request"])

    assert found.startswith('events[0] "test!" captured by MainThread (test_provenance_of_sentry.py:')
    assert ") has no key: KeyError: 'request'." in found
    assert "'other': 'yes'" in found


def test_own_slots_do_not_cover_those_of_sentry_sdk():
    """What a traced scope adds has names of its own, whatever version of `sentry_sdk` is there."""
    from pytest_errortrack.bridge._traced_scope import Plain, TracedScope

    assert set(TracedScope.__slots__).isdisjoint(dir(Plain))


@pytest.mark.parametrize("opens_a_span", [False, True])
def test_a_span_leaves_the_transactions_name_to_whoever_gave_it(opens_a_span):
    """Putting a span on a scope does not make the name that somebody else gave one's own."""
    with recording() as errortrack:
        scope = sentry_sdk.get_isolation_scope()

        def capture_with_span():
            if opens_a_span:
                scope.span = sentry_sdk.tracing.Span(op="db")
            scope.capture_message("A")

        in_thread(lambda: scope.set_transaction_name("/b/secret"), name="B")
        in_thread(capture_with_span, name="A")

    assert "transaction = '/b/secret'   written by B" in findings(errortrack)


def test_what_before_send_removed_is_no_finding():
    """What was not sent cannot be somebody else's."""

    def strip(event, hint):
        event.pop("breadcrumbs")
        return event

    found = []
    for callback in (None, strip):
        with recording(before_send=callback) as errortrack:
            scope = sentry_sdk.get_isolation_scope()
            in_thread(lambda scope=scope: scope.add_breadcrumb(message="secret of B"), name="B")
            in_thread(lambda scope=scope: scope.capture_message("A"), name="A")
            found.append(findings(errortrack))

    assert ["secret of B" in each for each in found] == [True, False]


def test_pairs_of_tags_are_taken_as_outside_of_a_test():
    """`set_tags` takes whatever makes a mapping."""
    with recording() as errortrack:
        sentry_sdk.get_isolation_scope().set_tags([("a", "b")])
        sentry_sdk.capture_message("low")

    assert errortrack.events.one().tags == {"a": "b"}


def test_a_raw_thread_lacks_what_its_starter_set():
    """`_thread` tells nobody who started it: what the starter set is missing there, which `inherited=` says."""

    def start_raw(function):
        done = threading.Event()
        _thread.start_new_thread(lambda: (function(), done.set()), ())
        done.wait(20)

    def told(start):
        with capture(
            backend="sentry_sdk", dsn="", auto_enabling_integrations=False, integrations=[ThreadingIntegration()]
        ) as errortrack:
            sentry_sdk.set_tag("tenant", "acme")
            for _ in range(2):
                start(lambda: sentry_sdk.capture_message("test!"))
        return findings(errortrack, inherited=["tags.tenant"])

    lacking, passed = told(start_raw), told(lambda function: in_thread(function, name="A"))

    assert '\n    tags["tenant"]   written by MainThread at test_provenance_of_sentry.py:' in lacking
    assert passed == ""
