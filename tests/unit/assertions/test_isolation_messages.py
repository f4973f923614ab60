from __future__ import annotations

import re
import threading

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import (
    Actor,
    CapturedEvent,
    CapturedLog,
    CapturedTransaction,
    Circumstances,
    ExpectationError,
    Recorder,
    Writer,
)
from pytest_errortrack.assertions._isolation import assert_isolated
from pytest_errortrack.assertions._isolation._keys import assert_keys_apart
from pytest_errortrack.assertions._isolation._paths import shown_path
from pytest_errortrack.assertions._isolation._things import Thing
from pytest_errortrack.sdk.testing import Stamped

A, B = (Actor(name, None, 1) for name in "AB")


def in_thread(function, *, name):
    """Run a function in a thread of its own, to its end."""
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join()


def refusal(check, **keywords):
    """Return what a check says that fails, without the numbers of lines."""
    with pytest.raises(AssertionError) as failure:
        check(**keywords)
    return re.sub(r"\.py:\d+", ".py:N", str(failure.value))


def keyed(key, *, actor=A, label="events[0]", stamped=(), request=None):
    """Return an event that has its key in a tag."""
    known = Circumstances(actor=actor, request=request)
    item = CapturedEvent({"message": "test!", "tags": {"key": key}}, raw=b"", circumstances=known)
    return Thing(label, item, stamped)


def of_tag(event):
    """Find the key."""
    return event.tags["key"]


def test_an_unknown_keyword_is_told_with_the_nearest_or_all():
    """The whole sentence, in both forms."""
    with capture() as errortrack:
        with pytest.raises(ExpectationError) as near:
            errortrack.events.assert_isolated(shred=[])
        with pytest.raises(ExpectationError) as far:
            errortrack.events.assert_isolated(zzz=1)

    assert str(near.value) == "assert_isolated() got an unknown keyword 'shred': did you mean 'shared'?"
    assert str(far.value) == "assert_isolated() got an unknown keyword 'zzz': known are key, shared, inherited"


def test_a_path_that_cannot_be_is_told_with_the_nearest_field_or_all():
    """The argument, the path, and what is possible there."""
    with capture() as errortrack:
        messages = []
        refused_ones = {"shared": "tags"}, {"inherited": ["tag.x"]}, {"shared": ["contxts"]}
        for keywords in (*refused_ones, {"inherited": ["zzz"]}, {"shared": ["zzz"]}):
            with pytest.raises(ExpectationError) as refused:
                errortrack.events.assert_isolated(**keywords)
            messages.append(str(refused.value))

    inherited = "tags, user, extra, contexts, breadcrumbs, attachments, level, fingerprint, transaction"
    more = "event_processors, error_processors, session, spans, measurements, attributes, trace_id, span_id"
    begins = "assert_isolated() got {}=['zzz']: there is no field 'zzz'; a path begins with one of {}"
    assert messages == [
        "assert_isolated() got shared='tags': expected a list of paths, ['tags']",
        "assert_isolated() got inherited=['tag.x']: there is no field 'tag'; did you mean 'tags'?",
        "assert_isolated() got shared=['contxts']: there is no field 'contxts'; did you mean 'contexts'?",
        begins.format("inherited", inherited),
        begins.format("shared", f"{inherited}, {more}"),
    ]


def test_a_path_is_shown_as_a_test_would_read_it():
    """Keys in quotes; the places of breadcrumbs and spans, and only those, without."""
    assert shown_path(["level"]) == "level"
    assert shown_path(["contexts", "shop", "0"]) == 'contexts["shop"]["0"]'
    assert shown_path(["spans", "0", "data", "1"]) == 'spans[0]["data"]["1"]'
    assert shown_path(["breadcrumbs", "12"]) == "breadcrumbs[12]"


def test_each_proof_of_nothing_says_why_and_what_to_do():
    """Nothing captured, one actor alone, nobody to inherit from."""
    advice = (
        "an isolation check proves nothing. Run the code in two threads or tasks, with interleaving.run(...), "
        "or mark its parts by `with errortrack.actor(...)`"
    )
    with capture() as errortrack:
        check = errortrack.events.assert_isolated
        nothing = "nothing was captured: an isolation check of no events proves nothing"
        assert refusal(check) == nothing
        assert refusal(check, key=of_tag) == nothing
        with errortrack.actor("worker"):
            sdk.capture_message("low")
        assert refusal(check) == f"only one actor took part (worker): {advice}"
        assert refusal(check, key=lambda _: 1) == f"only one actor captured (worker): {advice}"
        with errortrack.actor("other"):
            sdk.capture_message("low")
        assert refusal(check, inherited=["contexts.shop.id", "tags.app"]) == (
            'no actor that captured has an ancestor that wrote contexts["shop"]["id"] before it started the actor: '
            "a check that it was inherited proves nothing"
        )
        check()


