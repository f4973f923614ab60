from __future__ import annotations

from pytest_errortrack._points import Site
from pytest_errortrack.assertions import CapturedBreadcrumb, CapturedEvent, Circumstances
from pytest_errortrack.assertions._actors import Actor
from pytest_errortrack.assertions._explaining._titles import (
    captured_lines,
    chain_of,
    culprit_of,
    label,
    plural,
    titled,
)
from pytest_errortrack.sdk import Envelope, Item

HERE = Site("/srv/shop/till.py", 7, "pay")


def event(*, live=None, **payload):
    return CapturedEvent(payload, raw=b"", circumstances=live or Circumstances())


def raised(*links, frames=None):
    values = [{"type": kind, "value": value} for kind, value in links]
    if frames is not None:
        values[-1]["stacktrace"] = {"frames": frames}
    return event(exception={"values": values})


def test_a_thing_is_named_as_a_test_would_read_it():
    """In the plural, with its number; a dash is none in Python."""
    assert label("event", 3) == "events[3]"
    assert label("check-in", 0) == "check_ins[0]"
    assert [plural("event", number) for number in (0, 1, 2)] == ["events", "event", "events"]


def test_a_title_says_what_who_and_where():
    """By whom where it is not the main thread, from what, at which line."""
    circumstances = Circumstances(site=HERE, actor=Actor("worker-1", None, 0))

    assert (
        titled(event(message="m", live=circumstances)) == "error 'm'  from capture_message  at till.py:7  by worker-1"
    )
    for name in ("MainThread", "MainThread (isolation scope)"):
        assert titled(event(message="m", live=Circumstances(actor=Actor(name, None, 0)))) == (
            "error 'm'  from capture_message"
        )
    assert titled(event(message="m"), prefix="> ") == "> error 'm'  from capture_message"


def test_a_title_says_what_is_odd_about_it():
    """A thread that nobody knows is no news where an interleaving is explored."""
    assert titled(event(message="m", live=Circumstances(is_stranger=True))) == (
        "error 'm'  from capture_message  (of a thread that no test started)"
    )
    assert titled(event(message="m", live=Circumstances(is_stranger=True, step=0))) == "error 'm'  from capture_message"
    assert titled(event(message="m", live=Circumstances(is_late=True))) == (
        "error 'm'  from capture_message  (late: its test had ended)"
    )


def test_a_long_actor_and_a_long_file_name_are_cut():
    """Of a file's name the middle is left out, never its line."""
    by = Circumstances(actor=Actor("w" * 33, None, 0))
    at = Circumstances(site=Site("/x/" + "a" * 30 + "b" * 30 + ".py", 1234, "f"))

    assert titled(event(message="m", live=by)) == f"error 'm'  from capture_message  by {'w' * 29}..."
    assert titled(event(message="m", live=at)) == (
        f"error 'm'  from capture_message  at {'a' * 17}...{'b' * 12}.py:1234"
    )
    assert titled(event(message="m", live=Circumstances(site=Site("a" * 35 + ".py", 7, "f")))).endswith(
        f"  at {'a' * 35}.py:7"
    )


def test_a_long_title_leaves_room_for_its_origin():
    """Forty-four characters of it are shown before less is said of where it came from; no line is too wide."""
    circumstances = Circumstances(site=HERE)
    long = event(message="m" * 200, live=circumstances)
    ends = "  from capture_message  at till.py:7"

    fits = titled(long, prefix="x" * (92 - 44 - len(ends)))
    does_not = titled(long, prefix="x" * (92 - 44 - len(ends) + 1))

    assert fits == f"{'x' * 12}error '{'m' * 34}...{ends}"
    assert does_not == f"{'x' * 13}error '{'m' * 55}...  at till.py:7"
    assert len(fits) == len(does_not) == 92
    assert titled(event(message="m", live=circumstances), prefix="x" * 47) == f"{'x' * 47}error 'm'{ends}"
    assert titled(event(message="m", live=circumstances), prefix="x" * 48) == f"{'x' * 48}error 'm'  at till.py:7"


