"""`capture()` and `ErrorTrack`: recorder, SDK and bridge put together.

A *recording* is everything that has to be in place while a test captures. One that begins in the context of another
stands behind it, and the innermost records; others stand beside each other, and each sees what its own threads, tasks
and jobs report.
"""

from __future__ import annotations

from contextlib import ContextDecorator, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, get_args

from pytest_errortrack import _points, bridge, sdk
from pytest_errortrack.assertions import (
    CapturedAttachments,
    CapturedBreadcrumbs,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedEvents,
    CapturedFeedbacks,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
    CapturedTransactions,
    Carriers,
    DeterministicWorld,
    ExpectationError,
    LostReport,
    NativeObserver,
    NativeState,
    NoRecording,
    Recorder,
    SetUp,
    declared_actor,
    line_up,
)
from pytest_errortrack.sdk import testing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pytest_errortrack.assertions import Captured

__all__ = ["BACKENDS", "Backend", "ErrorTrack", "Recording", "capture", "current_recording"]

Backend: TypeAlias = Literal["auto", "native", "sentry_sdk"]
BACKENDS: Final[tuple[str, ...]] = get_args(Backend)

_recordings: Final[dict[Recorder, Recording]] = {}


class _Preserved(Protocol):
    """State of an SDK that is put back when a recording ends."""

    def keep(self) -> None:
        """Let what is set now be what is put back."""

    def rewind(self) -> None:
        """Put it back now, and go on."""


class Recording:
    """One recording, from `start()` to `stop()`."""

    def __init__(
        self,
        *,
        backend: str = "auto",
        nodeid: str = "",
        options: dict[str, Any] | None = None,
        deterministic: bool = False,
        on_late: Callable[[Captured], None] | None = None,
    ) -> None:
        """Prepare a recording.

        Args:
            backend: which SDKs are captured; `auto` is ours, and `sentry_sdk` as soon as the process imports it.
            nodeid: the test that it is for.
            options: options to call `init` with when it starts; None: the application's set-up is used as it is.
            deterministic: whether ids, times and random numbers are the same in every run.
            on_late: is told of what is captured after the end by a thread, task or job that was started before it.

        Raises:
            ExpectationError: an unknown backend.
        """
        _check_backend(backend)
        self.backend = backend
        self.recorder: Recorder = Recorder(
            nodeid=nodeid,
            scopes_in_force=_scopes_in_force,
            is_initialised=_is_initialised,
            set_ups=_set_ups,
            outer=line_up.outer_here(),
        )
        self._options = options
        self._world = DeterministicWorld() if deterministic else None
        self._on_late = on_late
        self._installed = ExitStack()
        self._schedule = ExitStack()
        self._native = NativeState(self.recorder)
        self._preserved: list[_Preserved] = [self._native]
        self._bridge: bridge.Bridging | None = None

    def start(self) -> None:
        """Put everything in place."""
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._installed.enter_context(self.recorder.own())
            _recordings[self.recorder] = self
            self._installed.callback(_recordings.pop, self.recorder)
            self._native.take_place(self._installed)
            self._installed.callback(self.recorder.end, on_late=self._on_late)
            self._native.watch(self._installed, observer=NativeObserver(self._recorder_of("native")))
            _points.add_listener(self.recorder.witness)
            self._installed.callback(_points.remove_listener, self.recorder.witness)
            self._installed.enter_context(Carriers(self.recorder))
            if self._world is not None:
                self._installed.enter_context(testing.another_world(self._world))
            self._install_bridge()
            if self._options is not None:
                self.init(**self._options)
            undo.pop_all()

    def stop(self) -> None:
        """Put back by identity what was there, the last first, and let go of what only the test needed."""
        with self.recorder.own():  # it may end in another context, or thread, than the one that it began in
            self.recorder.keep_set_ups()
            if self._native.leave_others_alone() and self._bridge is not None:
                self._bridge.stand_alone()
            try:
                self._schedule.close()
            finally:
                self._installed.close()
        for replacement in self.recorder.replaced:
            if replacement.is_in_the_way():
                replacement.warn(otherwise=self.recorder.nodeid.partition("::")[0])

    def init(self, **options: Any) -> None:
        """Initialise the captured SDK; where it is `sentry_sdk`, the application's own options stay beneath these.

        With both captured, ours is initialised, and an application's `sentry_sdk` gets those that it knows.
        """
        if self.backend == "sentry_sdk":
            bridge.init(**options)
            return
        sdk.init(**options)
        theirs = {name: value for name, value in options.items() if name in bridge.known_options()}
        if self.backend == "auto" and theirs and bridge.is_initialised():
            bridge.init(**theirs)

    def begin_schedule(self) -> None:
        """Forget what was captured, and give the next schedule or example the scopes that the first one found."""
        self._schedule.close()
        self.recorder.reset()
        self._schedule.enter_context(self._native.preserved())
        if self._bridge is not None:
            self._schedule.enter_context(bridge.preserved_scopes(self.recorder))
            self._schedule.enter_context(self._bridge.fresh_run())
        if self._world is not None:
            self._world.reset()
            self._begin_trace()

    @contextmanager
    def unowned(self) -> Iterator[None]:
        """Let what the block sets outlive the recording: the set-up of a fixture that serves more tests than this.

        Meanwhile the SDKs are as they were before the recording; what was set since is lost, but for the options that
        it began with: fixtures of wider scope come first.
        """
        for preserved in self._preserved:
            preserved.rewind()
        try:
            with self.recorder.disown():
                yield
        finally:
            self._own_again()

    def _own_again(self) -> None:
        for preserved in self._preserved:
            preserved.keep()
        if self._bridge is not None:
            self._bridge.lend_client()
        if self._world is not None:
            self._begin_trace()
        if self._options is not None:
            self.init(**self._options)

    def flush(self) -> None:
        """Let what is pending arrive: bounded. After the end nothing of it is."""
        if self.recorder.has_ended:
            return
        sdk.flush(timeout=1.0)
        if self._bridge is not None:
            self._bridge.flush()

    def take_replacement(self, original: object, *, new: object, place: str) -> None:
        """Take note that a test put something in the place of a function by which applications report."""
        if self._bridge is not None:
            self._bridge.take_replacement(original, new=new, place=place)

    def _install_bridge(self) -> None:
        if self.backend == "sentry_sdk":
            bridge.require()
        if bridge.is_imported():
            self._enter_bridge()
        else:
            watch = bridge.ImportWatch(self._enter_bridge)
            self._installed.enter_context(watch)
            if bridge.is_imported():
                watch.report()  # by another thread, between the two

    def _enter_bridge(self) -> None:
        if not bridge.is_imported():
            return  # imported during the test, and too old
        with self.recorder.own():  # whoever imports it may belong to another recording
            self._cross_bridge()

    def _cross_bridge(self) -> None:
        self._preserved.append(self._installed.enter_context(bridge.preserved_scopes(self.recorder)))
        if self._world is not None:
            self._installed.enter_context(bridge.another_world(self._world))
        self._bridge = self._installed.enter_context(bridge.recording(self._recorder_of("sentry_sdk")))
        self.recorder.flush_pending = self._bridge.empty_batches
        if self._world is not None:
            self._begin_trace()

    def _begin_trace(self) -> None:
        """Give the scopes of `sentry_sdk` ids of the test's world; ours have none before they are used."""
        if self._bridge is not None:
            bridge.fresh_trace()

    def _recorder_of(self, sdk_name: str) -> Recorder:
        """Find where an SDK reports to; one that is not captured sends nothing either: to a recorder nobody reads."""
        if self.backend in {"auto", sdk_name}:
            return self.recorder
        unread = Recorder()
        unread.stands_for = self.recorder
        return unread


