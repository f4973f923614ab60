"""CPython itself, one instruction at a time: what the abstract machine is checked against.

Real threads run the real bytecode. A trace function stops the running one before every single instruction of the
program, and a schedule says who goes on. It is slow, and complete within a bound of preemptions: nothing is left out.
"""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock, start_new_thread
from contextlib import contextmanager
from types import CodeType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from soundness_proof.brute_force import Reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from soundness_proof.translate import Translation

__all__ = ["run_for_real"]

_FILE = "<a program for real>"
_PyRLock: Any = vars(threading)["_PyRLock"]  # the library's own in Python, which stands on plain locks
_here = threading.local()
_IS_MONITORED = sys.version_info >= (3, 12)  # from then on, a trace function is told late of a frame's instructions


def _trace(frame: FrameType, event: str, arg: object) -> Any:
    del arg
    if frame.f_code.co_filename != _FILE:
        return None
    frame.f_trace_opcodes = True
    if event == "opcode":
        _Lock.schedule.point()
    return _trace


@contextmanager
def _monitored(code: CodeType) -> Iterator[None]:
    """Have every instruction of the program announced, where there is a better way than a trace function."""
    if not _IS_MONITORED:
        yield
        return
    monitoring: Any = vars(sys)["monitoring"]
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "soundness")
    monitoring.register_callback(tool, monitoring.events.INSTRUCTION, lambda *_: _Lock.schedule.point())
    for each in _codes(code):
        monitoring.set_local_events(tool, each, monitoring.events.INSTRUCTION)
    try:
        yield
    finally:
        monitoring.register_callback(tool, monitoring.events.INSTRUCTION, None)
        for each in _codes(code):
            monitoring.set_local_events(tool, each, 0)
        monitoring.free_tool_id(tool)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


class _Over(BaseException):
    """Ends an actor of a schedule in which nobody can go on."""


class _Actor:
    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.gate = allocate_lock()
        self.gate.acquire()
        self.awaited: Any = None
        self.line = 0
        self.is_done = False
        self.thread_ended = allocate_lock()
        self.thread_ended.acquire()

    @property
    def is_enabled(self) -> bool:
        return not self.is_done and (self.awaited is None or not self.awaited.raw.locked())


class _Schedule:
    """One execution: the default order, but for given choices."""

    def __init__(self, choices: Mapping[int, int]) -> None:
        self.choices = choices
        self.actors: list[_Actor] = []
        self.options: list[tuple[list[int], int]] = []  # who could be chosen, and who could have gone on, or -1
        self.is_stuck = False
        self.over = allocate_lock()
        self.over.acquire()

    def choose(self, running: _Actor | None) -> None:
        """Give the turn to somebody; `running` is who could go on."""
        enabled = [actor.number for actor in self.actors if actor.is_enabled]
        index = len(self.options)
        default = enabled[0] if running is None and enabled else -1 if running is None else running.number
        self.options.append((enabled, -1 if running is None else running.number))
        target = self.choices.get(index, default)
        if target < 0:
            self.is_stuck = not all(actor.is_done for actor in self.actors)
            self.over.release()
        elif running is None or target != running.number:
            self.actors[target].gate.release()

    def point(self) -> None:
        """Let another actor go first, if the schedule says so."""
        actor = getattr(_here, "actor", None)
        if actor is None:
            return
        if self.is_stuck:
            raise _Over
        self.choose(actor)
        if self.choices.get(len(self.options) - 1, actor.number) != actor.number:
            self.await_turn(actor)

    def block(self, lock: _Lock) -> None:
        """Wait until a lock is free, and it is this actor's turn."""
        actor = _here.actor
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame.f_code.co_filename != _FILE:
            frame = frame.f_back
        actor.awaited, actor.line = lock, 0 if frame is None else frame.f_lineno
        self.choose(None)
        self.await_turn(actor)
        actor.awaited = None

    def await_turn(self, actor: _Actor) -> None:
        """Wait at the actor's gate."""
        actor.gate.acquire()
        if self.is_stuck:
            raise _Over


