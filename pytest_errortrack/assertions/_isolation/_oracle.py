"""The isolation oracle: does an event carry what somebody else wrote?

It needs no hand-written expectation. Each value that an event took from a scope has the stamp of its writer; a value
is foreign when its writer is neither the actor that captured the event nor one of those that started it. What an
ancestor wrote after it had started the actor is no inheritance either, and is told apart.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_errortrack import interleave
from pytest_errortrack.assertions._actors import Actor, Writer
from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import said

from ._propagation import Missing, check_paths, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_errortrack.assertions._captured import CapturedEvent, Payload
    from pytest_errortrack.assertions._recording import Recorder
    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["assert_isolated", "refuse_unknown"]

MOST_FINDINGS: Final = 8
_KEYWORDS: Final = ("key", "shared", "inherited")
_SENT_BY_KEY: Final = frozenset({"tags", "extra", "user", "contexts"})
_GONE: Final = object()


@dataclass(frozen=True, slots=True)
class _Finding:
    """One value that is not the capturing actor's, on one captured thing."""

    label: str
    captured: Payload
    path: tuple[str, ...]
    value: object
    writer: Writer
    late: bool


def assert_isolated(
    recorder: Recorder,
    events: Sequence[CapturedEvent],
    *,
    key: Callable[[CapturedEvent], object] | None,
    shared: Sequence[str],
    inherited: Sequence[str],
) -> None:
    """Raise an AssertionError when captured data is mixed up or missing, or when nothing could have been."""
    __tracebackhide__ = True
    check_paths("shared", shared)
    check_paths("inherited", inherited)
    captured = _labelled(events, recorder)
    if not captured:
        raise AssertionError("nothing was captured: an isolation check of no events proves nothing")
    findings = []
    if key is None:
        findings = [finding for label, item in captured for finding in _findings(recorder, label, item, shared=shared)]
    else:
        _assert_keys_apart(events, key)
    lacking, idle = missing(recorder.witness, captured, inherited=inherited)
    if findings or lacking:
        raise AssertionError("\n".join((*_told(findings), *_told_missing(lacking, dict(captured)))))
    if key is None:
        _refuse_vacuous(recorder, captured)
    if idle:
        raise AssertionError(
            f"no actor that captured has an ancestor that wrote {_path(idle[0].split('.'))} before it started the "
            "actor: a check that it was inherited proves nothing"
        )


def refuse_unknown(keywords: Mapping[str, object]) -> None:
    """Refuse keywords that do not exist.

    Raises:
        ExpectationError: with the nearest one that does.
    """
    for keyword in keywords:
        nearest = difflib.get_close_matches(keyword, _KEYWORDS, n=1, cutoff=0.4)
        hint = f": did you mean {nearest[0]!r}?" if nearest else f": known are {', '.join(_KEYWORDS)}"
        raise ExpectationError(f"assert_isolated() got an unknown keyword {keyword!r}{hint}")


def _labelled(events: Sequence[CapturedEvent], recorder: Recorder) -> list[tuple[str, Payload]]:
    labelled: list[tuple[str, Payload]] = [(f"events[{index}]", event) for index, event in enumerate(events)]
    return labelled + [(f"transactions[{index}]", item) for index, item in enumerate(list(recorder.transactions))]


def _refuse_vacuous(recorder: Recorder, captured: Sequence[tuple[str, Payload]]) -> None:
    __tracebackhide__ = True
    unknown = next((label for label, item in captured if item.circumstances.actor is None), None)
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


def _findings(recorder: Recorder, label: str, item: Payload, *, shared: Sequence[str]) -> Iterator[_Finding]:
    actor = item.circumstances.actor
    if actor is None:
        return
    for stamped in recorder.stamped.get(item.event_id, ()):
        writer = stamped.stamp
        if not isinstance(writer, Writer) or _is_shared(stamped.path, shared):
            continue
        is_foreign = not _is_related(actor, writer.actor)
        is_late = writer.actor in actor.ancestors() and writer.number > actor.birth_below(writer.actor)
        sent = _sent(item, stamped) if is_foreign or is_late else _GONE
        if sent is not _GONE:
            yield _Finding(label, item, stamped.path, sent, writer, late=not is_foreign)


def _sent(item: Payload, stamped: Stamped) -> object:
    """Find a value in what was sent: a callback may have changed it, or taken it away, after it was stamped."""
    field, *keys = stamped.path
    if field in {"breadcrumbs", "fingerprint", "level", "transaction"} and not item.payload.get(field):
        return _GONE
    if field not in _SENT_BY_KEY or keys[:1] == ["flags"]:
        return stamped.value
    held: object = item.payload.get(field)
    for key in keys:
        if not isinstance(held, dict) or key not in held:
            return _GONE
        held = held[key]
    return held