class ErrorTrack:
    """The handle on everything that a recording captures."""

    def __init__(self, recording: Callable[[], Recording]) -> None:
        self._recording = recording
        self.events = CapturedEvents(self._recorder)
        self.transactions = CapturedTransactions(self._recorder)
        self.breadcrumbs = CapturedBreadcrumbs(self._recorder)
        self.envelopes = CapturedEnvelopes(self._recorder)
        self.logs = CapturedLogs(self._recorder)
        self.metrics = CapturedMetrics(self._recorder)
        self.check_ins = CapturedCheckIns(self._recorder)
        self.sessions = CapturedSessions(self._recorder)
        self.attachments = CapturedAttachments(self._recorder)
        self.feedback = CapturedFeedbacks(self._recorder)

    def _recorder(self) -> Recorder:
        return self._recording().recorder

    @property
    def dropped(self) -> list[LostReport]:
        """What the SDKs dropped on purpose, and why; strict mode takes what is read here for known."""
        recorder = self._recorder()
        lost = list(recorder.lost)
        recorder.claims.claim(lost)
        return lost

    @property
    def scope(self) -> dict[str, Any]:
        """What an event captured here and now would carry: a snapshot of the merged scopes.

        Where the application uses `sentry_sdk` and not our SDK, it is of the scopes there.
        """
        is_theirs = self._recording().backend == "sentry_sdk" or (bridge.is_initialised() and not sdk.is_initialized())
        return bridge.merged_scope() if is_theirs else testing.merged_scope()

    @property
    def hub(self) -> sdk.Hub:
        """The current hub of our SDK."""
        return sdk.Hub.current

    @property
    def client(self) -> sdk.Client | None:
        """The client that our SDK uses here and now."""
        return testing.current_client()

    def init(self, **options: Any) -> None:
        """Initialise the captured SDK with these options; undone when the recording ends.

        Raises:
            NoRecording: it has ended.
        """
        recording = self._recording()
        if recording.recorder.has_ended:
            raise NoRecording(
                "this capture has ended: an init() now would set up the SDK for good; call it in the block"
            )
        recording.init(**options)

    def flush(self) -> None:
        """Let what is pending arrive."""
        self._recording().flush()

    def clear(self) -> None:
        """Forget everything captured so far."""
        self._recorder().clear()

    def actor(self, name: str) -> AbstractContextManager[None]:
        """Let everything in a `with` block count as done by an actor of this name, for the isolation oracle."""
        return declared_actor(self._recorder().witness, name)

    def adopt(self, thing: object) -> None:
        """Hand a thread, a pool or a task over to this test, for as long as it captures.

        What a worker does that was started before any test, or by nobody known, counts to the test that runs, marked
        as a stranger; once adopted it is the test's own.

        Args:
            thing: a `threading.Thread`, a `concurrent.futures.ThreadPoolExecutor` or an `asyncio.Task`.

        Raises:
            ExpectationError: something else.
        """
        self._recorder().adopt(thing)


