"""The event processors of the whole process, put back after a block.

Those that integrations of `sentry_sdk` add stay: each integration sets itself up once per process, and would be without
its processor in the next test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import integrations as sentry_integrations
from sentry_sdk import scope as sentry_scope

from pytest_errortrack.assertions import line_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.assertions import Recorder

__all__ = ["KeptProcessors", "processors_apart"]

_ABSENT: Final = object()
_EXTERNAL: Final = "_external_propagation_context_fn"


class KeptProcessors:
    """The processors, and the external source of traces, as they are when this is made."""

    def __init__(self) -> None:
        self._processors = list(sentry_scope.global_event_processors)
        self._installed = _installed_integrations()
        self._external = getattr(sentry_scope, _EXTERNAL, _ABSENT)

    def put_back(self) -> None:
        """Take away those that were added since, but for those of integrations."""
        self.taken_away()
        if self._external is not _ABSENT:
            setattr(sentry_scope, _EXTERNAL, self._external)

    def taken_away(self) -> list[Any]:
        """Take away those that were added since, and return them."""
        processors = sentry_scope.global_event_processors
        if processors == self._processors:
            return []
        modules = _modules_of(_installed_integrations() - self._installed)
        added = [each for each in processors if each not in self._processors]
        taken = [each for each in added if not _is_of(each, modules)]
        processors[:] = [*self._processors, *(each for each in added if each not in taken)]
        return taken


class _ProcessorsApart(list[Any]):
    """The processors of the process for whoever runs them, while recordings stand side by side."""

    def __init__(self) -> None:
        self._everybodys: list[Any] | None = None
        self._of: dict[Recorder, list[Any]] = {}

    def install(self) -> None:
        """Stand in the place of the list of `sentry_sdk`, which goes on holding what is everybody's."""
        self._everybodys = sentry_scope.global_event_processors
        sentry_scope.global_event_processors = self

    def step_aside(self) -> None:
        """Step aside."""
        if self._everybodys is not None and sentry_scope.global_event_processors is self:
            sentry_scope.global_event_processors = self._everybodys
        self._everybodys = None
        self._of.clear()

    def add(self, recorder: Recorder, processors: list[Any]) -> None:
        """Let processors be a recording's."""
        self._of.setdefault(recorder, []).extend(processors)

    def drop(self, recorder: Recorder) -> None:
        """Forget those of a recording."""
        self._of.pop(recorder, None)

    def append(self, processor: Any) -> None:
        """Add one for the recording that whoever adds it belongs to; those of integrations are everybody's."""
        recorder = line_up.steward_here()
        if recorder is None or line_up.is_nobodys_here() or _is_of(processor, set()):
            self._all().append(processor)
        else:
            self.add(recorder, [processor])

    def __iter__(self) -> Iterator[Any]:
        yield from self._all()
        if not line_up.is_nobodys_here():
            for recorder in reversed([*line_up.line_of(line_up.steward_here())]):
                yield from self._of.get(recorder, ())

    def __len__(self) -> int:
        return len(list(self))

    def _all(self) -> list[Any]:
        return self._everybodys if self._everybodys is not None else sentry_scope.global_event_processors


processors_apart: Final = _ProcessorsApart()


def _is_of(processor: object, modules: set[str]) -> bool:
    module = getattr(processor, "__module__", None) or ""
    return module in modules or module.startswith("sentry_sdk.")


def _installed_integrations() -> set[str]:
    """Find the names of the integrations that have set themselves up, as far as this version tells."""
    return set(getattr(sentry_integrations, "_installed_integrations", ()))


def _modules_of(names: set[str]) -> set[str]:
    """Find where integrations of these names are defined; the application may have some of its own."""
    kinds = [sentry_integrations.Integration]
    modules = set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.identifier in names:
            modules.add(kind.__module__)
    return modules
