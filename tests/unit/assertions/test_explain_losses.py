from __future__ import annotations

import pytest

from pytest_errortrack._points import Site
from pytest_errortrack.assertions import CapturedEvent, Circumstances, LostReport, Recorder, SetUp
from pytest_errortrack.assertions._explaining._absence import absence_lines, set_up_note
from pytest_errortrack.assertions._explaining._losses import is_about, lost_lines
from pytest_errortrack.assertions._recording import Replacement

NOTHING = "  note: nothing was reported, and nothing dropped on the way"
NO_INIT = "  note: the app never called init(): outside of a test nothing is sent"
NO_DSN = "  note: init() was given no DSN: outside of a test nothing is sent"
UNTRACED = "  note: tracing is off, neither traces_sample_rate nor traces_sampler is set"
GOOD = SetUp("native", has_dsn=True, has_tracing=True)


def recorder(*set_ups, initialised=True):
    return Recorder(set_ups=lambda: set_ups, is_initialised=lambda: initialised)


def event(**circumstances):
    return CapturedEvent({"message": "m"}, raw=b"", circumstances=Circumstances(**circumstances))


@pytest.mark.parametrize(
    ("noun", "its_own", "others"),
    [
        ("event", ["error", "default", "security"], ["transaction", "span", "session", "log_item", "log_byte"]),
        ("transaction", ["transaction", "span"], ["error"]),
        ("span", ["transaction", "span"], ["error"]),
        ("log", ["log_item"], ["error", "log_byte"]),
        ("metric", ["trace_metric", "metric_bucket"], ["error"]),
        ("check-in", ["monitor"], ["error"]),
        ("session", ["session"], ["error"]),
        ("attachment", ["attachment"], ["error"]),
        ("envelope", ["error", "transaction"], []),
    ],
)
def test_a_loss_explains_what_is_of_its_kind(noun, its_own, others):
    """Of what has no kind of its own, every loss may be the reason."""
    assert [is_about(LostReport("x", category, 1), noun) for category in its_own] == [True] * len(its_own)
    assert [is_about(LostReport("x", category, 1), noun) for category in others] == [False] * len(others)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (LostReport("before_send", "log_item", 1), "log_item x1: dropped by before_send_log"),
        (LostReport("before_send", "trace_metric", 1), "trace_metric x1: dropped by before_send_metric"),
        (LostReport("before_send", "span", 1), "span x1: dropped by before_send_transaction"),
        (
            LostReport("before_send", "error", 1, detail="the callback was late"),
            "error x1: dropped by before_send, the callback was late",
        ),
        (
            LostReport("before_send", "log_item", 1, detail="before_send_log returned None"),
            "log_item x1: dropped by before_send_log",
        ),
        (
            LostReport("before_send", "log_item", 1, detail="before_send_log failed"),
            "log_item x1: dropped by before_send_log, which raised",
        ),
        (LostReport("new", "error", 1, detail="it was late"), "error x1: new: it was late"),
    ],
)
def test_the_reason_names_the_callback_of_the_kind(lost, words):
    """Each kind of thing has a callback of its own."""
    assert lost_lines([lost]) == ["  dropped by the SDK:", f"    {words}"]


def test_a_long_summary_is_cut_and_a_long_reason_wrapped():
    """Forty-eight characters of what was lost; the reason goes on below."""
    assert lost_lines([LostReport("new", "error", 1, "s" * 60, detail="word " * 12)]) == [
        "  dropped by the SDK:",
        f"    error x1 ({'s' * 45}...): new: word word word",
        "      word word word word word word word word word",
    ]


def test_parts_of_what_was_lost_are_not_told_apart():
    """Spans of a transaction and bytes of logs, as long as the reason and the summary are the same."""
    lost = [LostReport("queue_overflow", kind, 1) for kind in ("log_item", "log_byte", "trace_metric_byte")]

    assert lost_lines(lost) == [
        "  dropped by the SDK:",
        "    log_item x1: the queue was full",
        "    trace_metric_byte x1: the queue was full",
    ]
    assert len(lost_lines([LostReport("x", "transaction", 1, "a"), LostReport("x", "span", 1, "b")])) == 3
    assert len(lost_lines([LostReport("x", "transaction", 1), LostReport("y", "span", 1)])) == 3


@pytest.mark.parametrize(("number", "last"), [(12, "    error x1: r11"), (13, "    ... 1 more kinds")])
def test_twelve_kinds_of_losses_are_told(number, last):
    """Of more, their number."""
    lines = lost_lines([LostReport(f"r{n}", "error", 1) for n in range(number)])

    assert lines[12] == "    error x1: r11"
    assert lines[-1] == last