def capture(*, backend: Backend = "auto", deterministic: bool = False, **options: Any) -> Capturing:
    """Capture error reports without a fixture: in a REPL, in `unittest`, at class or module scope.

    The block may be left in another thread, task or context than the one in which it was entered, and blocks may end in
    any order. The same object can be entered again after its end, and decorates functions too; each time it captures
    anew.

    Args:
        backend: which SDKs are captured.
        deterministic: whether ids, times and random numbers are to be the same in every run: ids count up, and time
            begins with 2020 and is one millisecond later at each look, or that of freezegun or time-machine.
        **options: options to call `init` with; without any, the application's own set-up is used as it is.

    Returns:
        The block; `with` gives the handle on what is captured, valid after the block as well.

    Raises:
        ExpectationError: an unknown backend.
        TypeError: an unknown option, when the block is entered.

    Example:
        >>> from pytest_errortrack import capture, sdk
        >>> with capture() as errortrack:
        ...     event_id = sdk.capture_message("disk almost full", level="warning")
        >>> errortrack.events.one(level="warning").message
        'disk almost full'
    """
    return Capturing(backend=backend, options=options or None, deterministic=deterministic)


class Capturing(ContextDecorator):
    """A block that captures error reports: what `capture()` returns."""

    def __init__(self, *, backend: str, options: dict[str, Any] | None, deterministic: bool) -> None:
        _check_backend(backend)
        self._backend = backend
        self._options = options
        self._deterministic = deterministic
        self._recordings: list[Recording] = []

    def __enter__(self) -> ErrorTrack:
        """Begin to capture."""
        recording = Recording(backend=self._backend, options=self._options, deterministic=self._deterministic)
        recording.start()
        self._recordings.append(recording)
        return ErrorTrack(lambda: recording)

    def __exit__(self, *_: object) -> None:
        """End what was begun last."""
        self._recordings.pop().stop()

    def _recreate_cm(self) -> Capturing:
        return Capturing(backend=self._backend, options=self._options, deterministic=self._deterministic)


def _check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        raise ExpectationError(f"unknown backend {backend!r}: expected one of {', '.join(BACKENDS)}")


def current_recording() -> Recording:
    """Find the recording that what happens here and now is recorded by.

    Raises:
        NoRecording: nothing is being captured, or it is not known which of several recordings is meant.
    """
    steward = line_up.steward_here()
    recording = None if steward is None else _recordings.get(steward)
    if recording is None:
        raise NoRecording(
            "nothing is being captured here: captured sequences belong to a running test that asks for them, or to "
            "`with capture()`"
        )
    if line_up.is_nobodys_here():
        raise NoRecording(
            f"{len(line_up.order.live)} recordings go on side by side, and this thread belongs to none of them: start "
            "it in the test or block that it works for, or hand it over with `adopt()`"
        )
    return recording


def _scopes_in_force() -> tuple[object, ...]:
    return (*testing.isolation_scopes_in_force(), *bridge.isolation_scopes_in_force())


def _is_initialised() -> bool:
    return sdk.is_initialized() or bridge.is_initialised()


def _set_ups() -> tuple[SetUp, ...]:
    """Describe the SDKs that the application initialised."""
    client = testing.current_client() if sdk.is_initialized() else None
    options = None if client is None else client.options
    ours = options and SetUp(
        "native",
        has_dsn=options.dsn is not None,
        has_tracing=options.traces_sample_rate is not None or options.traces_sampler is not None,
    )
    return tuple(each for each in (ours, bridge.set_up()) if each)
