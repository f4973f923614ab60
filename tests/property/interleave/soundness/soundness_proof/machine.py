"""An abstract machine for micro-operations: who could go on, and what one step of an actor makes of a state.

It shares no code with the engine, and imports none of it. A state is a tuple of plain values, so that it can be a key.
Its grain says where another actor may come in: before every instruction that touches something shared (`opcode`),
before every line and operation of a primitive (`line`), or before operations of primitives only (`op`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from soundness_proof.effects import EFFECTS
from soundness_proof.language import REGISTERS
from soundness_proof.shared_world import INITIAL, SLOTS

if TYPE_CHECKING:
    from soundness_proof.translate import Op, Translation

__all__ = ["Grain", "Machine", "State", "Task"]

Grain = Literal["op", "line", "opcode"]
_LOCKS = ("l0", "l1", "cond")
_SLOT = {name: number for number, name in enumerate(SLOTS)}
_MEMORY = frozenset(("load", "store", "effect", "next"))
_LOCKING = ("acquire", "try", "locked", "release")
_CONDITION = ("cond.leave", "cond.block", "cond.return", "notify", "notify_all")
_EVENT = ("event.enter", "event.block", "is_set", "set", "clear")
_THREAD = ("start", "join", "is_alive")
_SYNC = frozenset((*_LOCKING, *_CONDITION, *_EVENT, *_THREAD, "sleep"))
_POINTS = {"op": _SYNC | {"begin"}, "line": _SYNC | {"begin", "line"}, "opcode": _SYNC | _MEMORY | {"begin"}}
_ASKING = ("is_alive", "join")
_ENDED = -1
_NOT_STARTED = -2


class Task(NamedTuple):
    """One actor in a state.

    Attributes:
        at: its next operation; negative if it has ended, or has not been started.
        stack: what its instructions left for the next ones.
        registers: what it observed, or the name of the exception that ended it.
        deadline: until when its next operation waits.
    """

    at: int
    stack: tuple[Any, ...] = ()
    registers: tuple[Any, ...] = (0,) * REGISTERS
    deadline: int | None = None


class State(NamedTuple):
    """Everything that can make a difference to what happens next.

    Attributes:
        memory: the shared places, in the order of `SLOTS`.
        tasks: the actors.
        owners: who holds each lock, and how many times over.
        waiters: who waits for a signal, of the condition and of the event, first come first.
        signalled: who was given one and did not go on yet.
        flag: the event's.
        now: virtual seconds.
    """

    memory: tuple[Any, ...]
    tasks: tuple[Task, ...]
    owners: tuple[tuple[int, int] | None, ...] = (None,) * len(_LOCKS)
    waiters: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    signalled: frozenset[int] = frozenset()
    flag: bool = False
    now: int = 0


class Machine:
    """Runs a translated program."""

    def __init__(self, translation: Translation, grain: Grain = "opcode") -> None:
        program = translation.program
        self.names = program.names
        self.bodies = translation.bodies
        self._points = _POINTS[grain]
        self._has_ends = any(
            op.kind in _ASKING and (op.kind != "join" or op.two) for body in self.bodies for op in body.ops
        )
        self._children = {f"k{number}": len(program.actors) + number for number in range(len(program.children))}
        tasks = tuple(Task(0) for _ in program.actors) + tuple(Task(_NOT_STARTED) for _ in program.children)
        self.initial = State(tuple(INITIAL.values()), tasks)
        for number in range(len(program.actors)):
            self.initial = self._advance(self.initial, number)

    # --- questions ----------------------------------------------------------------------------------------------

    def next_op(self, state: State, number: int) -> Op | None:
        """Return what an actor is about to do; None if it has ended or not begun."""
        at = state.tasks[number].at
        return self.bodies[number].ops[at] if at >= 0 else None

    def is_enabled(self, state: State, number: int) -> bool:
        """Tell whether an actor could take its next step."""
        op = self.next_op(state, number)
        if op is None:
            return False
        deadline = state.tasks[number].deadline
        return self._is_ready(state, number, op) or (deadline is not None and deadline <= state.now)

    def _is_ready(self, state: State, number: int, op: Op) -> bool:
        kind = op.kind
        if kind in ("acquire", "cond.return"):
            owner = state.owners[_LOCKS.index(op.one or "cond")]
            return owner is None or (owner[0] == number and (op.one or "cond") == "cond")
        if kind in ("cond.block", "event.block"):
            return number in state.signalled
        if kind == "join":
            return state.tasks[self._children[op.one]].at in (_ENDED, _NOT_STARTED)
        return not (kind == "sleep" and op.two)

    def gives_turn(self, state: State, number: int) -> bool:
        """Tell whether an actor is about to ask the others to go first."""
        op = self.next_op(state, number)
        return op is not None and op.kind == "sleep" and not op.two

    def awaited(self, state: State) -> list[int]:
        """Return whose time comes next; they share the earliest deadline of those who cannot go on."""
        waiting = [
            number
            for number, task in enumerate(state.tasks)
            if task.at >= 0 and task.deadline is not None and not self.is_enabled(state, number)
        ]
        earliest = min((state.tasks[number].deadline or 0 for number in waiting), default=0)
        return [number for number in waiting if state.tasks[number].deadline == earliest]

    def later(self, state: State) -> State:
        """Return the state when time has come to the next deadline."""
        deadline = state.tasks[self.awaited(state)[0]].deadline
        assert deadline is not None
        return state._replace(now=deadline)

    # --- steps --------------------------------------------------------------------------------------------------

    def step(self, state: State, number: int) -> State:
        """Let an enabled actor do its next operation and what is local to it after that."""
        task = state.tasks[number]
        op = self.bodies[number].ops[task.at]
        is_ready = self._is_ready(state, number, op)
        task = task._replace(deadline=None, at=task.at + 1)
        state = self._one(_with(state, number, task), number, op, is_ready=is_ready)
        return self._advance(state, number)

    def _advance(self, state: State, number: int) -> State:
        """Go on to the actor's next point, and note until when it waits there."""
        ops, points = self.bodies[number].ops, self._points
        while True:
            task = state.tasks[number]
            if task.at < 0:
                return state
            op = ops[task.at]
            if op.kind in points and not _is_inner(state, number, op):
                break
            if op.kind == "end" and self._is_seen_to_end(number):
                break
            state = self._one(_with(state, number, task._replace(at=task.at + 1)), number, op, is_ready=True)
        timeout = _timeout(op)
        if timeout is not None:
            state = _with(state, number, task._replace(deadline=state.now + timeout))
        return state

    def _one(self, state: State, number: int, op: Op, *, is_ready: bool) -> State:
        try:
            if op.kind in _SYNC:
                return self._synchronise(state, number, op, is_ready=is_ready)
            if op.kind in _MEMORY:
                return _touch(state, number, op)
            return _compute(state, number, op)
        except Exception as error:  # noqa: BLE001 - what a program's own operation raises
            return self._raise(state, number, type(error).__name__, at=state.tasks[number].at - 1)

    def _raise(self, state: State, number: int, name: str, *, at: int) -> State:
        task = state.tasks[number]
        for start, end, target, depth in self.bodies[number].handlers:
            if start <= at < end:
                return _with(state, number, task._replace(at=target, stack=(*task.stack[:depth], name)))
        # What a thread has yet to do then is to end.
        at = len(self.bodies[number].ops) - 1 if self._is_seen_to_end(number) else _ENDED
        return _with(state, number, task._replace(at=at, stack=(), registers=(name,)))

    def _is_seen_to_end(self, number: int) -> bool:
        """Tell whether it makes a difference to others that an actor has done all it had to do, and not ended yet."""
        return self._has_ends and self.names[number] in self._children

    def _synchronise(self, state: State, number: int, op: Op, *, is_ready: bool) -> State:
        kind = op.kind
        if kind in _LOCKING:
            return _lock(state, number, op, is_ready=is_ready)
        if kind in _CONDITION:
            return _condition(state, number, op, is_ready=is_ready)
        if kind in _THREAD:
            return self._thread(state, number, op)
        return state if kind == "sleep" else _event(state, number, op, is_ready=is_ready)

    def _thread(self, state: State, number: int, op: Op) -> State:
        child = self._children[op.one]
        at = state.tasks[child].at
        if op.kind == "is_alive":
            return _push(state, number, at >= 0)
        if op.kind == "start":
            if at != _NOT_STARTED:
                raise RuntimeError("threads can only be started once")
            return self._advance(_with(state, child, state.tasks[child]._replace(at=0)), child)
        if at == _NOT_STARTED:
            raise RuntimeError("cannot join thread before it is started")
        return state