def test_what_nobody_is_known_to_have_captured_cannot_be_judged():
    """It came from elsewhere: its label, and what to give instead."""
    known = Circumstances(actor=A), Circumstances()
    events = [CapturedEvent({"message": "low"}, raw=b"", circumstances=each) for each in known]

    said = refusal(lambda: assert_isolated(Recorder(), events, key=None, shared=(), inherited=()))

    assert said == (
        "nobody knows who captured events[1]: it came from outside of what this test watches, and whose data it "
        "carries cannot be told. Give key=, an id that the application stamps on its own events"
    )


def test_where_nobody_took_part_that_is_told():
    """The recording knows of no actor, though the event does."""
    events = [CapturedEvent({"message": "low"}, raw=b"", circumstances=Circumstances(actor=A))]

    said = refusal(lambda: assert_isolated(Recorder(), events, key=None, shared=(), inherited=()))

    assert said.startswith("only one actor took part (nobody): an isolation check proves nothing.")


def test_what_is_pending_is_looked_at_and_other_kinds_only_with_events():
    """A batch is sent first; who asks for logs is not told of transactions."""
    recorder, known = Recorder(), Circumstances(actor=A)
    mixed = Stamped(("tags", "t"), "B", Writer(B, None, 1, None, "set_tag"))
    payload = {"event_id": "e" * 32, "transaction": "/pay", "tags": {"t": "B"}}
    recorder.stamped["e" * 32] = (mixed,)
    recorder.flush_pending = lambda: recorder.transactions.append(
        CapturedTransaction(payload, raw=b"", circumstances=known)
    )
    event = CapturedEvent({"message": "low"}, raw=b"", circumstances=known)

    said = refusal(lambda: assert_isolated(recorder, [event], key=None, shared=(), inherited=()))
    of_logs = refusal(lambda: assert_isolated(recorder, [CapturedLog({}, known)], key=None, shared=(), inherited=()))

    assert said.startswith('transactions[0] "/pay" captured by A carries data that B wrote:')
    assert of_logs.startswith("only one actor took part")


def test_foreign_and_missing_data_are_told_in_one_failure():
    """What is foreign first."""
    with capture() as errortrack:
        sdk.Hub.main.scope.set_tag("app", "shop")
        hub = sdk.Hub.main.clone()
        hub.scope.remove_tag("app")
        with errortrack.actor("B"):
            hub.scope.set_tag("t", "B")
        with errortrack.actor("A"):
            hub.capture_message("test!")

    assert refusal(errortrack.events.assert_isolated, inherited=["level", "tags.t"]).splitlines() == [
        'events[0] "test!" captured by A (test_isolation_messages.py:N) carries data that B wrote:',
        "    tags[\"t\"] = 'B'   written by B at test_isolation_messages.py:N",
    ]


def test_two_units_of_one_key_are_told_word_by_word():
    """Both events and the key; who wrote it only where that is known, and wrote this very value."""
    stamps = (
        Stamped(("tags", "key"), "k", Writer(B, None, 1, None, "set_tag")),
        Stamped(("tags", "other"), "x", Writer(B, None, 2, None, "set_tag")),
        Stamped(("tags", "unknown"), "k", "no writer"),
    )
    things = [keyed("k", stamped=stamps), keyed("k", actor=B, label="events[1]")]

    assert refusal(lambda: assert_keys_apart(things, of_tag)).splitlines() == [
        "events[0] captured by A and events[1] captured by B have the same key 'k': one carries the other's",
        '    events[0] "test!" captured by A',
        "      key 'k'",
        '        tags["key"]   written by B',
        '    events[1] "test!" captured by B',
        "      key 'k'",
    ]


def test_a_key_that_was_written_under_the_name_of_a_secret_is_masked():
    """In the heading and below it; another one is shown."""
    stamps = (Stamped(("tags", "api_key"), "k3y", Writer(B, None, 1, None, "set_tag")),)
    things = [keyed("k3y", stamped=stamps), keyed("k3y", actor=B, label="events[1]", stamped=stamps)]

    said = refusal(lambda: assert_keys_apart(things, of_tag))

    assert "have the same key '***'" in said
    assert "k3y" not in said


def test_one_unit_of_two_keys_is_told_word_by_word():
    """The first event of each key."""
    things = [keyed("1"), keyed("1", label="events[1]"), keyed("2", label="events[2]"), keyed("3", actor=B)]

    assert refusal(lambda: assert_keys_apart(things, of_tag)).splitlines() == [
        "events captured by A have different keys:",
        '    events[0] "test!" captured by A',
        "      key '1'",
        '    events[2] "test!" captured by A',
        "      key '2'",
    ]


