"""Why something that was expected is not there: as far as the recording knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import one_line

from ._layout import bounded, wrapped
from ._losses import is_about, lost_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._captured import Circumstances
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["NEVER_INITIALISED", "NO_DSN", "absence", "absence_lines", "set_up_note"]

MOST_LINES: Final = 4

NEVER_INITIALISED: Final = "note: the app never called init(): outside of a test nothing is sent"
NO_DSN: Final = "note: init() was given no DSN: outside of a test nothing is sent"


def absence_lines(recorder: Recorder, captured: Sequence[object], *, noun: str) -> list[str]:
    """Say what became of reports that are not among those captured."""
    lines = lost_lines(lost for lost in recorder.lost if is_about(lost, noun))
    lines += [f"  note: {one_line(str(each))}" for each in recorder.replaced if each.is_in_the_way()][:MOST_LINES]
    if noun == "transaction" and not captured and not lines:
        lines += _untraced(recorder)
    if noun in {"event", "transaction"}:
        lines += _elsewhere(recorder)
    if recorder.receiver_notes is not None:
        # Another process reports, if any: whether this one is set up says nothing of it.
        lines += (line for note in recorder.receiver_notes() for line in _note(note))
        note = set_up_note(recorder, captured) if captured else ""
    else:
        note = set_up_note(recorder, captured)
        if not captured and not lines:
            lines += _note("note: nothing was reported, and nothing dropped on the way")
    return lines + (_note(note) if note else [])


def absence(recorder: Recorder, *, noun: str) -> str:
    """Say why there is nothing of a kind, in lines that go on from a sentence; empty where nothing is known."""
    lines = bounded(absence_lines(recorder, [], noun=noun))
    return "".join(f"\n{line}" for line in lines)


def set_up_note(recorder: Recorder, captured: Sequence[object]) -> str:
    """Say what the application's set-up lacks for anything to be sent outside of a test; empty where nothing does."""
    known = [each.circumstances for each in captured if hasattr(each, "circumstances")]
    if known:
        return next((_lacking(each) for each in known if not each.initialised), "")
    set_ups = recorder.set_ups()
    if not set_ups:
        return "" if recorder.is_initialised() else NEVER_INITIALISED
    return "" if any(each.has_dsn for each in set_ups) else NO_DSN


def _lacking(circumstances: Circumstances) -> str:
    return NO_DSN if circumstances.has_init else NEVER_INITIALISED


def _note(text: str) -> list[str]:
    return wrapped(f"  {text}", longest=80, hanging="    ")


def _untraced(recorder: Recorder) -> list[str]:
    set_ups = recorder.set_ups()
    if not set_ups or any(each.has_tracing for each in set_ups):
        return []
    return _note("note: tracing is off, neither traces_sample_rate nor traces_sampler is set")


def _elsewhere(recorder: Recorder) -> list[str]:
    """Say what came meanwhile and belongs to a test that had ended: no part of what this test captured."""
    late = list(recorder.meanwhile)
    lines = []
    for each in late[:MOST_LINES]:
        lines.append("  note: a late report of another test came meanwhile:")
        site = f"  at {each.circumstances.site}" if each.circumstances.site else ""
        lines.append(f"    {one_line(str(getattr(each, 'title', '')), longest=56)}{site}")
        lines.append(f"    it belongs to {one_line(each.nodeid, longest=64)}")
    return lines + ([f"    ... {len(late) - MOST_LINES} more"] if len(late) > MOST_LINES else [])
