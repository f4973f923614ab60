"""Tests of the way of an event: what each callback may do to it, and what remains of it afterwards."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest
from sdk_losses import losses

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Attachment, Client, MemoryTransport
from pytest_errortrack.sdk._serialize import VariableWriter


def trace(name="t"):
    """Send a transaction with two spans."""
    with sdk.start_transaction(name) as transaction:
        transaction.start_child("a").finish()
        transaction.start_child("b").finish()


class Plugged:
    """An integration with an event processor."""

    identifier = "plugged"

    def __init__(self, processor):
        self.processor = processor

    def setup_once(self):
        """Have nothing to do."""


def in_scope(start, name, callback, **options):
    """Start with a callback on the current scope."""
    memory = start(**options)
    scope = sdk.get_current_scope()
    if name == "error_processors":
        scope.add_error_processor(callback)
    else:
        scope.add_event_processor(callback)
    return memory


INSTALL = {
    "before_send": lambda start, bad: start(before_send=bad),
    "event processor": lambda start, bad: in_scope(start, "processors", bad),
    "error processor": lambda start, bad: in_scope(start, "error_processors", bad),
    "integration": lambda start, bad: start(integrations=[Plugged(bad)]),
}
REASON = {"before_send": "before_send"}


@pytest.mark.parametrize("name", INSTALL)
@pytest.mark.parametrize("result", ["raise", None, 7, "text", []], ids=repr)
def test_callbacks_that_fail_drop_the_event(start, caplog, name, result):
    """P3: of whatever kind, one that raises or returns no event drops it; one error in the log names it."""

    def bad_callback(_event, _hint):
        if result == "raise":
            raise RuntimeError("in the callback")
        return result

    memory = INSTALL[name](start, bad_callback)

    assert sdk.capture_exception(ValueError()) is None
    assert memory.events == []
    assert losses(memory) == {(REASON.get(name, "event_processor"), "error"): 1}
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(messages) == (result == "raise")
    assert all("before_send" in message or "bad_callback" in message for message in messages)


@pytest.mark.parametrize("name", INSTALL)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_ends_of_the_program_go_through_every_callback(start, name, error):
    """P3: what ends a program is not an error of a callback; the next capture works."""
    answers = [error]

    def ending(event, _hint):
        if answers:
            raise answers.pop()
        return event

    memory = INSTALL[name](start, ending)

    with pytest.raises(error):
        sdk.capture_exception(ValueError())
    assert sdk.capture_exception(ValueError()) is not None
    assert len(memory.events) == 1


@pytest.mark.parametrize("result", ["raise", None, 7], ids=repr)
def test_before_send_transaction_that_fails(start, result):
    """P3, P4: the transaction is dropped, and counted with its spans and itself."""

    def bad(_event, _hint):
        if result == "raise":
            raise RuntimeError
        return result

    memory = start(traces_sample_rate=1.0, before_send_transaction=bad)
    trace()

    assert memory.transactions == []
    assert losses(memory) == {("before_send", "transaction"): 1, ("before_send", "span"): 3}


@pytest.mark.parametrize("result", ["raise", "text", 7, None], ids=repr)
def test_sampler_that_fails_counts_as_none(start, result):
    """P3, M18: with a traces_sampler that fails or returns nonsense the rate decides."""

    def bad(_context):
        if result == "raise":
            raise RuntimeError
        return result

    memory = start(traces_sample_rate=1.0, traces_sampler=bad)
    trace()

    assert len(memory.transactions) == 1
    assert losses(memory) == {}


def test_spans_that_callbacks_take_out_are_counted(start):
    """P4: by a processor and by before_send_transaction, each with its reason."""

    def without_first(event, _hint):
        return {**event, "spans": event["spans"][1:]}

    memory = in_scope(start, "processors", without_first, traces_sample_rate=1.0, before_send_transaction=without_first)
    trace()

    assert memory.transactions[0]["spans"] == []
    assert losses(memory) == {("event_processor", "span"): 1, ("before_send", "span"): 1}


@pytest.mark.parametrize("rule", ["health", __import__("re").compile("^heal")], ids=["name", "regex"])
def test_ignored_transactions(start, rule):
    """P4: ignore_transactions drops by name or regex, and counts the spans."""
    memory = start(traces_sample_rate=1.0, ignore_transactions=[rule])
    trace("health")
    trace("checkout")

    assert [event["transaction"] for event in memory.transactions] == ["checkout"]
    assert losses(memory) == {("event_processor", "transaction"): 1, ("event_processor", "span"): 3}


def test_error_processors_see_their_kind_only(start):
    """S6, P1: they come before the event processors, with the `exc_info`, for exceptions of their class."""
    calls = []

    def noting(name):
        def process(event, info):
            calls.append((name, (info if isinstance(info, tuple) else info.get("exc_info", (None, None)))[1]))
            return {**event, "logger": name}

        return process

    memory = start()
    scope = sdk.get_current_scope()
    scope.add_event_processor(noting("event"))
    scope.add_error_processor(noting("lookup"), LookupError)
    scope.add_error_processor(noting("value"), ValueError)
    error = KeyError()
    sdk.capture_exception(error)
    sdk.capture_message("no exception, no error processor")

    assert calls == [("lookup", error), ("event", error), ("event", None)]
    assert [event["logger"] for event in memory.events] == ["event", "event"]


def test_order_of_the_steps(start):
    """P1: error processors, scoped and then global processors, before_send, and the draw last of all."""
    calls = []

    def noting(name):
        return lambda event, _hint: calls.append(name) or event

    class Drawing(type(sdk.Options().runtime)):
        def random(self):
            calls.append("draw")
            return 0.0

    start(before_send=noting("before_send"), sample_rate=0.5, runtime=Drawing())
    sdk.add_error_processor(noting("error"))
    sdk.get_global_scope().add_event_processor(noting("global"))
    sdk.get_isolation_scope().add_event_processor(noting("isolation"))
    sdk.get_current_scope().add_event_processor(noting("current"))
    sdk.capture_exception(ValueError())

    assert calls == ["error", "isolation", "current", "global", "before_send", "draw"]


@pytest.mark.parametrize("what", ["exception", "message"])
def test_draw_comes_first_when_nobody_is_asked(start, what):
    """P1: a report that loses the draw is not built at all when nothing could have seen it."""

    class UntouchedError(Exception):
        def __str__(self):
            raise AssertionError("looked at")

    class Drawing(type(sdk.Options().runtime)):
        def random(self):
            return 0.9

        def hex_id(self, digits):
            raise AssertionError(f"an event is being built ({digits})")

    memory = start(sample_rate=0.5, runtime=Drawing())
    result = sdk.capture_exception(UntouchedError()) if what == "exception" else sdk.capture_message("m")

    assert result is None
    assert losses(memory) == {("sample_rate", "error"): 1}


def test_disabled_sdk_looks_at_nothing(monkeypatch):
    """P1, M12: without a client, or with an inactive one, an exception is not even looked at."""
    touched = []
    monkeypatch.setattr(VariableWriter, "__init__", lambda *_arguments, **_options: touched.append(1))

    class UntouchedError(Exception):
        def __str__(self):
            touched.append(2)
            return ""

    for _ in range(2):
        error = UntouchedError()
        with pytest.raises(UntouchedError):
            raise error
        assert sdk.capture_exception(error) is None
        assert "__errortrack_captured__" not in error.__dict__
        sdk.init()

    assert touched == []


def test_last_event_id_is_that_of_what_was_sent(start):
    """P5: an id of 32 hexadecimal digits, or None; transactions and what is dropped do not become the last one."""
    memory = start(traces_sample_rate=1.0, before_send=lambda event, _hint: event if "keep" in str(event) else None)
    kept = sdk.capture_message("keep")
    dropped = sdk.capture_message("drop")
    trace()

    assert len(kept) == 32
    assert int(kept, 16) > 0
    assert dropped is None
    assert sdk.last_event_id() == kept == memory.events[0]["event_id"]


def test_hint_carries_attachments_to_the_callbacks(start):
    """P8: those of the scopes and of the hint; what a callback leaves in the hint is what goes along."""
    seen = []

    def before_send(event, hint):
        seen.extend(attachment.filename for attachment in hint["attachments"])
        hint["attachments"].pop(0)
        hint["attachments"].append(Attachment("added.txt", b"3"))
        return event

    memory = start(before_send=before_send)
    sdk.add_attachment(b"1", "scope.txt")
    sdk.capture_message("m", hint={"attachments": [Attachment("hint.txt", b"2")]})

    assert seen == ["scope.txt", "hint.txt"]
    assert [item.headers["filename"] for item in memory.attachments] == ["hint.txt", "added.txt"]


@pytest.mark.parametrize("attachments", [None, 7, "text", [7, None]], ids=repr)
def test_hint_with_nonsense_for_attachments(start, caplog, attachments):
    """P8: what is no attachment is left out with a word in the log; the event goes on."""

    def before_send(event, hint):
        hint["attachments"] = attachments
        return event

    memory = start(before_send=before_send)

    assert sdk.capture_message("m") is not None
    assert (len(memory.events), memory.attachments) == (1, [])
    assert caplog.text.count("an attachment is left out") == (2 if isinstance(attachments, list) else 0)


def test_attachments_together_are_bounded(start, monkeypatch):
    """E7, P8: what would make the envelope too big is left out and counted, and the next one that fits goes along."""
    monkeypatch.setattr("pytest_errortrack.sdk._client._attachments._MAX_ENVELOPE_SIZE", 2 * 1024 * 1024 + 10)
    memory = start()
    for name, size in (("a", 6), ("b", 6), ("c", 4)):
        sdk.add_attachment(b"x" * size, name)
    sdk.capture_message("m")

    assert [item.headers["filename"] for item in memory.attachments] == ["a", "c"]
    assert losses(memory) == {("invalid", "attachment"): 6}


def test_integrations_are_named(start):
    """E1: the event says which integrations are in use; without any it says nothing of them."""
    memory = start(integrations=[Plugged(lambda event, _hint: event)], default_integrations=False)
    sdk.capture_message("m")

    assert memory.events[0]["sdk"]["integrations"] == ["plugged"]


def test_events_do_not_share_what_callbacks_can_change(start):
    """E1, S10: a callback that changes what the SDK says of itself changes that one event."""

    def before_send(event, _hint):
        for part in (event["sdk"], event["contexts"]["os"], event["contexts"]["runtime"], event["sdk"]["packages"][0]):
            assert "mine" not in part
            part["mine"] = True
        frames = event["exception"]["values"][0]["stacktrace"]["frames"]
        assert "mine" not in frames[-1]
        assert frames[-1]["pre_context"][0] != "mine"
        frames[-1]["mine"] = frames[-1]["pre_context"][0] = "mine"
        return event

    memory = start(before_send=before_send)
    for _ in range(2):
        try:
            raise ValueError
        except ValueError as error:
            sdk.capture_exception(error)

    assert len(memory.events) == 2


def test_log_of_the_application_inside_a_capture(start):
    """P7 (sentry-python#469): a repr that logs, with a handler that captures, makes no second event and no loop."""

    class Handler(logging.Handler):
        def emit(self, record):
            sdk.add_breadcrumb(message=record.getMessage())
            sdk.capture_message(record.getMessage())

    class Logging:
        def __repr__(self):
            logging.getLogger("shop").error("asked for my repr")
            return "logging"

    handler = Handler()
    logging.getLogger("shop").addHandler(handler)
    memory = start()
    try:
        chatty = Logging()
        raise ValueError(chatty)
    except ValueError as error:
        sdk.capture_exception(error)
    finally:
        logging.getLogger("shop").removeHandler(handler)

    (event,) = memory.events
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["vars"]["chatty"] == "logging"
    assert "breadcrumbs" not in event
    assert set(losses(memory)) == {("internal_sdk_error", "error")}


def test_finaliser_that_captures_inside_a_capture(start):
    """P7: what is collected while an event is built may try to report, and does no harm."""

    class Dying:
        def __del__(self):
            sdk.capture_message("from a finaliser")

    def before_send(event, _hint):
        del dying[:]
        return event

    dying = [Dying()]
    memory = start(before_send=before_send)

    assert sdk.capture_message("m") is not None
    assert [event["message"] for event in memory.events] == ["m"]
    assert losses(memory) == {("internal_sdk_error", "error"): 1}


def test_lock_of_the_application_in_a_repr(start):
    """F6 (sentry-python#5586): other threads go on using the SDK while a repr waits for one of them."""
    import threading

    memory = start()
    entered, released = threading.Event(), threading.Event()

    def other():
        assert entered.wait(10)
        with sdk.isolation_scope() as scope:
            scope.set_tag("other", "1")
            sdk.add_breadcrumb(message="other")
            sdk.capture_message("from the other thread")
        released.set()

    class Waiting:
        def __repr__(self):
            entered.set()
            assert released.wait(10)
            return "waited"

    thread = threading.Thread(target=other)
    thread.start()
    sdk.capture_message("m", extra={"waiting": Waiting()})
    thread.join()

    assert sorted(event["message"] for event in memory.events) == ["from the other thread", "m"]
    assert {event["extra"]["waiting"] for event in memory.events if event["message"] == "m"} == {"waited"}


class Big:
    """A local that must not be kept."""


class InnerError(Exception):
    """A cause that must not be kept."""


class TroubleError(Exception):
    """An exception that must not be kept."""


WAYS = {
    "plain": lambda start: start(),
    "with callbacks": lambda start: in_scope(
        start, "processors", lambda event, _hint: event, before_send=lambda e, _: e
    ),
    "dropped by before_send": lambda start: start(before_send=lambda _event, _hint: None),
    "failing before_send": lambda start: start(before_send=lambda _event, _hint: 1 / 0),
    "dropped by an error processor": lambda start: in_scope(start, "error_processors", lambda _event, _info: None),
    "not drawn": lambda start: start(sample_rate=0.0),
    "ignored": lambda start: start(ignore_errors=[TroubleError]),
    "without variables": lambda start: start(include_local_variables=False),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_an_exception_is_kept(start, request, monkeypatch, way):
    """F7 (sentry-python#6559): whatever became of the event, exception, cause, frames and locals are free at once."""
    # pytest keeps the records of the log, and with them the exception during whose handling a callback failed
    monkeypatch.setattr(logging.getLogger("errortrack.errors"), "propagate", False)
    WAYS[way](start)
    references = []

    def fail():
        big = Big()
        references.append(weakref.ref(big))
        raise InnerError

    def handle():
        try:
            try:
                fail()
            except InnerError as inner:
                raise TroubleError from inner
        except TroubleError as error:
            references.extend([weakref.ref(error), weakref.ref(error.__cause__)])
            sdk.capture_exception(error, hint={"error": error})
            sdk.capture_exception(error)

    gc.collect()
    gc.disable()
    request.addfinalizer(gc.enable)
    handle()

    assert [reference() for reference in references] == [None, None, None]


def test_clients_do_not_share_what_they_learned(tmp_path):
    """F3: two clients with different rules judge the same frames differently."""
    first, second = MemoryTransport(), MemoryTransport()
    try:
        raise ValueError(tmp_path)
    except ValueError as error:
        Client(transport=first).capture_exception(error)
        Client(transport=second, in_app_exclude=[__name__]).capture_exception(error)

    in_app = [
        memory.events[0]["exception"]["values"][0]["stacktrace"]["frames"][0]["in_app"] for memory in (first, second)
    ]
    assert in_app == [True, False]
