from __future__ import annotations

import pytest

from pytest_errortrack._points import Site
from pytest_errortrack.assertions import (
    Actor,
    CapturedEvent,
    CapturedLog,
    CapturedMetric,
    CapturedTransaction,
    Circumstances,
    Recorder,
    Writer,
)
from pytest_errortrack.assertions._isolation._findings import Finding
from pytest_errortrack.assertions._isolation._propagation import Missing
from pytest_errortrack.assertions._isolation._telling import captured, told, told_missing, written
from pytest_errortrack.assertions._isolation._things import Thing, everything, things
from pytest_errortrack.sdk.testing import Stamped

A, B, C = (Actor(name, None, 1) for name in "ABC")


def event(message="test!", *, actor=A, **circumstances):
    """Return an event with a message."""
    known = Circumstances(actor=actor, **circumstances)
    return CapturedEvent({"message": message}, raw=b"", circumstances=known)


def thing(message="test!", *, label="events[0]", **circumstances):
    """Return an event in the oracle's form."""
    return Thing(label, event(message, **circumstances), ())


def write_of(actor, *, site=None, step=None):
    """Return the stamp of a write."""
    return Writer(actor, site, 1, step, "set_tag")


def finding(path, value, *, stamped=..., actor=B, of=None, is_late=False, **write):
    """Return what the oracle found; the value was sent as it was written unless it is said."""
    written_value = value if stamped is ... else stamped
    writer = write_of(actor, **write)
    return Finding(of or thing(), Stamped(path, written_value, writer), value, writer, is_late=is_late)


def value_line(path, value, **more):
    """Return what is said of one value, without its writer."""
    _, line = told([finding(path, value, **more)])
    return line.partition("   written by")[0].strip()


def test_a_heading_says_what_carries_whose_data_and_each_line_who_wrote_it_where():
    """What, by whom, where and at which step: once for the thing, and for each value."""
    of = thing(site=Site("/app/shop.py", 12, "pay"), step=3)
    site = Site("/app/users.py", 7, "login")

    lines = list(told([finding(("tags", "t"), "B", of=of, site=site, step=1)]))

    assert lines == [
        'events[0] "test!" captured by A (shop.py:12, step 4) carries data that B wrote:',
        "    tags[\"t\"] = 'B'   written by B at users.py:7, step 2",
    ]


def test_places_that_are_not_known_are_left_out():
    """Without a line of code there is the step, without either nothing, without an actor the words for it."""
    assert captured(thing(step=0)) == 'events[0] "test!" captured by A (step 1)'
    assert captured(thing(actor=None)) == 'events[0] "test!" captured by nobody known'
    assert list(written("level", write_of(B))) == ["    level   written by B"]
    assert list(written("level", write_of(B, step=0))) == ["    level   written by B, step 1"]


def test_what_an_ancestor_wrote_too_late_has_a_heading_of_its_own():
    """The two kinds of finding are told apart, also where one writer has both."""
    lines = list(told([finding(("level",), "info"), finding(("level",), "fatal", is_late=True)]))

    assert lines == [
        'events[0] "test!" captured by A carries data that B wrote:',
        "    level = 'info'   written by B",
        'events[0] "test!" captured by A carries data that its ancestor B wrote after starting it:',
        "    level = 'fatal'   written by B",
    ]


def test_a_long_heading_is_two_lines():
    """Up to 96 characters it is one; what is said of the thing stays whole."""
    subject, predicate = 'events[0] "test!" captured by {}', "carries data that B wrote:"
    room = 96 - len(subject.format("")) - 1 - len(predicate)
    short, long = (thing(actor=Actor("w" * length, None, 1)) for length in (room, room + 1))

    [heading, _] = told([finding(("level",), "info", of=short)])
    broken = list(told([finding(("level",), "info", of=long)]))

    assert (len(heading), heading.endswith(f"w {predicate}")) == (96, True)
    assert broken[:2] == [subject.format("w" * (room + 1)), f"  {predicate}"]


@pytest.mark.parametrize("surplus", [0, 1])
def test_a_long_heading_is_broken_before_what_it_says(surplus):
    """Up to ninety-six characters it is one line; the phrase that tells whose data it is stays whole."""
    title = "m" * 40
    rest = len(f'events[0] "{title}" captured by  carries data that B wrote:')
    name = "a" * (96 - rest + surplus)
    subject = f'events[0] "{title}" captured by {name}'

    heading = list(told([finding(("level",), "info", of=thing(title, actor=Actor(name, None, 1)))]))[:-1]

    assert heading == (
        [subject, "  carries data that B wrote:"] if surplus else [f"{subject} carries data that B wrote:"]
    )


