from __future__ import annotations

import json
import socket
import sysconfig
import tempfile
from pathlib import Path

import pytest

from pytest_errortrack.assertions import ExpectationError
from pytest_errortrack.assertions._normalized import Surroundings, normalise, normalise_envelopes
from pytest_errortrack.assertions._normalized._ids import Ids
from pytest_errortrack.assertions._normalized._rules import RULES, Rule, _rules, is_prose
from pytest_errortrack.sdk import Envelope, Item

EVENT_ID, TRACE_ID, SPAN_ID = "4f" * 16, "a1" * 16, "b2" * 8
COMMIT = "9c" * 20
SOMEWHERE = Surroundings(("/srv/shop", "/usr/lib/python3", "/app"), "/tmp", "worker-7")  # noqa: S108 - no file


def normalised(payload, **options):
    (result,) = normalise([payload], surroundings=SOMEWHERE, **options)
    return result


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


STACKS = [
    f"{owner}{kind}"
    for owner in ("", "exception.", "exception.values.", "threads.", "threads.values.")
    for kind in ("stacktrace", "raw_stacktrace")
]


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_follows_the_rules_of_frames(stack):
    """Wherever a server reads one, and whether it was symbolicated or not."""
    rules = dict(_rules())

    assert rules[f"{stack}.frames"] is Rule.FRAMES
    assert rules[f"{stack}.frames.filename"] is Rule.FILE
    assert rules[f"{stack}.frames.lineno"] is rules[f"{stack}.frames.vars"] is Rule.LEFT_OUT


@pytest.mark.parametrize("owner", ["contexts.trace.data", "spans.data", "attributes"])
def test_every_span_s_data_follows_the_same_rules(owner):
    """That of the root, of its spans, and the attributes of newer ones."""
    rules = dict(_rules())

    assert rules[f"{owner}.thread.id"] is rules[f"{owner}.code.lineno"] is Rule.LEFT_OUT
    assert rules[f"{owner}.code.file.path"] is rules[f"{owner}.code.filepath"] is Rule.FILE
    assert rules[f"{owner}.server.address"] is Rule.HOST


def test_each_rule_has_its_places():
    """Ids, what is left out, times, durations, the host and the release."""
    rules = dict(_rules())

    assert rules["event_id"] is rules["trace.trace_id"] is Rule.ID
    assert rules["modules"] is rules["sdk"] is Rule.LEFT_OUT
    assert rules["timestamp"] is rules["sent_at"] is Rule.TIME
    assert rules["duration"] is rules["spans.exclusive_time"] is Rule.DURATION
    assert rules["server_name"] is Rule.HOST
    releases = ("release", "attrs.release", "attributes.sentry.release", "trace.release")
    assert [rules[path] for path in releases] == [Rule.RELEASE] * 4
    assert rules == RULES


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("message", True),
        ("logentry.params.name", True),
        ("exception.values.stacktrace.frames.vars.x", True),
        ("tags.message", False),
        ("logentry.paramsx", False),
    ],
)
def test_prose_is_what_an_error_said(path, expected):
    """Not what the application chose."""
    assert is_prose(path) is expected


def test_ids_are_numbered_by_kind_in_the_order_in_which_they_are_met():
    """Each kind has its own numbers; what is no id is not numbered."""
    ids = Ids()
    for value, kind in (("1" * 32, "event"), ("2" * 16, "span"), ("3" * 32, "event"), ("1" * 32, "trace")):
        ids.meet(value, kind=kind)
    ids.meet("not an id", kind="event")
    ids.meet(3, kind="event")

    assert ids.named(f"{'1' * 32} {'2' * 16} {'3' * 32}") == "<event 1> <span 1> <event 2>"
    assert ids.named("2" * 16) == "<span 1>"
    assert ids.named("not an id") == "not an id"
    assert ids.named("4" * 32) == "4" * 32


def test_an_id_is_the_same_in_every_spelling():
    """Upper case, and dashes."""
    ids = Ids()
    ids.meet("4F4F4F4F-4f4f-4f4f-4f4f-4f4f4f4f4f4f", kind="event")

    assert ids.named(EVENT_ID) == ids.named(EVENT_ID.upper()) == "<event 1>"
    assert ids.named(f"x{EVENT_ID}") == f"x{EVENT_ID}"
    assert Ids().named(EVENT_ID) == EVENT_ID


def test_the_ids_of_an_attribute_stand_below_its_value():
    """An attribute of that name is an id, its type is none; a tag of that name is the application's."""
    attribute = {"value": SPAN_ID, "type": SPAN_ID}
    result = normalised({"attributes": {"sentry.segment.id": attribute}, "tags": {"span_id.value": "c3" * 8}})

    assert result["attributes"]["sentry.segment.id"]["value"] == "<span 1>"
    assert result["tags"] == {"span_id.value": "c3" * 8}


