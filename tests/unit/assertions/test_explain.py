from __future__ import annotations

import re

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import (
    EVENTS,
    TRANSACTIONS,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    Count,
    Expectation,
    LostReport,
    Recorder,
    SetUp,
    report_section,
)
from pytest_errortrack.assertions._explaining._explain import explain
from pytest_errortrack.assertions._explaining._losses import lost_lines
from pytest_errortrack.assertions._explaining._titles import captured_lines


def event(**payload):
    return CapturedEvent({"message": "m", **payload}, raw=b"", circumstances=Circumstances())


def explained(expectation, events, recorder=None, **more):
    return explain("headline", expectation, events, recorder=recorder, **more)


def expecting(vocabulary=EVENTS, **keywords):
    return Expectation.parse(vocabulary, asked_by="one()", **keywords)


def test_the_first_of_equally_near_candidates_is_shown():
    """Nearness is the weight of the differing places; of equals, the first captured."""
    text = explained(expecting(level="error"), [event(level="info"), event(level="debug")])

    assert "nearest: events[0], which differs in\n    level: expected 'error', got 'info'" in text


def test_a_missing_key_is_told_as_absent():
    """What is not there is not shown as None."""
    assert "tags['a']: expected '1', there is none" in explained(expecting(tags={"a": "1"}), [event()])


def test_expected_values_are_told_as_a_user_wrote_them():
    """Classes by name, patterns between slashes, functions by name."""

    def is_mine(_):
        return False

    text = explained(expecting(exception=KeyError), [event()])
    assert "asked by one(): exception=KeyError" in text
    text = explained(expecting(message=re.compile("^x")), [event()])
    assert "message: expected to find /^x/, got 'm'" in text
    assert "asked by one(): where=is_mine" in explained(expecting(where=is_mine), [event()])


def test_what_must_appear_nowhere_is_not_repeated():
    """A failed check for a secret does not print the secret."""
    expectation = expecting(not_contains="hunter2")
    text = explained(expectation, [event(extra={"note": "hunter2"})])

    assert str(expectation) == "not_contains='***'"
    assert "not_contains='***'" in text
    assert "hunter2" not in text


def test_nothing_captured_is_said():
    """An empty capture is told as such, without a nearest candidate."""
    text = explained(expecting(level="error"), [])

    assert "captured: no event" in text
    assert "nearest" not in text


def test_many_events_are_listed_with_first_and_last():
    """The list is bounded: the first ones, how many are left out, and the last."""
    lines = captured_lines([event(message=f"m{n}") for n in range(10_000)], noun="event")

    assert lines[0] == "  captured 10000 events:"
    assert "events[0]" in lines[1]
    assert lines[-2] == "    ... 9989 more ..."
    assert "events[9999]" in lines[-1]
    assert len(lines) < 16


def test_long_values_are_cut():
    """A value of a megabyte does not reach the terminal, wherever it stands."""
    text = explained(
        expecting(tags={"a": "x" * 1_000_000}, message="y" * 1_000_000),
        [event(message="z\n" * 1_000_000, tags={"a": "y" * 1_000_000})],
    )

    assert max(map(len, text.splitlines())) <= 92
    assert len(text.splitlines()) < 20


def test_an_expectation_of_many_words_is_wrapped_and_bounded():
    """Readable in eighty columns; no message has more than sixty lines."""
    text = explained(expecting(tags={str(n): "x" * 50 for n in range(400)}, level="error"), [event()] * 100)

    assert max(map(len, text.splitlines())) <= 92
    assert len(text.splitlines()) <= 60


def test_surplus_events_are_marked_and_held_against_each_other():
    """Too many: those that answer to the expectation are marked among all, and it is said in what they differ."""
    events = [event(level="info"), event(level="error", tags={"n": "1"}), event(level="error", tags={"n": "2"})]

    text = explained(expecting(level="error"), events, Recorder(), nearest=False)

    assert "    events[0] info" in text
    assert "  > events[1] error" in text
    assert "  > events[2] error" in text
    assert "events[1] and events[2] differ in\n    tags['n']: events[1] has '1', events[2] has '2'" in text
    assert "nearest" not in text


def test_surplus_events_beyond_the_list_are_shown():
    """However many events there are, those that are too many are among the lines."""
    events = [event(message=f"m{n}") for n in range(1000)]
    events[500] = events[700] = event(message="twice")

    text = explained(expecting(message="twice"), events, Recorder(), nearest=False)

    assert "  > events[500]" in text
    assert "  > events[700]" in text


