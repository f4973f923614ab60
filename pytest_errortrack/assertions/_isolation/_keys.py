"""The same question for applications that stamp their own ids: each unit of work has one key, and no two the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions._actors import Writer
from pytest_errortrack.assertions._wording import LONGEST, hides_secret, said

from ._findings import are_related
from ._paths import shown_path
from ._telling import captured, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_errortrack.assertions._actors import Actor

    from ._things import Thing

__all__ = ["assert_keys_apart"]

_MOST_PROBLEMS: Final = 4


@dataclass(frozen=True, slots=True)
class _Keyed:
    """One captured thing and its key."""

    thing: Thing
    key: object

    @property
    def unit(self) -> tuple[Actor | None, object]:
        """Whose it is: an actor's, and one of its requests' where it has several."""
        return self.thing.actor, self.thing.circumstances.request

    def who(self) -> str:
        """Name who captured it."""
        return self.thing.actor.name if self.thing.actor is not None else "nobody known"

    def said(self) -> str:
        """Say the key; as a secret where it was written under the name of one."""
        names = [stamped.path[-1] for stamped in self.thing.stamped if stamped.value == self.key]
        name = next((name for name in names if hides_secret(name, self.key)), "")
        return said(self.key, name=name, longest=LONGEST // 2)


def assert_keys_apart(things: Sequence[Thing], key: Callable[[Any], object]) -> None:
    """Raise an AssertionError where two units of work have one key, or one has two, or there is but one.

    Args:
        things: what was captured.
        key: finds the key of one of them.
    """
    __tracebackhide__ = True
    keyed = [_Keyed(thing, _key_of(thing, key)) for thing in things]
    units: dict[object, list[_Keyed]] = {}
    for each in keyed:
        units.setdefault(each.unit, []).append(each)
    if len(units) < 2:  # noqa: PLR2004 - one alone can mix nothing
        raise AssertionError(
            f"only one actor captured ({keyed[0].who()}): an isolation check proves nothing. Run the code in two "
            "threads or tasks, with interleaving.run(...), or mark its parts by `with errortrack.actor(...)`"
        )
    problems = [*_units_of_two_keys(units.values()), *_keys_of_two_units(units.values())]
    if problems:
        lines = [line for problem in problems[:_MOST_PROBLEMS] for line in problem]
        more = len(problems) - _MOST_PROBLEMS
        raise AssertionError("\n".join([*lines, f"... and {more} more"] if more > 0 else lines))


def _key_of(thing: Thing, key: Callable[[Any], object]) -> object:
    __tracebackhide__ = True
    why, cause = "the key is None", None
    try:
        found = key(thing.item)
    except (LookupError, AttributeError, TypeError) as error:
        found, why, cause = None, f"{type(error).__name__}: {error}", error
    if found is None:
        tags = thing.payload.get("attributes" if "attributes" in thing.payload else "tags") or {}
        raise AssertionError(f"{captured(thing)} has no key: {why}. Its tags are {said(tags)}") from cause
    return found


def _units_of_two_keys(units: Iterable[list[_Keyed]]) -> Iterator[list[str]]:
    for unit in units:
        firsts = _first_of_each_key(unit)
        if len(firsts) > 1:
            kind = unit[0].thing.label.partition("[")[0]
            yield [f"{kind} captured by {unit[0].who()} have different keys:", *_listed(firsts)]


def _keys_of_two_units(units: Iterable[list[_Keyed]]) -> Iterator[list[str]]:
    known: list[_Keyed] = []
    for unit in units:
        for each in _first_of_each_key(unit):
            other = next((older for older in known if older.key == each.key and not _work_together(older, each)), None)
            if other is not None:
                heading = (
                    f"{other.thing.label} captured by {other.who()} and {each.thing.label} captured by {each.who()} "
                    f"have the same key {each.said()}"
                )
                yield [f"{heading}: one carries the other's", *_listed([other, each])]
            known.append(each)


def _first_of_each_key(unit: Sequence[_Keyed]) -> list[_Keyed]:
    firsts: list[_Keyed] = []  # by comparing: a key may be anything, also what has no hash
    for each in unit:
        if all(first.key != each.key for first in firsts):
            firsts.append(each)
    return firsts


def _listed(keyed: Sequence[_Keyed]) -> Iterator[str]:
    """List captured things with their keys, and who wrote those, where that is known."""
    for each in keyed:
        yield f"    {captured(each.thing)}"
        yield f"      key {each.said()}"
        for stamped in each.thing.stamped:
            if isinstance(stamped.stamp, Writer) and stamped.value == each.key:
                yield from (f"    {line}" for line in written(shown_path(stamped.path), stamped.stamp))


def _work_together(one: _Keyed, other: _Keyed) -> bool:
    """Tell whether one of two different actors started the other: a helper reports under its starter's id."""
    actor, second = one.thing.actor, other.thing.actor
    return actor is not None and second is not None and actor is not second and are_related(actor, second)