def test_ids_are_met_in_the_order_of_sorted_keys():
    """So that the order in which an SDK writes its keys makes no difference."""
    one = {"spans": [{"span_id": "1" * 16}, {"span_id": "2" * 16}], "contexts": {"trace": {"span_id": "3" * 16}}}

    assert normalised(one) == {
        "contexts": {"trace": {"span_id": "<span 1>"}},
        "spans": [{"span_id": "<span 2>"}, {"span_id": "<span 3>"}],
    }
    assert normalised(dict(reversed(one.items()))) == normalised(one)


def test_an_id_that_is_kept_is_not_named_anywhere():
    """Nor is one that is left out."""
    payload = {"event_id": EVENT_ID, "tags": {"seen": EVENT_ID}}

    assert normalised(payload, keep=["event_id"]) == payload
    assert normalised(payload, drop=["event_id"]) == {"tags": {"seen": EVENT_ID}}


def test_names_fit_whole_words_of_a_path():
    """`id` is no end of `event_id`; two words are an end as well."""
    payload = {"timestamp": 1.0, "extra": {"a": {"id": 1}, "b": {"id": 2}, "solid": 3}}

    assert normalised(payload, drop=["id"]) == {"timestamp": "<time>", "extra": {"solid": 3}}
    assert normalised(payload, drop=["a.id"])["extra"] == {"b": {"id": 2}, "solid": 3}
    assert normalised(payload, drop=["extra", "timestamp"]) == {}


def test_dropping_goes_before_keeping():
    """What is asked to be left out is left out."""
    assert normalised({"timestamp": 1.0, "sdk": {}}, keep=["timestamp", "sdk"], drop=["timestamp"]) == {"sdk": {}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"keep": ["modles"]},
            "normalized(keep=...): 'modles' is nothing that would be replaced; did you mean 'modules'?",
        ),
        ({"keep": ["xyzzy"]}, "normalized(keep=...): 'xyzzy' is nothing that would be replaced"),
        ({"keep": "sdk"}, "normalized(keep=...) takes a list of names, got 'sdk'"),
        ({"keep": [""]}, "normalized(keep=...) takes a list of names, got ['']"),
        ({"drop": "sdk"}, "normalized(drop=...) takes a list of names, got 'sdk'"),
        ({"drop": [3]}, "normalized(drop=...) takes a list of names, got [3]"),
    ],
)
def test_what_is_wrong_with_a_choice_is_said(options, message):
    """The option, what it was given, and a name that is near."""
    with pytest.raises(ExpectationError) as refused:
        normalise([], **options)

    assert str(refused.value) == message


@pytest.mark.parametrize("path", ["timestamp", "duration", "spans.start_timestamp"])
@pytest.mark.parametrize("value", [1.5, "2026-01-01T00:00:00Z", True, 0])
def test_a_time_is_replaced_whatever_its_form(path, value):
    """A null says that there is none."""
    assert normalised(nested(path, value)) == nested(path, f"<{'duration' if path == 'duration' else 'time'}>")
    assert normalised(nested(path, None)) == nested(path, None)


def test_kept_values_stay_as_they_were_sent():
    """A time, a duration and an id that are kept are not rewritten, though they hold what would be."""
    payload = {"event_id": EVENT_ID, "timestamp": f"at {EVENT_ID} <x at 0x1f>"}

    assert normalised(payload, keep=["timestamp"]) == {
        "event_id": "<event 1>",
        "timestamp": f"at {EVENT_ID} <x at 0x1f>",
    }
    assert normalised({"server_name": "<x at 0x1f>"}, keep=["server_name"]) == {"server_name": "<x at 0x...>"}


def test_a_server_name_is_left_out_where_it_is_the_machine_s():
    """Alone, and as an attribute."""
    assert normalised({"server_name": "worker-7"}) == {}
    assert normalised({"server_name": "worker-7"}, keep=["server_name"]) == {"server_name": "worker-7"}
    other = {"attributes": {"server.address": {"value": "db-1", "type": "string"}}}
    assert normalised(other) == other
    assert normalised(nested("attributes.x.value", 1) | {"server_name": {"value": "worker-7"}}) == nested(
        "attributes.x.value", 1
    )


@pytest.mark.parametrize("release", [COMMIT, "9febe23", "1234567", "540359c27ab0"])
def test_a_release_that_is_a_commit_is_replaced(release):
    """In full, and as git abbreviates it: both are what an SDK finds where nobody says the release."""
    assert normalised({"release": release}) == {"release": "<release>"}


