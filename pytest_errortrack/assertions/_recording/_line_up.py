"""Which recordings go on, and which of them is meant here and now.

A recording that begins in the context of another one (in the same thread, or in a thread or task that it started)
stands behind it: of such a line the innermost records. Recordings that begin elsewhere stand beside each other, and
each sees what its own threads, tasks and jobs report. They may begin and end in any order.
"""

from __future__ import annotations

import _thread
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._actors import current_task, owner_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._recorder import Recorder

__all__ = ["LineUp", "line_up"]


@dataclass(frozen=True, slots=True)
class _Order:
    """The recordings of one moment; replaced as a whole, so that readers need no lock.

    Attributes:
        live: those that go on, in the order in which they began.
        last: the one that began last.
        sole: the innermost, where all of them stand in one line.
        of_nobody: who gets what nobody owns: the innermost of all as long as there is one line; None: it is nobody's.
        innermost: for each, the innermost of the line behind it; itself, where the line forks.
    """

    live: tuple[Recorder, ...]
    last: Recorder | None
    sole: Recorder | None
    of_nobody: Recorder | None
    innermost: dict[Recorder, Recorder]


_NONE: Final = _Order((), None, None, None, {})


class LineUp:
    """The recordings of this process that go on."""

    __slots__ = ("_lock", "order")

    def __init__(self) -> None:
        self.order = _NONE
        self._lock = _thread.RLock()  # the real one: nobody may be switched away while it is held

    @property
    def is_beside(self) -> bool:
        """Whether recordings stand beside each other."""
        order = self.order
        return order.sole is None and order.last is not None

    def begin(self, recorder: Recorder) -> None:
        """Let a recording take its place: behind the one that it began in, or beside all others."""
        with self._lock:
            self.order = _order((*self.order.live, recorder))

    def end(self, recorder: Recorder) -> None:
        """Let it go; those behind it step up."""
        with self._lock:
            self.order = _order(tuple(each for each in self.order.live if each is not recorder))

    def outer_here(self) -> Recorder | None:
        """Find the recording that one which begins here and now stands behind."""
        order = self.order
        known = owner_here()
        if known is not None:
            return next((each for each in order.live if each is known.owner), None)
        # A context that is older than the recording, in the recording's own thread; another task is another's.
        of_nobody = order.of_nobody
        is_own = of_nobody is not None and of_nobody.witness.is_root_thread() and current_task() is None
        return of_nobody if is_own else None

    def steward_here(self) -> Recorder | None:
        """Find the recording whose doing it is to take in what happens here, whomever it belongs to."""
        order = self.order
        if order.sole is not None:
            return order.sole
        known = owner_here()
        found = None if known is None else order.innermost.get(known.owner)  # type: ignore[call-overload]  # others are not found
        return found or order.of_nobody or order.last

    def is_anothers_here(self, recorder: Recorder) -> bool:
        """Tell whether this context belongs to another recording that goes on, but for the claim of one that ends."""
        known = owner_here()
        if known is not None and known.owner is recorder:
            known = known.beneath
        return known is not None and known.owner not in {None, recorder} and not known.is_over

    def line_of(self, recorder: Recorder | None) -> Iterator[Recorder]:
        """Yield a recording and those that it stands behind, the innermost first, as far as they go on."""
        live = self.order.live
        while recorder is not None:
            if recorder in live:
                yield recorder
            recorder = recorder.outer

    def is_nobodys_here(self) -> bool:
        """Tell whether several recordings go on, and nobody knows whose it is what happens here."""
        order = self.order
        if order.of_nobody is not None or order.last is None:
            return False
        known = owner_here()
        return known is None or known.owner is None


def _order(live: tuple[Recorder, ...]) -> _Order:
    if not live:
        return _NONE
    if len(live) == 1:
        [recorder] = live
        return _Order(live, recorder, recorder, recorder, {recorder: recorder})
    behind: dict[Recorder | None, list[Recorder]] = {}
    for recorder in live:
        behind.setdefault(_live_outer(recorder, live), []).append(recorder)
    innermost: dict[Recorder, Recorder] = {}
    for recorder in reversed(live):  # whoever stands behind another began later
        following = behind.get(recorder, ())
        innermost[recorder] = innermost[following[0]] if len(following) == 1 else recorder
    first = behind.get(None, ())
    of_nobody = innermost[first[0]] if len(first) == 1 else None
    is_line = all(len(following) == 1 for following in behind.values())
    return _Order(live, live[-1], of_nobody if is_line else None, of_nobody, innermost)


def _live_outer(recorder: Recorder, live: tuple[Recorder, ...]) -> Recorder | None:
    outer = recorder.outer
    while outer is not None and outer not in live:
        outer = outer.outer
    return outer


line_up: Final = LineUp()
