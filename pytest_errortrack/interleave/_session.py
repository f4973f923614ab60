"""One exploration's surroundings: what is patched, traced and listened to, and how one schedule is executed in them."""

from __future__ import annotations

import gc
import sys
from _thread import allocate_lock
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack import _points
from pytest_errortrack.interleave._accesses._access import Access, of
from pytest_errortrack.interleave._accesses._sharing import Sharing
from pytest_errortrack.interleave._controlled._patch import Patches
from pytest_errortrack.interleave._environment import Environment, is_steering
from pytest_errortrack.interleave._errors import ActorAborted, Inconclusive, InterleaveError, InterleavingFailure
from pytest_errortrack.interleave._instruments._every_instruction import InstructionWatcher
from pytest_errortrack.interleave._instruments._fitting import fitting_instrument
from pytest_errortrack.interleave._instruments._shared_lines import Line, SharedLineWatcher
from pytest_errortrack.interleave._instruments._switch import Switch
from pytest_errortrack.interleave._interleaving import Interleaving
from pytest_errortrack.interleave._labels import Labels
from pytest_errortrack.interleave._running._actor import here
from pytest_errortrack.interleave._running._conduct import Conductor
from pytest_errortrack.interleave._running._pool import Pool
from pytest_errortrack.interleave._running._runtime import Runtime
from pytest_errortrack.interleave._scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.interleave._exploration import Options
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["FIRST_STEP_LIMIT", "Outcome", "Session"]

