"""Our engine beside frontrun and interleave-test: the same bodies, at equal grain, in one run on one interpreter.

Make an environment with all three, and run the script with its Python, 3.12 or later:

    python3.13 -m venv peers
    peers/bin/pip install . frontrun==0.7.0 interleave-test==0.1.0 sentry-sdk==2.75.0
    peers/bin/python tests/benchmarks/engine_peers.py

A peer that is not there has a row that says so. Each exploration has a process of its own, and what is compared is run
in alternation. Processor time is that of the exploration alone, imports not included, but with all that the engine does
before it returns: ours shrinks and confirms what it found, frontrun runs it ten times more.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from _measure import ROOT, write_table

HERE = Path(__file__).parent
PEERS = {"frontrun": "frontrun", "interleave-test": "interleave_test"}
SOLO = HERE / "_one_engine.py"
BUGGY = ("scope", "counter", "deadlock", "deep2", "sentry_sdk")
FIND_WITHIN = 500
PLAIN_RUNS = 2_000
LONGEST_S = 120.0  # of one exploration

FINDING = (
    ("frontrun", "dpor 2"),
    ("frontrun", "dpor 2 sentry_sdk"),
    ("frontrun", "random"),
    ("interleave-test", "opcode random"),
    ("interleave-test", "opcode pct"),
    ("interleave-test", "opcode dfs"),
    ("interleave-test", "line random"),
    ("interleave-test", "line pct"),
    ("interleave-test", "line dfs"),
    ("ours", "opcode dpor"),
    ("ours", "opcode auto"),
    ("ours", "opcode pct"),
    ("ours", "opcode random"),
    ("ours", "line dpor"),
    ("ours", "line auto"),
    ("ours", "line pct"),
    ("ours", "line random"),
)
SUSTAINED = (
    ("frontrun", "dpor 2", 10_000),
    ("frontrun", "dpor", 10_000),
    ("frontrun", "random", 200),
    ("interleave-test", "opcode random", 200),
    ("interleave-test", "opcode pct", 200),
    ("interleave-test", "line random", 400),
    ("interleave-test", "line pct", 400),
    ("interleave-test", "line dfs", 20_000),
    ("ours", "opcode dpor", 20_000),
    ("ours", "opcode exhaustive", 20_000),
    ("ours", "opcode pct", 2_000),
    ("ours", "opcode random", 1_000),
    ("ours", "line dpor", 20_000),
    ("ours", "line exhaustive", 20_000),
    ("ours", "line pct", 2_000),
    ("ours", "line random", 1_000),
    ("ours", "op dpor", 20_000),
    ("ours", "op exhaustive", 20_000),
    ("ours", "op pct", 2_000),
    ("ours", "op random", 1_000),
)
SENTRY_SUSTAINED = (
    ("interleave-test", "opcode random", 200),
    ("interleave-test", "opcode pct", 200),
    ("ours", "op exhaustive", 2_000),
    ("ours", "op pct", 500),
    ("ours", "line pct", 500),
    ("ours", "opcode pct", 500),
)


@dataclass(frozen=True, slots=True)
class Explored:
    """What a process told of its exploration; see `_one_engine.py`."""

    verdict: str
    schedules: int = 0
    distinct: int = 0
    cpu_s: float = 0.0
    seconds: float = 0.0


def explored(body: str, tool: str, configuration: str, *, seed: int, budget: int) -> Explored:
    """Explore in a process of its own."""
    if configuration.endswith(" sentry_sdk") and body != "sentry_sdk":
        return Explored("-")
    command = [sys.executable, SOLO, body, tool, configuration, str(seed), str(budget)]
    if tool == "frontrun":
        command = [sys.executable, "-m", "frontrun.cli", *command]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(  # noqa: S603 - the engine to measure
            command, env=variables, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Explored("no result", seconds=LONGEST_S)
    if ended.returncode:
        sys.stderr.write(f"{tool} {configuration} on {body} ended with {ended.returncode}:\n{ended.stderr[-2000:]}\n")
        return Explored("crashed")
    return Explored(**json.loads(ended.stdout.splitlines()[-1]))


def installed(rows):
    """Return the rows of the engines that are there, and the names of those that are not."""
    missing = {tool for tool, module in PEERS.items() if importlib.util.find_spec(module) is None}
    return [row for row in rows if row[0] not in missing], sorted(missing)


def is_drawn(configuration: str) -> bool:
    """Tell whether a configuration draws its schedules, so that a seed makes a difference."""
    return configuration.rsplit(maxsplit=1)[-1] in ("random", "pct")


def found(repetitions: int) -> None:
    """Write how soon each engine finds each mistake."""
    rows, missing = installed(FINDING)
    results: dict[tuple[str, str, str], list[Explored]] = {}
    for seed in range(repetitions):
        for body in BUGGY:
            for tool, configuration in rows:
                if seed == 0 or is_drawn(configuration):
                    run = explored(body, tool, configuration, seed=seed, budget=FIND_WITHIN)
                    results.setdefault((tool, configuration, body), []).append(run)
    write_table(
        f"Schedules until found and CPU seconds until told, within {FIND_WITHIN} schedules, "
        f"medians of {repetitions} seeds where schedules are drawn, Python {sys.version.split()[0]}",
        ("engine", "search", *BUGGY),
        [
            *((tool, words, *(_finding(results[tool, words, body]) for body in BUGGY)) for tool, words in rows),
            *((tool, "not installed", *("" for _ in BUGGY)) for tool in missing),
        ],
    )


def _finding(runs: list[Explored]) -> str:
    hits = [run for run in runs if run.verdict == "found"]
    if runs[0].verdict == "-":
        return "-"
    if not hits:
        [*_, verdict] = sorted({run.verdict for run in runs})
        schedules = max(run.schedules for run in runs)
        return f"no ({verdict}, {schedules}), {statistics.median(run.cpu_s for run in runs):.2f} s"
    share = "" if len(hits) == len(runs) else f" ({len(hits)} of {len(runs)})"
    schedules = statistics.median(run.schedules for run in hits)
    return f"{schedules:g}{share}, {statistics.median(run.cpu_s for run in hits):.2f} s"


def sustained(body: str, configurations, *, repetitions: int, share: float) -> None:
    """Write how fast each engine goes through the schedules of a correct body."""
    rows, missing = installed(configurations)
    results: dict[tuple[str, str], list[Explored]] = {}
    plain = []
    for seed in range(repetitions):
        plain.append(explored(body, "plain", "-", seed=seed, budget=PLAIN_RUNS))
        for tool, configuration, budget in rows:
            executions = max(10, int(budget * share)) if is_drawn(configuration) else budget
            run = explored(body, tool, configuration, seed=seed, budget=executions)
            results.setdefault((tool, configuration), []).append(run)
    sequential = statistics.median(run.cpu_s / run.schedules for run in plain)
    write_table(
        f"Schedules of {body} per CPU second, medians of {repetitions}, Python {sys.version.split()[0]}; "
        f"a plain sequential run takes {sequential * 1e6:.1f} us",
        ("engine", "search", "verdict", "schedules", "distinct", "CPU s", "per s", "distinct per s", "x sequential"),
        [
            *((*names, *_rates(runs, sequential)) for names, runs in results.items()),
            *((tool, "not installed", *("" for _ in range(7))) for tool in missing),
        ],
    )


def _rates(runs: list[Explored], sequential: float) -> tuple[object, ...]:
    done = [run for run in runs if run.schedules]
    if not done:
        return (runs[0].verdict, *("-" for _ in range(6)))
    run = sorted(done, key=lambda run: run.schedules / run.cpu_s)[len(done) // 2]
    rate = run.schedules / run.cpu_s
    return (
        run.verdict,
        run.schedules,
        run.distinct,
        f"{run.cpu_s:.2f}",
        f"{rate:,.0f}",
        f"{run.distinct / run.cpu_s:,.0f}",
        f"{1 / rate / sequential:,.0f}",
    )


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="how often each search for a mistake is made")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each rate is measured")
    parser.add_argument("--share", type=float, default=1.0, help="of the samples for a rate, to try the script out")
    options = parser.parse_args()
    found(options.seeds)
    for body, configurations in (("SafeCounter", SUSTAINED), ("sentry_sdk, own scopes", SENTRY_SUSTAINED)):
        sustained(body, configurations, repetitions=options.repetitions, share=options.share)


if __name__ == "__main__":
    main()
