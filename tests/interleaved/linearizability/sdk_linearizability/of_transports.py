"""Every public operation of the transport that posts to a server, with a server of our own in place of the network."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import respx

from pytest_errortrack import sdk
from sdk_linearizability.operations import Operation
from sdk_linearizability.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["HTTP", "Posting"]

DSN = "http://key@server.example/1"
_LIMITS = {"a": "60:error:key", "b": "90:transaction:key"}


class Posting(World):
    """A transport whose server limits errors when actor A posts, and transactions when actor B does."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: list[str] = []
        self.posted: list[str] = []
        self.http = sdk.HttpTransport(DSN, runtime=self.runtime)
        self.http.report_losses_to(self._lose)

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[World]:
        """Put the server in place of the network."""
        with World.opened.__func__(cls) as world, respx.mock(assert_all_called=False) as server:
            server.post("http://server.example/api/1/envelope/").mock(side_effect=world.answer)
            try:
                yield world
            finally:
                world.http.close(0.0)

    def _lose(self, reason: str, item: sdk.Item, **_: object) -> None:
        self.lost.append(f"{reason} {item.payload!r}")

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer with limits that tell who posted."""
        body = request.content.decode()
        self.posted.append(body)
        who = body[body.index("by ") + 3 :][0]
        return httpx.Response({"a": 200, "b": 429}[who], headers={"x-sentry-rate-limits": _LIMITS[who]}, text=who)

    def observed(self, results: Mapping[str, object]) -> str:
        """Return what was posted and lost, what the server said last, and what is posted and lost now."""
        said = self.http.last_answer, self.http.last_headers.get("x-sentry-rate-limits"), self.http.last_body
        before = sorted(self.posted), sorted(self.lost)
        for kind in ("event", "transaction"):
            self.http.send(envelope("a3", kind))
        words: dict[str, Any] = {"results": sorted(results.items()), "said": said, "before": before}
        return str(words | {"posted": sorted(self.posted), "lost": sorted(self.lost)})


def envelope(who: str, kind: str = "event") -> sdk.Envelope:
    """Return an envelope that says who sent it."""
    return sdk.Envelope({}, (sdk.Item({"type": kind}, f'{{"message": "{kind} by {who}"}}'.encode()),))


def _select(world, who, memo):
    memo["envelope"] = world.http.allowed(envelope(who))


def _post(world, _, memo):
    if memo["envelope"].items:
        world.http._post(memo["envelope"])


HTTP = (
    # what is on its way is not stopped by limits that come meanwhile
    Operation("HttpTransport.send", lambda world, who: world.http.send(envelope(who)), (_select, _post)),
    Operation(
        "HttpTransport.send_within", lambda world, who: world.http.send_within(envelope(who), 1.0), (_select, _post)
    ),
    Operation("HttpTransport.allowed", lambda world, who: len(world.http.allowed(envelope(who)).items)),
    Operation("HttpTransport.flush", lambda world, _: world.http.flush(1.0)),
    Operation("HttpTransport.close", lambda world, _: world.http.close(1.0)),
    Operation("HttpTransport.report_losses_to", lambda world, _: world.http.report_losses_to(world.http._report)),
)