def _is_related(actor: Actor, writer: Actor) -> bool:
    """Tell whether a write is the actor's own, an ancestor's, or that of somebody whom the actor itself started."""
    return writer is actor or writer in actor.ancestors() or actor in writer.ancestors()


def _is_shared(path: Sequence[str], shared: Sequence[str]) -> bool:
    dotted = ".".join(path)
    return any(dotted == name or dotted.startswith(f"{name}.") for name in shared)


def _told(findings: Sequence[_Finding]) -> Iterator[str]:
    heading = ""
    for finding in findings[:MOST_FINDINGS]:
        wanted = _heading(finding)
        if wanted != heading:
            heading = wanted
            yield heading
        yield f"    {_path(finding.path)} = {said(finding.value)}   {_by(finding.writer)}"
    if len(findings) > MOST_FINDINGS:
        yield f"    ... and {len(findings) - MOST_FINDINGS} more"


def _told_missing(lacking: Sequence[Missing], captured: Mapping[str, Payload]) -> Iterator[str]:
    for label, path, writer in lacking[:MOST_FINDINGS]:
        item = captured[label]
        where = _where(item.circumstances.site, item.circumstances.step)
        yield (
            f'{label} "{getattr(item, "title", "")}" captured by {item.actor}{where} lacks what its ancestor '
            f"{writer.actor.name} wrote before starting it:"
        )
        yield f"    {_path(path.split('.'))}   {_by(writer)}"


def _heading(finding: _Finding) -> str:
    item, writer = finding.captured, finding.writer.actor.name
    title = getattr(item, "title", "")
    where = _where(item.circumstances.site, item.circumstances.step)
    carried = f"that its ancestor {writer} wrote after starting it" if finding.late else f"that {writer} wrote"
    return f'{finding.label} "{title}" captured by {item.actor}{where} carries data {carried}:'


def _by(writer: Writer) -> str:
    site = f" at {writer.site}" if writer.site else ""
    step = f", step {interleave.step_number(writer.step)}" if writer.step is not None else ""
    return f"written by {writer.actor.name}{site}{step}"


def _where(site: object, step: int | None) -> str:
    parts = [str(site)] if site else []
    parts += [f"step {interleave.step_number(step)}"] if step is not None else []
    return f" ({', '.join(parts)})" if parts else ""


def _path(path: Sequence[str]) -> str:
    head, *keys = path
    places = {"breadcrumbs", "spans"}
    return head + "".join(
        f"[{key}]" if head in places and place == 0 else f'["{key}"]' for place, key in enumerate(keys)
    )


def _assert_keys_apart(events: Sequence[CapturedEvent], key: Callable[[CapturedEvent], object]) -> None:
    __tracebackhide__ = True
    if not events:
        raise AssertionError("nothing was captured: an isolation check of no events proves nothing")
    units: dict[tuple[Actor | None, int], dict[object, int]] = {}
    for index, event in enumerate(events):
        circumstances = event.circumstances
        units.setdefault((circumstances.actor, id(circumstances.request)), {}).setdefault(
            _key_of(event, index, key), index
        )
    if len(units) < 2:  # noqa: PLR2004 - one alone can mix nothing
        raise AssertionError(f"only one actor captured ({events[0].actor}): an isolation check proves nothing")
    holders: dict[object, tuple[int, Actor | None]] = {}
    for (actor, _), keys in units.items():
        if len(keys) > 1:
            told = ", ".join(f"events[{index}] has {found!r}" for found, index in keys.items())
            raise AssertionError(f"events captured by {events[min(keys.values())].actor} have different keys: {told}")
        for found, index in keys.items():
            first, holder = holders.setdefault(found, (index, actor))
            if first != index and not _work_together(actor, holder):
                raise AssertionError(
                    f"events[{first}] captured by {events[first].actor} and events[{index}] captured by "
                    f"{events[index].actor} have the same key {found!r}: one of them carries the other's"
                )


def _key_of(event: CapturedEvent, index: int, key: Callable[[CapturedEvent], object]) -> object:
    __tracebackhide__ = True
    try:
        return key(event)
    except (LookupError, AttributeError, TypeError) as error:
        raise AssertionError(
            f'events[{index}] "{event.title}" captured by {event.actor} has no key: {type(error).__name__}: {error}. '
            f"Its tags are {said(event.tags)}"
        ) from error


def _work_together(actor: Actor | None, other: Actor | None) -> bool:
    """Tell whether one of two different actors started the other: a helper reports under its starter's id."""
    return actor is not None and other is not None and actor is not other and _is_related(actor, other)
