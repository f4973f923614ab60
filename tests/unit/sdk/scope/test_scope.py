"""Tests of `Scope`: what it holds, and how that is set, copied and forgotten."""

from __future__ import annotations

import logging

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Breadcrumb, Scope


def fill(scope: Scope) -> None:
    """Write every field."""
    scope.set_level("warning")
    scope.set_fingerprint(["a", "b"])
    scope.set_transaction_name("checkout", "route")
    scope.set_user({"id": 1, "address": {"city": "x"}})
    scope.set_tag("tag", "1")
    scope.set_context("device", {"parts": ["a"]})
    scope.set_extra("extra", {"deep": {"er": [1]}})
    scope.add_breadcrumb(message="crumb", data={"a": {"b": 1}})
    scope.add_event_processor(lambda event, _hint: event)
    scope.add_attachment(b"x", "x.txt")
    scope.add_error_processor(lambda event, _exc_info: event, KeyError)
    scope.set_attribute("attribute", [1, 2])
    scope.add_feature_flag("flag", True)


def seen(scope: Scope) -> dict[str, object]:
    """Return everything that can be read."""
    return {
        "level": scope.level,
        "fingerprint": scope.fingerprint,
        "transaction": scope.transaction_name,
        "user": scope.user,
        "tags": scope.tags,
        "contexts": scope.contexts,
        "extra": scope.extra,
        "breadcrumbs": [crumb.message for crumb in scope.breadcrumbs],
        "processors": scope.state["processors"],
        "attachments": scope.state["attachments"],
        "error_processors": scope.state["error_processors"],
        "attributes": scope.attributes,
        "flags": scope.flags,
    }


def test_fork_starts_with_everything(memory):
    """S3: a fork has what the original has, in every field."""
    scope = Scope()
    fill(scope)

    assert seen(scope.fork()) == seen(scope)
    assert seen(scope)["user"] == {"id": 1, "address": {"city": "x"}}


def test_neither_side_of_a_fork_sees_the_others_writes(memory):
    """S3: after a fork the two go their own ways, in every field."""
    scope = Scope()
    fill(scope)
    before = seen(scope)
    fork = scope.fork()

    fork.set_level("fatal")
    fork.set_fingerprint(None)
    fork.set_transaction_name("other")
    fork.set_user(None)
    fork.set_tag("tag", "2")
    fork.set_context("device", {})
    fork.set_extra("extra", None)
    fork.add_breadcrumb(message="other")
    fork.add_event_processor(lambda event, _hint: event)
    fork.add_attachment(b"y", "y.txt")
    fork.add_error_processor(lambda event, _exc_info: event)
    fork.set_attribute("attribute", 2)
    fork.add_feature_flag("flag", False)

    assert seen(scope) == before
    assert all(seen(fork)[name] != before[name] for name in before)


def test_values_are_copied_when_they_are_set(memory):
    """S10, M5: the caller's later changes of what was set do not reach the scope, however deep."""
    scope = Scope()
    value = {"list": [1, {"a": 1}]}
    scope.set_user(value)
    scope.set_extra("e", value)
    scope.set_context("c", value)
    scope.set_tag("t", value)
    scope.add_breadcrumb(data=value)

    value["list"][1]["a"] = "changed"
    value["list"].append("changed")

    assert "changed" not in str((scope.user, scope.extra, scope.contexts, scope.tags, scope.breadcrumbs))


def test_values_are_copied_when_they_are_read(memory):
    """S10: changing what was read does not reach the scope."""
    scope = Scope()
    fill(scope)
    before = str(seen(scope))

    scope.user["address"]["city"] = "changed"
    scope.contexts["device"]["parts"].append("changed")
    scope.extra["extra"]["deep"]["er"].append("changed")
    scope.tags["tag"] = "changed"

    assert str(seen(scope)) == before


def test_clear_keeps_processors(memory):
    """S6: clearing forgets everything but the processors."""
    scope = Scope()
    fill(scope)
    kept = {name: scope.state[name] for name in ("processors", "error_processors")}

    scope.clear()

    assert seen(scope) == {**seen(Scope()), **kept}


def test_removing():
    """What was set can be forgotten by name."""
    scope = Scope()
    for write in (scope.set_tag, scope.set_extra):
        write("a", 1)
        write("b", 2)
    scope.set_context("a", {"x": 1})

    scope.remove_tag("a")
    scope.remove_extra("b")
    scope.remove_context("a")
    scope.remove_context("never set")

    assert (scope.tags, scope.extra, scope.contexts) == ({"b": 2}, {"a": 1}, {})


@pytest.mark.parametrize(
    ("given", "level"), [("error", "error"), ("WARNING", "warning"), ("critical", "fatal"), ("warn", "warning")]
)
def test_levels_are_the_specifications(given, level):
    """Other words for the same level are understood."""
    scope = Scope()

    scope.set_level(given)

    assert scope.level == level


