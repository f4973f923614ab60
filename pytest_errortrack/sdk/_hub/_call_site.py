"""What the arguments of a capture call add to its event: a last, strongest scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import EMPTY, LEVELS, ScopeState, fingerprint_of, known_level, mapping_of
from pytest_errortrack.sdk._serialize import safe_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_errortrack.sdk.protocol import Json

__all__ = ["EventFields", "MessageFields", "call_site_state"]


class MessageFields(TypedDict, total=False):
    """What `capture_message` takes by keyword, for its own event only."""

    tags: Mapping[str, Json] | None
    extra: Mapping[str, Json] | None
    user: Mapping[str, Json] | None
    contexts: Mapping[str, Mapping[str, Json]] | None
    fingerprint: Iterable[str] | None


class EventFields(MessageFields, total=False):
    """What the other capture functions take."""

    level: str | None


def call_site_state(
    *,
    level: str | None = None,
    tags: Mapping[str, Json] | None = None,
    extra: Mapping[str, Json] | None = None,
    user: Mapping[str, Json] | None = None,
    contexts: Mapping[str, Mapping[str, Json]] | None = None,
    fingerprint: Iterable[str] | None = None,
) -> ScopeState:
    """Return the arguments of a capture call as what a scope holds."""
    known = known_level(level)
    if level is not None and known is None:
        log.error("level=%s is ignored: a level is one of %s", safe_repr(level, 100), ", ".join(LEVELS))
    return {
        **EMPTY,
        "level": known,
        "tags": mapping_of("tags=", {} if tags is None else tags),
        "extra": mapping_of("extra=", {} if extra is None else extra),
        "user": None if user is None else mapping_of("user=", user),
        "contexts": {
            name: context if isinstance(context, dict) else mapping_of("contexts=", context)
            for name, context in mapping_of("contexts=", {} if contexts is None else contexts).items()
        },
        "fingerprint": None if fingerprint is None else fingerprint_of(fingerprint),
    }
