"""Tests of the client: the order of the pipeline, and where things get lost."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from pathlib import Path

import pytest
from sdk_losses import losses

from pytest_errortrack import sdk
from pytest_errortrack.sdk import BadDsn, BadOption, Client, Hub, MemoryTransport


class Fixed(type(sdk.Options().runtime)):
    """A runtime whose random numbers and clock are given."""

    def __init__(self, *, random=0.5, monotonic=0.0):
        self.now = monotonic
        self.number = random

    def random(self):
        """Return the number that the test set."""
        return self.number

    def monotonic(self):
        """Return the time that the test set."""
        return self.now


def test_nothing_happens_without_init():
    """Step 1: without a client nothing is done and nothing is raised."""
    assert sdk.capture_exception(ValueError()) is None
    assert sdk.capture_message("m") is None
    assert sdk.capture_event({"message": "m"}) is None
    assert sdk.flush() is True
    sdk.close()
    assert not sdk.is_initialized()
    assert sdk.last_event_id() is None


@pytest.mark.parametrize("dsn", [None, "", "  "])
def test_client_without_a_dsn_is_inactive(dsn):
    """O1: an empty DSN is right, and sends nothing."""
    client = sdk.init(dsn)

    assert sdk.is_initialized()
    assert not client.is_active
    assert client.dsn is None
    assert sdk.capture_message("m") is None
    assert client.capture_message("m") is None
    assert client.flush() is True


def test_every_way_into_an_inactive_client_is_closed():
    """Step 1: whatever an inactive or closed client is handed, nothing happens."""
    client = Client()
    transaction = sdk.start_transaction("t", sampled=True)
    for _ in range(2):
        assert client.capture_exception(ValueError()) is None
        assert client.capture_message("m") is None
        assert client.capture_event({"message": "m"}) is None
        assert client.capture_transaction(transaction) is None
        client.note_breadcrumb({"message": "m"}, None)
        client.close()


def test_malformed_dsn_is_refused_at_init():
    """D1: a malformed DSN raises at once, and changes nothing."""
    with pytest.raises(BadDsn):
        sdk.init("nonsense")

    assert not sdk.is_initialized()


def test_event_says_where_it_comes_from(start):
    """E1, E8: ids, time, environment, machine, release, SDK, and the os and runtime contexts."""
    memory = start(release="1.0", dist="2", environment="test", server_name="me")
    event_id = sdk.capture_message("m")
    (event,) = memory.events

    assert event["event_id"] == event_id == sdk.last_event_id()
    assert len(event_id) == 32
    assert (event["release"], event["dist"], event["environment"], event["server_name"]) == ("1.0", "2", "test", "me")
    assert event["platform"] == "python"
    assert event["sdk"]["name"] == "pytest-errortrack"
    assert event["contexts"]["runtime"]["name"] == sys.implementation.name.replace("cpython", "CPython")
    assert set(event["contexts"]["os"]) == {"name", "version", "build", "kernel_version"}
    assert isinstance(event["timestamp"], float)
    assert memory.envelopes[0].headers["event_id"] == event_id
    assert memory.envelopes[0].headers["sent_at"].endswith("Z")


def test_own_fields_of_an_event_stay(start):
    """S4: what a ready-made event says of itself is not replaced."""
    memory = start(release="1.0")
    own = {"event_id": "e" * 32, "timestamp": 1.5, "platform": "other", "environment": "own", "release": "own"}

    assert sdk.capture_event({**own, "message": "m"}) == "e" * 32
    assert {name: memory.events[0][name] for name in own} == own


def test_before_send_sees_the_finished_event_and_may_change_it(start):
    """Step 4: `before_send` comes after scopes and processors, with the exception in its hint."""
    seen = []

    def before_send(event, hint):
        seen.append((event["tags"], event["logger"], hint["exc_info"][1], hint["mine"]))
        return {**event, "message": "changed"}

    memory = start(before_send=before_send)
    sdk.set_tag("scope", "1")
    sdk.add_event_processor(lambda event, _hint: {**event, "logger": "processor"})
    error = ValueError()

    sdk.capture_exception(error, hint={"mine": 7})

    assert seen == [({"scope": "1"}, "processor", error, 7)]
    assert memory.events[0]["message"] == "changed"


def test_processors_run_in_order_and_none_stops(start):
    """S9: those of the scopes in their order, then the global scope's; after a None no other one is called."""
    calls = []

    def processor(name, *, result=True):
        def process(event, _hint):
            calls.append(name)
            return event if result else None

        return process

    memory = start()
    sdk.get_global_scope().add_event_processor(processor("global"))
    sdk.get_isolation_scope().add_event_processor(processor("isolation"))
    with sdk.new_scope() as scope:
        scope.add_event_processor(processor("current 1"))
        scope.add_event_processor(processor("current 2"))
        sdk.capture_message("1")
        assert calls == ["isolation", "current 1", "current 2", "global"]
        del calls[:]
        scope.add_event_processor(processor("current 3", result=False))
        scope.add_event_processor(processor("current 4"))
        assert sdk.capture_message("2") is None

    assert calls == ["isolation", "current 1", "current 2", "current 3"]
    assert losses(memory) == {("event_processor", "error"): 1}