def _is_inner(state: State, number: int, op: Op) -> bool:
    """Tell whether an operation is between the outermost acquire and release of a lock, and nobody can notice it."""
    if op.kind not in ("acquire", "release") or op.one != "cond":
        return False
    owner = state.owners[_LOCKS.index(op.one)]
    return owner is not None and owner[0] == number and (op.kind == "acquire" or owner[1] > 1)


def _timeout(op: Op) -> int | None:
    if op.kind in ("cond.block", "event.block"):
        return op.one
    return op.two if op.kind in ("acquire", "join") or (op.kind == "sleep" and op.two) else None


def _with(state: State, number: int, task: Task) -> State:
    return state._replace(tasks=(*state.tasks[:number], task, *state.tasks[number + 1 :]))


def _push(state: State, number: int, *values: Any) -> State:
    task = state.tasks[number]
    return _with(state, number, task._replace(stack=(*task.stack, *values)))


def _compute(state: State, number: int, op: Op) -> State:  # noqa: C901, PLR0912 - one branch for each local instruction
    task, kind = state.tasks[number], op.kind
    stack = task.stack
    if kind in ("begin", "line"):
        return state
    if kind == "const":
        stack = (*stack, op.one)
    elif kind == "reg":
        stack = (*stack, task.registers[op.one])
    elif kind == "setreg":
        registers = (*task.registers[: op.one], stack[-1], *task.registers[op.one + 1 :])
        task, stack = task._replace(registers=registers), stack[:-1]
    elif kind == "add":
        stack = (*stack[:-2], stack[-2] + stack[-1])
    elif kind == "not":
        stack = (*stack[:-1], not stack[-1])
    elif kind == "pop":
        stack = stack[:-1]
    elif kind == "iterate":
        stack = (*stack, 0)
    elif kind == "jump":
        task = task._replace(at=op.one)
    elif kind == "jump unless":
        task, stack = task._replace(at=task.at if stack[-1] else op.one), stack[:-1]
    elif kind == "count down":
        left = stack[-1]
        task, stack = (task, (*stack[:-1], left - 1)) if left else (task._replace(at=op.one), stack[:-1])
    elif kind == "raise":
        raise _ERRORS[stack[-1]]
    else:
        task, stack = task._replace(at=_ENDED), ()
    return _with(state, number, task._replace(stack=stack))


