"""How the oracle says what it found: each thing once, its findings below it, by writer; bounded, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack import interleave
from pytest_errortrack.assertions._wording import LONGEST, said

from ._paths import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.assertions._actors import Writer
    from pytest_errortrack.sdk.testing import Stamped

    from ._findings import Finding
    from ._propagation import Missing
    from ._things import Thing

__all__ = ["MOST_FINDINGS", "captured", "told", "told_missing", "written"]

MOST_FINDINGS: Final = 8
"""How many values a failure lists."""

_OWN_WORDS: Final = {"processors": "event_processors"}
_LEAST_VALUE: Final = 40
_BROKEN_AT: Final = 110
"""From how many characters on a line is broken: most names leave it well below."""

_LONGEST_HEADING: Final = 96
"""Up to how many characters a heading is one line: it is a sentence, with two names and a title in it."""


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """List what is foreign."""
    order: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        order.setdefault((finding.thing.label, finding.writer.actor, finding.is_late), []).append(finding)
    left = MOST_FINDINGS
    for group in order.values():
        if left > 0:
            yield from _heading(group[0])
        for finding in group[:left]:
            yield from written(_path(finding.stamped), finding.writer, value=_value(finding))
        left = max(left - len(group), 0)
    if len(findings) > MOST_FINDINGS:
        yield f"    ... and {len(findings) - MOST_FINDINGS} more"


def told_missing(lacking: Sequence[Missing]) -> Iterator[str]:
    """List what should have been inherited and is not there."""
    for missing in lacking[:MOST_FINDINGS]:
        ancestor = missing.writer.actor.name
        yield from _sentence(missing.thing, f"lacks what its ancestor {ancestor} wrote before starting it:")
        yield from written(shown_path(missing.path.split(".")), missing.writer)
    if len(lacking) > MOST_FINDINGS:
        yield f"    ... and {len(lacking) - MOST_FINDINGS} more"


def captured(thing: Thing) -> str:
    """Say what was captured, by whom and where."""
    site, step = thing.circumstances.site, thing.circumstances.step
    parts = [str(site)] if site else []
    parts += [f"step {interleave.step_number(step)}"] if step is not None else []
    actor = thing.actor.name if thing.actor is not None else "nobody known"
    where = f" ({', '.join(parts)})" if parts else ""
    return f'{thing.label} "{thing.title()}" captured by {actor}{where}'


def written(path: str, writer: Writer, *, value: str = "") -> Iterator[str]:
    """Say what was written, by whom and where; with less of the value, then on two lines, where it would be long."""
    site = f" at {writer.site}" if writer.site else ""
    step = f", step {interleave.step_number(writer.step)}" if writer.step is not None else ""
    by = f"written by {writer.actor.name}{site}{step}"
    room = max(LONGEST - len(f"    {path} =    {by}"), _LEAST_VALUE)
    shown = value if len(value) <= room else f"{value[: room - 3]}..."
    what = f"    {path} = {shown}" if value else f"    {path}"
    yield from [f"{what}   {by}"] if len(what) + len(by) < _BROKEN_AT else [what, f"      {by}"]


def _heading(finding: Finding) -> Iterator[str]:
    writer = finding.writer.actor.name
    whose = f"that its ancestor {writer} wrote after starting it" if finding.is_late else f"that {writer} wrote"
    yield from _sentence(finding.thing, f"carries data {whose}:")


def _sentence(thing: Thing, predicate: str) -> Iterator[str]:
    """Say something of a captured thing; the predicate stays whole, on a line of its own where both are long."""
    subject = captured(thing)
    is_short = len(subject) + 1 + len(predicate) <= _LONGEST_HEADING
    yield from [f"{subject} {predicate}"] if is_short else [subject, f"  {predicate}"]


def _path(stamped: Stamped) -> str:
    field, *keys = stamped.path
    value = stamped.value
    if field == "processors":  # of our SDK: the place among the scope's says nothing to a reader
        keys = [getattr(value, "__qualname__", type(value).__qualname__).rpartition("<locals>.")[2]]
    elif field == "attachments":
        keys = [getattr(value, "filename", keys[-1])]
    return shown_path((_OWN_WORDS.get(field, field), *keys))


def _value(finding: Finding) -> str:
    """Say a value in a few words: of a breadcrumb or span what it is about, of a file how much it is."""
    field, value = finding.stamped.path[0], finding.value
    if field == "attachments":
        content = getattr(value, "content", value)
        return f"{len(content)} bytes" if isinstance(content, bytes) else "a file"
    if isinstance(value, dict) and (field == "breadcrumbs" or (field == "spans" and len(finding.stamped.path) == 2)):  # noqa: PLR2004 - a span itself
        words = ("message", "category") if field == "breadcrumbs" else ("description", "op")
        value = next((value[word] for word in words if value.get(word)), value)
    if finding.stamped.path == ("contexts", "trace") and isinstance(value, dict):
        value = value.get("trace_id")
    return said(value, name=finding.stamped.path[-1])