@pytest.mark.parametrize(
    ("install", "reason"),
    [
        (lambda start, bad: (start(), sdk.add_event_processor(bad))[0], "event_processor"),
        (lambda start, bad: start(before_send=bad), "before_send"),
    ],
    ids=["processor", "before_send"],
)
@pytest.mark.parametrize("result", [None, 7, "raise"])
def test_failing_callback_drops_the_event(start, install, reason, result, caplog):
    """P3, M17: a callback that raises, or returns what is no event, drops it; counted once, never re-raised."""

    def bad(_event, _hint):
        if result == "raise":
            raise RuntimeError("in the callback")
        return result

    memory = install(start, bad)

    assert sdk.capture_exception(ValueError()) is None
    assert sdk.last_event_id() is None
    assert losses(memory) == {(reason, "error"): 1}
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * (result == "raise")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_exceptions_that_end_the_program_go_through(start, error):
    """P3: only `Exception` is caught from callbacks; the SDK works on afterwards."""

    def stop(_event, _hint):
        raise error

    memory = start()
    with sdk.new_scope() as scope:
        scope.add_event_processor(stop)
        with pytest.raises(error):
            sdk.capture_message("m")

    assert sdk.capture_message("after") is not None
    assert len(memory.events) == 1


def test_failing_before_breadcrumb_drops_the_crumb(start):
    """P3: a breadcrumb whose callback fails is dropped and not counted."""

    def before_breadcrumb(crumb, hint):
        if crumb["message"] == "raise":
            raise RuntimeError
        if crumb["message"] == "recurse":
            sdk.add_breadcrumb(message="again")
        return None if crumb["message"] == "drop" else {**crumb, "data": {"hint": hint}}

    memory = start(before_breadcrumb=before_breadcrumb)
    for message in ("keep", "raise", "drop", "recurse"):
        sdk.add_breadcrumb({"message": message}, {"a": 1})
    sdk.capture_message("m")

    crumbs = memory.events[0]["breadcrumbs"]["values"]
    assert [(crumb["message"], crumb["data"]) for crumb in crumbs] == [
        ("keep", {"hint": {"a": 1}}),
        ("recurse", {"hint": {"a": 1}}),
    ]
    assert losses(memory) == {}


@pytest.mark.parametrize(
    ("rate", "drawn", "kept"), [(0.5, 0.49, True), (0.5, 0.5, False), (1.0, 0.99, True), (0.0, 0.0, False)]
)
def test_sampling(start, rate, drawn, kept):
    """Step 6: an event is kept when the number drawn is below the rate; else it is counted."""
    memory = start(sample_rate=rate, runtime=Fixed(random=drawn))

    assert (sdk.capture_exception(ValueError()) is not None) is kept
    assert (sdk.capture_message("m") is not None) is kept
    assert losses(memory) == ({} if kept else {("sample_rate", "error"): 2})


def test_loser_of_the_draw_is_never_built(start, monkeypatch):
    """P1: with nobody to ask on the way, a dropped exception costs no frames; with a callback the order holds."""
    asked = []
    memory = start(sample_rate=0.0, before_send=lambda event, _hint: asked.append(event) or event)
    sdk.capture_exception(ValueError())
    assert len(asked) == 1

    class BuiltError(Exception):
        def __str__(self):
            asked.append("str")
            return ""

    quiet = start(sample_rate=0.0)
    sdk.capture_exception(BuiltError())
    assert len(asked) == 1
    assert losses(quiet) == {("sample_rate", "error"): 1}
    assert len(memory.client_reports) == 1