def test_one_of_two_expected_shows_the_nearest_of_the_others():
    """With a count, too few is too few, also where some were found."""
    expectation = Expectation.parse(EVENTS, asked_by="matching()", counted=True, level="error", count=2)

    text = explained(expectation, [event(level="error"), event(level="info")], nearest=False)

    assert expectation.count == Count(2, 2)
    assert "nearest: events[1], which differs in" in text


def test_the_chain_of_another_exception_is_shown():
    """Which exceptions are linked is what tells why none is the expected one."""
    values = [{"type": "KeyError", "value": "'id'"}, {"type": "OrderError", "value": "no order"}]

    text = explained(expecting(exception="PaymentError"), [event(exception={"values": values})])

    assert "OrderError: no order <- KeyError: 'id'" in text


@pytest.mark.parametrize(
    ("lost", "line"),
    [
        (LostReport("before_send", "error", 1), "error x1: dropped by before_send"),
        (LostReport("before_send", "error", 1, detail="before_send returned None"), "error x1: dropped by before_send"),
        (
            LostReport("before_send", "error", 1, detail="before_send failed"),
            "error x1: dropped by before_send, which raised",
        ),
        (LostReport("before_send", "transaction", 1), "transaction x1: dropped by before_send_transaction"),
        (LostReport("sample_rate", "error", 2, "E: x"), "error x2 (E: x): not sampled"),
        (
            LostReport("sample_rate", "error", 1, detail="sample_rate is 0.0"),
            "error x1: not sampled: sample_rate is 0.0",
        ),
        (LostReport("event_processor", "error", 1), "error x1: dropped by an event processor"),
        (
            LostReport("event_processor", "error", 1, detail="dropped by the event processor scrub"),
            "error x1: dropped by the event processor scrub",
        ),
        (
            LostReport("event_processor", "error", 1, detail="ignore_errors names it"),
            "error x1: the option ignore_errors names its class",
        ),
        (LostReport("ignore_errors", "error", 1), "error x1: the option ignore_errors names its class"),
        (LostReport("client_closed", "error", 1), "error x1: the client had been closed"),
        (LostReport("ratelimit_backoff", "session", 1), "session x1: a rate limit of the server"),
        (LostReport("a_new_reason", "error", 1), "error x1: a_new_reason"),
    ],
)
def test_each_reason_is_said_in_the_same_words_for_both_sdks(lost, line):
    """What one SDK tells in a reason and the other in a detail reads alike."""
    assert lost_lines([lost]) == ["  dropped by the SDK:", f"    {line}"]


def test_one_deduplication_reads_like_the_other():
    """Both SDKs drop an exception that they had, each with words of its own."""
    details = (
        "this very exception was captured before",
        "deduplicated, the capture before it was of the same exception",
    )

    assert len({tuple(lost_lines([LostReport("event_processor", "error", 1, detail=each)])) for each in details}) == 1


def test_drops_are_told_once_a_kind_with_the_reason():
    """Reports lost for the same reason are counted together; the spans of a lost transaction are not told apart."""
    lost = [LostReport("sample_rate", "error", 1, "E: x")] * 3 + [LostReport("before_send", "error", 1)]
    lost += [LostReport("sample_rate", kind, 1, "checkout") for kind in ("transaction", "span")]

    assert lost_lines(lost) == [
        "  dropped by the SDK:",
        "    error x3 (E: x): not sampled",
        "    error x1: dropped by before_send",
        "    transaction x1 (checkout): not sampled",
    ]
    assert lost_lines([]) == []


def test_only_losses_of_the_kind_that_was_asked_for_are_told():
    """A lost transaction does not explain a missing event."""
    recorder = Recorder()
    recorder.lose(LostReport("sample_rate", "transaction", 1, "checkout"))
    recorder.lose(LostReport("before_send", "error", 1, "E: x"))

    assert "checkout" not in explained(expecting(), [], recorder)
    assert "E: x" in explained(expecting(), [], recorder)
    assert "E: x" not in explained(expecting(TRANSACTIONS), [], recorder)


def test_nothing_lost_and_nothing_captured_is_said():
    """Then the code that reports was not reached, or chose not to."""
    recorder = Recorder(set_ups=lambda: (SetUp("native", has_dsn=True, has_tracing=True),))

    assert "nothing was reported, and nothing dropped on the way" in explained(expecting(), [], recorder)


