from __future__ import annotations

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation, LostReport, Recorder
from pytest_errortrack.assertions._expecting import Secret
from pytest_errortrack.assertions._explaining import explain_order, explain_places
from pytest_errortrack.assertions._explaining._asked import asked_lines
from pytest_errortrack.assertions._explaining._explain import explain


def event(message="m", **payload):
    return CapturedEvent({"message": message, **payload}, raw=b"", circumstances=Circumstances())


def steps(*messages):
    return [
        Expectation.parse(EVENTS, asked_by=f"in_order() step {number}", message=message)
        for number, message in enumerate(messages, start=1)
    ]


def ordered(asked, places, came, recorder=None):
    """Explain steps, each a letter, of which some were found among events, each a letter too."""
    return explain_order(steps(*asked), places, [event(each) for each in came], recorder=recorder).splitlines()


def test_a_step_that_comes_too_early_is_told():
    """What was found, what was looked for, and where it is instead."""
    assert ordered("abc", [1, 2], "cab") == [
        "expected 3 events in this order, found no step 3 after events[2]",
        "  asked by in_order() step 3: message='c'",
        "  step 1 is events[1]: message='a'",
        "  step 2 is events[2]: message='b'",
        "  captured 3 events:",
        "    events[0] error 'c'  from capture_message",
        "  > events[1] error 'a'  from capture_message",
        "  > events[2] error 'b'  from capture_message",
        "  nothing comes after events[2]",
        "  events[0] is like it, but comes too early",
    ]


def test_the_nearest_after_the_last_step_is_told():
    """What comes before it is no candidate."""
    assert ordered("ab", [1], "xay")[-2:] == [
        "  nearest after it: events[2], which differs in",
        "    message: expected 'b', got 'y'",
    ]


def test_where_no_step_was_found_all_are_candidates():
    """And what the SDK dropped is told."""
    recorder = Recorder()
    recorder.lost.append(LostReport("client_closed", "error", 1))

    assert ordered("a", [], "xy", recorder) == [
        "expected 1 event in this order, found no step 1",
        "  asked by in_order() step 1: message='a'",
        "  captured 2 events:",
        "    events[0] error 'x'  from capture_message",
        "    events[1] error 'y'  from capture_message",
        "  nearest: events[0], which differs in",
        "    message: expected 'a', got 'x'",
        "  dropped by the SDK:",
        "    error x1: the client had been closed",
    ]


def test_where_nothing_was_captured_nothing_is_near():
    """The list says so, once."""
    assert ordered("a", [], "")[2:] == ["  captured: no event"]


def test_what_was_taken_by_a_step_does_not_come_too_early():
    """An event that answers to two steps is one event."""
    assert "too early" not in "\n".join(ordered("aa", [0], "a"))
    assert ordered("aba", [1, 2], "aab")[-1] == "  events[0] is like it, but comes too early"


def test_the_last_six_steps_are_told():
    """With their numbers; they and what came after them are in the list."""
    lines = ordered("abcdefgh", range(100, 107), "x" * 100 + "abcdefg" + "x" * 893)

    assert [line.partition(":")[0] for line in lines[2:8]] == [
        f"  step {number} is events[{99 + number}]" for number in range(2, 8)
    ]
    assert [line[:17] for line in lines if line.startswith("  > ")] == [f"  > events[{n}] e" for n in range(101, 107)]
    assert any(line.startswith("    events[107] ") for line in lines)


def test_a_step_takes_one_line():
    """It is cut where it is long."""
    lines = explain_order(steps("m" * 200, "b"), [0], [event("m" * 200)], recorder=None).splitlines()

    assert len(lines[2]) == 92
    assert lines[2].startswith("  step 1 is events[0]: message='mmm")


SECRET = Secret.of("hunter2", name="not_contains[0]")


def places(found, came, *, many=False):
    captured = [event(each) for each in came]
    return explain_places(found, captured, noun="event", asked_by="x()", many=many).splitlines()


def test_where_something_is_that_must_be_nowhere():
    """In how many of all, and in which places of each."""
    assert places([(1, [(SECRET, ["tags['a']", "a key of extra"])])], "ab") == [
        "expected what was sent not to contain it, found it in 1 of 2 events",
        "  asked by x()",
        "  events[1] error 'b'  from capture_message",
        "    in tags['a']",
        "    in a key of extra",
    ]
    assert places([(0, [(SECRET, ["p"])])], "a")[0].endswith(" found it in 1 of 1 event")


def test_of_several_secrets_each_is_named():
    """By the name that does not say it."""
    assert places([(0, [(SECRET, ["p"]), (SECRET, ["q"])])], "a", many=True)[3:] == [
        "    not_contains[0] in p",
        "    not_contains[0] in q",
    ]


