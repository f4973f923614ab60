"""One recording: everything that has to be in place while a test captures.

One that begins in the context of another stands behind it, and the innermost records; others stand beside each other,
and each sees what its own threads, tasks and jobs report.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, get_args

from pytest_errortrack import _points, bridge, sdk
from pytest_errortrack.assertions import (
    Carriers,
    DeterministicWorld,
    ExpectationError,
    NativeObserver,
    NativeState,
    NoRecording,
    Recorder,
    SetUp,
    line_up,
)
from pytest_errortrack.sdk import testing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Captured

__all__ = ["BACKENDS", "Backend", "Recording", "check_backend", "current_recording", "is_capturing"]

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
        check_backend(backend)
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

    def flush(self, *, timeout: float = 1.0) -> None:
        """Let what is pending arrive, for so many seconds at the most. After the end nothing of it is."""
        if self.recorder.has_ended:
            return
        sdk.flush(timeout=timeout)
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


def check_backend(backend: str) -> None:
    """Refuse a backend that does not exist."""
    if backend not in BACKENDS:
        raise ExpectationError(f"unknown backend {backend!r}: expected one of {', '.join(BACKENDS)}")


def is_capturing(*, beside: Recorder | None = None) -> bool:
    """Tell whether any recording goes on, `beside` left aside."""
    return any(each is not beside for each in line_up.order.live)


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