def test_tracing_that_is_off_is_told_where_a_transaction_is_missing():
    """`sentry_sdk` says nothing of a transaction that nobody switched on."""
    recorder = Recorder(set_ups=lambda: (SetUp("sentry_sdk", has_dsn=True, has_tracing=False),))

    assert "tracing is off" in explained(expecting(TRANSACTIONS), [], recorder)
    assert "tracing is off" not in explained(expecting(), [], recorder)


def test_a_late_report_of_another_test_is_told():
    """What came meanwhile and belongs elsewhere may be what is missed here."""
    recorder = Recorder()
    recorder.meanwhile.append(
        CapturedEvent({"message": "late"}, raw=b"", circumstances=Circumstances(nodeid="test_a.py::test_first"))
    )

    text = explained(expecting(), [], recorder)

    assert "note: a late report of another test came meanwhile:\n    error 'late'" in text
    assert "it belongs to test_a.py::test_first" in text


def test_an_application_without_init_is_told():
    """Where the SDK was never initialised the failure says that nothing would be sent."""
    with capture() as errortrack:
        sdk.capture_message("low")
        text = explained(expecting(message="x"), list(errortrack.events), Recorder())

    assert "never called init()" in text


def test_init_without_a_dsn_is_told_in_every_failure_and_in_the_section():
    """Outside of a test nothing would have been sent: each failure says so, in one line."""
    recorder = Recorder(set_ups=lambda: (SetUp("native", has_dsn=False, has_tracing=True),))
    with capture() as errortrack:
        sdk.init()
        sdk.capture_message("low")
        captured = list(errortrack.events)
    recorder.events += captured

    assert "no DSN" in explained(expecting(message="x"), captured, recorder)
    assert "no DSN" in report_section(recorder)
    assert "never called init" not in report_section(recorder)
    assert "no DSN" in explained(expecting(message="x"), [], recorder)


def test_the_set_up_is_remembered_after_the_recording():
    """What the application set up inside of the block is told of after it as well."""
    with capture() as errortrack:
        sdk.init(dsn="http://key@127.0.0.1:9/1")

    with pytest.raises(AssertionError) as failed:
        errortrack.events.one()
    assert "init()" not in str(failed.value)


def test_an_application_with_a_dsn_is_not_told_so():
    """An initialised application gets no such note."""
    with capture(dsn="http://key@127.0.0.1:9/1") as errortrack:
        sdk.capture_message("low")
        text = explained(expecting(message="x"), list(errortrack.events), Recorder())

    assert "init()" not in text


def test_the_report_section_shows_everything_compactly():
    """Events with what was said of them, transactions with their spans, counts of the rest, and what was lost."""
    with capture(dsn="http://key@127.0.0.1:9/1", traces_sample_rate=1.0) as errortrack:
        sdk.set_tag("tenant", "acme")
        sdk.set_user({"id": "7", "password": "hunter2"})
        sdk.add_breadcrumb(message="cart priced")
        sdk.capture_message("low")
        with sdk.start_transaction(name="checkout", op="task"), sdk.start_span(op="db", name="SELECT 1"):
            pass
        section = report_section(errortrack._recorder())

    lines = section.splitlines()
    assert lines[0].startswith("info 'low'  from capture_message  at test_explain.py:")
    assert "    tags {'tenant': 'acme'}" in lines
    assert "    user {'id': '7', 'password': '[Filtered]'}" in lines
    assert "    last breadcrumb cart priced" in lines
    assert "    db: SELECT 1" in lines
    assert any(line.startswith("transaction task 'checkout'") for line in lines)


def test_the_report_section_is_bounded():
    """Ten thousand events, and a transaction of a thousand spans, take less than sixty lines."""
    recorder = Recorder()
    recorder.events += [event(message=f"m{n}", tags={"n": str(n)}) for n in range(10_000)]
    spans = [{"op": "db", "description": f"SELECT {n}" * 50, "span_id": str(n)} for n in range(1000)]
    recorder.transactions += [
        CapturedTransaction({"transaction": "t", "spans": spans}, raw=b"", circumstances=Circumstances())
    ] * 10

    section = report_section(recorder)

    assert len(section.splitlines()) <= 61
    assert max(map(len, section.splitlines())) <= 92
    assert "... 9992 more events" in section
    assert "error 'm9999'" in section


def test_the_report_section_of_nothing_is_empty():
    """A test that captured nothing gets no section."""
    assert report_section(Recorder()) == ""
