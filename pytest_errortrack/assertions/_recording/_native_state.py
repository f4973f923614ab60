"""What recordings do to the state of the project's own SDK, in whatever order they begin and end.

As long as recordings stand in one line, each puts back what it found. From the moment at which two stand beside each
other until the last has ended, each has a view of its own (`sdk.testing.View`), so that there is nothing to put back.
"""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._actors import NOBODY, owner_here
from pytest_errortrack.sdk import testing

from ._line_up import line_up
from ._native import NativeObserver
from ._strays import strays

if TYPE_CHECKING:
    from contextlib import AbstractContextManager, ExitStack

    from ._recorder import Recorder

__all__ = ["NativeState"]


class NativeState:
    """The state of the SDK for one recording, until the stack is closed that it is given."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.blocks: list[testing.PreservedState] = []

    def take_place(self, undo: ExitStack) -> None:
        """Take a place among the recordings."""
        undo.callback(self._step_out)
        with _parting.lock:
            line_up.begin(self._recorder)
            _parting.states[self._recorder] = self
            if not _parting.is_on and line_up.is_beside:
                _parting.begin()
            elif _parting.is_on:
                _parting.give_view(self._recorder)

    def watch(self, undo: ExitStack, *, observer: NativeObserver) -> None:
        """Watch the SDK, and put back in the end what it held."""
        undo.enter_context(self.preserved())
        testing.begin_observation(observer)

    def preserved(self) -> AbstractContextManager[None]:
        """Put everything that the block sets back at its end."""
        return _Preserved(self)

    def begin_block(self) -> testing.PreservedState:
        """Remember what there is."""
        with _parting.lock:
            block = testing.PreservedState()
            block.begin()
            self.blocks.append(block)
        return block

    def end_block(self, block: testing.PreservedState) -> None:
        """Put back what there was, as far as nobody else goes on with it."""
        with _parting.lock:
            self.blocks.remove(block)
            if not _parting.is_on or self.blocks:
                block.put_back()
            elif not line_up.is_anothers_here(self._recorder):
                # The view is not needed any more, but for threads that outlive the recording: it stays as it is.
                block.put_back_context()

    def rewind(self) -> None:
        """Let everybody who belongs to nobody see the SDK as it was before the recording, and set it for others."""
        with _parting.lock:
            self.blocks[0].rewind()
            if self._recorder.view is not None:
                self._recorder.view.begin_anew()

    def keep(self) -> None:
        """Let what is set now be what is put back."""
        with _parting.lock:
            if self._recorder.view is not None:
                self._recorder.view.begin_anew()
            self.blocks[0].keep()

    def leave_others_alone(self) -> bool:
        """Before the end: what stands behind this recording goes on, and must not lose what it stands on.

        Returns:
            Whether anything does.
        """
        with _parting.lock:
            inner = [each for each in line_up.order.live if each.outer is self._recorder]
            if not inner or not self.blocks:
                return False
            if not _parting.is_on:
                _parting.begin()
            for each in inner:
                for block in _parting.states[each].blocks[:1]:
                    block.take_context_of(self.blocks[0])
            line_up.end(self._recorder)  # now, so that what is put back from here on is not done to those behind it
            return True

    def _step_out(self) -> None:
        with _parting.lock:
            line_up.end(self._recorder)
            _parting.states.pop(self._recorder, None)
            if _parting.is_on and not line_up.order.live:
                _parting.end()


class _Parting:
    """Gives each recording a view of its own, from when it is needed until the last one has ended."""

    def __init__(self) -> None:
        self.lock = _thread.RLock()  # the real one: nobody may be switched away while it is held
        self.states: dict[Recorder, NativeState] = {}
        self.is_on = False
        self._views = testing.views(find=_view_here)
        self._first: testing.PreservedState | None = None

    def begin(self) -> None:
        """Part those that there are; of what went before, they stand in one line."""
        line = []
        for recorder in line_up.order.live:
            self.give_view(recorder)
            assert recorder.view is not None
            line.append((recorder.view, self.states[recorder].blocks))
        blocks = [block for _, known in line for block in known]
        self._first = blocks[0] if blocks else None
        strays.view = testing.View()
        self._views.part(line, observation=testing.Observation(NativeObserver(strays)))
        self.is_on = True

    def give_view(self, recorder: Recorder) -> None:
        """Give a recording a view of what the one sees that it stands behind."""
        outer = next(line_up.line_of(recorder.outer), None)
        recorder.view = testing.View(None if outer is None else outer.view)

    def end(self) -> None:
        """Let there be one process again."""
        self.is_on = False
        self._views.rejoin()
        strays.view = None
        if self._first is not None:
            self._first.put_back_log()


def _view_here() -> testing.View | None:
    known = owner_here()
    if known is NOBODY:
        return None  # the set-up of a fixture that serves other tests as well
    order = line_up.order
    owner = None if known is None else known.owner
    recorder = order.of_nobody if owner is None else order.innermost.get(owner, owner)  # type: ignore[call-overload]  # as in `LineUp`
    return strays.view if recorder is None or recorder.view is None else recorder.view


class _Preserved:
    """One block; a class of its own, since a generator costs more than all that it does."""

    __slots__ = ("_block", "_state")

    def __init__(self, state: NativeState) -> None:
        self._state = state

    def __enter__(self) -> None:
        self._block = self._state.begin_block()

    def __exit__(self, *_: object) -> None:
        self._state.end_block(self._block)


_parting: Final = _Parting()
