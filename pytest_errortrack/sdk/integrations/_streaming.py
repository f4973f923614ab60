"""Bodies that a server produces bit by bit, long after the application returned them.

A request is over when its body is: when it is exhausted, fails, is closed, or is let go by a server that never closes
it. Until then each bit is made under the request's scopes, on whatever thread the server asks for it. A body that never
ends must not keep its request open for ever, so after a while the end is told all the same, and the body goes on.

https://peps.python.org/pep-3333/#specification-details
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._pipeline import safe_call
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk._scope import Bound, BoundCoroutine

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable

    from pytest_errortrack.sdk._scope import Scope

__all__ = ["MAX_SECONDS", "AsyncStreamedBody", "StreamedBody"]

MAX_SECONDS = 300.0

_SYSTEM = SystemRuntime()


class _End:
    """Tells once that a request is over; knows nothing of the body, so that it can outlive it."""

    def __init__(self, tell: Callable[[BaseException | None], object], bound: Bound) -> None:
        self._tell: Callable[[BaseException | None], object] | None = tell
        self._bound = bound

    def __call__(self, error: BaseException | None = None) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            self._bound.run(safe_call, "the end of a streamed body", tell, error)


class _Body:
    """What both kinds of bodies have.

    Args:
        scope: the isolation scope of the request.
        on_end: called once, under the scope, with the exception that ended the body, or None.
        monotonic: a clock.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        on_end: Callable[[BaseException | None], object],
        monotonic: Callable[[], float] = _SYSTEM.monotonic,
    ) -> None:
        self._bound = Bound(scope)
        self._monotonic = monotonic
        self._deadline = monotonic() + MAX_SECONDS
        self._end = _End(on_end, self._bound)
        weakref.finalize(self, self._end).atexit = False

    def _look_at_the_clock(self) -> None:
        if self._monotonic() >= self._deadline:
            self._end()


class StreamedBody(_Body):
    """An iterable of WSGI; iterate it, and close it as WSGI says."""

    def __init__(self, body: Iterable[Any], scope: Scope, **options: Any) -> None:
        super().__init__(scope, **options)
        self._body = body
        self._iterator: Any = None

    def __iter__(self) -> StreamedBody:
        return self

    def __next__(self) -> Any:
        self._look_at_the_clock()
        try:
            if self._iterator is None:
                self._iterator = self._bound.run(iter, self._body)
            return self._bound.run(next, self._iterator)
        except StopIteration:
            self._end()
            raise
        except BaseException as error:
            self._end(error)
            raise

    def close(self) -> None:
        """Close the body, if it can be closed, and end the request."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                self._bound.run(close)
        except BaseException as error:
            self._end(error)
            raise
        else:
            self._end()


class AsyncStreamedBody(_Body):
    """An asynchronous iterable, as the bodies of ASGI frameworks are."""

    def __init__(self, body: AsyncIterable[Any], scope: Scope, **options: Any) -> None:
        super().__init__(scope, **options)
        self._body = body
        self._iterator: Any = None

    def __aiter__(self) -> AsyncStreamedBody:
        return self

    async def __anext__(self) -> Any:
        self._look_at_the_clock()
        try:
            if self._iterator is None:
                self._iterator = self._bound.run(aiter, self._body)
            return await BoundCoroutine(self._bound.run(anext, self._iterator).__await__(), self._bound)
        except StopAsyncIteration:
            self._end()
            raise
        except BaseException as error:
            self._end(error)
            raise

    async def aclose(self) -> None:
        """Close the body, if it can be closed, and end the request."""
        try:
            close = getattr(self._body, "aclose", None)
            if close is not None:
                await BoundCoroutine(self._bound.run(close).__await__(), self._bound)
        except BaseException as error:
            self._end(error)
            raise
        else:
            self._end()
