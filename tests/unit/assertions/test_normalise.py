from __future__ import annotations

import copy
import json

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import CapturedBreadcrumb, ExpectationError
from pytest_errortrack.assertions._normalized import Surroundings, normalise
from pytest_errortrack.sdk import Envelope, Item

EVENT_ID, TRACE_ID, SPAN_ID = "4f" * 16, "a1" * 16, "b2" * 8
SOMEWHERE = Surroundings(("/srv/shop", "/usr/lib/python3"), "/tmp", "worker-7")  # noqa: S108 - a name, no file


def normalised(payload, **options):
    (result,) = normalise([payload], surroundings=SOMEWHERE, **options)
    return result


def trace(**more):
    return {"contexts": {"trace": {"trace_id": TRACE_ID, "span_id": SPAN_ID} | more}}


def test_equal_ids_stay_equal_wherever_they_stand():
    """An id has one name in all payloads and all texts, with dashes or without, alone or within a header."""
    first = {"event_id": EVENT_ID, "tags": {"seen": f"id {EVENT_ID}."}} | trace()
    dashed = f"{EVENT_ID[:8]}-{EVENT_ID[8:12]}-{EVENT_ID[12:16]}-{EVENT_ID[16:20]}-{EVENT_ID[20:]}"
    second = {"event_id": "c3" * 16, "extra": {"parent": dashed, "header": f"{TRACE_ID}-{SPAN_ID}-1"}}

    one, two = normalise([first, second], surroundings=SOMEWHERE)

    assert one["event_id"] == "<event 1>"
    assert one["contexts"]["trace"] == {"trace_id": "<trace 1>", "span_id": "<span 1>"}
    assert one["tags"] == {"seen": "id <event 1>."}
    assert two == {"event_id": "<event 2>", "extra": {"parent": "<event 1>", "header": "<trace 1>-<span 1>-1"}}


def test_ids_that_only_the_application_knows_stay():
    """What looks like an id and is none of the report's own is the application's data."""
    payload = {"event_id": EVENT_ID, "tags": {"request": "d4" * 16, "short": "e5" * 8, "longer": EVENT_ID + "0"}}

    assert normalised(payload)["tags"] == payload["tags"]


def test_times_and_durations_are_replaced_and_what_is_none_is_not():
    """A time tells when the test ran; that there is one can be told."""
    spans = [{"start_timestamp": 1.0, "timestamp": 2.0, "exclusive_time": 3.0}]
    payload = {"timestamp": "2026-01-01T00:00:00Z", "start_timestamp": 1.5, "spans": spans, "duration": None}

    assert normalised(payload) == {
        "duration": None,
        "spans": [{"exclusive_time": "<duration>", "start_timestamp": "<time>", "timestamp": "<time>"}],
        "start_timestamp": "<time>",
        "timestamp": "<time>",
    }


def test_what_the_machine_and_the_sdk_add_is_left_out():
    """Modules, SDK, host, platform contexts, threads and the command line are nobody's statement."""
    payload = {
        "sdk": {"name": "sentry.python"},
        "modules": {"pytest": "9"},
        "server_name": "worker-7",
        "_meta": {"x": {}},
        "contexts": {
            "os": {"name": "Linux"},
            "runtime": {"name": "CPython"},
            "shop": {"id": 1},
            "trace": {"data": {"thread.id": "1", "thread.name": "T"}},
        },
        "extra": {"sys.argv": ["pytest"]},
        "threads": {"values": [{"id": 7, "name": "T", "main": True, "crashed": False}]},
    }

    assert normalised(payload) == {"contexts": {"shop": {"id": 1}}, "threads": {"values": [{"crashed": False}]}}


def test_what_the_application_set_in_their_place_stays():
    """A server name that is not the machine's, and a release that is no commit, were chosen."""
    chosen = {"server_name": "shop-1", "release": "shop@1.0", "environment": "qa", "extra": {}, "measurements": {}}

    assert normalised(chosen) == chosen
    assert normalised({"release": "9c" * 20}) == {"release": "<release>"}


