"""Runs of pytest inside of tests load the plugins that matter there: the others cost a second and a half each time."""

from __future__ import annotations

import pytest

NEIGHBOURS = (
    *("anyio", "asyncio", "hypothesispytest", "pytest_httpx", "respx"),
    *("inline_snapshot", "run-parallel", "syrupy"),
)


@pytest.fixture(autouse=True)
def quiet_runs(request, monkeypatch):
    """Leave the neighbours out, but for those that `@pytest.mark.neighbours(...)` names."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # it forgets the variable when it is made
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)  # a run inside of a worker is a worker of nobody
    wanted = {name for marker in request.node.iter_markers("neighbours") for name in marker.args}
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in NEIGHBOURS if name not in wanted))
