"""Which places in the user's code touch what other actors touch as well: learned from schedule to schedule.

Two accesses are shared when two actors of one schedule touch one object, in parts of which one contains the other, and
one of them writes. What is learned holds for the exploration: a place that was shared once stays so.

Objects are known by their identity, which is given to another once an object is gone. Two objects with one identity can
only make more places shared, never fewer; still it is avoided, since each new temporary list would look like the last
one. Where an object allows it a weak reference tells that it is gone. The others, lists and dictionaries above all,
are held until nobody else does, which is looked up whenever another line is about to run: so what they contain does
not live longer than the line on which it would have gone.
"""

from __future__ import annotations

import queue
import sys
import threading
import weakref
from _thread import get_ident
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._access import UNKNOWN, Access
from pytest_errortrack.interleave._accesses._noting import ANYTHING, BY_OPERATION, LOOK_UP
from pytest_errortrack.interleave._accesses._values import Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._accesses._effects import Effects
    from pytest_errortrack.interleave._accesses._layout import Layout
    from pytest_errortrack.interleave._accesses._noting import Touch

__all__ = ["Sharing"]

_UNKNOWN_READ: Final = Access(UNKNOWN.target, is_write=False)
_PRIMITIVES: Final = (threading.Condition, threading.Semaphore, threading.Barrier, queue.Queue)
_YOUNG: Final = 6  # how often an object is looked at before it is taken for one that stays

_Use = tuple[tuple[Any, ...], bool | None, int, "Layout | None", int]
"""The part, whether it writes (as `Touch` has it), the actor, the code, the offset."""


class _Known:
    """An object of the running schedule.

    Attributes:
        value: the object; None where `reference` stands for it.
        reference: a weak reference to it.
        actor: the first that touched it.
        is_common: whether another did, too.
        uses: how it was touched, each way once.
    """

    __slots__ = ("actor", "age", "is_common", "reference", "uses", "value")

    def __init__(self, value: Any, reference: Any, actor: int) -> None:
        self.value = value
        self.reference = reference
        self.actor = actor
        self.is_common = False
        self.age = 0
        self.uses: dict[_Use, None] = {}


