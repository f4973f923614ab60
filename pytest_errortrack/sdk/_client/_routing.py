"""Which way a client's envelopes go at this moment: its own, or the one of an observation.

Each way has a ledger of losses of its own, and whoever observes is told of what is lost on the way that it observes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._client._observer import LONGEST_SUMMARY, Drop, Observation, observation
from pytest_errortrack.sdk._client._outlet import Outlet, own_outlet
from pytest_errortrack.sdk._pipeline import LossRecorder, safe_call
from pytest_errortrack.sdk._scope import process

if TYPE_CHECKING:
    from pytest_errortrack.sdk._client._client import Client
    from pytest_errortrack.sdk._pipeline import LossWitness
    from pytest_errortrack.sdk.transport import Transport

__all__ = ["Routes"]


class Routes:
    """The outlets of one client.

    Args:
        client: whose envelopes they send; its options are read already.
    """

    __slots__ = ("_client", "_lock", "_observed", "own")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = client.options.runtime.lock()
        self._observed: tuple[Observation, Outlet] | None = None
        self.own = own_outlet(client.options, self._new_ledger(self._witness_own))

    def now(self) -> Outlet:
        """Return where envelopes go now: while somebody observes, where they say."""
        watching = observation()
        if watching is None:
            return self.own
        observed = self._observed
        if observed is None or observed[0] is not watching:
            transport = watching.observer.transport_for(self._client)
            # a ledger of its own: what a test loses must not be reported by the application later
            outlet = self.own if transport is None else self._outlet_to(transport)
            observed = self._published(watching, outlet)
        return observed[1]

    def after_fork(self) -> None:
        """Begin anew in a forked child: what is waiting, and what was lost, the parent sends and reports."""
        self._lock = self._client.options.runtime.lock()
        for outlet in {self.own, *(() if self._observed is None else (self._observed[1],))}:
            outlet.after_fork()

    def _published(self, watching: Observation, outlet: Outlet) -> tuple[Observation, Outlet]:
        """Let an outlet be the one of an observation, unless another thread was faster: return the one that is."""
        with self._lock:
            observed = self._observed
            if observed is None or observed[0] is not watching:
                observed = self._observed = (watching, outlet)
        if observed[1] is not outlet:
            observed[1].take_losses()
        return observed

    def _outlet_to(self, transport: Transport) -> Outlet:
        """Return an outlet of an observation: it sends at once, in the capturing thread."""
        return Outlet(transport, self._new_ledger(self._witness), self._client.options.runtime)

    def _new_ledger(self, witness: LossWitness) -> LossRecorder:
        options = self._client.options
        return LossRecorder(options.runtime, is_reporting=options.send_client_reports, witness=witness)

    def _witness_own(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        """Tell an observer of a loss on the own way, unless what it observes goes another one.

        What the worker still loses was captured before the observation began.
        """
        if process.observation is not None and self.now() is self.own:
            self._witness(reason, category, quantity, summary=summary, detail=detail)

    def _witness(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        watching = observation()
        if watching is not None:
            drop = Drop(reason, category, quantity, summary[:LONGEST_SUMMARY], self._client, detail)
            safe_call("the observer", watching.observer.dropped, drop)