def test_what_nobody_known_captured_is_a_unit_too():
    """Events from elsewhere have keys, and are called nobody's."""
    things = [keyed("k"), keyed("k", actor=None, label="events[1]")]

    assert refusal(lambda: assert_keys_apart(things, of_tag)).splitlines()[0] == (
        "events[0] captured by A and events[1] captured by nobody known have the same key 'k': one carries the other's"
    )
    assert "only one actor captured (nobody known)" in refusal(lambda: assert_keys_apart(things[1:], of_tag))


def test_the_requests_of_one_actor_are_units_of_their_own():
    """Of what another process sent, each request is one; nothing is anybody's ancestor then."""
    first, second = object(), object()
    apart = [keyed("1", request=first), keyed("1", request=first), keyed("2", request=second)]
    mixed = [keyed("1", request=first), keyed("1", request=second, label="events[1]")]

    assert_keys_apart(apart, of_tag)
    assert "have the same key '1'" in refusal(lambda: assert_keys_apart(mixed, of_tag))


def test_who_was_started_by_another_may_have_its_key():
    """In either order."""
    child = Actor("child", A, 2)
    things = [keyed("k"), keyed("k", actor=child), keyed("other", actor=B)]

    assert_keys_apart(things, of_tag)
    assert_keys_apart(things[::-1], of_tag)


@pytest.mark.parametrize(("count", "more"), [(4, None), (5, "... and 1 more"), (7, "... and 3 more")])
def test_four_problems_with_keys_are_told_and_the_others_counted(count, more):
    """Each problem counts once, however many lines it has."""
    actors = [Actor(f"actor {number}", None, 1) for number in range(count + 1)]
    things = [keyed("same", actor=actor, label=f"events[{place}]") for place, actor in enumerate(actors)]

    lines = refusal(lambda: assert_keys_apart(things, of_tag)).splitlines()

    assert len([line for line in lines if "have the same key" in line]) == 4
    assert (lines[-1] if "more" in lines[-1] else None) == more
    assert len(lines) == 4 * 5 + (more is not None)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (lambda _: None, "the key is None"),
        (lambda event: event.tags["id"], "KeyError: 'id'"),
        (lambda event: event.nothing, "AttributeError: 'CapturedEvent' object has no attribute 'nothing'"),
        (lambda event: event.message + 1, 'TypeError: can only concatenate str (not "int") to str'),
    ],
)
def test_an_event_without_a_key_is_told_with_the_reason_and_its_tags(key, why):
    """Nothing, or what the key function raised; an error of another kind is the test's own and goes through."""
    with pytest.raises(AssertionError) as failure:
        assert_keys_apart([keyed("k"), keyed("l", actor=B)], key)

    assert str(failure.value) == f"events[0] \"test!\" captured by A has no key: {why}. Its tags are {{'key': 'k'}}"
    assert (failure.value.__cause__ is None) == (why == "the key is None")
    with pytest.raises(ZeroDivisionError):
        assert_keys_apart([keyed("k")], lambda _: 1 / 0)


def test_a_log_without_a_key_is_told_with_its_attributes():
    """Where there are attributes they stand for the tags; where there is neither, that is told."""
    known = Circumstances(actor=A)
    for payload, shown in (
        ({"attributes": {"a": 1}, "tags": {"t": 1}}, "{'a': 1}"),
        ({}, "{}"),
        ({"tags": None}, "{}"),
    ):
        bare = Thing("events[0]", CapturedEvent(payload, raw=b"", circumstances=known), ())
        assert refusal(lambda bare=bare: assert_keys_apart([bare], lambda _: None)).endswith(f"Its tags are {shown}")


def test_a_long_key_is_cut():
    """A key may be anything: 46 characters of it are shown."""
    things = [keyed("k" * 200), keyed("k" * 200, actor=B, label="events[1]")]

    lines = refusal(lambda: assert_keys_apart(things, of_tag)).splitlines()

    assert f"have the same key '{'k' * 42}...: one carries" in lines[0]
    assert lines[2] == f"      key '{'k' * 42}..."


def test_a_key_that_is_a_secret_is_not_shown():
    """It is one where it was written under the name of one, among others."""
    writer = Writer(B, None, 1, None, "set_tag")
    stamps = Stamped(("tags", "key"), "k", writer), Stamped(("tags", "session_id"), "k", writer)
    things = [keyed("k", stamped=stamps), keyed("k", actor=B, stamped=stamps[1:], label="events[1]")]

    lines = refusal(lambda: assert_keys_apart(things, of_tag)).splitlines()

    assert "have the same key '***': one carries" in lines[0]
    assert [line for line in lines if line.startswith("      key")] == ["      key '***'"] * 2
