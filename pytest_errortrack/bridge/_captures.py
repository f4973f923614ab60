"""Who captures what: noted around each capture of `sentry_sdk`, before its bytes arrive and where none do."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import scope as sentry_scope

from pytest_errortrack.assertions import LostReport, Note

from ._lent_client import Client, is_lent
from ._sites import better_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Circumstances, Recorder
    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["Capture", "Captures", "current_capture", "forgotten_duplicates"]


@dataclass(slots=True)
class Capture:
    """One capture, while `sentry_sdk` works on it.

    Attributes:
        recorder: whom it belongs to.
        circumstances: who captures, and where.
        live_exception: the exception object.
        summary: what it says, for the case that it is dropped.
        is_repeated: whether the capture before it was of the same exception object.
        stamped: who wrote what the event takes from scopes; filled while scopes are applied.
        was_lost: whether the SDK told that it dropped it.
    """

    recorder: Recorder
    circumstances: Circumstances
    live_exception: BaseException | None
    summary: str
    is_repeated: bool
    stamped: tuple[Stamped, ...] = field(default=())
    was_lost: bool = False

    def note(self) -> Note:
        """Put together what the process knows of the event."""
        return Note(self.circumstances, self.live_exception, self.stamped)


_current: Final[ContextVar[Capture | None]] = ContextVar("errortrack_capture", default=None)


def current_capture() -> Capture | None:
    """Find the capture that is being worked on, further up in the same thread."""
    return _current.get()


class Captures:
    """Stands around `capture_event` and `add_breadcrumb` during one recording."""

    def __init__(self, recorder: Recorder, *, is_recording: Callable[[], bool]) -> None:
        """Note nothing yet.

        Args:
            recorder: tells whom a capture belongs to.
            is_recording: tells whether this recording is the innermost; others let everything through.
        """
        self._recorder = recorder
        self._is_recording = is_recording
        self.attempts = 0
        self._deduplicated: dict[int, BaseException] = {}

    def replacements(self) -> Iterator[tuple[type, str, object]]:
        """Yield what has to stand in the place of which methods."""
        yield Client, "capture_event", self._noting(Client.capture_event)
        yield sentry_scope.Scope, "add_breadcrumb", self._listening(sentry_scope.Scope.add_breadcrumb)

    def _noting(self, capture_event: Callable[..., str | None]) -> Callable[..., str | None]:
        """Remember who captures which exception, for the transport that is called further down in the same thread."""

        def noting(client: Client, event: Any, hint: Any = None, scope: Any = None) -> str | None:
            if not self._is_recording():
                return capture_event(client, event, hint, scope)
            self.attempts += 1
            capture = self._begin(client, event, hint or {})
            token = _current.set(capture)
            try:
                event_id = capture_event(client, event, hint, scope)
            except AttributeError:
                if self._is_recording() or client.transport is not None:
                    raise
                return None  # the recording ended meanwhile, and with it the transport of a client that has none
            finally:
                _current.reset(token)
            if event_id is None and not capture.was_lost:
                _tell_silent_loss(client, event, hint or {}, capture)
            return event_id

        return noting

    def _begin(self, client: Client, event: Any, hint: Any) -> Capture:
        exc_info = hint.get("exc_info")
        live = exc_info[1] if isinstance(exc_info, tuple) else None
        recorder = self._recorder.here()
        isolation = sentry_scope._isolation_scope.get()  # noqa: SLF001 - the public reader would make one
        circumstances = recorder.circumstances(
            sdk="sentry_sdk",
            initialised=not is_lent(client) and bool(client.options.get("dsn")),
            has_init=not is_lent(client),
            request=getattr(isolation, "request", isolation),
        )
        site = better_site(circumstances.site, event, live)
        if site is not circumstances.site:
            circumstances = replace(circumstances, site=site)
        repeated = live is not None and self._is_repeated(client, live)
        return Capture(recorder, circumstances, live, _summary(event, live), repeated)

    def _is_repeated(self, client: Client, exception: BaseException) -> bool:
        """Tell whether the client's deduplication will take an exception for one that it had in this recording."""
        integration = client.integrations.get("dedupe")
        if integration is None or hasattr(integration, "_last_seen"):
            return _last_seen(integration) is exception
        # From 3.0 on the exception itself is marked; a mark from another test does not count.
        if id(exception) not in self._deduplicated:
            self._deduplicated[id(exception)] = exception
            vars(exception).pop("_handled_by_sentry", None)
        return getattr(exception, "_handled_by_sentry", False) is True

    def _listening(self, add_breadcrumb: Callable[..., None]) -> Callable[..., None]:
        """Tell the recorder of every breadcrumb that a scope really kept."""

        def listening(scope: sentry_scope.Scope, *args: Any, **kwargs: Any) -> None:
            before = _last_crumb(scope)
            add_breadcrumb(scope, *args, **kwargs)
            after = _last_crumb(scope)
            if after is not None and after is not before and self._is_recording():
                self._recorder.here().breadcrumb(_plain(after))

        return listening


def _tell_silent_loss(client: Client, event: Any, hint: Any, capture: Capture) -> None:
    """Say why nothing came of a capture where `sentry_sdk` itself does not count the loss."""
    if client.transport is None:
        reason, detail = "client_closed", ""
    elif hint.get("exc_info") and client._is_ignored_error(event, hint):  # noqa: SLF001 - the SDK's own verdict
        reason, detail = "ignore_errors", ""
    else:
        return
    category = "transaction" if event.get("type") == "transaction" else "error"
    capture.recorder.lose(LostReport(reason, category, 1, capture.summary, detail, sdk="sentry_sdk"))


def _summary(event: Any, exception: BaseException | None) -> str:
    if exception is not None:
        return f"{type(exception).__name__}: {exception}"
    entry = event.get("logentry") or {}
    said = event.get("message") or entry.get("formatted") or entry.get("message") or event.get("transaction")
    return str(said or "")


def _last_seen(integration: object) -> object:
    """Find the exception that a deduplication saw last in this context."""
    seen = getattr(integration, "_last_seen", None)
    last = seen.get(None) if seen is not None else None
    return last() if isinstance(last, weakref.ref) else last


@contextmanager
def forgotten_duplicates(client: Any) -> Iterator[None]:
    """Let the deduplication of a client forget for a block what it saw last: it would drop that from this test too."""
    seen = getattr(getattr(client, "integrations", {}).get("dedupe"), "_last_seen", None)
    before = seen.get(None) if seen is not None else None
    if seen is None or before is None:
        yield
        return
    seen.set(None)
    try:
        yield
    finally:
        seen.set(before)


def _last_crumb(scope: sentry_scope.Scope) -> Any:
    crumbs = scope._breadcrumbs  # noqa: SLF001 - no public reader; read once: another thread may clear them
    return crumbs[-1] if crumbs else None


def _plain(crumb: Any) -> dict[str, Any]:
    plain = dict(crumb)
    if hasattr(plain.get("timestamp"), "isoformat"):
        plain["timestamp"] = plain["timestamp"].isoformat()
    return plain