FIRST_STEP_LIMIT = 20_000
_COLLECT_EVERY = 500  # schedules between garbage collections, which are off in between
_exploring = allocate_lock()  # what is patched belongs to the process, so one exploration at a time


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one schedule ended.

    Attributes:
        run: the schedule with its history.
        failure: what failed it, None if nothing did.
        inconclusive: why it showed nothing, None if it did.
    """

    run: Runtime
    failure: BaseException | None
    inconclusive: str | None


class _Listener:
    """Makes SDK operations scheduling points of the actor that performs them."""

    def reach(self, operation: _points.Operation) -> None:
        """Let others run before the operation takes effect."""
        actor = here.actor
        if actor is not None:
            frame = sys._getframe(1)  # noqa: SLF001 - see Labels.reached
            # What a library writes on its own is its own doing; what it reports is where mixed data would show.
            is_report = operation.name.startswith("capture")
            labels = actor.run.labels
            actor.run.point(labels.operation(operation.name, frame) if is_report else actor.at(operation.name, frame))
            if actor.run.records:
                actor.run.note(_access_of(operation))


def _access_of(operation: _points.Operation) -> Access:
    part = (
        ()
        if operation.field == "*"
        else (operation.field,)
        if operation.key is None
        else (operation.field, operation.key)
    )
    return of(operation.target, *part, is_write=operation.kind == "write")


class Session:
    """Executes schedules of one scenario.

    Args:
        scenario: called once per schedule.
        home: the file the scenario was written in.
        options: what was asked for.
        environment: who the test is.

    Attributes:
        step_limit: from which step on the fair tail replaces the default order.
        executions: how many schedules there were.
        labels: numbers for the points.
        sharing: what was learned of shared accesses.
        has_ends: whether anybody asked whether a thread had ended, so that the ends of threads are points.
    """

    def __init__(
        self, scenario: Callable[[Interleaving], object], *, home: str, options: Options, environment: Environment
    ) -> None:
        self.options = options
        self.environment = environment
        self.step_limit = FIRST_STEP_LIMIT
        self.executions = 0
        self._scenario = scenario
        self._scope = scope_of(home, modules=options.modules, root=environment.root)
        self.labels = Labels(self._scope.covers)
        self.sharing = Sharing()
        self.has_ends = False
        # At level op it is only asked what lines touch, and only in schedules that are recorded.
        has_points = options.level != "op"
        self._watcher = (
            InstructionWatcher(self.labels, self._scope)
            if options.level == "opcode"
            else SharedLineWatcher(self.labels, self._scope, self.sharing, has_points=has_points)
        )
        self._instrument = fitting_instrument(self._watcher)
        self._watcher.replanned = self._instrument.replanned
        self._observer = Switch(self._instrument)
        self._pool = Pool(self._observer)
        self._needs_fresh_threads = options.fresh_threads

    def lines(self) -> tuple[set[Line], set[Line]]:
        """Return the lines that actors ran, and which of them are shared, as far as is known."""
        return self._watcher.lines() if isinstance(self._watcher, SharedLineWatcher) else (set(), set())

    @contextmanager
    def active(self) -> Iterator[None]:
        """Patch, listen and keep the garbage collector quiet for a block; leave nothing behind."""
        if here.run is not None or here.actor is not None:
            raise InterleaveError("an exploration cannot start another one inside its scenario")
        listener = _Listener()
        with ExitStack() as stack:
            _exploring.acquire()
            stack.callback(_exploring.release)
            stack.enter_context(_without_garbage_collection())
            patches = stack.enter_context(Patches(self._scope, observer=self._observer))
            self._needs_fresh_threads = self.options.fresh_threads or patches.has_thread_locals
            stack.enter_context(self._instrument.installed())
            _points.add_listener(listener, first=True)
            stack.callback(_points.remove_listener, listener)
            stack.callback(self._pool.close)
            yield

    def execute(
        self,
        scheduler: Scheduler,
        *,
        trace: Trace | None = None,
        fresh: bool = False,
        records: bool = False,
        filtered: bool = True,
        splits: frozenset[str] = frozenset(),
    ) -> Outcome:
        """Run the scenario once.

        Args:
            scheduler: who decides.
            trace: where to record what people will see.
            fresh: whether to use threads that have run nothing before.
            records: whether the history is to hold what steps touched.
            filtered: whether only shared lines are points; otherwise all covered lines are.
            splits: the stable labels of lines that are split into their accesses, where nothing is filtered.
        """
        self.executions += 1
        if self.executions % _COLLECT_EVERY == 0:
            gc.collect(1)  # what schedules left; not what the process held before, which may be much
        run = Runtime(labels=self.labels, scheduler=scheduler, step_limit=self.step_limit, trace=trace, records=records)
        pool = Pool(self._observer) if fresh or self._needs_fresh_threads else self._pool
        self.environment.before_schedule()
        self._observer.is_on = records or self.options.level != "op"
        self._watcher.begin(filtered=filtered, splits=splits)
        run.has_ends = self.has_ends or not filtered
        try:
            return self._execute(run, pool)
        finally:
            self._watcher.end()
            self.has_ends = self.has_ends or run.asks_for_ends
            if pool is not self._pool:
                pool.close()

    def _execute(self, run: Runtime, pool: Pool) -> Outcome:
        error: BaseException | None = None
        here.run = run
        if self._observer.is_on:
            self._watcher.run = run
            run.at_call = self._watcher.at_call
        if run.records:
            run.open_lines = self._watcher.open_lines
        try:
            self._scenario(Interleaving(Conductor(run, pool)))
            self.environment.after_schedule()
        except BaseException as raised:  # noqa: BLE001 - sorted below: failures are kept, all else goes on its way
            error = raised
        finally:
            here.run = None
            self._watcher.run = None
        return self._judged(run, error)

    @contextmanager
    def opened(self, scheduler: Scheduler, *, trace: Trace | None = None) -> Iterator[tuple[Runtime, Conductor]]:
        """Let a block be a schedule's scenario; yields the schedule, and what runs its actors.

        Every covered line is a point.
        """
        run = Runtime(labels=self.labels, scheduler=scheduler, step_limit=self.step_limit, trace=trace)
        run.has_ends = True
        pool = Pool(self._observer) if self.options.fresh_threads else self._pool
        here.run = run
        self._observer.is_on = self.options.level != "op"
        self._watcher.begin(filtered=False, splits=frozenset())
        if self._observer.is_on:
            self._watcher.run = run
        try:
            yield run, Conductor(run, pool)
        finally:
            here.run = None
            self._watcher.run = None
            self._watcher.end()
            if pool is not self._pool:
                pool.close()

    def _judged(self, run: Runtime, error: BaseException | None) -> Outcome:
        if error is not None and not isinstance(error, Inconclusive):
            if not self._is_failure(error):
                raise error
            return Outcome(run, error, None)
        if run.inconclusive is not None:
            return Outcome(run, None, run.inconclusive)
        # A finding counts even if the scenario swallowed the exception that told it.
        return Outcome(run, run.finding, None)

    def _is_failure(self, error: BaseException) -> bool:
        if isinstance(error, InterleaveError):
            return isinstance(error, InterleavingFailure)
        return not is_steering(error) and not isinstance(error, ActorAborted) and self.environment.is_failure(error)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep finalisers from running in the middle of somebody's step."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