@pytest.mark.parametrize(
    "release", ["shop@1.0", COMMIT[:39], f"{COMMIT}0", f"shop@{COMMIT}", "20261122", "1.0", "beef"]
)
def test_a_release_that_is_no_commit_stays(release):
    """It was chosen."""
    assert normalised({"release": release}) == {"release": release}
    assert normalised({"tags": {"release": COMMIT}}) == {"tags": {"release": COMMIT}}


def test_what_became_empty_is_left_out_and_what_was_empty_stays():
    """An empty object is a statement of the application."""
    assert normalised({"contexts": {"os": {"name": "x"}}, "extra": {}, "user": {"a": {}}}) == {
        "extra": {},
        "user": {"a": {}},
    }


def test_lists_within_lists_are_written_anew():
    """Positions are no part of a path, and values that are no text stay as they are."""
    payload = {"extra": {"a": [[{"b": "<x at 0x1f>"}, 1, None, True]]}}

    assert normalised(payload) == {"extra": {"a": [[{"b": "<x at 0x...>"}, 1, None, True]]}}


def frames_of(*frames, **options):
    result = normalised({"stacktrace": {"frames": list(frames)}}, **options)
    return [frame if isinstance(frame, str) else frame.get("function") for frame in result["stacktrace"]["frames"]]


@pytest.mark.parametrize(
    "frame",
    [
        {"in_app": False},
        {"abs_path": "/x/site-packages/flask/app.py"},
        {"abs_path": "/x/dist-packages/flask/app.py"},
        {"abs_path": "<frozen importlib._bootstrap>"},
        {"abs_path": f"{sysconfig.get_path('stdlib')}/threading.py"},
    ],
)
def test_frames_of_libraries_are_left_out(frame):
    """By their own account, by their folder, or as part of Python."""
    assert frames_of({"function": "lib", **frame}, {"function": "own"}) == ["own"]
    assert frames_of({"function": "lib", **frame}) == ["lib"]
    assert frames_of({"function": "lib", **frame}, {"function": "own"}, keep=["frames"]) == ["lib", "own"]


@pytest.mark.parametrize(
    "frame", [{"in_app": True}, {"in_app": None}, {"abs_path": None}, {"abs_path": "/srv/shop/a.py"}]
)
def test_frames_of_the_application_stay(frame):
    """Also where it does not say whose they are; and so does what is no frame."""
    assert frames_of({"function": "own", **frame}, "odd", {"function": "lib", "in_app": False}) == ["own", "odd"]


def test_frames_that_are_no_list_are_left_as_they_are():
    """Whatever an SDK sends."""
    assert normalised({"stacktrace": {"frames": "none"}}) == {"stacktrace": {"frames": "none"}}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/srv/shop/till/pay.py", "till/pay.py"),
        ("/srv/shopping/pay.py", "<path>/pay.py"),
        ("/usr/lib/python3/json/a.py", "json/a.py"),
        ("till/pay.py", "till/pay.py"),
        ("/elsewhere/x/pay.py", "<path>/pay.py"),
    ],
)
def test_a_source_file_is_said_relative(path, shown):
    """To the first root that it is below; of one that is below none the name."""
    assert SOMEWHERE.relative_file(path) == shown
    assert normalised({"stacktrace": {"frames": [{"filename": path}]}})["stacktrace"]["frames"][0]["filename"] == shown


def test_the_first_root_counts_and_may_end_with_a_slash():
    """A root of its own is not needed."""
    assert Surroundings(("/a/b/", "/a")).relative_file("/a/b/c.py") == "c.py"
    assert Surroundings(("/a", "/a/b")).relative_file("/a/b/c.py") == "b/c.py"
    assert Surroundings(("/a",)).relative_file("/a//c.py") == "c.py"
    assert Surroundings().relative_file("/a/c.py") == "<path>/c.py"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("in '/srv/shop/a.py' and /usr/lib/python3/b.py", "in 'a.py' and b.py"),
        ("x/srv/shop/a.py", "x/srv/shop/a.py"),
        ("/srv/shopping", "/srv/shopping"),
        ("/srv/shop", "/srv/shop"),
        ("/app/route", "/app/route"),
        ("no path", "no path"),
    ],
)
def test_a_text_speaks_of_paths_relative(text, shown):
    """Below any root; a folder of one part may as well be the route of an URL."""
    assert SOMEWHERE.relative_text(text) == shown