def test_findings_of_one_thing_and_writer_stand_together():
    """Whatever the order in which they were found, each thing and writer has one heading."""
    other = thing("other", label="events[1]")
    found = [
        finding(("tags", "one"), "B"),
        finding(("tags", "two"), "C", actor=C),
        finding(("tags", "three"), "B", of=other),
        finding(("tags", "four"), "B"),
    ]

    assert list(told(found)) == [
        'events[0] "test!" captured by A carries data that B wrote:',
        "    tags[\"one\"] = 'B'   written by B",
        "    tags[\"four\"] = 'B'   written by B",
        'events[0] "test!" captured by A carries data that C wrote:',
        "    tags[\"two\"] = 'C'   written by C",
        'events[1] "other" captured by A carries data that B wrote:',
        "    tags[\"three\"] = 'B'   written by B",
    ]


@pytest.mark.parametrize(("count", "more"), [(8, []), (9, ["    ... and 1 more"]), (11, ["    ... and 3 more"])])
def test_eight_values_are_listed_and_the_others_are_counted(count, more):
    """What lies beyond has no heading either."""
    found = [finding(("tags", str(number)), "x", of=thing(label=f"events[{number}]")) for number in range(count)]

    lines = list(told(found))

    assert [line for line in lines if line.startswith("events")] == [
        f'events[{number}] "test!" captured by A carries data that B wrote:' for number in range(8)
    ]
    assert len([line for line in lines if "    tags[" in line]) == 8
    assert lines[16:] == more


def test_a_long_group_is_cut_within():
    """The bound counts values, not headings: two groups of six show eight values."""
    found = [finding(("tags", f"{actor.name}{number}"), "x", actor=actor) for actor in (B, C) for number in range(6)]

    lines = list(told(found))

    assert [line.split()[0] for line in lines if "    tags[" in line] == [
        *(f'tags["B{number}"]' for number in range(6)),
        *(f'tags["C{number}"]' for number in range(2)),
    ]
    assert lines[-1] == "    ... and 4 more"


def test_a_value_is_cut_so_that_its_line_stays_readable():
    """The whole line has 92 characters, and of a value not less than 40 are shown, on a line before its writer."""
    writer = write_of(B)
    [line] = written("level", writer, value="x" * 200)
    assert line == f"    level = {'x' * 62}...   written by B"
    assert len(line) == 92
    assert list(written("level", writer, value="x" * 65)) == [f"    level = {'x' * 65}   written by B"]

    distant = write_of(Actor("a worker with a very long name " * 3, None, 1))
    what, by = written("level", distant, value="x" * 200)
    assert what == f"    level = {'x' * 37}..."
    assert by == f"      written by {'a worker with a very long name ' * 3}"


def test_a_line_is_broken_from_110_characters_on():
    """Below that, what and by whom stay on one line."""
    lengths = {}
    for length in range(60, 100):
        lines = list(written("level", write_of(Actor("w" * length, None, 1))))
        lengths[length] = len(lines)
    whole = max(length for length, count in lengths.items() if count == 1)

    assert len("    level") + len("written by ") + whole == 109
    assert all(count == (1 if length <= whole else 2) for length, count in lengths.items())


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("breadcrumbs", "2"), {"message": "clicked", "category": "ui"}, "breadcrumbs[2] = 'clicked'"),
        (("breadcrumbs", "2"), {"message": "", "category": "ui"}, "breadcrumbs[2] = 'ui'"),
        (("breadcrumbs", "2"), {"data": 1}, "breadcrumbs[2] = {'data': 1}"),
        (("spans", "0"), {"description": "SELECT 1", "op": "db"}, "spans[0] = 'SELECT 1'"),
        (("spans", "0"), {"op": "db", "message": "x"}, "spans[0] = 'db'"),
        (("spans", "0", "data"), {"op": "db"}, "spans[0][\"data\"] = {'op': 'db'}"),
        (("tags", "t"), {"message": "clicked"}, "tags[\"t\"] = {'message': 'clicked'}"),
        (("contexts", "trace"), {"trace_id": "4711", "op": "x"}, "contexts[\"trace\"] = '4711'"),
        (("contexts", "trace"), "4711", "contexts[\"trace\"] = '4711'"),
        (("contexts", "shop"), {"trace_id": "4711"}, "contexts[\"shop\"] = {'trace_id': '4711'}"),
        (("extra", "api_key"), "4711", "extra[\"api_key\"] = '***'"),
    ],
)
def test_a_value_is_said_by_what_it_is_about(path, value, line):
    """A breadcrumb by its message, a span by its description, a trace by its id, a secret not at all."""
    assert value_line(path, value) == line