class Sharing:
    """What an exploration has learned about shared accesses; it only grows.

    Attributes:
        version: grows whenever another place turns out to be shared, or to need a point of its own.
    """

    def __init__(self) -> None:
        self.version = 0
        self._known: dict[int, _Known] = {}
        self._unknown: dict[_Use, None] = {}
        self._gone: list[_Known] = []
        self._young: list[int] = []
        self._changed: dict[int, Layout] = {}

    def begin(self) -> None:
        """Forget the objects of the last schedule."""
        self._known.clear()
        self._unknown.clear()
        self._gone.clear()
        self._young.clear()
        self._changed.clear()

    def sweep(self) -> None:
        """Let go of what nobody else holds any more."""
        staying = []
        for identity in self._young:
            known = self._known[identity]
            if sys.getrefcount(known.value) <= _HELD_BY_US:
                del self._known[identity]
                if known.is_common:
                    known.value = None
                    self._gone.append(known)
                continue
            known.age += 1
            if known.age < _YOUNG:
                staying.append(identity)
        self._young = staying

    def take(self, touches: Sequence[Touch], *, actor: int, layout: Layout | None, effects: Effects) -> None:
        """Take note of what an actor is about to touch, by a line of a function unless by nobody's."""
        for offset, value, part, is_write in touches:
            if value is ANYTHING:
                self._unknown[(part, is_write, actor, layout, offset)] = None
                continue
            identity = id(value)
            known = self._known.get(identity)
            if known is None or (known.reference is not None and known.reference() is None):
                known = self._meet(value, actor, effects)
            elif known.actor != actor:
                known.is_common = True
            known.uses[(part, is_write, actor, layout, offset)] = None

    def _meet(self, value: Any, actor: int, effects: Effects) -> _Known:
        before = self._known.get(id(value))
        if before is not None and before.is_common:
            self._gone.append(before)
        if effects.is_referable(value):
            known = _Known(None, weakref.ref(value), actor)
        else:
            known = _Known(value, None, actor)
            if before is None:
                self._young.append(id(value))
        self._known[id(value)] = known
        effects.notice_dict(value)
        return known

    def end(self, effects: Effects) -> list[Layout]:
        """Draw the conclusions from a schedule; returns the functions of which more places are shared now."""
        for identity, owner in effects.aliases.items():
            self._unite(identity, id(owner))
        for known in (*self._known.values(), *self._gone):
            if known.is_common:
                self._compare(known.uses)
        if self._unknown:
            self._compare_unknown(is_replacing=effects.replaces_functions, binds_variables=effects.binds_variables)
        changed = list(self._changed.values())
        if changed:
            self.version += 1
        self.begin()
        return changed

    def _unite(self, space: int, owner: int) -> None:
        """Take an instance and its dictionary for one object."""
        one, other = self._known.get(space), self._known.get(owner)
        if one is None or other is None:
            return
        other.uses.update(one.uses)
        other.is_common = other.is_common or one.is_common or one.actor != other.actor

    def _compare(self, uses: dict[_Use, None]) -> None:
        by_actor: dict[int, list[_Use]] = {}
        for use in uses:
            by_actor.setdefault(use[2], []).append(use)
        writes = [use for use in uses if use[1]]
        for write in writes:
            for actor, theirs in by_actor.items():
                if actor != write[2]:
                    for use in theirs:
                        if _overlap(write[0], use[0]):
                            self._heat(write)
                            self._heat(use)

    def _compare_unknown(self, *, is_replacing: bool, binds_variables: bool) -> None:
        # A variable of closures is only bound by the functions around it, whose lines say so, or through its cell.
        everything = [
            use
            for known in (*self._known.values(), *self._gone)
            if binds_variables or type(known.value) is not Variable
            for use in known.uses
        ]
        everything += self._unknown
        for unknown in self._unknown:
            for use in everything:
                if use[2] != unknown[2] and _meets_unknown(use, unknown, is_replacing=is_replacing):
                    self._heat(unknown)
                    self._heat(use)

    def _heat(self, use: _Use) -> None:
        layout, offset = use[3], use[4]
        if layout is not None and offset != BY_OPERATION and offset not in layout.hot:
            layout.hot.add(offset)
            self._changed[id(layout)] = layout


def accesses(touches: Sequence[Touch], aliases: dict[int, Any]) -> list[Access]:
    """Return what the history keeps of each of some accesses.

    What operations of primitives change they say themselves, so two of them do not conflict by the state of one. They
    do with code that looks into a primitive past its operations; of that it is not known what it conflicts with.
    """
    found: list[Access] = []
    for offset, value, part, is_write in touches:
        if value is ANYTHING:
            found.append(UNKNOWN if is_write else _UNKNOWN_READ)
            continue
        owner = aliases.get(id(value), value) if aliases else value
        if offset == BY_OPERATION:
            found.append(Access(id(owner), (BY_OPERATION, get_ident()), bool(is_write)))
        elif part and issubclass(type(value), _PRIMITIVES) and _is_state(value, part[0]):
            found.append(UNKNOWN if is_write else _UNKNOWN_READ)
        else:
            found.append(Access(id(owner), part, bool(is_write)))
    return found


def _is_state(primitive: Any, name: object) -> bool:
    """Tell whether an attribute of a primitive is one of what its operations work on."""
    # A condition has its lock's methods as attributes.
    return name in vars(primitive) and not callable(vars(primitive)[name])


def _overlap(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return not one or not other or one[0] == other[0]


def _meets_unknown(use: _Use, unknown: _Use, *, is_replacing: bool) -> bool:
    """Tell whether an access to any object may conflict with another one."""
    if not (use[1] or unknown[1]):
        return False
    if is_replacing or (use[1] is not LOOK_UP and unknown[1] is not LOOK_UP):
        return True
    # What is looked up in an unknown object is called, and that call conflicts with whatever there is.
    return bool(use[0] and unknown[0]) and _overlap(use[0], unknown[0])


def _count_for_us() -> int:
    known = _Known([], None, 0)
    return sys.getrefcount(known.value)


_HELD_BY_US: Final = _count_for_us()