def test_the_actor_is_left_out_before_a_title_is_cut():
    """Who it was gives way first: neither the place nor the end of the title does for it."""
    circumstances = Circumstances(site=HERE, actor=Actor("worker-1", None, 0))
    ends = "  from capture_message  at till.py:7"
    fits = event(message="m" * (92 - len("error ''") - len(ends)), live=circumstances)

    assert titled(fits) == f"{fits.title}{ends}"
    assert titled(event(message="m", live=circumstances)).endswith("  by worker-1")


def test_what_is_no_event_has_a_title_too():
    """Envelopes say what they hold, breadcrumbs level and category, all else its repr."""
    items = (Item({"type": "event"}, b""), Item({"type": "log"}, b""))

    assert titled(Envelope({}, items)) == "envelope of event, log"
    assert titled(Envelope({}, ())) == "envelope of nothing"
    assert titled(CapturedBreadcrumb({"message": "m", "category": "auth"})) == "info auth 'm'"
    assert titled(CapturedBreadcrumb({"message": "m"})) == "info 'm'"
    assert titled(3) == "3"


def test_a_chain_is_said_from_the_captured_exception_down():
    """Four links, each of forty characters; one alone is no chain."""
    long = "v" * 60

    assert chain_of(raised(("A", "1"))) == chain_of(event(message="m")) == ""
    assert chain_of(raised(("A", "1"), ("B", ""))) == "B <- A: 1"
    assert chain_of(raised(*((f"E{n}", str(n)) for n in range(4)))) == "E3: 3 <- E2: 2 <- E1: 1 <- E0: 0"
    assert chain_of(raised(*((f"E{n}", str(n)) for n in range(6)))) == "E5: 5 <- E4: 4 <- E3: 3 <- E2: 2 <- 2 more"
    assert chain_of(raised(("A", "1"), ("B", long))) == f"B: {'v' * 34}... <- A: 1"


def test_the_culprit_is_the_innermost_frame_of_the_application():
    """Where none is of the application, the innermost of all; without frames, nobody."""
    own = [{"function": name, "in_app": True} for name in ("a", "b")]
    others = [{"function": name, "in_app": False} for name in ("c", "d")]

    assert culprit_of(raised(("E", ""), frames=[*own, *others])).function == "b"
    assert culprit_of(raised(("E", ""), frames=others)).function == "d"
    assert culprit_of(raised(("E", ""), frames=[])) is None
    assert culprit_of(event(message="m")) is None


def listed(total, **options):
    """List so many events; return each line's number, or how many are left out."""
    events = [event(message=str(n)) for n in range(total)]
    lines = captured_lines(events, noun="event", **options)
    assert lines[0] == f"  captured {total} event{'s' * (total != 1)}:"
    return [line.partition("]")[0].replace("events[", "") if "events[" in line else line for line in lines[1:]]


def test_twelve_things_are_listed():
    """Of more, the first ten and the last, with the number of those in between."""
    assert listed(1) == ["    0"]
    assert listed(12) == [f"    {n}" for n in range(12)]
    assert listed(13) == [*(f"    {n}" for n in range(10)), "    ... 2 more ...", "    12"]


def test_what_has_to_be_listed_is_wherever_it_stands():
    """As many of the first as there is room for; marks stand before what is meant."""
    assert listed(1000, wanted=[500], marked=[500, 999]) == [
        *(f"    {n}" for n in range(9)),
        "    ... 491 more ...",
        "  > 500",
        "    ... 498 more ...",
        "  > 999",
    ]
    assert listed(1000, wanted=range(100, 150)) == [
        "    0",
        "    ... 99 more ...",
        *(f"    {n}" for n in range(100, 109)),
        "    ... 890 more ...",
        "    999",
    ]


def test_no_thing_is_listed_where_there_is_none():
    """The noun says what was looked for."""
    assert captured_lines([], noun="check-in") == ["  captured: no check-in"]