@pytest.mark.parametrize(
    ("rule", "error", "ignored"),
    [
        (ValueError, UnicodeError(), True),
        (ValueError, KeyError(), False),
        ("KeyError", KeyError(), True),
        ("builtins.KeyError", KeyError(), True),
        ("LookupError", KeyError(), False),
        (__import__("re").compile("^KeyError: b"), KeyError("a"), False),
        (__import__("re").compile("time.?out"), OSError("a timeout"), True),
        (__import__("re").compile("^OSError: a"), OSError("a"), True),
    ],
)
def test_ignore_errors(start, rule, error, ignored):
    """Step 2: by class, by name, by a regex on the text; counted as dropped by a processor."""
    memory = start(ignore_errors=[rule])

    assert (sdk.capture_exception(error) is None) is ignored
    assert losses(memory) == ({("event_processor", "error"): 1} if ignored else {})


def test_same_exception_object_is_captured_once(start):
    """P6, M15: identity decides, whatever came between, and in whatever thread."""
    import threading

    memory = start()
    first, second = ValueError("x"), ValueError("x")
    for error in (first, second, first, second):
        sdk.capture_exception(error)
    thread = threading.Thread(target=sdk.capture_exception, args=(first,))
    thread.start()
    thread.join()

    assert len(memory.events) == 2
    assert losses(memory) == {("event_processor", "error"): 3}


def test_exception_around_a_captured_one_is_a_new_one(start):
    """P6: an exception raised from one that was captured is another event."""
    memory = start()
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            sdk.capture_exception(inner)
            raise ValueError("outer") from inner
    except ValueError as outer:
        sdk.capture_exception(outer)

    assert [event["exception"]["values"][-1]["type"] for event in memory.events] == ["KeyError", "ValueError"]


def test_exception_dropped_by_before_send_may_try_again(start):
    """P6 (sentry-python#371): dedupe forgets what `before_send` dropped."""
    answers = [None, {"message": "second"}]
    memory = start(before_send=lambda _event, _hint: answers.pop(0))
    error = ValueError()

    assert sdk.capture_exception(error) is None
    assert sdk.capture_exception(error) is not None
    assert len(memory.events) == 1


def test_two_clients_capture_the_same_exception():
    """P6: what one client captured is news to another."""
    first, second = MemoryTransport(), MemoryTransport()
    error = ValueError()
    for transport in (first, second):
        Hub(Client(transport=transport)).capture_exception(error)

    assert (len(first.events), len(second.events)) == (1, 1)


def test_capture_inside_a_capture_is_dropped_and_counted(start):
    """P7: a hook, a repr or a log handler that captures while the SDK captures in this thread goes nowhere."""

    class Chatty:
        def __repr__(self):
            sdk.capture_message("from repr")
            sdk.add_breadcrumb(message="from repr")
            return "chatty"

    def before_send(event, _hint):
        sdk.capture_exception(KeyError())
        return event

    memory = start(before_send=before_send)
    sdk.set_extra("chatty", Chatty())

    assert sdk.capture_message("m") is not None
    assert [event["extra"] for event in memory.events] == [{"chatty": "chatty"}]
    assert losses(memory) == {("internal_sdk_error", "error"): 2}
    assert sdk.capture_message("after") is not None


def test_exception_and_locals_are_free_after_the_capture(start, request):
    """F7 (sentry-python#6559): nothing of ours keeps the exception, its frames, or their locals: no cycles either."""

    class Big:
        pass

    class OwnError(Exception):
        pass

    start(before_send=lambda event, _hint: event)
    references = []

    def fail():
        big = Big()
        references.append(weakref.ref(big))
        raise OwnError

    def handle():
        try:
            fail()
        except OwnError as error:
            references.append(weakref.ref(error))
            sdk.capture_exception(error)

    gc.collect()
    gc.disable()
    request.addfinalizer(gc.enable)
    handle()

    assert [reference() for reference in references] == [None, None]


def test_transport_that_raises_does_not_harm(start, caplog):
    """A transport of the user's that fails loses the event, counted; the application goes on."""

    class Broken(MemoryTransport):
        def send(self, envelope):
            if any(item.type == "event" for item in envelope.items):
                raise RuntimeError("no")
            super().send(envelope)

    memory = Broken()
    sdk.init(transport=memory)

    sdk.capture_message("m")

    assert losses(memory) == {("internal_sdk_error", "error"): 1}
    assert "the transport failed" in caplog.text


