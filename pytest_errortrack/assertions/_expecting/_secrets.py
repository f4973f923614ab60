"""Where in what was sent something is that must be nowhere: `not_contains`.

All that was sent is looked through: every decoded string, key and number of the payload, and the attachments and
headers that went with it. Left out is the source code around the lines of a stack trace: the test's own lines are
among it, and they name the secret. A short one is not looked for in the SDK's own ids and times either, where it would
turn up by chance. Both are known by their place: what an application names so is looked through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pytest_errortrack.assertions._captured import CapturedAttachment, Payload
from pytest_errortrack.assertions._wording import said
from pytest_errortrack.sdk import BadEnvelope, Envelope

from ._differences import MISSING, Difference
from ._encodings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.sdk.protocol import Item

    from ._values import Asked
    from ._vocabulary import Comparison

__all__ = ["nowhere", "places_of", "secrets_of"]

MOST_PLACES: Final = 3
"""How many places a sentence names."""

Place: TypeAlias = tuple[str, ...]
"""The keys that lead to something; each index of a list is `[]`."""

_ELEMENT: Final = "[]"
_TRACE: Final = ("contexts", "trace")
_SPAN: Final = ("spans", _ELEMENT)
_LINKS: Final = tuple((kind, *values, _ELEMENT) for kind in ("exception", "threads") for values in ((), ("values",)))
_FRAMES: Final = frozenset((*owner, "stacktrace", "frames", _ELEMENT) for owner in ((), *_LINKS))

_SOURCE_CODE: Final = frozenset({"context_line", "pre_context", "post_context"})
_IDS: Final = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "segment_id", "check_in_id", "sid"})
_TIMES: Final = frozenset({"timestamp", "start_timestamp", "sent_at", "started"})
_BY_CHANCE: Final[Mapping[Place, frozenset[str]]] = {
    **dict.fromkeys(((), ("items", _ELEMENT), ("aggregates", _ELEMENT), _TRACE, _SPAN), _IDS | _TIMES),
    **dict.fromkeys(((*_TRACE, "links", _ELEMENT), (*_SPAN, "links", _ELEMENT), ("transactions", _ELEMENT)), _IDS),
    **dict.fromkeys(((*_TRACE, "data"), (*_SPAN, "data")), frozenset({"thread.id"})),
    **dict.fromkeys((*_LINKS, ("profile", "samples", _ELEMENT)), frozenset({"thread_id"})),
    **dict.fromkeys((*_FRAMES, ("profile", "frames", _ELEMENT)), frozenset({"lineno"})),
    **dict.fromkeys((("breadcrumbs", _ELEMENT), ("breadcrumbs", "values", _ELEMENT)), frozenset({"timestamp"})),
    ("trace",): frozenset({"trace_id", "sample_rand"}),  # among the headers of an envelope
}
"""What SDKs themselves set by chance, or by the clock: by the place, the keys there."""

_NONE: Final[frozenset[str]] = frozenset()
_DEEPEST: Final = max(map(len, _BY_CHANCE)) + 1
_SHORT: Final = 8
"""Bytes below which a secret is not looked for where it would turn up by chance."""

Part: TypeAlias = tuple[str, "str | bytes", bool]
"""Where in the thing, what is there, and whether it is an id or a time."""


def nowhere(asked: Asked) -> Comparison:
    """Read what must be nowhere, and make the comparison: one difference for each that is somewhere."""
    secrets = secrets_of(asked)

    def compare(captured: object) -> list[Difference]:
        found = places_of(secrets, captured)
        return [Difference(asked.keyword, secret.asked, MISSING, _sentence(secret, places)) for secret, places in found]

    return compare


def secrets_of(asked: Asked) -> tuple[Secret, ...]:
    """Read one or many strings or bytes.

    Raises:
        ExpectationError: it is neither, or empty: what is empty is everywhere.
    """
    value = asked.value
    many = [value] if isinstance(value, str | bytes) else value
    if not isinstance(many, list | tuple | set | frozenset) or not many:
        raise asked.refused("one or many strings or bytes")
    secrets = []
    for index, each in enumerate(many):
        if not isinstance(each, str | bytes) or not each:
            raise asked.refused("one or many strings or bytes, none of them empty")
        secrets.append(Secret.of(each, name=f"{asked.keyword}[{index}]" if len(many) > 1 else asked.keyword))
    return tuple(secrets)


def places_of(secrets: Iterable[Secret], captured: object) -> list[tuple[Secret, list[str]]]:
    """List where in what was sent with a captured thing each secret is; one that is nowhere is left out."""
    parts = list(_parts(captured))
    found = ((secret, dict.fromkeys(place for part in parts for place in _places(secret, part))) for secret in secrets)
    return [(secret, list(places)) for secret, places in found if places]


def _places(secret: Secret, part: Part) -> Iterator[str]:
    path, text, is_by_chance = part
    if is_by_chance and len(secret.plain) < _SHORT:
        return
    way = secret.way_in(text)
    if way is not None:
        yield f"{path} ({way})" if way else path


def _sentence(secret: Secret, places: list[str]) -> str:
    shown = ", ".join(places[:MOST_PLACES])
    more = f" and in {len(places) - MOST_PLACES} more places" if len(places) > MOST_PLACES else ""
    return f"{secret.name}: found in {shown}{more}"


def _parts(captured: object) -> Iterator[Part]:
    if isinstance(captured, Envelope):
        yield from _of_envelope(captured, None)
    elif isinstance(captured, Payload):
        yield from _of_json(captured.payload, "")
        if captured.envelope is not None:
            yield from _of_envelope(captured.envelope, captured)
    elif isinstance(captured, CapturedAttachment):
        yield from _of_json(captured.payload, "")
        yield "bytes", captured.bytes, False
    else:
        yield from _of_json(getattr(captured, "payload", captured), "")


def _of_envelope(envelope: Envelope, event: Payload | None) -> Iterator[Part]:
    """Give what an envelope holds; with an event, what went with that event, and not the other events."""
    # The DSN says where it goes, not what; its public key is in every envelope.
    headers = {name: value for name, value in envelope.headers.items() if name != "dsn"}
    yield from _of_json(headers, "envelope.headers")
    types = Counter(item.type for item in envelope.items)
    for index, item in enumerate(envelope.items):
        if event is None or item.type not in {"event", "transaction"}:
            name = item.headers.get("filename")
            path = item.type if types[item.type] == 1 else f"items[{index}]"
            path = f"{item.type} {said(name)}" if name else path
            yield from _of_json({key: each for key, each in item.headers.items() if key != "length"}, path)
            yield from _of_item(item, path)


def _of_item(item: Item, path: str) -> Iterator[Part]:
    if item.type != "attachment":
        try:
            decoded = item.json()
        except BadEnvelope:
            pass  # bytes of another kind: looked through as they are
        else:
            yield from _of_json(decoded, path)
            return
    yield path, item.payload, False


def _of_json(value: Any, path: str) -> Iterator[Part]:
    """Give every string, key and number, not going deeper by calling: payloads may be nested as deep as they like."""
    pending: list[tuple[Any, str, Place, bool]] = [(value, path, (), False)]
    while pending:
        value, path, place, is_by_chance = pending.pop()
        if isinstance(value, Mapping):
            by_chance = _BY_CHANCE.get(place, _NONE)
            left_out = _SOURCE_CODE if place in _FRAMES else _NONE
            for key, each in reversed(list(value.items())):
                if key in left_out:
                    continue
                below = f"{path}[{key!r}]" if path else str(key)
                yield f"a key of {path or 'the payload'}", str(key), False
                pending.append((each, below, _below(place, str(key)), key in by_chance))
        elif isinstance(value, list | tuple):
            inside = _below(place, _ELEMENT)
            pending += [(each, f"{path}[{i}]", inside, is_by_chance) for i, each in reversed(list(enumerate(value)))]
        elif isinstance(value, str | bytes):
            yield path, value, is_by_chance
        elif value is not None and not isinstance(value, bool):
            yield path, str(value), is_by_chance


def _below(place: Place, key: str) -> Place:
    """Go one step deeper; of a place that is too deep to be known it is enough that it is."""
    return (*place, key) if len(place) < _DEEPEST else place