def test_frames_say_which_functions_were_called():
    """Function, module and relative file: no lines, no source, no variables, no library's frames."""
    frames = [
        {"function": "run", "filename": "flask/app.py", "abs_path": "/x/site-packages/flask/app.py"},
        {"function": "submit", "filename": "thread.py", "in_app": False},
        {
            "function": "pay",
            "filename": "/srv/shop/till/pay.py",
            "abs_path": "/srv/shop/till/pay.py",
            "lineno": 3,
            "context_line": "raise",
            "vars": {"card": "1"},
            "in_app": True,
        },
    ]
    payload = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}

    (link,) = normalised(payload)["exception"]["values"]
    (kept,) = normalised(payload, keep=["frames", "lineno"])["exception"]["values"]

    assert link["stacktrace"] == {"frames": [{"filename": "till/pay.py", "function": "pay"}]}
    assert [frame["function"] for frame in kept["stacktrace"]["frames"]] == ["run", "submit", "pay"]
    assert kept["stacktrace"]["frames"][-1]["lineno"] == 3


def test_a_stack_of_library_frames_only_is_kept():
    """Without any frame of the application, those of the libraries are all that can be told."""
    frames = [{"function": "loop", "filename": "/opt/x/loop.py", "in_app": False}]

    result = normalised({"exception": [{"stacktrace": {"frames": frames}}]})

    assert result["exception"][0]["stacktrace"]["frames"] == [{"filename": "<path>/loop.py", "function": "loop"}]


def test_texts_lose_addresses_and_folders_of_the_run():
    """Addresses within a repr, the folders of the program in what an error says, pytest's numbered folders anywhere."""
    said = "<weakref at 0x7f00; to '<Till object at 0x7FAB>'> in '/srv/shop/a', /etc/b, /tmp/pytest-of-me/pytest-9/t0"
    payload = {"exception": {"values": [{"value": said}]}, "tags": {"a": "fault at 0x7f", "b": "/srv/shop/a"}}

    result = normalised(payload)

    expected = "<weakref at 0x...; to '<Till object at 0x...>'> in 'a', /etc/b, <tmp>/t0"
    assert result["exception"]["values"][0]["value"] == expected
    assert result["tags"] == payload["tags"]


def test_attributes_of_logs_and_metrics_follow_the_same_rules():
    """An attribute stands beside its type, and is replaced, left out or kept like a plain value."""
    attributes = {
        name: {"value": value, "type": "string"}
        for name, value in {
            "thread.id": "1",
            "code.file.path": "/srv/shop/till.py",
            "server.address": "worker-7",
            "sentry.release": "9c" * 20,
            "sentry.trace.parent_span_id": SPAN_ID,
            "tenant": "acme",
        }.items()
    }

    result = normalised({"timestamp": 1.5, "span_id": SPAN_ID, "attributes": attributes})

    assert {name: each["value"] for name, each in result["attributes"].items()} == {
        "code.file.path": "till.py",
        "sentry.release": "<release>",
        "sentry.trace.parent_span_id": "<span 1>",
        "tenant": "acme",
    }
    assert result["span_id"] == "<span 1>"


def test_keep_and_drop_name_paths_or_their_ends():
    """What would go can be kept as it is, and what would stay can be left out."""
    payload = {"event_id": EVENT_ID, "timestamp": 1.0, "sdk": {"name": "x"}, "tags": {"a": "1", "b": "2"}, "user": {}}

    result = normalised(payload, keep=["sdk", "timestamp", "event_id"], drop=["tags.a", "user"])

    assert result == {"event_id": EVENT_ID, "sdk": {"name": "x"}, "tags": {"b": "2"}, "timestamp": 1.0}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keep": ["modles"]}, "'modles' is nothing that would be replaced; did you mean 'modules'"),
        ({"keep": "modules"}, "takes a list of names, got 'modules'"),
        ({"drop": [1]}, r"takes a list of names, got \[1\]"),
    ],
)
def test_a_choice_that_cannot_be_meant_is_refused(options, said):
    """A misspelt name would silently change nothing."""
    with pytest.raises(ExpectationError, match=said):
        normalise([{}], **options)