def test_failure_inside_the_sdk_is_counted(start, caplog):
    """An error of our own is not the application's: logged, counted, and nothing is raised."""

    class Broken(type(sdk.Options().runtime)):
        def hex_id(self, digits):  # noqa: ARG002 - the protocol's signature
            raise RuntimeError("no ids today")

    memory = start(runtime=Broken())

    assert sdk.capture_message("m") is None
    assert sdk.capture_exception(ValueError()) is None
    assert sdk.capture_event({"message": "m"}) is None
    assert losses(memory) == {("internal_sdk_error", "error"): 3}
    assert "a capture failed inside the SDK" in caplog.text


def test_attachments_go_with_their_event(start, tmp_path):
    """Scope attachments travel in the envelope of each error event, by bytes or by path."""
    path = tmp_path / "log.txt"
    path.write_bytes(b"from a file")
    memory = start()
    sdk.add_attachment(b"bytes", "a.bin", content_type="text/plain")
    sdk.add_attachment(path=path)
    sdk.capture_message("m")

    first, second = memory.attachments
    assert (first.payload, first.headers["filename"], first.headers["content_type"]) == (
        b"bytes",
        "a.bin",
        "text/plain",
    )
    assert (second.payload, second.headers["filename"]) == (b"from a file", "log.txt")
    assert second.headers["attachment_type"] == "event.attachment"
    assert [item.type for item in memory.envelopes[0].items] == ["event", "attachment", "attachment"]


def test_attachment_that_is_too_big_or_gone_is_left_out_alone(start, tmp_path, caplog):
    """P8: a bad attachment is counted; the event goes on without it."""
    memory = start(max_attachment_size=4)
    sdk.add_attachment(b"12345", "big.bin")
    sdk.add_attachment(b"1234", "fits.bin")
    sdk.add_attachment(path=Path(tmp_path / "gone.txt"))
    sdk.capture_message("m")

    assert [item.headers["filename"] for item in memory.attachments] == ["fits.bin"]
    assert losses(memory) == {("invalid", "attachment"): 5, ("internal_sdk_error", "attachment"): 1}
    assert "gone.txt cannot be read" in caplog.text


def test_event_bigger_than_a_megabyte(start, caplog):
    """E7: what is too big is bounded more tightly; what is too big even then is dropped and counted."""
    memory = start()
    sdk.capture_event({"message": "m", "extra": {f"k{i}": "x" * 8000 for i in range(190)}})
    assert len(memory.envelopes[0].items[0].payload) < 1024 * 1024
    assert memory.events[0]["extra"]["k0"] == "x" * 509 + "..."

    values = [{"type": "E" * 500, "value": "x" * 500} for _ in range(1990)]
    assert sdk.capture_event({"exception": {"values": values}}) is None
    assert losses(memory) == {("internal_sdk_error", "error"): 1}
    assert "bigger than a megabyte" in caplog.text


def test_client_reports_ride_along_every_thirty_seconds(start):
    """CR2: a report is attached to what goes out anyway, at most every 30 s, and forced by flush."""
    runtime = Fixed()
    memory = start(runtime=runtime, ignore_errors=[KeyError])
    sdk.capture_exception(KeyError())
    sdk.capture_message("too early")
    assert memory.client_reports == []

    runtime.now = 30.0
    sdk.capture_message("due")
    (report,) = memory.client_reports
    assert report["discarded_events"] == [{"reason": "event_processor", "category": "error", "quantity": 1}]
    assert [item.type for item in memory.envelopes[-1].items] == ["event", "client_report"]

    sdk.capture_exception(KeyError())
    runtime.now = 59.9
    sdk.capture_message("too early again")
    sdk.flush()
    assert len(memory.client_reports) == 2
    sdk.flush()
    assert len(memory.envelopes) == 4


def test_client_reports_can_be_switched_off(start):
    """CR2: without client reports nothing is told."""
    memory = start(send_client_reports=False, ignore_errors=[KeyError])
    sdk.capture_exception(KeyError())

    assert losses(memory) == {}


def test_close_sends_the_report_and_is_the_end(start):
    """P9, T15: close flushes, closes the transport, and a second call does nothing."""
    closed = []

    class Closing(MemoryTransport):
        def close(self, timeout):
            closed.append(timeout)

    memory = Closing()
    client = sdk.init(transport=memory, ignore_errors=[KeyError], shutdown_timeout=3)
    sdk.capture_exception(KeyError())
    sdk.close()
    client.close()

    assert closed == [3.0]
    assert len(memory.client_reports) == 1
    assert client.is_closed
    assert client.capture_message("m") is None
    assert sdk.capture_message("m") is None
    assert not sdk.is_initialized()


