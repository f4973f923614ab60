from __future__ import annotations

import pytest

from pytest_errortrack._points import Site
from pytest_errortrack.assertions import (
    CapturedAttachment,
    CapturedBreadcrumb,
    CapturedCheckIn,
    CapturedEvent,
    CapturedLog,
    CapturedMetric,
    CapturedSession,
    CapturedTransaction,
    Circumstances,
    LostReport,
    Recorder,
    report_section,
)

FRAMES = [{"function": "pay", "filename": "src/shop/till.py", "lineno": 7, "in_app": True}]
ERROR = {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": FRAMES}}]}


def event(**payload):
    site = payload.pop("site", None)
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances(site=site))


def transaction(spans, op="task"):
    payload = {"transaction": "t", "contexts": {"trace": {"op": op}}}
    payload["spans"] = [{"op": "db", "description": f"SELECT {n}", "span_id": str(n)} for n in range(spans)]
    return CapturedTransaction(payload, raw=b"", circumstances=Circumstances())


def section(*events, transactions=(), **more):
    """Return the lines of the section for what was captured."""
    recorder = Recorder()
    recorder.events += events
    recorder.transactions += transactions
    for name, things in more.items():
        getattr(recorder.telemetry if hasattr(recorder.telemetry, name) else recorder, name).extend(things)
    return report_section(recorder).splitlines()


def test_an_event_is_shown_with_what_was_said_of_it():
    """Where it was raised, tags, user, extra and the last breadcrumbs; the command line of pytest is none of it."""
    crumbs = [{"message": f"m{n}", "category": "c"} for n in range(4)]

    assert section(
        event(exception=ERROR, tags={"a": "1"}, user={"id": "7"}, extra={"sys.argv": ["x"], "n": 1}, breadcrumbs=crumbs)
    ) == [
        "error E: v  from capture_exception",
        "    raised in pay (src/shop/till.py:7)",
        "    tags {'a': '1'}",
        "    user {'id': '7'}",
        "    extra {'n': 1}",
        "    last breadcrumbs m1, m2, m3",
    ]


def test_what_says_nothing_new_is_left_out():
    """The place where it was raised, where it was captured there; a breadcrumb without words has its category."""
    captured = event(
        site=Site("/srv/shop/till.py", 7, "pay"),
        exception=ERROR,
        extra={"sys.argv": ["x"]},
        breadcrumbs=[{"category": "auth"}],
    )

    assert section(captured) == ["error E: v  from capture_exception  at till.py:7", "    last breadcrumb auth"]


@pytest.mark.parametrize("site", [("/srv/shop/till.py", 8), ("/srv/shop/cart.py", 7)])
def test_another_line_or_file_than_the_raising_one_is_told(site):
    """Both count, the folder does not."""
    lines = section(event(site=Site(*site, "pay"), exception=ERROR))

    assert lines[1:] == ["    raised in pay (src/shop/till.py:7)"]


