from __future__ import annotations

import pytest

from pytest_errortrack.assertions import CapturedEvent, CapturedTransaction, Circumstances, Recorder
from pytest_errortrack.assertions._explaining import suggested_lines

HEX = "0123456789abcdef"


class ShopError(Exception):
    """An exception that can be imported from this module."""

    class Declined(Exception):  # noqa: N818 - its place is what the test is about
        """An exception within another one."""


def event(message="low", *, live=None, **payload):
    found = {"event_id": "1" * 32, "level": "info", "message": message, **payload}
    return CapturedEvent(found, raw=b"", circumstances=Circumstances(), live={"1" * 32: live} if live else {})


def raised(error, kind=None, value="x", **payload):
    values = [{"type": kind or type(error).__name__, "value": value, "module": type(error).__module__}]
    return event(None, live=error, exception={"values": values}, **payload)


def suggested(*events, transactions=(), module=__name__):
    recorder = Recorder()
    recorder.events += events
    recorder.transactions += transactions
    return suggested_lines(recorder, module=module)


def calls(*events, **more):
    """Return the suggested calls alone, one text each."""
    lines = suggested(*events, **more)
    return lines[lines.index("or, in the test:") + 2 :]


def markers(*events, **more):
    lines = suggested(*events, **more)
    return lines[: lines.index("or, in the test:") - 1]


def test_a_class_within_a_class_is_imported_by_the_outer_one():
    """The name in the code has both."""
    lines = suggested(raised(ShopError.Declined("x")), module="elsewhere")

    assert lines[:2] == [
        f"from {__name__} import ShopError",
        '@pytest.mark.expect_event(level="info", exception=ShopError.Declined, message="x")',
    ]
    assert not suggested(raised(ShopError.Declined("x")))[0].startswith("from")


def test_imports_are_sorted_and_each_stands_once():
    """Before all markers."""
    lines = suggested(raised(ShopError("a"), value="a"), raised(ShopError("b"), value="b"), module="elsewhere")

    assert [line for line in lines if line.startswith("from")] == lines[:1] == [f"from {__name__} import ShopError"]


def test_a_live_exception_of_another_name_is_not_the_captured_one():
    """What was sent is what is told."""
    assert calls(raised(ShopError("x"), "Other", module="m"))[0] == (
        f'captured_events.one(level="info", exception="{__name__}.Other", message="x")'
    )
    assert 'exception="KeyError"' in calls(event(None, exception={"values": [{"type": "KeyError"}]}))[0]


@pytest.mark.parametrize(
    "text",
    [
        "<x at 0x7f001234>",
        f"{HEX[:8]}-{HEX[:4]}-x",
        HEX,
        "on 2026-01-31",
        "123456789",
        "took 1.23456 s",
        "/tmp/x",  # noqa: S108 - no file
        "pytest-of-me",
        "x" * 101,
        "password=hunter2",
    ],
)
def test_texts_that_may_be_others_in_the_next_run_are_left_out(text):
    """As a message, as a tag, and within a mapping; so are long ones and those with a secret."""
    assert calls(event(text, tags={"a": text})) == ['captured_events.one(level="info")']


@pytest.mark.parametrize("text", ["0x7f", "abcdef" * 2, "12345678", "1.234", "x" * 100])
def test_texts_that_look_stable_are_suggested(text):
    """Short numbers, and a hundred characters."""
    assert f'message="{text}"' in "".join(calls(event(text)))


def test_tags_that_an_sdk_sets_and_secrets_are_left_out():
    """Six of the others are suggested, in their order."""
    tags = {"server_name": "x", "api_key": "y", "empty": "", "none": None, **{f"t{n}": str(n) for n in range(8)}}

    (call,) = calls(event(tags=tags))

    assert 'tags={"t0": "0", "t1": "1", "t2": "2", "t3": "3", "t4": "4", "t5": "5"}' in call


def test_more_is_said_until_a_suggestion_is_about_its_own_event():
    """Logger, transaction, fingerprint, user, extra: no more of them than it takes."""
    plain, shop = event(), event(logger="shop", user={"id": "7"})

    assert calls(plain, shop) == [
        'captured_events.matching(level="info", message="low", count=2)',
    ]
    first, second = event("x" * 200, user={"id": "7", "password": "p"}), event("other")
    assert calls(first, second)[0] == 'captured_events.one(level="info", user={"id": "7"})'


def test_what_is_not_common_to_a_group_tells_nothing_of_it():
    """Two events of the same words and different loggers stay two."""
    group = [event("x" * 200, logger=name, extra={"n": 1}) for name in ("a", "b")]

    assert calls(*group, event("other"))[0] == 'captured_events.matching(level="info", extra={"n": 1}, count=2)'


def test_values_that_would_differ_are_left_out_of_mappings():
    """An address, a secret and the command line; a mapping of which nothing is left is nothing."""
    extra = {"sys.argv": ["pytest"], "id": HEX, "token": "t", "n": 3, "list": [1, "a"], "deep": {"at": "0x12345"}}

    assert calls(event("x" * 200, extra=extra), event("other"))[0] == (
        'captured_events.one(level="info", extra={"n": 3, "list": [1, "a"]})'
    )
    assert calls(event("x" * 200, extra={"sys.argv": ["x"]}), event("other"))[0] == (
        'captured_events.matching(level="info", count=2)'
    )