def test_second_init_closes_the_first_client(start):
    """O7: initialising again closes the client before, with its report."""
    first = start(ignore_errors=[KeyError])
    sdk.capture_exception(KeyError())
    client = sdk.get_client()
    second = start()
    sdk.capture_message("m")

    assert client.is_closed
    assert len(first.client_reports) == 1
    assert (len(first.events), len(second.events)) == (0, 1)


def test_flush_says_whether_everything_is_sent():
    """P9: flush returns what the transport says; one that fails or says nothing is told apart."""

    class Slow(MemoryTransport):
        def flush(self, timeout):
            if timeout == 1:
                raise RuntimeError
            return {0: False, 2: None, 3: True}[timeout]

    sdk.init(transport=Slow())

    assert [sdk.flush(timeout) for timeout in (0, 1, 2, 3)] == [False, False, True, True]


@pytest.mark.parametrize(
    "make",
    [MemoryTransport, MemoryTransport(), lambda _options: MemoryTransport()],
    ids=["class", "instance", "function"],
)
def test_transport_is_an_instance_a_class_or_a_function(make):
    """T13: `transport=` takes all three, and needs no DSN."""
    client = sdk.init(transport=make)

    sdk.capture_message("m")

    assert [event["message"] for event in client.transport.events] == ["m"]


def test_transport_function_must_make_one():
    """T13: what is no transport is refused at init."""
    with pytest.raises(BadOption, match="transport must make a transport"):
        sdk.init(transport=lambda _options: 7)


def test_memory_dsn_is_the_memory_transport():
    """The seed's dummy: a `memory://` DSN keeps what it is given."""
    client = sdk.init("memory://")
    sdk.capture_message("m")

    assert isinstance(client.transport, MemoryTransport)
    assert len(client.transport.events) == 1


def test_http_transport_may_be_given_as_a_class():
    """T13: the class itself is enough; it takes the DSN from the options."""
    client = sdk.init("http://k@localhost/1", transport=sdk.HttpTransport)

    assert isinstance(client.transport, sdk.HttpTransport)


def test_attach_stacktrace_shows_where_a_message_comes_from(start):
    """E10: with `attach_stacktrace` a message has the running stack, outermost first, without frames of ours."""
    memory = start(attach_stacktrace=True)

    sdk.capture_message("m")

    (thread,) = memory.events[0]["threads"]["values"]
    frames = thread["stacktrace"]["frames"]
    assert frames[-1]["function"] == "test_attach_stacktrace_shows_where_a_message_comes_from"
    assert not any(frame["module"].startswith("pytest_errortrack.sdk") for frame in frames)
    assert "vars" not in frames[-1]


def test_debug_lets_the_internal_log_speak(capfd):
    """O8: with debug=True the internal log says everything, on standard error."""
    sdk.init("memory://", debug=True)
    sdk.init("memory://", debug=True)
    logging.getLogger("errortrack.errors").debug("a word")

    assert capfd.readouterr().err.count("[errortrack] DEBUG: a word") == 1


def test_integrations_are_set_up_once_per_process(start, caplog):
    """I4: setup_once runs once, however often `init` is called; disabled ones never; a failing one is logged."""
    calls = []

    class Counting:
        def __init__(self, identifier):
            self.identifier = identifier

        def setup_once(self):
            calls.append(self.identifier)
            if self.identifier == "bad":
                raise RuntimeError

        def processor(self, event, _hint):
            return {**event, "logger": self.identifier}

    class Plain:
        identifier = "plain"

        def setup_once(self):
            calls.append("plain")

    name = f"good {id(calls)}"
    memory = start()
    for _ in range(2):
        memory = start(
            integrations=[Plain(), Counting("bad"), Counting("disabled"), Counting(name)],
            disabled_integrations=["disabled"],
        )
    sdk.capture_message("m")

    assert calls in (["plain", "bad", name], [name])
    assert memory.events[0]["logger"] == name


@pytest.mark.wrong_payload
def test_events_of_the_type_transaction_take_their_own_way(start):
    """P2: a ready-made transaction goes to `before_send_transaction`, not to `before_send`."""
    seen = []
    memory = start(
        before_send=lambda event, _hint: seen.append("event") or event,
        before_send_transaction=lambda event, _hint: seen.append("transaction") or event,
    )

    sdk.capture_event({"type": "transaction", "transaction": "t", "spans": []})

    assert seen == ["transaction"]
    assert (len(memory.events), len(memory.transactions)) == (0, 1)
    assert sdk.last_event_id() is None