def test_unknown_level_is_ignored_and_told(caplog):
    """A wrong level does not raise in the application; the internal log says what is right."""
    scope = Scope()
    scope.set_level("error")

    scope.set_level("catastrophe")

    assert scope.level == "error"
    assert "set_level('catastrophe') is ignored: a level is one of fatal, error" in caplog.text
    assert caplog.records[0].name == "errortrack.errors"


@pytest.mark.parametrize(
    "misuse",
    [
        lambda scope: scope.set_user(7),
        lambda scope: scope.set_tags(7),
        lambda scope: scope.set_context("c", 7),
        lambda scope: scope.add_breadcrumb(7),
        lambda scope: scope.set_fingerprint(7),
        lambda scope: scope.add_attachment(),
        lambda scope: scope.add_attachment(path=7),
        lambda scope: scope.add_event_processor(7),
        lambda scope: scope.add_error_processor(7),
        lambda scope: scope.add_error_processor(print, "ValueError"),
        lambda scope: scope.set_extras(7),
        lambda scope: scope.set_attributes(7),
    ],
)
def test_misuse_does_not_raise(memory, misuse, caplog):
    """Inside an application the SDK never raises; it says what was wrong in its log."""
    misuse(Scope())

    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "ignored" in caplog.text


def test_keys_may_be_anything():
    """A key that is no string becomes one."""
    scope = Scope()

    scope.set_tag(1, "a")
    scope.set_extra(["unhashable"], "b")

    assert scope.tags == {"1": "a"}
    assert scope.extra == {"['unhashable']": "b"}


def test_fingerprint_of_one_text_is_one_part():
    """A single string is not taken apart into letters."""
    scope = Scope()

    scope.set_fingerprint("group")

    assert scope.fingerprint == ["group"]


def test_breadcrumbs_are_taken_in_every_form(memory):
    """A breadcrumb is a value, a mapping, or keywords."""
    scope = Scope()

    scope.add_breadcrumb(Breadcrumb("a", timestamp=1.0))
    scope.add_breadcrumb({"message": "b", "timestamp": 2.0, "level": "error"})
    scope.add_breadcrumb(message="c", category="x", timestamp=3.0)
    scope.add_breadcrumb({"message": "d", "timestamp": 4.0}, category="y")

    assert scope.breadcrumbs == [
        Breadcrumb("a", timestamp=1.0),
        Breadcrumb("b", level="error", timestamp=2.0),
        Breadcrumb("c", category="x", timestamp=3.0),
        Breadcrumb("d", category="y", timestamp=4.0),
    ]


def test_breadcrumb_gets_the_time_of_its_recording(start):
    """S8: without a timestamp it is now."""

    class Clock(sdk.Options().runtime.__class__):
        def time(self):
            return 1234.5

    start(runtime=Clock())
    scope = Scope()

    scope.add_breadcrumb(message="a")
    scope.add_breadcrumb({"message": "b", "data": {"x": 1}})

    assert [crumb.timestamp for crumb in scope.breadcrumbs] == [1234.5, 1234.5]


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_ring_keeps_the_newest(start, limit):
    """S8: the oldest breadcrumb goes when there are too many; the order is that of recording, not of time."""
    start(max_breadcrumbs=limit)
    scope = Scope()

    for number in range(3 * limit + 1):
        scope.add_breadcrumb(message=str(number), timestamp=-number)

    expected = [str(number) for number in range(2 * limit + 1, 3 * limit + 1)]
    assert [crumb.message for crumb in scope.breadcrumbs] == expected


def test_no_breadcrumbs_are_kept_with_a_limit_of_zero(start):
    """S8: max_breadcrumbs=0 records none."""
    start(max_breadcrumbs=0)
    scope = Scope()

    scope.add_breadcrumb(message="a")

    assert scope.state["breadcrumbs"] is None


def test_nothing_is_recorded_without_a_client():
    """S8: breadcrumbs are not recorded while the SDK is disabled."""
    scope = Scope()

    scope.add_breadcrumb(message="a")
    sdk.init("")
    scope.add_breadcrumb(message="b")

    assert scope.state["breadcrumbs"] is None


def test_breadcrumbs_can_be_cleared(memory):
    """clear_breadcrumbs forgets them and nothing else."""
    scope = Scope()
    fill(scope)

    scope.clear_breadcrumbs()

    assert scope.breadcrumbs == []
    assert scope.tags == {"tag": "1"}


def test_breadcrumbs_without_a_client_read_as_none():
    """Reading the breadcrumbs of a disabled SDK is no error."""
    assert Scope().breadcrumbs == []


def test_span_can_be_set():
    """The active span of a scope can be set by hand."""
    scope = Scope()
    transaction = sdk.start_transaction("t")

    scope.span = transaction

    assert scope.span is transaction


def test_client_of_a_scope(start):
    """S5: a scope may report to a client of its own, and forks report there too."""
    first = start()
    own = sdk.MemoryTransport()
    with sdk.new_scope() as scope:
        scope.set_client(sdk.Client(transport=own))
        with sdk.new_scope():
            sdk.capture_message("there")
    sdk.capture_message("here")

    assert [event["message"] for event in own.events] == ["there"]
    assert [event["message"] for event in first.events] == ["here"]
