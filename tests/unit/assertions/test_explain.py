from __future__ import annotations

import re

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import (
    EVENTS,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    Expectation,
    LostReport,
    Recorder,
    report_section,
)
from pytest_errortrack.assertions._explaining._explain import captured_lines, explain, lost_lines


def event(**payload):
    return CapturedEvent({"message": "m", **payload}, raw=b"", circumstances=Circumstances())


def explained(expectation, events, recorder=None):
    return explain("headline", expectation, events, recorder=recorder)


def expecting(**keywords):
    return Expectation.parse(EVENTS, asked_by="one()", **keywords)


def test_the_first_of_equally_near_candidates_is_shown():
    """Nearness is the number of differing places; of equals, the first captured."""
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
    assert "exception: expected KeyError, there is none" in text
    text = explained(expecting(message=re.compile("^x")), [event()])
    assert "message: expected to find /^x/, got 'm'" in text
    assert "is_mine" in explained(expecting(where=is_mine), [event()])


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
    """A value of a megabyte does not reach the terminal."""
    text = explained(expecting(tags={"a": "x" * 1_000_000}), [event(tags={"a": "y" * 1_000_000})])

    assert max(map(len, text.splitlines())) < 300


def test_drops_are_told_once_a_kind_with_the_reason():
    """Reports lost for the same reason are counted together."""
    lost = [LostReport("sample_rate", "error", 1, "E: x")] * 3 + [LostReport("before_send", "error", 1)]

    assert lost_lines(lost) == [
        "  dropped by the SDK:",
        "    error x3 (E: x): not sampled",
        "    error x1: dropped by before_send",
    ]
    assert lost_lines([]) == []


def test_the_report_section_shows_transactions_too():
    """The section lists what a test captured, of both kinds."""
    recorder = Recorder()
    recorder.transactions.append(
        CapturedTransaction({"transaction": "checkout"}, raw=b"", circumstances=Circumstances())
    )

    assert "transaction 'checkout'" in report_section(recorder)
    assert report_section(Recorder()) == ""


def test_an_application_without_init_is_told():
    """Where the SDK was never initialised the failure says that nothing would have been sent."""
    with capture() as errortrack:
        sdk.capture_message("low")
        text = explained(expecting(message="x"), list(errortrack.events), Recorder())

    assert "never called init()" in text


def test_an_application_with_a_dsn_is_not_told_so():
    """An initialised application gets no such note."""
    with capture(dsn="http://key@127.0.0.1:9/1") as errortrack:
        sdk.capture_message("low")
        text = explained(expecting(message="x"), list(errortrack.events), Recorder())

    assert "never called init()" not in text
