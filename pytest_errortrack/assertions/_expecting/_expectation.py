"""What a test expects of a captured event or transaction: one vocabulary for every call and every marker."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from pytest_errortrack.assertions._captured import CapturedEvent, CapturedException, Payload
from pytest_errortrack.assertions._errors import ExpectationError, NotAvailable
from pytest_errortrack.assertions._wording import said

from ._differences import MISSING, Difference, differences

__all__ = ["EVENTS", "TRANSACTIONS", "Count", "Expectation", "Vocabulary"]

LINK_KEYWORDS: Final = ("exception", "message", "match", "handled", "mechanism")
"""What must hold for one and the same link of the chain, or for the event's own message."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keywords that a kind of expectation knows.

    Attributes:
        noun: what is expected, in the singular.
        values: keywords whose value is compared, with the reader of what was captured.
        links: keywords that are compared with the links of the exception chain.
        later: keywords that a later version will know.
    """

    noun: str
    values: Mapping[str, Callable[[Payload], object]]
    links: tuple[str, ...]
    later: tuple[str, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """Every keyword, in the order of the reference page."""
        return (*self.links, *self.values, "where", "count", *self.later)

    def check(self, keyword: str, *, asked_by: str) -> None:
        """Raise an error that names the nearest right keyword unless this one is known."""
        if keyword in self.later:
            raise NotAvailable.naming(f"the keyword {keyword!r} of {asked_by}")
        if keyword not in self.keywords:
            nearest = difflib.get_close_matches(keyword, self.keywords, n=1, cutoff=0.4)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(self.keywords)}"
            raise ExpectationError(f"{asked_by} got an unknown keyword {keyword!r}: {hint}")


def _readers(*names: str) -> dict[str, Callable[[Payload], object]]:
    return {name: lambda captured, name=name: getattr(captured, name) for name in names}  # type: ignore[misc]


EVENTS: Final = Vocabulary(
    noun="event",
    links=LINK_KEYWORDS,
    values=_readers(
        *("level", "tags", "user", "extra", "contexts", "request", "fingerprint", "transaction", "logger"),
        *("release", "environment", "server_name", "platform", "trace_id", "span_id"),
    ),
    later=("breadcrumbs", "frames", "attachments", "data", "not_contains"),
)
TRANSACTIONS: Final = Vocabulary(
    noun="transaction",
    links=(),
    values=_readers("name", "op", "status", "source", "tags", "data", "measurements"),
    later=("spans",),
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many: from `least` to `most`, where None is no bound."""

    least: int
    most: int | None

    @classmethod
    def parse(cls, value: object, *, asked_by: str) -> Count:
        """Read an int, or a pair of bounds of which either may be None."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(value, value)
        if isinstance(value, tuple) and len(value) == 2 and all(_is_bound(bound) for bound in value):  # noqa: PLR2004 - a pair
            least, most = value
            if most is None or (least or 0) <= most:
                return cls(least or 0, most)
        raise ExpectationError(
            f"{asked_by} got count={value!r}: expected an int from 0, or a pair (min, max) with None for no bound"
        )

    def __contains__(self, number: int) -> bool:
        return self.least <= number and (self.most is None or number <= self.most)

    def of(self, noun: str) -> str:
        """Say it of a noun, in the right number."""
        number = self.least if self.most is None else self.most
        return f"{self} {noun}{'s' * (number != 1)}"

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {'one' if self.least == 1 else self.least}"
        return f"at least {self.least}" if self.most is None else f"between {self.least} and {self.most}"


def _is_bound(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


Where: TypeAlias = Callable[[Payload], object]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a captured event or transaction must be like, checked for its words when it is made.

    Attributes:
        vocabulary: which words it is made of.
        criteria: keyword to expected value, as the user gave them.
        where: a predicate on the captured thing.
        count: how many must match, where the caller said so.
        description: the call or marker, for a failure.
    """

    vocabulary: Vocabulary
    criteria: Mapping[str, object]
    where: Where | None
    count: Count | None
    asked_by: str

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        *mappings: object,
        asked_by: str,
        counted: bool = False,
        **keywords: object,
    ) -> Expectation:
        """Read what a call or a marker was given.

        Args:
            vocabulary: the words that are known.
            *mappings: at most one mapping; it means the same as keywords.
            asked_by: the name of the call or marker, for an error.
            counted: whether `count` may be given.
            **keywords: the expectation.

        Raises:
            ExpectationError: an unknown keyword, or a value that no event can have.
            NotAvailable: a keyword of a later version.
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
        _judge_exception(given.get("exception"), asked_by=asked_by)
        if isinstance(given.get("match"), str):
            given["match"] = _pattern(str(given["match"]), asked_by=asked_by)
        return cls(vocabulary, given, where, count, asked_by)

    def with_count(self, count: Count) -> Expectation:
        """Give the same expectation with a count of its own, unless it has one."""
        return self if self.count else replace(self, count=count)

    def matches(self, captured: Payload) -> bool:
        """Tell whether a captured thing is as expected."""
        return not self.mismatches(captured)

    def mismatches(self, captured: Payload) -> list[Difference]:
        """List every place at which a captured thing is not as expected."""
        links = {key: value for key, value in self.criteria.items() if key in self.vocabulary.links}
        found = _link_mismatches(links, captured) if links and isinstance(captured, CapturedEvent) else []
        for keyword, expected in self.criteria.items():
            if keyword not in links:
                found += differences(expected, self.vocabulary.values[keyword](captured), path=keyword)
        if self.where is not None and not found and not self.where(captured):
            found.append(Difference("where", self.where, "a false value"))
        return found

    def __str__(self) -> str:
        words = [f"{key}={said(value)}" for key, value in self.criteria.items()]
        if self.where is not None:
            words.append(f"where={said(self.where)}")
        return ", ".join(words) or "anything"


def _one_mapping(mappings: tuple[object, ...], *, asked_by: str) -> dict[str, object]:
    if not mappings:
        return {}
    if len(mappings) > 1 or not isinstance(mappings[0], Mapping):
        raise ExpectationError(f"{asked_by} takes keywords, or one mapping of them; got {mappings!r}")
    return dict(mappings[0])


def _judge_exception(expected: object, *, asked_by: str) -> None:
    """Refuse what looks like an exception and could never match."""
    is_other_class = isinstance(expected, type) and not issubclass(expected, BaseException)
    if is_other_class or isinstance(expected, tuple | BaseException):
        raise ExpectationError(
            f"{asked_by} got exception={said(expected)}: expected one exception class, a name, or a compiled regex"
        )


def _pattern(text: str, *, asked_by: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ExpectationError(f"{asked_by} got match={text!r}, which is no regular expression: {error}") from None


def _link_mismatches(wanted: Mapping[str, object], event: CapturedEvent) -> list[Difference]:
    """Compare with the link that comes nearest; of equals, the outermost."""
    candidates = [_link_differences(wanted, link, event) for link in reversed(event.exceptions)]
    if not event.exceptions or event.message is not None:
        candidates.append(_message_differences(wanted, event))
    return min(candidates, key=len)


def _link_differences(wanted: Mapping[str, object], link: CapturedException, event: CapturedEvent) -> list[Difference]:
    found: list[Difference] = []
    for keyword, expected in wanted.items():
        if keyword == "exception":
            if not _is_exception(expected, link, event):
                found.append(Difference("exception", expected, f"{link.qualified_name}: {link.value}"))
        elif keyword == "mechanism":
            got = link.mechanism if isinstance(expected, Mapping) else link.mechanism.get("type")
            found += differences(expected, got, path=keyword)
        elif keyword == "handled":
            found += differences(expected, link.mechanism.get("handled"), path=keyword)
        else:
            found += differences(expected, link.value, path=keyword)
    return found


def _message_differences(wanted: Mapping[str, object], event: CapturedEvent) -> list[Difference]:
    found: list[Difference] = []
    for keyword, expected in wanted.items():
        got = event.message if keyword in {"message", "match"} and event.message is not None else MISSING
        found += differences(expected, got, path=keyword)
    return found


def _is_exception(expected: object, link: CapturedException, event: CapturedEvent) -> bool:
    if isinstance(expected, type):
        live = _live_link(link, event)
        if live is not None:
            return isinstance(live, expected)
        module = "" if expected.__module__ == "builtins" else f"{expected.__module__}."
        return link.qualified_name in {f"{module}{expected.__qualname__}", f"{module}{expected.__name__}"}
    if isinstance(expected, re.Pattern):
        return expected.search(link.qualified_name) is not None
    return bool(expected == link.type) or bool(expected == link.qualified_name)


def _live_link(link: CapturedException, event: CapturedEvent) -> BaseException | None:
    for exception in _chain(event.live_exception):
        kind = type(exception)
        if link.type in {kind.__name__, kind.__qualname__} and link.module in {kind.__module__, ""}:
            return exception
    return None


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    """Walk causes, contexts and groups, each exception once."""
    pending, seen = [exception], set[int]()
    while pending:
        found = pending.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        pending += [found.__context__, found.__cause__]
        if isinstance(found, BaseExceptionGroup):
            pending += found.exceptions