class Sending:
    """What a scope holds of a file, or a processor that is no function."""

    def __init__(self, filename, content):
        self.filename, self.content = filename, content


def a_processor(event, _hint):
    """Change nothing."""
    return event


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("attachments", "0"), Sending("log.txt", b"four"), 'attachments["log.txt"] = 4 bytes'),
        (("attachments", "0"), Sending("log.txt", "a text"), 'attachments["log.txt"] = a file'),
        (("attachments", "log.txt"), b"sixsix", 'attachments["log.txt"] = 6 bytes'),
        (("attachments", "log.txt"), "/var/log.txt", 'attachments["log.txt"] = a file'),
    ],
)
def test_a_file_is_said_by_its_name_and_its_length(path, value, line):
    """What is in it is not shown."""
    assert value_line(path, value) == line


@pytest.mark.parametrize(
    ("value", "shown"),
    [(a_processor, "a_processor"), (Sending("", b""), "Sending"), (lambda event, _: event, "<lambda>")],
)
def test_a_processor_is_said_by_its_name(value, shown):
    """Its place among others says nothing to a reader; a callable object has its class's name."""
    assert value_line(("processors", "0"), value).startswith(f'event_processors["{shown}"] = ')


def test_what_is_missing_is_told_with_the_ancestor_that_wrote_it():
    """What lacks it, whose it was, and where that was written; eight of them, and how many follow."""
    site = Site("/app/boot.py", 3, "boot")
    lacking = [Missing(thing(label=f"events[{number}]"), "tags.app", write_of(B, site=site)) for number in range(10)]

    assert list(told_missing(lacking[:1])) == [
        'events[0] "test!" captured by A lacks what its ancestor B wrote before starting it:',
        '    tags["app"]   written by B at boot.py:3',
    ]
    assert len(list(told_missing(lacking[:8]))) == 16
    assert list(told_missing(lacking))[14:] == [
        'events[7] "test!" captured by A lacks what its ancestor B wrote before starting it:',
        '    tags["app"]   written by B at boot.py:3',
        "    ... and 2 more",
    ]


def test_each_kind_is_called_by_its_place_and_titled_by_what_it_says():
    """An exception by type and value, a message, a log's text, the name of a metric or transaction; 40 characters."""
    known = Circumstances()
    failed = {"exception": {"values": [{"type": "KeyError", "value": "'a'"}]}, "message": "not this"}
    items = [
        CapturedEvent(failed, raw=b"", circumstances=known),
        event("m" * 41),
        CapturedEvent({"level": "info"}, raw=b"", circumstances=known),
        CapturedTransaction({"transaction": "/pay"}, raw=b"", circumstances=known),
        CapturedLog({"body": "a log"}, known),
        CapturedMetric({"name": "orders"}, known),
    ]

    found = things(items, Recorder())

    assert [(each.label, each.title()) for each in found] == [
        ("events[0]", "KeyError: 'a'"),
        ("events[1]", f"{'m' * 37}..."),
        ("events[2]", "info ''"),
        ("transactions[3]", "/pay"),
        ("logs[4]", "a log"),
        ("metrics[5]", "orders"),
    ]
    assert [each.item for each in found] == items
    assert [each.is_whole for each in found] == [True] * 4 + [False] * 2


def test_each_thing_has_the_stamps_and_files_that_came_with_it():
    """Those of an event are known by its id, those of a log come with the log."""
    recorder = Recorder()
    stamps = (Stamped(("level",), "info", object()),), (Stamped(("level",), "error", object()),)
    recorder.stamped["e" * 32] = stamps[0]
    items = [
        CapturedEvent({"event_id": "e" * 32}, raw=b"", circumstances=Circumstances(), attachments=["log.txt"]),
        event(),
        CapturedLog({}, Circumstances(stamped=stamps[1])),
    ]

    found = things(items, recorder)

    assert [each.stamped for each in found] == [stamps[0], (), stamps[1]]
    assert [list(each.attachments) for each in found] == [["log.txt"], [], []]


def test_everything_is_what_anybody_in_particular_made():
    """Besides the events: transactions, logs and metrics; but not what an older SDK added up for all."""
    recorder, known, nobody = Recorder(), Circumstances(actor=A), Circumstances()
    recorder.transactions.append(CapturedTransaction({}, raw=b"", circumstances=nobody))
    recorder.telemetry.logs += [CapturedLog({}, nobody), CapturedLog({}, known)]
    recorder.telemetry.metrics += [CapturedMetric({}, known), CapturedMetric({}, nobody)]

    found = everything([event()], recorder)

    assert [each.label for each in found] == ["events[0]", "transactions[0]", "logs[1]", "metrics[0]"]