class _Lock:
    """A lock that asks the schedule; everything above it is the real `threading`."""

    schedule: _Schedule

    def __init__(self) -> None:
        self.raw = allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire it, waiting for the schedule and not for the lock."""
        assert timeout == -1, "time is not modelled here"
        self.schedule.point()
        while not self.raw.acquire(blocking=False):
            if not blocking:
                return False
            self.schedule.block(self)
        return True

    def release(self) -> None:
        """Release it."""
        if not self.schedule.is_stuck:
            self.schedule.point()
            self.raw.release()

    def locked(self) -> bool:
        """Tell whether it is held."""
        self.schedule.point()
        return self.raw.locked()

    def _is_owned(self) -> bool:
        return self.raw.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Players:
    """The threads of one execution."""

    def __init__(self, schedule: _Schedule) -> None:
        self.results: dict[str, tuple[Any, ...]] = {}
        self._schedule = schedule

    def guard(self, name: str, body: Callable[[], tuple[Any, ...]]) -> Callable[[], None]:
        """Return what a thread runs."""

        def run() -> None:
            actor = _here.actor = next(actor for actor in self._schedule.actors if actor.name == name)
            try:
                self._play(actor, body)
            finally:
                actor.thread_ended.release()

        return run

    def _play(self, actor: _Actor, body: Callable[[], tuple[Any, ...]]) -> None:
        try:
            self._schedule.await_turn(actor)
            if not _IS_MONITORED:
                sys.settrace(_trace)
            self.results[actor.name] = body()
        except _Over:
            return
        except Exception as error:  # noqa: BLE001 - how a body ends is what is compared
            self.results[actor.name] = (type(error).__name__,)
        finally:
            if not _IS_MONITORED:
                sys.settrace(None)
        actor.is_done = True
        self._schedule.choose(None)


def _run(translation: Translation, code: CodeType, choices: Mapping[int, int]) -> tuple[_Schedule, tuple[Any, ...]]:
    schedule = _Schedule(choices)
    _Lock.schedule = schedule
    players = _Players(schedule)
    namespace: dict[str, Any] = {"__name__": "program", "threading": threading, "time": SimpleNamespace()}
    threading_names = SimpleNamespace(
        Lock=_Lock, Condition=lambda: threading.Condition(_PyRLock()), Event=threading.Event
    )
    exec(code, namespace)  # noqa: S102 - a module of our own making
    namespace["threading"] = threading_names
    bodies, state = namespace["world"](players.guard)
    schedule.actors = [_Actor(name, number) for number, name in enumerate(bodies)]
    for body in bodies.values():
        start_new_thread(body, ())  # not a Thread: its start would wait with the locks that are replaced
    schedule.choose(None)
    schedule.over.acquire()
    outcome = _outcome(translation, schedule, players.results, state)
    for actor in schedule.actors:
        if not actor.is_done:
            actor.gate.release()
    for actor in schedule.actors:
        assert actor.thread_ended.acquire(timeout=5), f"the thread of {actor.name} did not end"
    return schedule, outcome


def _outcome(
    translation: Translation, schedule: _Schedule, results: Mapping[str, tuple[Any, ...]], state: Callable[[], Any]
) -> tuple[Any, ...]:
    names = translation.program.names
    ended = tuple((name, results[name]) for name in names if name in results)
    if not schedule.is_stuck:
        return "ended", ended, state(), 0
    stuck = tuple((actor.name, actor.line) for actor in schedule.actors if not actor.is_done)
    return "stuck", stuck, ended, None if translation.has_finally else state()


@contextmanager
def _patched() -> Iterator[None]:
    """Let Condition and Event, as they are in the library, stand on our locks."""
    before = threading.Lock, threading._allocate_lock  # type: ignore[attr-defined]
    threading.Lock, threading._allocate_lock = _Lock, _Lock  # type: ignore[attr-defined,assignment,misc]
    try:
        yield
    finally:
        threading.Lock, threading._allocate_lock = before  # type: ignore[attr-defined,misc]


def run_for_real(translation: Translation, *, bound: int, most: int = 5_000) -> Reached:
    """Return every outcome within a bound of preemptions, at the grain of single instructions."""
    code = compile(translation.source, _FILE, "exec")
    with _patched(), _monitored(code):
        return _enumerate(translation, code, bound=bound, most=most)


def _enumerate(translation: Translation, code: CodeType, *, bound: int, most: int) -> Reached:
    reached = Reached()
    waiting: list[tuple[dict[int, int], int]] = [({}, 0)]
    while waiting:
        choices, cost = waiting.pop()
        schedule, outcome = _run(translation, code, choices)
        reached.states += 1
        assert reached.states <= most, "the program is too large to be run for real"
        reached.least[outcome, 0] = min(cost, reached.least.get((outcome, 0), cost))
        first = max(choices, default=-1) + 1
        for index in range(first, len(schedule.options)):
            enabled, running = schedule.options[index]
            taken = running if running >= 0 else enabled[0] if enabled else -1
            for target in enabled:
                extra = int(running >= 0)
                if target != taken and cost + extra <= bound:
                    waiting.append(({**choices, index: target}, cost + extra))
    return reached
