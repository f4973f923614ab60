"""The event processors of the whole process, put back after a block.

Those that integrations of `sentry_sdk` add stay: each integration sets itself up once per process, and would be without
its processor in the next test.
"""

from __future__ import annotations

from typing import Final

from sentry_sdk import integrations as sentry_integrations
from sentry_sdk import scope as sentry_scope

__all__ = ["KeptProcessors"]

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
        processors = sentry_scope.global_event_processors
        if processors != self._processors:
            modules = _modules_of(_installed_integrations() - self._installed)
            added = [each for each in processors if each not in self._processors]
            processors[:] = [*self._processors, *(each for each in added if _is_of(each, modules))]
        if self._external is not _ABSENT:
            setattr(sentry_scope, _EXTERNAL, self._external)


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