def test_the_folder_that_pytest_makes_on_windows_is_replaced():
    """The separator is the other one there."""
    windows = Surroundings(("C:\\shop\\src",), "C:\\tmp")

    assert windows.without_test_folder("C:\\tmp\\pytest-of-me\\pytest-3\\x") == "<tmp>\\x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/tmp/pytest-of-me/pytest-12/t0 /tmp/pytest-of-me/pytest-3", "<tmp>/t0 <tmp>"),  # noqa: S108 - a name, no file
        ("/tmp/pytest-of-me/other", "/tmp/pytest-of-me/other"),  # noqa: S108 - a name, no file
        ("/var/pytest-of-me/pytest-1", "/var/pytest-of-me/pytest-1"),
    ],
)
def test_the_folder_that_pytest_makes_is_replaced(text, shown):
    """With its number; only where it is the folder for temporary files."""
    assert SOMEWHERE.without_test_folder(text) == shown
    assert Surroundings().without_test_folder(text) == text


def test_this_process_is_described(monkeypatch, tmp_path):
    """The folders that it imports from, the deepest first, then the current one, and the machine."""
    monkeypatch.setattr("sys.path", ["relative", "/z", "/a/b/c", "/a/b", "/z"])
    monkeypatch.chdir(tmp_path)

    here = Surroundings.here()

    assert here.roots == ("/a/b/c", "/a/b", "/z", str(Path.cwd()))
    assert (here.temporary, here.hostname) == (tempfile.gettempdir(), socket.gethostname())


def test_without_surroundings_those_of_this_process_count():
    """The machine's own name is left out."""
    assert normalise([{"server_name": socket.gethostname()}]) == [{}]


def test_texts_are_settled_until_nothing_is_left_to_replace():
    """A folder may stand behind a folder, and an id behind one."""
    said = f"/srv/shop//srv/shop/a {EVENT_ID} <T at 0x1f> /tmp/pytest-of-me/pytest-1/x"

    assert normalised({"event_id": EVENT_ID, "message": said})["message"] == "a <event 1> <T at 0x...> <tmp>/x"
    assert normalised({"tags": {"m": "/srv/shop/a <T at 0x1f>"}})["tags"] == {"m": "/srv/shop/a <T at 0x...>"}


def item(kind, payload, **headers):
    return Item({"type": kind, **headers}, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def enveloped(*items, keep=(), drop=(), **headers):
    (result,) = normalise_envelopes([Envelope(headers, items)], keep=keep, drop=drop)
    return result


def test_envelopes_obey_the_same_choice():
    """What is kept and dropped is so in headers and payloads alike."""
    event = item("event", {"event_id": EVENT_ID, "tags": {"a": "1"}}, length=9)

    assert enveloped(event, keep=["event_id"], drop=["a", "type"], event_id=EVENT_ID) == {
        "headers": {"event_id": EVENT_ID},
        "items": [{"headers": {}, "payload": {"event_id": EVENT_ID}}],
    }


def test_files_are_told_as_text():
    """Also one that happens to be JSON; what cannot be decoded is escaped; a content can be dropped."""
    file = item("attachment", b'{"a": 1}', filename="a.json")
    headers = {"filename": "a.json", "type": "attachment"}

    assert enveloped(file)["items"] == [{"headers": headers, "payload": '{"a": 1}'}]
    assert enveloped(item("x", b"[1]"), item("x", b"\xff"))["items"] == [
        {"headers": {"type": "x"}, "payload": "[1]"},
        {"headers": {"type": "x"}, "payload": "\\xff"},
    ]
    assert enveloped(file, drop=["content"])["items"] == [{"headers": headers, "payload": ""}]


def test_entries_of_batches_stand_one_by_one():
    """What is no object among them is left out; an object whose `items` is no list is no batch."""
    assert enveloped(item("log", {"items": [{"body": "a"}, 3, {"body": "b"}]}))["items"][0]["payload"] == [
        {"body": "a"},
        {"body": "b"},
    ]
    assert enveloped(item("log", {"items": []}))["items"][0]["payload"] == []
    assert enveloped(item("log", {"items": 3}))["items"][0]["payload"] == {"items": 3}


def test_many_envelopes_share_their_ids():
    """In the order in which they were sent."""
    first, second = (
        Envelope({"event_id": EVENT_ID}, ()),
        Envelope({"event_id": "c3" * 16}, (item("x", {"a": EVENT_ID}),)),
    )

    assert normalise_envelopes([first, second], keep=(), drop=()) == [
        {"headers": {"event_id": "<event 1>"}, "items": []},
        {"headers": {"event_id": "<event 2>"}, "items": [{"headers": {"type": "x"}, "payload": {"a": "<event 1>"}}]},
    ]
