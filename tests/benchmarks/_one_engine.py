"""One exploration of one body by one engine, in a process of its own; `engine_peers.py` starts these.

Run `python _one_engine.py BODY TOOL CONFIGURATION SEED BUDGET`: writes what came of it, as JSON. frontrun wants to be
the parent of what it explores (`frontrun python ...`), and changes the process for that; so no engine shares one with
another.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from dataclasses import asdict, dataclass

import bodies

MOST_SECONDS = 60.0  # of one exploration by frontrun, which can be told so

NAMES = (bodies.SCOPE, bodies.COUNTER, bodies.DEADLOCK, bodies.DEEP, bodies.SAFE_COUNTER)
BODIES = {body.name: body for body in NAMES}


@dataclass(frozen=True, slots=True)
class Explored:
    """What came of an exploration.

    Attributes:
        verdict: "found", "passed", "complete" or "inconclusive".
        schedules: how many were executed, up to the one that failed if one did.
        distinct: how many of them differed in their choices.
        cpu_s: the processor time that it took.
        seconds: the same by the clock on the wall.
    """

    verdict: str
    schedules: int
    distinct: int
    cpu_s: float
    seconds: float


def body_named(name: str) -> bodies.Body:
    """Return a body; those with `sentry_sdk` import it."""
    if name in BODIES:
        return BODIES[name]
    from sentry_body import SENTRY, SENTRY_SCOPES

    return SENTRY if name == SENTRY.name else SENTRY_SCOPES


def sequentially(body: bodies.Body, *, budget: int) -> Explored:
    """Run the body plainly, so many times."""
    body.sequentially()
    began, cpu_began = time.perf_counter(), time.process_time()
    for _ in range(budget):
        body.sequentially()
    return Explored("passed", budget, 1, time.process_time() - cpu_began, time.perf_counter() - began)


def ours(body: bodies.Body, configuration: str, *, seed: int, budget: int) -> Explored:
    """Explore with this package; `op` listens to the operations of `sentry_sdk` as well."""
    from contextlib import nullcontext

    from pytest_errortrack import capture
    from pytest_errortrack.interleave import explore

    level, search, *bound = configuration.split()
    module = sys.modules[body.workers[0].__module__]
    began, cpu_began = time.perf_counter(), time.process_time()
    with capture() if level == "op" else nullcontext():
        found = explore(
            body.scenario,
            level=level,
            search=search,
            max_preemptions=None if search == "dpor" else int(*bound or [2]),
            modules=[module],
            seed=seed,
            budget=budget,
        )
    spent, seconds = time.process_time() - cpu_began, time.perf_counter() - began
    if found.inconclusive:
        return Explored("inconclusive", found.schedules, found.distinct, spent, seconds)
    verdict = "found" if found.failure is not None else "complete" if found.complete else "passed"
    return Explored(verdict, found.found_at or found.schedules, found.distinct, spent, seconds)


def frontrun(body: bodies.Body, configuration: str, *, seed: int, budget: int) -> Explored:
    """Explore with frontrun: by reduction within a bound of preemptions or without one, or at random.

    A third word is a package that it is to look into as well.
    """
    import frontrun as peer

    strategy, *bound = configuration.split()
    if strategy == "random":
        options = {"max_attempts": budget, "seed": seed}
    else:
        options = {"max_executions": budget, "preemption_bound": int(bound[0]) if bound else None}
    if bound[1:]:
        options["trace_packages"] = [f"{package}*" for package in bound[1:]]
    began, cpu_began = time.perf_counter(), time.process_time()
    result = peer.explore(
        setup=body.setup,
        workers=list(body.workers),
        invariant=body.holds,
        strategy=strategy,
        total_timeout=MOST_SECONDS,
        **options,
    )
    spent, seconds = time.process_time() - cpu_began, time.perf_counter() - began
    executed = result.num_explored
    # What is complete is not told; a reduction that ends before its limits are met is.
    is_over = strategy == "dpor" and executed < budget and seconds < MOST_SECONDS
    verdict = {True: "complete" if is_over else "passed", False: "found", None: "inconclusive"}[result.property_holds]
    distinct = result.unique_interleavings if strategy == "random" else executed
    return Explored(verdict, executed, distinct, spent, seconds)


def interleave_test(body: bodies.Body, configuration: str, *, seed: int, budget: int) -> Explored:
    """Explore with interleave-test; the functions of the body's module are what it interleaves."""
    import interleave_test as peer

    granularity, strategy = configuration.split()
    module = sys.modules[body.workers[0].__module__]

    class Counting(type(peer._runner._make_strategy(strategy, 2))):
        """The strategy of that name, which also counts the different schedules."""

        seen: set[int] = set()  # noqa: RUF012 - there is one

        def begin(self, iteration, seed):
            self.chosen = []
            super().begin(iteration, seed)

        def pick(self, runnable, current, index):
            chosen = super().pick(runnable, current, index)
            self.chosen.append(chosen.tid)
            return chosen

        def end(self):
            self.seen.add(hash(tuple(self.chosen)))
            super().end()

    def model():
        state = body.setup()
        tasks = [peer.spawn(worker, state) for worker in body.workers]
        for task in tasks:
            task.join()
        assert body.holds(state)

    counting = Counting()
    began, cpu_began = time.perf_counter(), time.process_time()
    result = peer.explore(
        model,
        iterations=budget,
        seed=seed,
        strategy=counting,
        granularity=granularity,
        include=[module.__file__],
        raise_on_failure=False,
    )
    spent, seconds = time.process_time() - cpu_began, time.perf_counter() - began
    verdict = "complete" if result.exhausted else "passed"
    if result.failure is not None:
        verdict = "inconclusive" if result.failure.kind == "hang" else "found"
    return Explored(verdict, result.schedules_run, len(counting.seen), spent, seconds)


TOOLS = {"ours": ours, "frontrun": frontrun, "interleave-test": interleave_test}


def main(name: str, tool: str, configuration: str, seed: str, budget: str) -> None:
    """Explore, and write what came of it."""
    warnings.simplefilter("ignore")  # peers warn of threads that they could not end; the verdict says as much
    body = body_named(name)
    if tool == "plain":
        explored = sequentially(body, budget=int(budget))
    else:
        explored = TOOLS[tool](body, configuration, seed=int(seed), budget=int(budget))
    sys.stdout.write("\n" + json.dumps(asdict(explored)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