def test_long_values_take_one_line_each():
    """None is wider than ninety-two characters, and each uses them."""
    frame = FRAMES[0] | {"function": "f" * 200}
    long = {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": [frame]}}]}
    mappings = {name: {"k": "x" * 200} for name in ("tags", "user", "extra")}

    lines = section(event(exception=long, breadcrumbs=[{"message": "m" * 60}] * 3, **mappings))

    assert [len(line) for line in lines[1:5]] == [92, 91, 91, 91]
    assert lines[5] == f"    last breadcrumbs {', '.join(['m' * 37 + '...'] * 3)}"[:88] + "..."


@pytest.mark.parametrize(("number", "expected"), [(8, 8), (9, [*range(7), 8, "... 1 more event before the last"])])
def test_eight_events_are_shown(number, expected):
    """Of more, the first seven and the last, and the number of those in between."""
    lines = section(*(event(message=str(n)) for n in range(number)))

    numbers = range(expected) if isinstance(expected, int) else expected
    assert lines == [each if isinstance(each, str) else f"error '{each}'  from capture_message" for each in numbers]


def test_three_transactions_are_shown():
    """The last is one of them."""
    lines = section(transactions=[transaction(0, op=f"o{n}") for n in range(5)])

    assert lines == [
        *(f"transaction o{n} 't' no status, 0 spans" for n in (0, 1, 4)),
        "... 2 more transactions before the last",
    ]
    assert len(section(transactions=[transaction(0)] * 3)) == 3


def test_eight_spans_of_a_transaction_are_shown():
    """As a tree; of more their number."""
    spans = [f"    db: SELECT {n}" for n in range(8)]

    assert section(transactions=[transaction(8)]) == ["transaction task 't' no status, 8 spans", *spans]
    assert section(transactions=[transaction(10)]) == [
        "transaction task 't' no status, 10 spans",
        *spans,
        "    ... 2 more spans",
    ]


def test_a_long_span_takes_one_line():
    """Its text is cut, and has no secret."""
    long = transaction(1)
    long.payload["spans"][0]["description"] = "GET https://k@host/" + "x" * 200

    (_, line) = section(transactions=[long])

    assert line.startswith("    db: GET https://***@host/x")
    assert len(line) == 92


def test_the_rest_is_counted():
    """The last of each kind is shown; of attachments the names, eight at the most."""
    here = Circumstances()
    files = [CapturedAttachment({"filename": f"f{n}"}, here, b"", "") for n in range(9)]

    assert section(
        logs=[CapturedLog({"level": "info", "body": body}, here) for body in "ab"],
        metrics=[CapturedMetric({"name": "n", "type": "counter", "value": 1}, here)],
        check_ins=[CapturedCheckIn({"monitor_slug": "s", "status": "ok"}, here)],
        sessions=[CapturedSession({"status": "ok"}, here)] * 2,
        attachments=files,
        breadcrumbs=[CapturedBreadcrumb({"message": "m"})] * 2,
    ) == [
        "2 logs: the last <CapturedLog info 'b'>",
        "1 metric: <CapturedMetric counter 'n' 1>",
        "1 check-in: <CapturedCheckIn 's' ok>",
        "2 sessions: the last <CapturedSession ok x1>",
        "9 attachments: f0, f1, f2, f3, f4, f5, f6, f7",
        "2 breadcrumbs, sent with no event",
    ]
    assert section(attachments=files[:1], breadcrumbs=[CapturedBreadcrumb({})]) == [
        "1 attachment: f0",
        "1 breadcrumb, sent with no event",
    ]


def test_breadcrumbs_are_told_of_where_no_event_has_them():
    """With an event its own are shown."""
    crumb = CapturedBreadcrumb({"message": "m"})

    assert section(event(message="m"), breadcrumbs=[crumb]) == ["error 'm'  from capture_message"]


def test_what_waits_in_a_batch_is_shown_as_long_as_the_recording_goes_on():
    """It is sent at the end; a recording that has ended has nothing waiting."""
    recorder = Recorder()
    log = CapturedLog({"level": "info", "body": "late"}, Circumstances())
    recorder.flush_pending = lambda: recorder.telemetry.logs.append(log)

    assert report_section(recorder) == "1 log: <CapturedLog info 'late'>"
    recorder.has_ended = True
    assert report_section(recorder) == "1 log: <CapturedLog info 'late'>"


def test_nothing_in_a_section_moves_the_cursor_or_turns_the_text():
    """Titles, tags, places, breadcrumbs, spans and names of files are shown by their escapes, each on its own line."""
    hostile = "a\u202eb\x1b[2J\u2028\x85c\nd"
    site = Site(f"/app/{hostile}.py", 3, hostile)
    mixed = transaction(0)
    mixed.payload["spans"] = [{"op": hostile, "description": hostile, "span_id": "1"}]
    crumbs = [{"message": hostile}]

    lines = section(
        event(message=hostile, tags={hostile: hostile}, breadcrumbs=crumbs, site=site), transactions=[mixed]
    )

    assert "\\u202e" in "".join(lines)
    assert [line for line in lines if not line.isprintable()] == []
    assert len(lines) == 5


def test_what_was_lost_stands_at_the_end():
    """Not indented, since nothing stands above it."""
    assert section(lost=[LostReport("client_closed", "error", 1)]) == [
        "dropped by the SDK:",
        "  error x1: the client had been closed",
    ]


def test_the_note_of_the_set_up_is_the_last_line():
    """Of events and transactions alike; not where nothing was captured."""
    lacking = CapturedTransaction(
        {"transaction": "t"}, raw=b"", circumstances=Circumstances(initialised=False, has_init=False)
    )

    assert section(transactions=[lacking])[1:] == [
        "note: the app never called init(): outside of a test nothing is sent"
    ]
    assert report_section(Recorder(is_initialised=lambda: False)) == ""


def test_the_note_of_the_set_up_is_in_a_section_that_is_cut():
    """The bound is that of what was captured."""
    tags = {str(n): "x" for n in range(4)}
    many = [event(message=str(n), tags=tags, user=tags, extra=tags, breadcrumbs=[{"message": "m"}]) for n in range(8)]
    many += [CapturedEvent({"message": "m"}, raw=b"", circumstances=Circumstances(initialised=False))]
    spans = [transaction(8)] * 3

    lines = section(*many, transactions=spans)

    assert lines[59].endswith(" more lines")
    assert lines[60:] == ["note: init() was given no DSN: outside of a test nothing is sent"]