def test_other_values_are_suggested_as_long_as_they_are_short():
    """A list of a hundred characters; no address in it."""
    assert 'fingerprint=["a", "b"]' in calls(event("x" * 200, fingerprint=["a", "b"]), event("other"))[0]
    assert "fingerprint" not in calls(event("x" * 200, fingerprint=["a" * 100]), event("other"))[0]
    assert "fingerprint" not in calls(event("x" * 200, fingerprint=[HEX]), event("other"))[0]


def test_how_many_markers_and_calls_answer():
    """Each event answers to one marker; a call knows nothing of the others."""
    lines = suggested(event("a"), event("a"), event("b"))

    assert lines == [
        '@pytest.mark.expect_event(level="info", message="a", count=2)',
        '@pytest.mark.expect_event(level="info", message="b")',
        "",
        "or, in the test:",
        "",
        'captured_events.matching(level="info", message="a", count=2)',
        'captured_events.one(level="info", message="b")',
    ]


def test_a_call_that_counts_more_than_its_marker():
    """An event without further words is counted with those that say more."""
    lines = suggested(event("x" * 200), event("other"))

    assert lines[0] == '@pytest.mark.expect_event(level="info")'
    assert lines[6] == 'captured_events.matching(level="info", count=2)'


def test_a_long_call_takes_a_line_for_each_word():
    """A hundred and ten columns are one line."""
    room = 110 - len('captured_events.one(level="info", message="", tags={"a": "b"})')

    assert calls(event("x" * room, tags={"a": "b"})) == [
        f'captured_events.one(level="info", message="{"x" * room}", tags={{"a": "b"}})'
    ]
    assert calls(event("x" * (room + 1), tags={"a": "b"})) == [
        "\n".join(
            [
                "captured_events.one(",
                '    level="info",',
                f'    message="{"x" * (room + 1)}",',
                '    tags={"a": "b"},',
                ")",
            ]
        )
    ]


@pytest.mark.parametrize("text", ["it's", 'say "x"', "both ' and \"", "a\\b", "line\nbreak", "ü", "a'b\\'c"])
def test_a_text_is_written_as_python_reads_it(text):
    """Whatever quotes are in it."""
    (call,) = calls(event(text, tags={"k'k": text}))

    found = eval(call, {"captured_events": type("C", (), {"one": staticmethod(dict)})})  # noqa: S307 - it has to run

    assert found == {"level": "info", "message": text, "tags": {"k'k": text}}
    assert ('message="' in call) == ('"' not in text)


@pytest.mark.parametrize(("number", "is_bounded"), [(8, False), (9, True)])
def test_eight_different_events_are_suggested(number, is_bounded):
    """Of more it is said that there are more, of markers and of calls."""
    lines = suggested(*(event(f"m{n}") for n in range(number)))

    assert lines.count("# and more, which are not shown") == (2 if is_bounded else 0)
    assert len(lines) == 8 + 3 + 8 + (2 if is_bounded else 0)
    assert lines[7] == '@pytest.mark.expect_event(level="info", message="m7")'


def transaction(**payload):
    return CapturedTransaction(payload, raw=b"", circumstances=Circumstances())


def test_transactions_have_words_of_their_own():
    """Name, operation, status and tags; what would differ is left out."""
    trace = {"trace": {"op": "task", "status": "ok"}}

    assert suggested(transactions=[transaction(transaction="t", contexts=trace, tags={"a": "1"})]) == [
        '@pytest.mark.expect_transaction(name="t", op="task", status="ok", tags={"a": "1"})',
        *("", "or, in the test:", ""),
        'captured_transactions.one(name="t", op="task", status="ok", tags={"a": "1"})',
    ]
    assert calls(transactions=[transaction(transaction=HEX, contexts=trace)]) == [
        'captured_transactions.one(op="task", status="ok")'
    ]
    assert calls(
        transactions=[
            transaction(transaction=HEX, contexts=trace, user={"id": "1"}),
            transaction(transaction="b", contexts=trace),
        ]
    ) == [
        'captured_transactions.one(op="task", status="ok", user={"id": "1"})',
        'captured_transactions.one(name="b", op="task", status="ok")',
    ]


def test_what_is_left_out_is_said_once():
    """A comment names it, without its value, below the markers; nobody takes the words for all there is."""
    lines = markers(event("x" * 200, tags={"password": "hunter2"}), event("y" * 200, tags={"a": "b"}), event("low"))

    assert lines[-1] == "# left out, as long, secret or another in each run: a message, tags"
    assert not any(line.startswith("#") for line in markers(event("low", tags={"a": "b", "url": "x"})))


def test_a_report_of_another_thread_is_waited_for():
    """The thread may be later than the test's look at it."""
    apart = CapturedEvent({"message": "m"}, raw=b"", circumstances=Circumstances(thread="worker-1"))
    here = CapturedEvent({"message": "m"}, raw=b"", circumstances=Circumstances(thread="MainThread"))

    assert calls(apart) == ['captured_events.wait_for(level="error", message="m")']
    assert calls(apart, here) == ['captured_events.wait_for(level="error", message="m", count=2)']
    assert calls(here) == ['captured_events.one(level="error", message="m")']


def test_a_class_of_a_function_is_named_by_its_own_name():
    """No code can name it otherwise."""

    class Lost(Exception):  # noqa: N818 - its place is what the test is about
        """Not to be imported."""

    assert calls(raised(Lost("x"), Lost.__qualname__)) == [
        'captured_events.one(level="info", exception="Lost", message="x")'
    ]
