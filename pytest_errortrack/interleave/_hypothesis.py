"""What the engine needs to know of Hypothesis, without importing it: if nobody has, no example is being run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pytest_errortrack.interleave._clock import real_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "TOO_MUCH",
    "Database",
    "Drawn",
    "build_context",
    "database",
    "drawn",
    "drawn_by",
    "is_final",
    "is_given",
    "is_in_example",
    "is_unreproduced",
    "redrawn",
    "uncount",
    "uncounted_time",
]

TOO_MUCH: Final = "-"
"""Stands for choices that are too many for a token."""

_MOST_DRAWN = 4_000  # characters; a token is to be pasted


class Drawn(NamedTuple):
    """What Hypothesis drew for one example.

    Attributes:
        version: the version of Hypothesis that drew it; no other can read it.
        blob: the choices as `@reproduce_failure` takes them; empty if there were none, as in an explicit example.
        arguments: a fingerprint of what came of them.
    """

    version: str
    blob: str
    arguments: str

    def is_same_as(self, other: Drawn) -> bool:
        """Tell whether it is the same example; where nothing was chosen, that is for the arguments to tell."""
        return self.blob == other.blob and (bool(self.blob) or self.arguments == other.arguments)


class Database(Protocol):
    """What is used of Hypothesis's example database."""

    def save(self, key: bytes, value: bytes) -> None:
        """Keep a value under a key."""

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """Return all values under a key."""

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget a value."""


def is_given(function: object) -> bool:
    """Tell whether `@given` was already applied to a function."""
    return bool(getattr(function, "is_hypothesis_test", False)) or hasattr(function, "hypothesis")


def is_in_example() -> bool:
    """Tell whether the calling code runs as one example of a property."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


def is_final() -> bool:
    """Tell whether what fails now is shown: outside of examples, and in the one that Hypothesis reports."""
    context = build_context()
    return context is None or bool(context.is_final)


def drawn(arguments: Mapping[str, object]) -> Drawn | None:
    """Return what the running example has drawn so far, and passes to the test; None outside of examples."""
    context = build_context()
    return None if context is None else drawn_by(context, arguments)


def drawn_by(context: Any, arguments: Mapping[str, object]) -> Drawn:
    """Return what the example of this build context has drawn so far."""
    core = sys.modules["hypothesis.core"]
    data = context.data
    # Before it recorded choices, Hypothesis recorded bytes.
    choices = data.choices if hasattr(data, "choices") else bytes(data.buffer)
    blob = core.encode_failure(choices).decode("ascii") if choices else ""
    shown = [f"{name}={value!r}" for name, value in sorted(arguments.items())]
    # What shows its address, a fixture's value for example, is another one each time.
    told = "\0".join(each for each in shown if " at 0x" not in each)
    print_of_arguments = blake2s(told.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return Drawn(core.__version__, blob if len(blob) <= _MOST_DRAWN else TOO_MUCH, print_of_arguments)


def database() -> Database | None:
    """Return the example database of the settings that hold now; None where there is none, or no Hypothesis."""
    hypothesis = sys.modules.get("hypothesis")
    found: Database | None = None if hypothesis is None else hypothesis.settings.default.database
    return found


@contextmanager
def uncounted_time() -> Iterator[None]:
    """Keep the time that exploring takes out of what Hypothesis's deadline measures.

    A deadline is for one run of the test's body, and an exploration is hundreds. Hypothesis does the same for the
    rules of its state machines; where its attribute for that is missing, the deadline is simply not relieved.
    """
    start = real_clock()
    try:
        yield
    finally:
        uncount(real_clock() - start)


def uncount(seconds: float) -> None:
    """Take some time out of what Hypothesis's deadline measures."""
    times = getattr(getattr(build_context(), "data", None), "_stateful_run_times", None)
    if times is not None:
        times["interleaved"] += seconds


def build_context() -> Any:
    """Return Hypothesis's own account of the running example; None outside of examples."""
    control = sys.modules.get("hypothesis.control")
    return control.current_build_context() if control is not None and is_in_example() else None


@contextmanager
def redrawn(test: Any, recorded: Drawn) -> Iterator[None]:
    """Let a test under `@given` run the example that was recorded, and nothing else.

    Explicit examples choose nothing: for them the test runs as ever, and it is the arguments that tell which it was.

    Raises:
        ValueError: the data was drawn by another version, or was too much to be recorded.
    """
    hypothesis = sys.modules["hypothesis"]
    if recorded.blob == TOO_MUCH:
        raise ValueError("what Hypothesis drew was too much for a token: run the falsifying example instead")
    if recorded.version != hypothesis.__version__:
        raise ValueError(
            f"its data was drawn by Hypothesis {recorded.version}, which alone can read it, and this is "
            f"{hypothesis.__version__}: install that version, or run the falsifying example"
        )
    before = dict(vars(test))
    if recorded.blob:
        hypothesis.reproduce_failure(recorded.version, recorded.blob.encode("ascii"))(test)
    try:
        yield
    finally:
        vars(test).clear()
        vars(test).update(before)


def is_unreproduced(error: BaseException) -> bool:
    """Tell whether Hypothesis says that the data it was to draw again did not fail, or could not be drawn."""
    kind = getattr(sys.modules.get("hypothesis.errors"), "DidNotReproduce", None)
    return kind is not None and isinstance(error, kind)
