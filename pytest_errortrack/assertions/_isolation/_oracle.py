"""The isolation oracle: does an event carry what somebody else wrote?

It needs no hand-written expectation. Each value that an event took from a scope has the stamp of its writer; a value
is foreign when its writer is neither the actor that captured the event nor one of those that started it. What an
ancestor wrote after it had started the actor is no inheritance either, and is told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions._captured import CapturedEvent
from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import hint

from ._findings import findings
from ._keys import assert_keys_apart
from ._paths import CARRIED, INHERITED, check_paths, shown_path
from ._propagation import missing
from ._telling import told, told_missing
from ._things import everything, things

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_errortrack.assertions._recording import Recorder

    from ._things import Thing, Watched

__all__ = ["assert_isolated", "refuse_unknown"]

_KEYWORDS: Final = ("key", "shared", "inherited")
_NOTHING: Final = "nothing was captured: an isolation check of no events proves nothing"


def assert_isolated(
    recorder: Recorder,
    captured: Sequence[Watched],
    *,
    key: Callable[[Any], object] | None,
    shared: Sequence[str],
    inherited: Sequence[str],
) -> None:
    """Raise an AssertionError when captured data is mixed up or missing, or when nothing could have been.

    Without a key, where events are given, the transactions, logs and metrics of the recording are looked at as well;
    with one, only what is given, since each kind has its key in another place.
    """
    __tracebackhide__ = True
    if key is not None and not callable(key):
        raise ExpectationError(
            f"assert_isolated() got key={key!r}: expected a function of what was captured, "
            'key=lambda event: event.tags["request_id"]'
        )
    check_paths("shared", shared, fields=CARRIED)
    check_paths("inherited", inherited, fields=INHERITED)
    watched = _watched(recorder, captured) if key is None else things(captured, recorder)
    if not watched:
        raise AssertionError(_NOTHING)
    found = []
    if key is None:
        found = [each for thing in watched for each in findings(recorder.witness, thing, shared=shared)]
    else:
        assert_keys_apart(watched, key)
    lacking, idle = missing(recorder.witness, [thing for thing in watched if thing.is_whole], inherited=inherited)
    if found or lacking:
        raise AssertionError("\n".join((*told(found), *told_missing(lacking))))
    if key is None:
        _refuse_vacuous(recorder, watched)
    if idle:
        raise AssertionError(
            f"no actor that captured has an ancestor that wrote {shown_path(idle[0].split('.'))} before it started the "
            "actor: a check that it was inherited proves nothing"
        )


def refuse_unknown(keywords: Mapping[str, object]) -> None:
    """Refuse keywords that do not exist.

    Raises:
        ExpectationError: with the nearest one that does.
    """
    __tracebackhide__ = True
    for keyword in keywords:
        meant = hint(keyword, _KEYWORDS, otherwise=f"known are {', '.join(_KEYWORDS)}")
        raise ExpectationError(f"assert_isolated() got an unknown keyword {keyword!r}: {meant}")


def _watched(recorder: Recorder, captured: Sequence[Watched]) -> list[Thing]:
    recorder.flush_pending()
    is_of_events = all(isinstance(item, CapturedEvent) for item in captured)
    return everything(captured, recorder) if is_of_events else things(captured, recorder)


def _refuse_vacuous(recorder: Recorder, watched: Sequence[Thing]) -> None:
    __tracebackhide__ = True
    unknown = next((thing.label for thing in watched if thing.actor is None), None)
    if unknown is not None:
        raise AssertionError(
            f"nobody knows who captured {unknown}: it came from outside of what this test watches, and whose data it "
            "carries cannot be told. Give key=, an id that the application stamps on its own events"
        )
    apart = recorder.witness.actors_apart()
    if len(apart) < 2:  # noqa: PLR2004 - one alone can mix nothing
        names = ", ".join(sorted(actor.name for actor in apart)) or "nobody"
        raise AssertionError(
            f"only one actor took part ({names}): an isolation check proves nothing. Run the code in two threads or "
            "tasks, with interleaving.run(...), or mark its parts by `with errortrack.actor(...)`"
        )
