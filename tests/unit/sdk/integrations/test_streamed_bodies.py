"""Tests of bodies that are produced bit by bit after the application returned them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk.integrations import AsyncStreamedBody, StreamedBody
from pytest_errortrack.sdk.testing import merged_scope


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


class Request:
    """A request that notes its end."""

    def __init__(self, name="a"):
        self.ends = []
        self.now = 0.0
        with sdk.isolation_scope() as self.scope:
            sdk.set_tag("request", name)

    def body(self, kind, made):
        """Return a streamed body of this request."""
        return kind(
            made, self.scope, on_end=lambda error: self.ends.append((error, tags())), monotonic=lambda: self.now
        )


def bits(count, *, error=None):
    """Yield what is seen at each step."""
    for number in range(count):
        sdk.set_tag(f"step {number}", threading.current_thread().name)
        yield tags()
    if error is not None:
        raise error


async def async_bits(count, *, error=None):
    """Do the same, giving way in between."""
    for bit in bits(count, error=error):
        await asyncio.sleep(0)
        yield bit


def test_body_is_made_under_its_requests_scopes_on_any_thread():
    """C6 (sentry-python#3736): each bit sees the request's scopes, whichever thread asks for it."""
    request = Request()
    body = request.body(StreamedBody, bits(3))
    seen = [next(body)]
    thread = threading.Thread(target=lambda: seen.extend([next(body), tags()]), name="server")
    thread.start()
    thread.join()
    assert request.ends == []
    seen += list(body)

    steps = {"request": "a", "step 0": "MainThread", "step 1": "server"}
    assert seen == [{"request": "a", "step 0": "MainThread"}, steps, {}, {**steps, "step 2": "MainThread"}]
    assert request.ends == [(None, {**steps, "step 2": "MainThread"})]
    assert tags() == {}


def test_end_is_told_once():
    """C6: exhausted, closed, closed again: the request ends once."""
    request = Request()
    body = request.body(StreamedBody, bits(1))
    assert len(list(body)) == 1
    body.close()
    body.close()
    assert list(body) == []

    assert len(request.ends) == 1


def test_error_of_the_body_ends_the_request():
    """C6: a body that raises ends its request with that error, and the error goes on."""
    request = Request()
    error = KeyError("boom")
    body = request.body(StreamedBody, bits(1, error=error))

    with pytest.raises(KeyError):
        list(body)

    assert [end[0] for end in request.ends] == [error]


def test_close_closes_the_body_under_its_scopes():
    """C6: closing goes through to the body; what that raises ends the request and goes on."""

    class Body(list):
        def close(self):
            closed.append(tags())
            if self:
                raise KeyError("boom")

    closed = []
    first, second = Request("a"), Request("b")
    first.body(StreamedBody, Body()).close()
    with pytest.raises(KeyError):
        second.body(StreamedBody, Body([1])).close()

    assert closed == [{"request": "a"}, {"request": "b"}]
    assert first.ends == [(None, {"request": "a"})]
    assert isinstance(second.ends[0][0], KeyError)


@pytest.mark.parametrize("kind", [StreamedBody, AsyncStreamedBody])
def test_body_that_is_let_go_ends_its_request(kind):
    """C6: a server that never closes a body lets go of it in the end; that is the end of the request too."""
    request = Request()
    body = request.body(kind, [1])
    assert request.ends == []

    del body

    assert request.ends == [(None, {"request": "a"})]


def test_endless_body_does_not_keep_its_request_open():
    """C6: after five minutes the request ends all the same, and the body goes on."""
    request = Request()
    body = request.body(StreamedBody, bits(3))
    next(body)
    request.now = 299.9
    next(body)
    assert request.ends == []
    request.now = 300.0
    assert next(body)["step 1"] == "MainThread"

    assert len(request.ends) == 1
    assert list(body) == []
    assert len(request.ends) == 1


def test_two_bodies_on_one_thread_do_not_mix():
    """C6, M3: a server that takes turns between bodies gets each one's own."""
    requests = [Request(name) for name in "ab"]
    bodies = [request.body(StreamedBody, bits(2)) for request in requests]

    turns = [next(body)["request"] for _ in range(2) for body in bodies]

    assert turns == ["a", "b", "a", "b"]
    assert tags() == {}


def test_end_that_fails_is_logged(caplog):
    """C6: an error in the telling stays out of the server."""

    def fail(_error):
        raise KeyError("boom")

    body = StreamedBody([1], Request().scope, on_end=fail)

    assert list(body) == [1]
    assert "the end of a streamed body failed" in caplog.text


def test_asynchronous_body():
    """C6: the same for asynchronous bodies: made under their scopes by any task, ended once, errors go on."""

    async def main():
        first, second, third = Request("a"), Request("b"), Request("c")
        body = first.body(AsyncStreamedBody, async_bits(2))
        seen = [await anext(body), await asyncio.create_task(anext_of(body))]
        seen += [bit async for bit in body]
        await body.aclose()
        failing = second.body(AsyncStreamedBody, async_bits(0, error=KeyError("boom")))
        with pytest.raises(KeyError):
            await anext(failing)
        left = third.body(AsyncStreamedBody, async_bits(2))
        await anext(left)
        await left.aclose()
        return seen, first.ends, second.ends, third.ends, tags()

    async def anext_of(body):
        return await anext(body)

    seen, first, second, third, outside = asyncio.run(main())

    assert [bit["request"] for bit in seen] == ["a", "a"]
    assert seen[1]["step 1"] == "MainThread"
    assert first == [(None, seen[1])]
    assert isinstance(second[0][0], KeyError)
    assert [end[0] for end in third] == [None]
    assert outside == {}


def test_asynchronous_body_that_cannot_be_closed():
    """C6: what the closing raises ends the request and goes on; what cannot be closed just ends."""

    class Body:
        async def aclose(self):
            raise KeyError("boom")

    async def main():
        failing, plain = Request("a"), Request("b")
        with pytest.raises(KeyError):
            await failing.body(AsyncStreamedBody, Body()).aclose()
        await plain.body(AsyncStreamedBody, object()).aclose()
        return failing.ends, plain.ends

    failing, plain = asyncio.run(main())

    assert isinstance(failing[0][0], KeyError)
    assert plain == [(None, {"request": "b"})]
