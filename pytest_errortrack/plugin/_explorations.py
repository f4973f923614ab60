"""What the engine is told of a test whose interleavings are explored or replayed, and what it tells of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_errortrack import interleave

from ._attempt import attempt_of
from ._entry import INTERLEAVINGS
from ._kept_fixtures import hint_of_kept_fixtures
from ._live_count import LiveCount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._settings import Settings

__all__ = ["explored"]


def _nothing() -> None:
    return


@contextmanager
def explored(
    item: pytest.Item,
    *,
    settings: Settings,
    before: Callable[[], None] = _nothing,
    judge: Callable[[], None] = _nothing,
) -> Iterator[None]:
    """Tell the engine which test runs in the block, and afterwards the user what was shown.

    Args:
        item: the test.
        settings: which one interleaving to run instead of exploring, or how many at the most.
        before: called before each schedule.
        judge: called at the end of each schedule.

    Raises:
        Diverged: the token that is replayed holds data that the test was not given.
    """
    explorations: list[interleave.Exploration] = []
    with ExitStack() as stack:
        live = LiveCount(item.config)
        stack.callback(live.clear)
        environment = _environment(item, settings, explorations, before, judge)
        stack.enter_context(interleave.environment(replace(environment, progress=live.show)))
        if settings.replay is not None:
            stack.enter_context(_replayed(item, settings.replay, explorations))
        yield
    said = _said(explorations)
    if said:
        item.user_properties.append((INTERLEAVINGS, said))


def _environment(
    item: pytest.Item,
    settings: Settings,
    explorations: list[interleave.Exploration],
    before: Callable[[], None],
    judge: Callable[[], None],
) -> interleave.Environment:
    attempt = attempt_of(item)

    def finished(exploration: interleave.Exploration) -> None:
        if attempt is not None:
            attempt.exploration = exploration
        explorations.append(exploration)
        hint = hint_of_kept_fixtures(item, exploration)
        if hint and exploration.failure is not None:
            exploration.failure.add_note(hint)

    return interleave.Environment(
        identity=item.nodeid,
        salt=str(item.config.getoption("--hypothesis-seed", default=None) or ""),
        before_schedule=before,
        after_schedule=judge,
        finished=finished,
        root=item.config.rootpath,
        budget=settings.interleavings,
        modules=None if attempt is None else attempt.demands.modules,
        replay_token=settings.replay,
        replay_hint="--errortrack-replay {}".format,
        is_failure=_is_failure,
    )


@contextmanager
def _replayed(item: pytest.Item, text: str, explorations: list[interleave.Exploration]) -> Iterator[None]:
    """Give a test under `@given` the data of a token; nothing is to be done for any other test."""
    test = getattr(item, "obj", None)
    if not hasattr(test, "hypothesis"):
        yield
        return
    drawn = interleave.decode_token(text).drawn
    if drawn is None:
        raise interleave.BadToken("the token holds no data for a test under @given: an earlier version made it")
    reason: BaseException | None = None
    try:
        with interleave.redrawn(getattr(test, "__func__", test), drawn):
            yield
    except ValueError as error:
        if explorations or isinstance(error, interleave.BadToken):
            raise
        raise interleave.BadToken(f"the token cannot be replayed here: {error}") from error
    except Exception as error:
        # That a replay does not fail is no fault: the bug may be repaired.
        if not interleave.is_unreproduced(error):
            raise
        reason = error
    if not explorations:
        raise interleave.Diverged(
            "the replay diverged before the first step: the test was not given the data of the token; were its "
            "strategies or examples edited?"
        ) from reason


def _said(explorations: list[interleave.Exploration]) -> str:
    """Return what was shown, over all examples; nothing if something failed, or nothing was explored."""
    if not explorations or any(exploration.failure is not None for exploration in explorations):
        return ""
    least = min(explorations, key=lambda each: (each.complete, -each.schedules))
    number = len(explorations)
    if number == 1 or least.search == "drawn":  # which counts all examples
        return explorations[-1].summary()
    if least.complete:
        return f"complete per example, {number} examples: {least.summary().removeprefix('complete: ')}"
    complete = sum(exploration.complete for exploration in explorations)
    return f"complete per example in {complete} of {number} examples; in the others: {least.summary()}"


def _is_failure(error: BaseException) -> bool:
    """Tell whether an exception fails a schedule: `pytest.fail` does, though it is no Exception; a skip passes by."""
    return isinstance(error, Exception | pytest.fail.Exception)
