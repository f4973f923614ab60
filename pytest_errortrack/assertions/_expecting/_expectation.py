"""What a test expects of one captured thing: one vocabulary for every call and every marker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pytest_errortrack.assertions._errors import DoubleNegation, ExpectationError
from pytest_errortrack.assertions._wording import one_line, said

from ._count import Count
from ._differences import Difference, Unanswerable
from ._secrets import secrets_of
from ._values import Asked, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._vocabulary import Comparison, Vocabulary

__all__ = ["Expectation", "Where", "nothing_sent"]

SECRETS: Final = "not_contains"
"""The keyword that says what must be nowhere."""

Where: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a captured thing must be like, checked for its words when it is made.

    Attributes:
        vocabulary: which words it is made of.
        criteria: keyword to expected value, as the user gave them.
        where: a predicate on the captured thing.
        count: how many must match, where the caller said so.
        asked_by: the call or marker, for a failure.
    """

    vocabulary: Vocabulary
    criteria: Mapping[str, object]
    where: Where | None
    count: Count | None
    asked_by: str
    _comparisons: tuple[tuple[str, Comparison], ...] = field(repr=False, compare=False)

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        *mappings: object,
        asked_by: str,
        counted: bool = False,
        wants_none: bool = False,
        **keywords: object,
    ) -> Expectation:
        """Read what a call or a marker was given.

        Args:
            vocabulary: the words that are known.
            *mappings: at most one mapping; it means the same as keywords.
            asked_by: the name of the call or marker, for an error.
            counted: whether `count` may be given.
            wants_none: whether the caller makes sure that nothing is like this.
            **keywords: the expectation.

        Raises:
            ExpectationError: an unknown keyword, or a value that nothing captured can have.
        """
        given = {**_one_mapping(mappings, asked_by=asked_by), **keywords}
        for keyword in given:
            vocabulary.check(keyword, asked_by=asked_by)
        if "count" in given and not counted:
            raise ExpectationError(f"{asked_by} takes no count: use matching(), wait_for() or a marker")
        count = Count.parse(given.pop("count"), asked_by=asked_by) if "count" in given else None
        where = given.pop("where", None)
        if where is not None and not callable(where):
            raise ExpectationError(f"{asked_by} got where={where!r}: expected a function of the {vocabulary.noun}")
        if isinstance(given.get("match"), str):
            given["match"] = compiled(Asked(asked_by, "match", given["match"]))
        if SECRETS in given and (wants_none or (count is not None and count.most == 0)):
            raise _double_negation(asked_by)
        comparisons = tuple(vocabulary.comparisons(given, asked_by=asked_by))
        return cls(vocabulary, given, where, count, asked_by, comparisons)

    def with_count(self, count: Count) -> Expectation:
        """Give the same expectation with a count of its own, unless it has one."""
        return self if self.count else replace(self, count=count)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is not to be shown: how what must be nowhere looks in a text."""
        if SECRETS not in self.criteria:
            return ()
        return tuple(
            look
            for secret in secrets_of(Asked(self.asked_by, SECRETS, self.criteria[SECRETS]))
            for look in secret.looks
        )

    def unproven(self, captured: Sequence[object]) -> str:
        """Say why it is not proven that what must be nowhere is nowhere; empty where it is, or nobody asked.

        Where nothing was sent nothing can be told of what it contains. And something that is as expected but for the
        secret that it contains was asked about as well, whatever else is clean.
        """
        if SECRETS not in self.criteria:
            return ""
        noun = self.vocabulary.noun
        if not captured:
            return nothing_sent(noun)
        others = tuple(each for each in self._comparisons if each[0] != SECRETS)
        without = replace(self, _comparisons=others)
        leaking = sum(without.matches(item) and not self.matches(item) for item in captured)
        return f"expected no such {noun} to contain it, found {leaking} that {_does(leaking)}" if leaking else ""

    def matches(self, captured: object) -> bool:
        """Tell whether a captured thing is as expected.

        Raises:
            AssertionError: the user's own code, a predicate or an `==`, raised instead of an answer.
        """
        __tracebackhide__ = True
        return next(self._differences(captured), None) is None

    def mismatches(self, captured: object) -> list[Difference]:
        """List every place at which a captured thing is not as expected; the predicate is asked when all else fits.

        Raises:
            AssertionError: the user's own code, a predicate or an `==`, raised instead of an answer.
        """
        __tracebackhide__ = True
        return list(self._differences(captured))

    def _differences(self, captured: object) -> Iterator[Difference]:
        __tracebackhide__ = True
        try:
            has_any = False
            for _, compare in self._comparisons:
                for difference in compare(captured):
                    has_any = True
                    yield difference
            if not has_any and self.where is not None:
                yield from _refused(self.where, captured)
        except Unanswerable as trouble:
            what = one_line(f"{self.vocabulary.noun} {_title(captured)}")
            raise AssertionError(f"{self.asked_by}: {trouble}\n  asked of the {what}") from trouble.__cause__

    def __str__(self) -> str:
        words = [f"{key}={said(value, name=key)}" for key, value in self.criteria.items()]
        if self.where is not None:
            words.append(f"where={said(self.where)}")
        return ", ".join(words) or "anything"


def nothing_sent(noun: str) -> str:
    """Say that a check of what is nowhere needs something to look through."""
    return f"expected at least one {noun}: where none was sent, nothing can be told of what it contains"


def _does(number: int) -> str:
    return "does" if number == 1 else "do"


def _one_mapping(mappings: tuple[object, ...], *, asked_by: str) -> dict[str, object]:
    if not mappings:
        return {}
    if len(mappings) > 1 or not isinstance(mappings[0], Mapping):
        raise ExpectationError(f"{asked_by} takes keywords, or one mapping of them; got {mappings!r}")
    return dict(mappings[0])


def _double_negation(asked_by: str) -> ExpectationError:
    return DoubleNegation(
        f"{asked_by} with not_contains would ask that everything contains it. To make sure that nothing sent does: "
        f"assert_not_contains(...), or one(not_contains=...)"
    )


def _refused(where: Where, captured: object) -> list[Difference]:
    """Ask the predicate: one difference where its answer is a false one."""
    try:
        answer = where(captured)
        if answer:
            return []
    except Exception as error:
        raise Unanswerable(f"where={said(where)} raised {type(error).__name__}: {error}") from error
    code = getattr(where, "__code__", None)
    place = f" at {PurePath(code.co_filename).name}:{code.co_firstlineno}" if code is not None else ""
    return [Difference("where", where, answer, f"where: {said(where)}{place} gave {said(answer)}")]


def _title(captured: object) -> str:
    return str(getattr(captured, "title", None) or repr(captured))
