"""The test clients of web frameworks, called by actors, run their applications under the schedule's control."""

from __future__ import annotations

import asyncio
import threading
import warnings
from contextlib import asynccontextmanager

import pytest

from pytest_errortrack.interleave import Deadlock, InterleaveError, LostWakeup, explore


class Shop:
    """An application with its state: a mixed-up request gets the other one's order."""

    def __init__(self):
        from fastapi import FastAPI

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the client's own, about which HTTP library it would rather have
            from fastapi.testclient import TestClient

        self.order = ""
        self.opened = []
        self.lock = threading.Lock()
        self.app = FastAPI(lifespan=self._lifespan)
        self.app.get("/async/{order}")(self._pay_async)
        self.app.get("/sync/{order}")(self._pay)
        self.app.get("/locked/{order}")(self._pay_locked)
        self.app.get("/stuck")(self._stuck)
        self.client = TestClient(self.app)

    @asynccontextmanager
    async def _lifespan(self, _):
        self.opened.append(self.order)  # one operation: to count with += would lose some
        yield

    def _pay(self, order: str) -> str:
        self.order = order
        return self.order

    async def _pay_async(self, order: str) -> str:
        self.order = order
        return self.order

    def _pay_locked(self, order: str) -> str:
        with self.lock:
            self.order = order
            return self.order

    async def _stuck(self) -> None:
        await asyncio.Event().wait()


def requests(kind, interleaving):
    client = Shop().client
    paid = interleaving.run(
        a=lambda: client.get(f"/{kind}/A").json(),
        b=lambda: client.get(f"/{kind}/B").json(),
    )
    assert paid == ["A", "B"], "mixed up"


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_mixed_requests_to_a_test_client_are_found(kind):
    """Both kinds of route, in the portal's loop and in its worker threads, are interleaved line by line."""
    exploration = explore(lambda interleaving: requests(kind, interleaving), max_preemptions=1, budget=500)

    assert type(exploration.failure) is AssertionError
    assert "mixed up" in str(exploration.failure)
    assert exploration.preemptions == 1


def test_what_libraries_do_between_threads_adds_no_schedules():
    """A request is handed over dozens of times; only what the routes' own lines can tell apart is executed."""
    exploration = explore(lambda interleaving: requests("locked", interleaving), max_preemptions=1, budget=500)

    assert exploration.failure is None
    assert exploration.complete
    assert exploration.schedules < 150


def test_a_client_made_in_the_actor_runs_the_applications_lifespan():
    """`with TestClient(app)` inside an actor starts the application's own loop there."""

    def scenario(interleaving):
        shop = Shop()

        def use():
            with shop.client.__class__(shop.app) as client:
                return client.get("/async/A").json()

        assert interleaving.run(use, use) == ["A", "A"]
        assert len(shop.opened) == 2

    exploration = explore(scenario, max_preemptions=0, budget=20)

    assert exploration.failure is None


def test_a_client_opened_around_the_actors_is_refused_at_once():
    """Its loop runs in a thread that nobody controls: the error says what to write instead."""

    def scenario(interleaving):
        shop = Shop()
        with shop.client as client:
            interleaving.run(lambda: client.get("/async/A"), lambda: client.get("/async/B"))

    with pytest.raises(InterleaveError, match=r"with TestClient\(app\) as client: client\.get"):
        explore(scenario, budget=5)


def test_a_request_that_never_ends_is_a_finding():
    """A handler that waits for what never comes is told with the handler's side and the client's."""

    def scenario(interleaving):
        client = Shop().client
        interleaving.run(a=lambda: client.get("/stuck"), b=lambda: interleaving.step("aside"))

    exploration = explore(scenario, budget=5)

    assert isinstance(exploration.failure, LostWakeup)
    assert "a.0 waits for something to do for its event loop" in str(exploration.failure)


def test_a_deadlock_between_handlers_is_found_with_its_cycle():
    """Worker threads of two requests that take two locks crosswise are what the cycle names."""
    from fastapi import FastAPI

    client_type = type(Shop().client)

    def scenario(interleaving):
        first, second = threading.Lock(), threading.Lock()
        app = FastAPI()

        @app.get("/forwards")
        def forwards() -> None:
            with first, second:
                pass

        @app.get("/backwards")
        def backwards() -> None:
            with second, first:
                pass

        client = client_type(app)
        interleaving.run(a=lambda: client.get("/forwards"), b=lambda: client.get("/backwards"))

    exploration = explore(scenario, level="op", budget=200)

    assert isinstance(exploration.failure, Deadlock)
    assert {name[0] for name in exploration.failure.cycle} == {"a", "b"}


def test_an_asynchronous_client_is_run_by_each_actor():
    """`asyncio.run` of an ASGI client is explored like the test client, without its threads."""
    import httpx

    def scenario(interleaving):
        shop = Shop()

        async def pay(order):
            async with httpx.AsyncClient(transport=httpx.ASGITransport(shop.app), base_url="http://shop") as client:
                return (await client.get(f"/async/{order}")).json()

        paid = interleaving.run(a=lambda: asyncio.run(pay("A")), b=lambda: asyncio.run(pay("B")))
        assert paid == ["A", "B"], "mixed up"

    exploration = explore(scenario, budget=500)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1


def test_requests_to_a_wsgi_test_client_run_in_their_actors():
    """Flask's client calls the application in the actor's own thread, where every line of it is a point."""
    from flask import Flask

    def scenario(interleaving):
        app = Flask(__name__)
        state = {}

        @app.get("/pay/<order>")
        def pay(order):
            state["order"] = order
            return state["order"]

        paid = interleaving.run(
            a=lambda: app.test_client().get("/pay/A").text,
            b=lambda: app.test_client().get("/pay/B").text,
        )
        assert paid == ["A", "B"], "mixed up"

    exploration = explore(scenario, max_preemptions=1, budget=500)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1
