"""`errortrack demo`: the bug that began this project, found and then proved repaired, in the terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from pytest_errortrack._capture import Recording
from pytest_errortrack.assertions import CapturedEvents
from pytest_errortrack.interleave import Exploration, Interleaving, explore

from ._demo_service import FORMS, HealthService, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console

    from pytest_errortrack.assertions import CapturedEvent

__all__ = ["run"]

REQUESTS: Final = tuple(Request(f"sentry_test:{name}", f"cl4w-{name.lower() * 4}") for name in "ABC")
MOST_SCHEDULES: Final = 20_000

PROOFS: Final = ((3, 1), (2, 2))
"""How many requests overlap, and up to how many preemptions: three at two would take ten thousand schedules."""


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
    is_proved = True
    for overlapping, most_preemptions in PROOFS:
        found = _explore(make, REQUESTS[:overlapping], most_preemptions=most_preemptions)
        if found.exploration.failure is not None:
            _tell_failure(console, found, found.exploration.failure)
            return False
        is_proved = is_proved and found.exploration.complete
        console.print(Text(f"{overlapping} requests: {found.exploration.summary()}", style="green"))
        console.print(f"in {found.exploration.schedules:,} schedules no report carried another request's data")
    console.print()
    return is_proved


def _tell_failure(console: Console, found: Run, failure: BaseException) -> None:
    console.print(_pairs(found))
    console.print(Text(str(failure), style="red"), soft_wrap=True)
    console.print(Text(found.exploration.trace), soft_wrap=True)
    console.print()


def _explore(make: Callable[[], HealthService], requests: Sequence[Request], *, most_preemptions: int) -> Run:
    recording = Recording(backend="native")
    events = CapturedEvents(lambda: recording.recorder)
    services: list[HealthService] = []

    def scenario(interleaving: Interleaving) -> None:
        recording.begin_schedule()
        service = make()
        services[:] = [service]
        interleaving.run(**{_name(request): _serving(service, request) for request in requests})
        events.assert_isolated()

    recording.start()
    try:
        exploration = explore(
            scenario, level="op", budget=MOST_SCHEDULES, max_preemptions=most_preemptions, search="exhaustive"
        )
        return Run(exploration, services[0], list(events))
    finally:
        recording.stop()


def _serving(service: HealthService, request: Request) -> Callable[[], str]:
    return lambda: service.serve(request)


def _name(request: Request) -> str:
    return request.service.rpartition(":")[2]


def _pairs(found: Run) -> Table:
    """Hold each report's pair of request and tracking id against the pairs in the service's own log."""
    logged = set(_logged_pairs(found.service.log))
    table = Table(title="the reports' pairs, beside the log's", title_justify="left")
    for heading in ("report of", "its Request Params", "its Tracking ID", "the log's Tracking ID"):
        table.add_column(heading)
    for event in found.events:
        service = _service_of(event)
        reported = event.extra.get("Request Params", {}).get("service", ""), event.extra.get("Tracking ID", "")
        right = next((pair for pair in logged if pair[0] == service), ("", ""))
        table.add_row(service, *reported, right[1], style="" if reported == right else "red")
    return table


def _service_of(event: CapturedEvent) -> str:
    """Find which request the report is really about: the error says it, and no scope can change that."""
    return event.exception.value.removeprefix("unknown service ") if event.exception else ""


def _logged_pairs(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        entry = json.loads(line)
        yield entry["req"]["service"], entry["tracking_id"]
