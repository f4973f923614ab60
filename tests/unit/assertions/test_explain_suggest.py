from __future__ import annotations

import decimal

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions._explaining._suggest import suggested_lines


class ShopError(Exception):
    """An exception that can be imported from this module."""


def report(error):
    """Raise an exception and capture it."""
    try:
        raise error
    except type(error) as caught:
        sdk.capture_exception(caught)


def suggested(body, **options):
    """Capture what a function reports, and return what is suggested for it and the recording."""
    with capture(dsn="http://key@127.0.0.1:9/1", **options) as errortrack:
        body()
        return suggested_lines(errortrack._recorder(), module=__name__), errortrack


def call_of(lines, name="captured_events"):
    """Return the suggested calls alone."""
    text = "\n".join(lines)
    return [line for line in text.splitlines() if line.startswith(name)]


def test_a_message_is_suggested_by_level_text_and_tags():
    """What the application said, and nothing that the SDK added by itself."""

    def body():
        sdk.set_tag("tenant", "acme")
        sdk.capture_message("it's low", level="warning")

    lines, errortrack = suggested(body)

    assert lines == [
        '@pytest.mark.expect_event(level="warning", message="it\'s low", tags={"tenant": "acme"})',
        *("", "or, in the test:", ""),
        'captured_events.one(level="warning", message="it\'s low", tags={"tenant": "acme"})',
    ]
    assert errortrack.events.one(level="warning", message="it's low", tags={"tenant": "acme"})


def test_an_exception_is_suggested_by_a_name_that_can_be_imported():
    """Its import comes first; names of the test's own module and of builtins need none."""

    def body():
        report(decimal.DivisionByZero("a"))
        report(ShopError("b"))
        report(KeyError("c"))

    lines, _ = suggested(body)

    assert lines[0] == "from decimal import DivisionByZero"
    assert lines[1].startswith('@pytest.mark.expect_event(level="error", exception=DivisionByZero')
    assert [line for line in lines if line.startswith(("from", "import"))] == [lines[0]]


def test_a_class_that_cannot_be_imported_is_suggested_by_name():
    """A local class has a name in the report alone."""

    class Hidden(Exception):  # noqa: N818 - its name is what the test is about
        pass

    lines, errortrack = suggested(lambda: report(Hidden("x")))

    assert f'exception="{__name__}.Hidden"' in lines[0]
    assert errortrack.events.one(exception=f"{__name__}.Hidden")


def test_what_is_another_in_the_next_run_is_left_out():
    """Ids, addresses, times and temporary paths."""

    def body():
        sdk.set_tag("request_id", "0123456789abcdef0123456789abcdef")
        sdk.set_tag("path", "/tmp/pytest-of-me/x")  # noqa: S108 - no file
        sdk.set_tag("at", "2026-01-02T03:04:05")
        sdk.set_tag("tenant", "acme")
        report(ShopError("<object at 0x7f0012345678>"))

    lines, _ = suggested(body)

    assert lines[0] == '@pytest.mark.expect_event(level="error", exception=ShopError, tags={"tenant": "acme"})'


def test_secrets_are_left_out():
    """What is masked elsewhere is not suggested: the key is left out."""

    def body():
        sdk.set_tag("api_key", "hunter2")
        sdk.capture_message("password=hunter2 was refused")

    lines, _ = suggested(body)

    assert "hunter2" not in "\n".join(lines)
    assert lines[0] == '@pytest.mark.expect_event(level="info")'


def test_equal_events_are_counted():
    """Several of the same are one suggestion with a count."""

    def body():
        for _ in range(3):
            sdk.capture_message("low")

    lines, errortrack = suggested(body)

    assert call_of(lines) == ['captured_events.matching(level="info", message="low", count=3)']
    assert len(errortrack.events.matching(level="info", message="low", count=3)) == 3


def test_events_of_the_same_words_are_told_apart_by_more():
    """Where two different reports would answer to it, a suggestion says more of the one that is meant."""

    def body():
        with sdk.new_scope() as scope:
            scope.set_user({"id": "7", "password": "p"})
            sdk.capture_message("text one " + "x" * 200)
        sdk.capture_message("text two " + "x" * 200)
        sdk.capture_message("other")

    lines, errortrack = suggested(body)

    first = call_of(lines)[0]
    assert "count=" in first  # the two long messages are told in the same words
    assert len(errortrack.events.matching(level="info", count=3)) == 3


def test_each_call_matches_what_it_says_and_nothing_else():
    """Each suggested call passes where it was made, and fails for another event."""

    def body():
        sdk.set_tag("tenant", "acme")
        report(ShopError("declined"))
        report(ShopError("expired"))
        sdk.capture_message("cart 'a' \"b\" \\ {c}", level="warning")

    lines, errortrack = suggested(body)
    calls = call_of(lines)
    names = {"captured_events": errortrack.events, "ShopError": ShopError}

    assert len(calls) == 3
    found = [eval(call, names) for call in calls]  # noqa: S307 - what is suggested has to run
    assert [event.title for event in found] == [event.title for event in errortrack.events]


def test_transactions_are_suggested_too():
    """By name, operation and status."""

    def body():
        with sdk.start_transaction(name="checkout", op="task") as transaction:
            transaction.set_status("ok")

    lines, errortrack = suggested(body, traces_sample_rate=1.0)

    assert lines[0] == '@pytest.mark.expect_transaction(name="checkout", op="task", status="ok")'
    assert errortrack.transactions.one(name="checkout", op="task", status="ok")


def test_nothing_captured_suggests_nothing():
    """There is nothing to expect."""
    assert suggested(lambda: None)[0] == []


def test_many_different_events_are_bounded():
    """Of a thousand different events the first few are suggested."""
    lines, _ = suggested(lambda: [sdk.capture_message(f"m {n}") for n in range(1000)])

    assert len(lines) < 30
    assert "# and more, which are not shown" in lines