def test_keys_are_sorted_at_every_depth_and_the_original_is_left_alone():
    """The result is a value of its own, in an order of its own."""
    payload = {"tags": {"b": "1", "a": "2"}, "event_id": EVENT_ID, "breadcrumbs": [{"z": 1, "message": "m"}]}
    before = copy.deepcopy(payload)

    result = normalised(payload)
    result["breadcrumbs"][0]["z"] = 2

    assert payload == before
    assert json.dumps(result) == json.dumps(result, sort_keys=True)


def test_every_kind_of_captured_thing_has_it():
    """Events, transactions, breadcrumbs and attachments, alone and together; nothing is claimed by it."""
    with capture() as errortrack:
        errortrack.init(traces_sample_rate=1.0, release="shop@1.0")
        with sdk.start_transaction(name="checkout", op="task"), sdk.start_span(op="db"):
            sdk.add_breadcrumb(message="priced")
            sdk.add_attachment(bytes=b"total 7", filename="bill.txt")
            sdk.capture_message("paid", level="info")

    (event,) = errortrack.events.normalized()
    (transaction,) = errortrack.transactions.normalized()
    (attachment,) = errortrack.attachments.normalized()
    claims = errortrack.events._recorder().claims

    assert event["message"] == "paid"
    assert event["contexts"]["trace"]["parent_span_id"] == "<span 1>"
    assert [span["parent_span_id"] for span in transaction["spans"]] == ["<span 1>"]
    assert errortrack.breadcrumbs.normalized()[0]["message"] == "priced"
    assert (attachment["filename"], attachment["content"]) == ("bill.txt", "total 7")
    assert claims.has_looked
    assert not claims.is_claimed(errortrack.events._recorder().events[0])
    assert errortrack.events[0].normalized() == event


def test_a_breadcrumb_alone_has_it_too():
    """The smallest of them follows the same rules."""
    crumb = CapturedBreadcrumb({"timestamp": 1.0, "message": "priced", "data": {"at": "now"}})

    assert crumb.normalized() == {"data": {"at": "now"}, "message": "priced", "timestamp": "<time>"}


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_what_is_nested_too_deep_to_go_through_is_cut_off(opened):
    """Whatever depth was taken in is written, and can be compared and printed; within a hundred levels all is there."""
    deep = json.loads(opened * 600 + "1" + {"[": "]"}.get(opened, "}") * 600)

    result = normalised({"extra": {"deep": deep, "flat": 1}})

    assert result["extra"]["flat"] == 1
    assert result == normalised({"extra": {"deep": deep, "flat": 1}})
    assert 95 <= repr(result).count(opened[0]) <= 105
    assert "'...'" in repr(result)


def test_whole_envelopes_are_normalised_with_their_headers():
    """Ids are shared between headers and payloads; entries of batches stand one by one; files as they are."""
    log = {"timestamp": 1.0, "body": "paid", "trace_id": TRACE_ID}
    items = (
        Item({"type": "event"}, json.dumps({"event_id": EVENT_ID, "sdk": {}} | trace()).encode()),
        Item({"type": "log", "item_count": 2}, json.dumps({"version": 2, "items": [log, log]}).encode()),
        Item({"type": "attachment", "filename": "a.bin"}, b"\xff1"),
        Item({"type": "statsd"}, b"a:1|c"),
    )
    headers = {"event_id": EVENT_ID, "sent_at": "2026-01-01T00:00:00Z", "trace": {"trace_id": TRACE_ID}}
    with capture() as errortrack:
        errortrack.envelopes._recorder().receive(Envelope(headers, items).serialize(), sdk="native")

    (result,) = errortrack.envelopes.normalized()

    entry = {"body": "paid", "timestamp": "<time>", "trace_id": "<trace 1>"}
    event = {"contexts": {"trace": {"span_id": "<span 1>", "trace_id": "<trace 1>"}}, "event_id": "<event 1>"}
    assert result == {
        "headers": {"event_id": "<event 1>", "sent_at": "<time>", "trace": {"trace_id": "<trace 1>"}},
        "items": [
            {"headers": {"type": "event"}, "payload": event},
            {"headers": {"item_count": 2, "type": "log"}, "payload": [entry, entry]},
            {"headers": {"filename": "a.bin", "type": "attachment"}, "payload": "\\xff1"},
            {"headers": {"type": "statsd"}, "payload": "a:1|c"},
        ],
    }
