"""What only the capturing process knows of whatever was captured: who, where, when, for which test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack._points import Site
    from pytest_errortrack.assertions._actors import Actor
    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["Captured", "Circumstances"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What only the capturing process knows of an event: who, where, when.

    Attributes:
        sdk: `"native"` or `"sentry_sdk"`; from another process the name of its SDK, `"sentry.javascript.node"`.
        site: the place in the user's code that captured it.
        thread: the name of the thread.
        task: the name of the asyncio task, where there is one.
        actor: who captured it, for the isolation oracle.
        step: the step of the interleaving, where one is being explored.
        nodeid: the test that it belongs to.
        initialised: whether the application had called `init` and given a DSN.
        has_init: whether it had called `init`, whatever it gave.
        request: what else tells this capture from others of the same actor: equal for those of one unit of work.
        is_stranger: whether nobody knows which test started the thread: it counts to the test that ran.
        is_late: whether its test had ended.
        moment: when, among all operations of the process, as the stamps of writers count.
        stamped: who wrote what it carries, of a thing that has no id of its own.
    """

    sdk: str = "native"
    site: Site | None = None
    thread: str = ""
    task: str | None = None
    actor: Actor | None = None
    step: int | None = None
    nodeid: str = ""
    initialised: bool = True
    has_init: bool = True
    request: object | None = None
    is_stranger: bool = False
    is_late: bool = False
    moment: int = 0
    stamped: tuple[Stamped, ...] = field(default=(), repr=False)


class Captured:
    """Something captured, in the words for how that came about."""

    __slots__ = ()

    circumstances: Circumstances

    @property
    def captured_at(self) -> str | None:
        """The place in the user's code that captured it, `file:line`."""
        site = self.circumstances.site
        return f"{site.path}:{site.line}" if site else None

    @property
    def thread(self) -> str:
        """The name of the capturing thread."""
        return self.circumstances.thread

    @property
    def task(self) -> str | None:
        """The name of the capturing asyncio task."""
        return self.circumstances.task

    @property
    def actor(self) -> str | None:
        """The name of the capturing actor."""
        actor = self.circumstances.actor
        return actor.name if actor else None

    @property
    def sdk(self) -> str:
        """Which SDK made it: `"native"`, `"sentry_sdk"`, or by its own name that of another process."""
        return self.circumstances.sdk

    @property
    def nodeid(self) -> str:
        """The test it belongs to."""
        return self.circumstances.nodeid

    @property
    def stranger(self) -> bool:
        """Whether nobody knows which test started the thread that captured it: it counts to the one that ran."""
        return self.circumstances.is_stranger

    @property
    def late(self) -> bool:
        """Whether its test had ended when it was captured."""
        return self.circumstances.is_late
