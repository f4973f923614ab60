from __future__ import annotations

from report_records import interleaved

from pytest_errortrack.reporting._html._sequence_diagram import sequence_diagram
from pytest_errortrack.reporting._record import Interleaved, Step


def test_each_step_stands_on_its_actors_line_in_order():
    """Boxes go down the page step by step, each within its actor's column."""
    drawn = sequence_diagram(interleaved())

    assert [line.name for line in drawn.lifelines] == ["A", "B"]
    assert [(box.number, box.actor, box.text, box.site) for box in drawn.boxes] == [
        (1, 0, "set_extra", "shop.py:17"),
        (2, 1, "set_extra", "shop.py:17"),
        (3, 1, "capture_message", "shop.py:18"),
        (4, 0, "capture_message", "shop.py:18"),
    ]
    assert [box.y for box in drawn.boxes] == sorted({box.y for box in drawn.boxes})
    for box in drawn.boxes:
        assert box.x < drawn.lifelines[box.actor].x < box.x + drawn.column
    assert drawn.boxes[-1].y < drawn.height


def test_a_forced_change_of_turns_is_marked():
    """A preemption is told from a turn that ended by itself."""
    drawn = sequence_diagram(interleaved())

    assert [switch.preempted for switch in drawn.switches] == [True, False]
    assert [switch.begin < switch.end for switch in drawn.switches] == [True, False]
    assert drawn.preemptions == 1


def test_what_was_left_out_is_said_between_the_steps():
    """A mark that is no preemption becomes a note."""
    steps = [
        Step(actor=0, text="a", number=1),
        Step(actor=0, text="... 12 more"),
        Step(actor=0, text="b", number=14),
    ]

    assert [note[0] for note in sequence_diagram(interleaved(steps=steps)).notes] == ["... 12 more"]


def test_long_words_are_cut_to_fit_and_kept_for_whoever_asks():
    """The whole of a step is in its title."""
    steps = [Step(actor=0, text="t" * 200, site="a/" * 60 + "b.py:1", number=1)]
    (box,) = sequence_diagram(interleaved(steps=steps)).boxes

    assert len(box.text) + len(box.site) < 60
    assert box.site.endswith("b.py:1")
    assert box.whole == f"step 1: {'t' * 200} at {'a/' * 60}b.py:1"


def test_where_nothing_can_be_drawn_there_is_no_diagram():
    """A pass has no steps; steps of nobody are passed over."""
    assert sequence_diagram(Interleaved(summary="complete")) is None
    assert sequence_diagram(Interleaved(summary="x", actors=["A"], steps=[Step(actor=4, text="x", number=1)])) is None