def test_secrets_are_not_sent(start):
    """DH1: values whose names say that they are secrets are replaced, at any depth, before `before_send` sees them."""
    seen = []
    memory = start(before_send=lambda event, _hint: seen.append(event) or event, include_source_context=False)
    sdk.set_user({"id": 1, "password": "hunter2"})
    sdk.set_extra("settings", {"api_key": "hunter2", "list": [{"Token": "hunter2"}], "monkey": "fine"})
    sdk.add_breadcrumb(message="m", data={"Authorization": "hunter2", "url": "/"})
    password = "hunter2"
    try:
        raise ValueError(len(password))
    except ValueError as error:
        sdk.capture_exception(error)

    assert "hunter2" not in str({**seen[0], "exception": None})
    assert b"hunter2" not in memory.envelopes[0].serialize()
    assert memory.events[0]["extra"]["settings"]["monkey"] == "fine"
    assert memory.events[0]["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"]["password"] == "[Filtered]"


@pytest.mark.parametrize("asked", [{}, {"before_send": lambda event, _hint: event}], ids=["unasked", "asked"])
def test_secrets_are_not_sent_whoever_looks(start, asked):
    """DH1: the same secrets are left out whether a callback sees the event on its way or not."""
    memory = start(**asked)
    sdk.set_user({"id": 1, "PassWord": "x"})
    sdk.set_extra("token", {"a": "x"})
    sdk.set_extra("list", [{"é": 1, "sid": "x", 7: 2}])
    sdk.add_breadcrumb(message="m", data={"set-cookie": ["x"], "deep": {"jwt": 7}})
    sdk.set_context("kept", {"token": "contexts are as they were set"})
    sdk.capture_message("m")

    (event,) = memory.events
    assert event["user"] == {"id": 1, "PassWord": "[Filtered]"}
    assert event["extra"] == {"token": "[Filtered]", "list": [{"é": 1, "sid": "[Filtered]", "7": 2}]}
    data = event["breadcrumbs"]["values"][0]["data"]
    assert data == {"set-cookie": "[Filtered]", "deep": {"jwt": "[Filtered]"}}
    assert event["contexts"]["kept"]["token"] == "contexts are as they were set"


def test_scrubbing_leaves_other_peoples_values_alone(start):
    """S10: what is scrubbed is the event's copy, also of what a processor put there."""
    settings = {"password": "x"}
    memory = start()
    sdk.add_event_processor(lambda event, _hint: {**event, "extra": {"settings": settings}})
    sdk.capture_message("m")

    assert settings == {"password": "x"}
    assert memory.events[0]["extra"] == {"settings": {"password": "[Filtered]"}}


def test_scrubbing_can_be_switched_off(start):
    """DH1: scrub_data=False sends everything as it is."""
    memory = start(scrub_data=False)
    sdk.set_extra("password", "x")
    sdk.capture_message("m")

    assert memory.events[0]["extra"] == {"password": "x"}


def test_tags_are_what_a_server_takes(start):
    """E7: values are short strings without newlines; keys a server would refuse are left out and told."""
    memory = start()
    sdk.set_tags({"number": 1, "flag": True, "line": "a\r\nb\nc", "long": "x" * 201, "bad key": "1", "k" * 33: "2"})
    sdk.capture_message("m")

    assert memory.events[0]["tags"] == {"number": "1", "flag": "True", "line": "a b c", "long": "x" * 197 + "..."}
    assert [entry["name"] for entry in memory.events[0]["errors"]] == ["tags.bad key", f"tags.{'k' * 33}"]


def test_hostile_values_do_no_harm(start):
    """F6: values whose repr, str, truth or length fail are sent as what can be said of them."""

    class Hostile:
        def __repr__(self):
            raise RuntimeError

        __str__ = __len__ = __bool__ = __iter__ = __eq__ = __hash__ = __repr__

    memory = start()
    sdk.set_extra("hostile", Hostile())
    sdk.set_tag("hostile", Hostile())
    sdk.set_context("hostile", {"a": [Hostile()]})
    sdk.add_breadcrumb(data={"hostile": Hostile()})
    hostile = Hostile()
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - a text made of it would raise
        raise ValueError([hostile])
    assert sdk.capture_exception(caught.value) is not None

    (event,) = memory.events
    assert (event["extra"], event["tags"]) == ({"hostile": "<unprintable>"}, {"hostile": "<unprintable>"})
    assert event["exception"]["values"][0]["value"] == "<unprintable>"
