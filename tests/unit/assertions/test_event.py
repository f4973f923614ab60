from __future__ import annotations

from pytest_errortrack.assertions import CapturedEvent, CapturedTransaction, Circumstances
from pytest_errortrack.assertions._captured import CapturedBreadcrumb


def event(payload, **more):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances(), **more)


CHAIN = {
    "exception": {
        "values": [
            {"type": "KeyError", "value": "'id'", "module": "builtins"},
            {
                "type": "PaymentError",
                "value": "declined",
                "module": "shop.errors",
                "mechanism": {"type": "generic", "handled": True},
                "stacktrace": {"frames": [{"function": "main"}, {"function": "charge", "lineno": 7, "in_app": True}]},
            },
        ]
    }
}


def test_the_captured_exception_is_the_outermost():
    """`event.exception` is the last of the chain, as the payload orders it; `exceptions` is all of it."""
    captured = event(CHAIN)

    assert captured.exception is not None
    assert (captured.exception.type, captured.exception.qualified_name) == ("PaymentError", "shop.errors.PaymentError")
    assert [link.qualified_name for link in captured.exceptions] == ["KeyError", "shop.errors.PaymentError"]
    assert captured.handled is True
    assert [frame.function for frame in captured.exception.frames] == ["main", "charge"]


def test_a_message_is_read_from_either_form():
    """A plain message and a log entry with parameters read the same."""
    assert event({"message": "low"}).message == "low"
    assert event({"logentry": {"message": "low %s", "params": ["x"], "formatted": "low x"}}).message == "low x"
    assert event({"logentry": {"message": "low"}}).message == "low"
    assert event({}).message is None


def test_tags_as_pairs_read_as_a_dict():
    """The protocol allows tags as a list of pairs."""
    assert event({"tags": [["a", "1"], ["b", "2"]]}).tags == {"a": "1", "b": "2"}


def test_an_event_equals_itself_and_a_mapping_equal_to_its_payload():
    """It is equal to nothing else, not even to another event with the same payload."""
    captured = event({"message": "low"})

    assert captured == captured  # noqa: PLR0124 - the promise under test
    assert captured == {"message": "low"}
    assert captured != event({"message": "low"})
    assert captured != {"message": "high"}


def test_an_absent_level_reads_as_error():
    """Servers read an event without level as an error."""
    assert event({}).level == "error"


def test_the_live_exception_is_gone_once_the_recording_lets_go():
    """The event itself holds no exception: when the recorder forgets it, nobody keeps it alive."""
    held = {"e1": ValueError("boom")}
    captured = event({"event_id": "e1"}, live=held)

    assert captured.live_exception is held["e1"]
    held.clear()
    assert captured.live_exception is None


def test_repr_and_title_stay_on_one_short_line():
    """A representation is short, whatever the payload holds."""
    captured = event({"exception": {"values": [{"type": "E", "value": "x\n" * 10_000}]}})

    assert "\n" not in repr(captured)
    assert len(repr(captured)) < 200


def test_breadcrumbs_are_read_from_either_form():
    """Breadcrumbs come as a list or as an object with values."""
    assert [crumb.message for crumb in event({"breadcrumbs": [{"message": "a"}]}).breadcrumbs] == ["a"]
    assert [crumb.message for crumb in event({"breadcrumbs": {"values": [{"message": "b"}]}}).breadcrumbs] == ["b"]


def test_a_breadcrumb_reads_its_defaults():
    """Type and level have the protocol's defaults, and a crumb equals its own mapping."""
    crumb = CapturedBreadcrumb({"message": "cart priced"})

    assert (crumb.type, crumb.level, crumb.category, crumb.data) == ("default", "info", "", {})
    assert crumb == {"message": "cart priced"}
    assert crumb == CapturedBreadcrumb({"message": "cart priced"})


def test_a_span_tree_shows_parents_and_detached_spans():
    """The tree is drawn in the order of the payload; a span without its parent is marked, not lost."""
    transaction = CapturedTransaction(
        {
            "transaction": "checkout",
            "contexts": {"trace": {"span_id": "r", "op": "http.server", "status": "ok"}},
            "spans": [
                {"span_id": "a", "parent_span_id": "r", "op": "db", "description": "SELECT"},
                {"span_id": "b", "parent_span_id": "a", "op": "db.fetch", "description": "rows"},
                {"span_id": "c", "parent_span_id": "r", "op": "http", "description": "POST /charge"},
                {"span_id": "x", "parent_span_id": "gone", "op": "lost", "description": "?"},
            ],
        },
        raw=b"",
        circumstances=Circumstances(),
    )

    assert transaction.span_tree().splitlines() == [
        "http.server: checkout",
        "  db: SELECT",
        "    db.fetch: rows",
        "  http: POST /charge",
        "  lost: ? (detached)",
    ]
    assert (transaction.name, transaction.op, transaction.status) == ("checkout", "http.server", "ok")
