"""What every test of the SDK starts from: an SDK that nobody has touched, and a way to see what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._scope import process
from pytest_errortrack.sdk.testing import preserved_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def untouched_sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fresh scopes, no client, no environment; whatever the test does is undone."""
    for name in ("DSN", "RELEASE", "ENVIRONMENT", "SAMPLE_RATE", "TRACES_SAMPLE_RATE", "DEBUG", "TRACE"):
        monkeypatch.delenv(f"SENTRY_{name}", raising=False)
    with preserved_state():
        process.client = None
        yield


@pytest.fixture
def start() -> Callable[..., sdk.MemoryTransport]:
    """Initialise the SDK with options, and return the memory that it reports into."""

    def started(**options: Any) -> sdk.MemoryTransport:
        memory = sdk.MemoryTransport()
        sdk.init(transport=memory, **options)
        return memory

    return started


@pytest.fixture
def memory(start: Callable[..., sdk.MemoryTransport]) -> sdk.MemoryTransport:
    """The memory that an SDK with default options reports into."""
    return start()
