"""What turns one suite into a cell of the matrix: `--runner` says how its tests are run, `--outcomes` where to tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import runners

pytest_plugins = ["pytester"]

ABSENT = "not in this SDK: "


def pytest_addoption(parser):
    parser.addoption("--runner", default="sync", choices=runners.ALL)
    parser.addoption("--outcomes", metavar="PATH", help="write what each test proved to this file, as JSON")


def pytest_configure(config):
    path = config.getoption("--outcomes")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(path)))


class AdaptedModule(pytest.Module):
    """A module whose tests are run in the way of the cell's runner."""

    def _getobj(self):
        module = super()._getobj()
        runners.adapt(module, self.config.getoption("--runner"))
        return module


def pytest_pycollect_makemodule(module_path, parent):
    return AdaptedModule.from_parent(parent, path=module_path)


def pytest_collection_modifyitems(config, items):
    """Leave out what says nothing under this runner; let each report carry the name of its capability."""
    runner = config.getoption("--runner")
    kept = []
    for item in items:
        only_on, not_on = item.get_closest_marker("only_on"), item.get_closest_marker("not_on")
        if (only_on and runner not in only_on.args) or (not_on and runner in not_on.args):
            continue
        item.user_properties.append(("capability", item.get_closest_marker("capability").args[0]))
        kept.append(item)
    items[:] = kept


class Outcomes:
    """Writes down how each test ended, in the process that prints the results."""

    def __init__(self, path):
        self.path = path
        self.found = {}

    def pytest_collectreport(self, report):
        """Take note of a module that cannot be collected."""
        if report.failed:
            self.found[report.nodeid] = self._outcome("collection", "failed", report.longreprtext)

    def pytest_runtest_logreport(self, report):
        """Take note of how a phase ended; the worst of a test is what counts."""
        capability = dict(report.user_properties).get("capability")
        if report.outcome == "skipped":
            reason = report.longrepr[2].removeprefix("Skipped: ")
            is_absent = reason.startswith(ABSENT)
            outcome = self._outcome(capability, "absent" if is_absent else "failed", reason.removeprefix(ABSENT))
        elif report.failed:
            outcome = self._outcome(capability, "failed", report.longreprtext)
        elif report.outcome == "passed" and report.when == "call":
            outcome = self._outcome(capability, "passed", "")
        else:
            return
        if self.found.get(report.nodeid, {}).get("outcome") != "failed":
            self.found[report.nodeid] = outcome

    def pytest_sessionfinish(self):
        """Write it down."""
        self.path.write_text(json.dumps(self.found), encoding="utf-8")

    def _outcome(self, capability, outcome, reason):
        said = [line for line in reason.splitlines() if line.startswith("E ")][:3] or reason.splitlines()[-3:]
        return {"capability": capability, "outcome": outcome, "reason": "\n".join(said)[:400]}