_ERRORS = {kind.__name__: kind for kind in (IndexError, KeyError, ValueError, RuntimeError, TypeError)}


def _touch(state: State, number: int, op: Op) -> State:
    task, memory = state.tasks[number], state.memory
    slot = _SLOT["items" if op.kind == "next" else op.one]
    if op.kind == "load":
        return _push(state, number, memory[slot])
    if op.kind == "next":
        index = task.stack[-1]
        if index < len(memory[slot]):
            # The iterator stays; the element lies on top of it until it has been added.
            return _with(state, number, task._replace(stack=(*task.stack[:-1], index + 1, memory[slot][index])))
        return _with(state, number, task._replace(at=op.one, stack=task.stack[:-1]))
    if op.kind == "store":
        new, stack = task.stack[-1], task.stack[:-1]
    else:
        row = EFFECTS[op.two]
        rest = len(task.stack) - row.arguments
        new, result = row.effect(memory[slot], *task.stack[rest:])
        stack = (*task.stack[:rest], result)
    memory = (*memory[:slot], new, *memory[slot + 1 :])
    return _with(state._replace(memory=memory), number, task._replace(stack=stack))


def _own(state: State, lock: str, owner: tuple[int, int] | None) -> State:
    place = _LOCKS.index(lock)
    return state._replace(owners=(*state.owners[:place], owner, *state.owners[place + 1 :]))


def _lock(state: State, number: int, op: Op, *, is_ready: bool) -> State:
    owner = state.owners[_LOCKS.index(op.one)]
    is_mine = owner is not None and owner[0] == number and op.one == "cond"
    if op.kind == "locked":
        return _push(state, number, owner is not None)
    if op.kind == "release":
        if owner is None or (op.one == "cond" and not is_mine):
            raise RuntimeError("release unlocked lock")
        return _own(state, op.one, (number, owner[1] - 1) if owner[1] > 1 else None)
    if owner is None:
        state = _own(state, op.one, (number, 1))
    elif is_mine:
        state = _own(state, op.one, (number, owner[1] + 1))
    elif op.kind == "acquire":
        assert not is_ready  # its time ran out
    return _push(state, number, owner is None or is_mine)


def _condition(state: State, number: int, op: Op, *, is_ready: bool) -> State:
    waiting, others = state.waiters
    owner = state.owners[2]
    if op.kind == "cond.block":
        return _push(state._replace(signalled=state.signalled - {number}), number, is_ready)
    if op.kind == "cond.return":
        task = state.tasks[number]
        *stack, count, is_notified = task.stack
        if not is_notified:
            # It may have been notified after its time had come: that is lost, as its answer has been given.
            left = tuple(each for each in waiting if each != number)
            state = state._replace(waiters=(left, others), signalled=state.signalled - {number})
        return _own(_with(state, number, task._replace(stack=(*stack, is_notified))), "cond", (number, count))
    if owner is None or owner[0] != number:
        raise RuntimeError("cannot wait on or notify an un-acquired lock")
    if op.kind == "cond.leave":
        state = _push(state, number, owner[1])  # it lets go of the lock however often it holds it
        return _own(state._replace(waiters=((*waiting, number), others)), "cond", None)
    count = 1 if op.kind == "notify" else len(waiting)
    return state._replace(waiters=(waiting[count:], others), signalled=state.signalled | set(waiting[:count]))


def _event(state: State, number: int, op: Op, *, is_ready: bool) -> State:
    others, waiting = state.waiters
    if op.kind == "is_set":
        return _push(state, number, state.flag)
    if op.kind == "clear":
        return state._replace(flag=False)
    if op.kind == "set":
        return state._replace(flag=True, waiters=(others, ()), signalled=state.signalled | set(waiting))
    if op.kind == "event.block":
        left = tuple(each for each in waiting if each != number)
        return _push(state._replace(waiters=(others, left), signalled=state.signalled - {number}), number, is_ready)
    if state.flag:
        task = state.tasks[number]
        return _push(_with(state, number, task._replace(at=op.one)), number, True)
    return state._replace(waiters=(others, (*waiting, number)))