def test_four_places_of_five_things_are_told():
    """Of more, how many there are."""
    four = [(SECRET, list("pqrs"))]

    assert places([(0, four)], "a")[3:] == ["    in p", "    in q", "    in r", "    in s"]
    assert places([(0, [(SECRET, list("pqrst"))])], "a")[-1] == "    ... 1 more places"
    assert places([(0, [(SECRET, list("pqrstuv"))])], "a")[-1] == "    ... 3 more places"
    assert len(places([(n, four) for n in range(5)], "abcde")) == 27
    assert places([(n, four) for n in range(6)], "abcdef")[27:] == ["  ... 1 more event"]
    assert places([(n, four) for n in range(7)], "abcdefg")[27:] == ["  ... 2 more events"]


def test_a_long_path_is_wrapped():
    """No line is wider than the rest of the text."""
    path = " ".join(["word"] * 30)

    lines = places([(0, [(SECRET, [path])])], "a")[3:]

    assert len(lines) == 3
    assert lines[1].startswith("    word")
    assert max(map(len, lines)) <= 76


def asked(**keywords):
    return asked_lines(Expectation.parse(EVENTS, asked_by="one()", **keywords))


def test_what_was_asked_takes_as_few_lines_as_hold_it():
    """Words are not broken; nothing asked is anything."""

    def is_mine(_):
        return True

    assert asked() == ["  asked by one(): anything"]
    assert asked(level="error", where=is_mine) == ["  asked by one(): level='error', where=is_mine"]
    assert asked(level="error", tags={"a": "x" * 60}, message="m" * 30, user={"id": "1"}) == [
        "  asked by one(): level='error',",
        f"    tags={{'a': '{'x' * 34}...,",
        f"    message='{'m' * 30}', user={{'id': '1'}}",
    ]


def test_a_line_of_what_was_asked_has_eighty_two_columns():
    """A word that would fill the eighty-third stands on a line of its own; the first always has one."""
    fits = asked(transaction="a" * 30, message="b" * 8)
    does_not = asked(transaction="a" * 30, message="b" * 9)

    assert [len(line) for line in fits] == [82]
    assert [line.split("=")[0].strip() for line in does_not] == ["asked by one(): transaction", "message"]
    assert len(asked_lines(Expectation.parse(EVENTS, asked_by="f" * 80, level="error"))) == 1


def explained(captured, *, nearest=True, recorder=None, **keywords):
    expectation = Expectation.parse(EVENTS, asked_by="one()", counted=True, **keywords)
    return explain("headline", expectation, captured, recorder=recorder, nearest=nearest).splitlines()


def test_too_few_were_found():
    """What was asked, what came, what is nearest, and what was lost."""
    recorder = Recorder()
    recorder.lost.append(LostReport("client_closed", "error", 1))

    assert explained([event("a"), event("b", level="info")], level="info", message="c", recorder=recorder) == [
        "headline",
        "  asked by one(): level='info', message='c'",
        "  captured 2 events:",
        "    events[0] error 'a'  from capture_message",
        "    events[1] info 'b'  from capture_message",
        "  nearest: events[1], which differs in",
        "    message: expected 'c', got 'b'",
        "  dropped by the SDK:",
        "    error x1: the client had been closed",
    ]


def test_too_many_were_found():
    """They are held against each other; no mark where all of them are meant, and nothing was lost that matters."""
    recorder = Recorder()
    recorder.lost.append(LostReport("client_closed", "error", 1))

    assert explained([event("a"), event("b")], level="error", recorder=recorder, nearest=False)[2:] == [
        "  captured 2 events:",
        "    events[0] error 'a'  from capture_message",
        "    events[1] error 'b'  from capture_message",
        "  events[0] and events[1] differ in",
        "    message: events[0] has 'a', events[1] has 'b'",
    ]


def test_a_count_decides_whether_too_few_were_found():
    """As many as were asked for are not too few."""
    captured = [event("a"), event("a"), event("b")]

    assert any("nearest: events[2]" in line for line in explained(captured, message="a", count=3, nearest=False))
    enough = explained(captured, message="a", count=2, nearest=False)
    assert not any("nearest" in line for line in enough)
    assert enough[-1] == "  events[0] and events[1] are equal, but for ids and times"


def test_the_nearest_is_in_the_list_however_long_it_is():
    """Next to what fits."""
    captured = [event(str(n), level="info") for n in range(1000)]
    captured[500] = event("wanted", level="info")
    captured[600] = event("wanted")

    lines = explained(captured, message="wanted", level="error", count=2)

    assert any(line.startswith("    events[500] ") for line in lines)
    assert any(line.startswith("  > events[600] ") for line in lines)


def test_eight_differences_of_the_nearest_are_told():
    """Of more their number."""
    lines = explained([event()], tags={str(n): "x" for n in range(8)})
    more = explained([event()], tags={str(n): "x" for n in range(10)})

    assert lines[-1] == "    tags['7']: expected 'x', there is none"
    assert more[-2:] == ["    tags['7']: expected 'x', there is none", "    ... 2 more"]


def test_the_chain_stands_for_the_captured_exception_alone():
    """Other differences say what was got."""
    values = [{"type": "A", "value": "1"}, {"type": "B", "value": "2"}]

    assert explained([event(exception={"values": values}, level="info")], exception="C", level="error")[-2:] == [
        "    exception: expected 'C', got B: 2 <- A: 1",
        "    level: expected 'error', got 'info'",
    ]