def test_nothing_at_all_is_said_in_a_line():
    """Not where something was lost, and not where something was captured."""
    lossy = recorder(GOOD)
    lossy.lost.append(LostReport("client_closed", "error", 1))

    assert absence_lines(recorder(GOOD), [], noun="event") == [NOTHING]
    assert absence_lines(lossy, [], noun="event") == [
        "  dropped by the SDK:",
        "    error x1: the client had been closed",
    ]
    assert absence_lines(recorder(GOOD), [event()], noun="event") == []


def test_replacements_that_were_called_are_told():
    """Up to four; one that was never called is in nobody's way."""
    full = recorder(GOOD)
    full.replaced += [Replacement("o", f"shop.p{n}", lambda n=n: n) for n in range(7)]

    lines = absence_lines(full, [], noun="log")

    assert lines == [
        "  note: shop.p1 was mocked and called 1 time: what went there was not reported",
        *(f"  note: shop.p{n} was mocked and called {n} times: what went there was not reported" for n in (2, 3, 4)),
    ]


def test_tracing_that_is_off_explains_a_missing_transaction():
    """Not where one set-up traces, where something else was lost, or where a transaction came."""
    off = SetUp("sentry_sdk", has_dsn=True, has_tracing=False)
    lossy = recorder(off)
    lossy.lost.append(LostReport("client_closed", "transaction", 1))

    assert absence_lines(recorder(off), [], noun="transaction") == [UNTRACED]
    assert absence_lines(recorder(off, GOOD), [], noun="transaction") == [NOTHING]
    assert absence_lines(recorder(off), [], noun="event") == [NOTHING]
    assert absence_lines(recorder(off), [event()], noun="transaction") == []
    assert absence_lines(recorder(), [], noun="transaction") == [NOTHING]
    assert UNTRACED not in absence_lines(lossy, [], noun="transaction")


def late(number=0, **more):
    return event(nodeid=f"test_a.py::test_{number}", **more)


@pytest.mark.parametrize("noun", ["event", "transaction"])
def test_late_reports_of_other_tests_are_told(noun):
    """What it is, where it was made, and whose it is; of other kinds nothing came."""
    full = recorder(GOOD)
    full.meanwhile += [late(site=Site("/srv/till.py", 7, "pay")), late(1)]
    told = [
        "  note: a late report of another test came meanwhile:",
        "    error 'm'  at till.py:7",
        "    it belongs to test_a.py::test_0",
        "  note: a late report of another test came meanwhile:",
        "    error 'm'",
        "    it belongs to test_a.py::test_1",
    ]

    assert absence_lines(full, [event()], noun=noun) == told
    assert absence_lines(full, [event()], noun="log") == []


def test_late_reports_are_bounded():
    """Four of them; of each as much as a line holds."""
    full = recorder(GOOD)
    full.meanwhile += [late(n) for n in range(4)]
    assert len(absence_lines(full, [], noun="event")) == 12

    full.meanwhile.append(late(4))
    lines = absence_lines(full, [], noun="event")
    assert len(lines) == 13
    assert lines[-1] == "    ... 1 more"

    long = CapturedEvent({"message": "m" * 99}, raw=b"", circumstances=Circumstances(nodeid="n" * 99))
    full.meanwhile[:] = [long]
    assert absence_lines(full, [], noun="event")[1:] == [
        f"    error '{'m' * 46}...",
        f"    it belongs to {'n' * 61}...",
    ]


@pytest.mark.parametrize(
    ("circumstances", "note"),
    [
        ([{}], ""),
        ([{"initialised": False}], NO_DSN),
        ([{"initialised": False, "has_init": False}], NO_INIT),
        ([{}, {"initialised": False, "has_init": False}], NO_INIT),
    ],
)
def test_what_was_captured_tells_how_the_application_was_set_up(circumstances, note):
    """The first that was made without a DSN; the recorder is not asked."""
    captured = [event(**each) for each in circumstances]

    assert set_up_note(recorder(initialised=False), captured) == note.strip()
    assert absence_lines(recorder(GOOD), captured, noun="event") == ([note] if note else [])


def test_where_nothing_was_captured_the_recorder_tells_the_set_up():
    """One set-up with a DSN is enough; things that nobody stands behind tell nothing."""
    without = SetUp("native", has_dsn=False, has_tracing=False)

    assert set_up_note(recorder(without), []) == set_up_note(recorder(without), [object()]) == NO_DSN.strip()
    assert set_up_note(recorder(without, GOOD), []) == ""
    assert set_up_note(recorder(), []) == ""
    assert set_up_note(recorder(initialised=False), []) == NO_INIT.strip()
    assert absence_lines(recorder(initialised=False), [], noun="event") == [NOTHING, NO_INIT]
