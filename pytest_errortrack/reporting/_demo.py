"""`errortrack demo`: the bug that began this project, found and then proved repaired, in the terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from pytest_errortrack._capture import Recording
from pytest_errortrack.assertions import CapturedEvents
from pytest_errortrack.interleave import Environment, Exploration, Interleaving, environment, explore

from ._demo_service import FORMS, HealthService, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from pytest_errortrack.assertions import CapturedEvent

__all__ = ["run"]

REQUESTS: Final = tuple(Request(f"sentry_test:{name}", f"cl4w-{name.lower() * 4}") for name in "ABC")
SCHEDULES: Final = 100_000
MOST_PREEMPTIONS: Final = 2


@dataclass(slots=True)
class Run:
    """One form of the service, explored.

    Attributes:
        exploration: what the engine found.
        service: the service as the last schedule left it, with its log.
        events: what that schedule reported.
    """

    exploration: Exploration
    service: HealthService
    events: list[CapturedEvent]


def run(console: Console) -> int:
    """Explore the three forms of the service and tell what comes out.

    Returns:
        0 when the shared hub was found mixed and both repairs were proved, else 1.
    """
    console.print(Text("A health check reports an error; three requests overlap.", style="bold"))
    console.print("Each report must carry its own request's tracking id.\n")
    outcomes = [_tell(console, name, make) for name, make in FORMS.items()]
    as_it_must = outcomes == [False, True, True]
    console.print(
        Text("All as it must be: the bug is found, both repairs are proved.", style="bold green")
        if as_it_must
        else Text("Something did not come out as it must.", style="bold red")
    )
    return 0 if as_it_must else 1


def _tell(console: Console, name: str, make: Callable[[], HealthService]) -> bool:
    """Explore one form, print what came out, and tell whether it was proved isolated."""
    console.rule(Text(name, style="bold"))
    found = _explore(make)
    failure = found.exploration.failure
    if failure is None:
        console.print(Text(found.exploration.summary(), style="green"))
        console.print(f"{found.exploration.schedules} schedules, no report carries another request's data\n")
        return found.exploration.complete
    console.print(_pairs(found))
    console.print(Text(str(failure), style="red"))
    for note in getattr(failure, "__notes__", ()):
        console.print(Text(note))
    console.print()
    return False


def _explore(make: Callable[[], HealthService]) -> Run:
    recording = Recording(backend="native")
    events = CapturedEvents(lambda: recording.recorder)
    services: list[HealthService] = []

    def scenario(interleaving: Interleaving) -> None:
        service = make()
        services[:] = [service]
        interleaving.run(**{_name(request): _serving(service, request) for request in REQUESTS})
        events.assert_isolated()

    recording.start()
    try:
        with environment(Environment(before_schedule=recording.begin_schedule)):
            exploration = explore(
                scenario, level="op", budget=SCHEDULES, max_preemptions=MOST_PREEMPTIONS, search="exhaustive"
            )
        return Run(exploration, services[0], list(events))
    finally:
        recording.stop()


def _serving(service: HealthService, request: Request) -> Callable[[], str]:
    return lambda: service.serve(request)


def _name(request: Request) -> str:
    return request.service.rpartition(":")[2]


def _pairs(found: Run) -> Table:
    """Hold each report's pair of request and tracking id against the one in the service's own log."""
    logged = dict(_logged_pairs(found.service.log))
    table = Table(title="request and tracking id", title_justify="left")
    for heading in ("reported request", "reported tracking id", "the log's tracking id"):
        table.add_column(heading)
    for event in found.events:
        request = event.extra.get("Request Params", {}).get("service", "")
        reported, right = event.extra.get("Tracking ID"), logged.get(_captured_for(event))
        style = "" if reported == right else "red"
        table.add_row(_captured_for(event), f"{reported} (with {request})", right, style=style)
    return table


def _captured_for(event: CapturedEvent) -> str:
    """Find which request the report is really about: the error says it, and no scope can change that."""
    return event.exception.value.removeprefix("unknown service ") if event.exception else ""


def _logged_pairs(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        entry = json.loads(line)
        yield entry["req"]["service"], entry["tracking_id"]
