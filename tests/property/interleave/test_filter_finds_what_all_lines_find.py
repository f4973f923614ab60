"""The identity filter leaves out points, and no outcome."""

from __future__ import annotations

import linecache
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._searching._budget import Budget
from pytest_errortrack.interleave._searching._plans import carry_out
from pytest_errortrack.interleave._searching._search import Search
from pytest_errortrack.interleave._session import Session

STATEMENTS = (
    "x = box.n",
    "box.n = x + 1",
    "box.n = one() + box.m",
    "box.m = len(items)",
    "items.append(x)",
    "alias.append(box.n)",
    "x = nested['a'][0]",
    "nested['a'][0] = x + 10",
    "if items: x = items.pop()",
    "d.update(n=d.get('n', 0) + 1)",
    "setattr(box, 'm', getattr(box, 'n') + 1)",
    "vars(box)['n'] = x",
    "shared[0], shared[1] = box, [x]",
    "shared[0].n = shared[0].n + 5",
    "total = total + 1",
    "x = sum([each for each in items])",
    "x = [*alias, x][-1]",
    "own = [x]; own.append(x); x = own[-1] + 1",
    "box.value = box.value + 1",
    "for each in list(items): x += each",
)
NAMES = count()


def compiled(bodies):
    """Return a module's source with a function that builds the state and returns the bodies, and its namespace."""
    lines = ["class Box:", "    n = 0", "    m = 0", "    value = property(lambda s: s.n, lambda s, v: s.put(v))"]
    lines += ["    def put(self, v):", "        self.n = v", "def one():", "    return 1", "def state():"]
    lines += ["    box, items, d, total = Box(), [], {}, 0", "    alias = items", "    nested = {'a': [0]}"]
    lines += ["    shared = [box, items]", "    seen = {}"]
    for name, body in bodies.items():
        lines += [f"    def {name}():", "        nonlocal total", "        x = 0"]
        lines += [f"        {statement}" for statement in body]
        lines += [f"        seen['{name}'] = x"]
    final = "repr((box.n, box.m, items, d, total, nested, shared[0].n, shared[1], sorted(seen.items())))"
    lines += [f"    return {', '.join(bodies)}, lambda: {final}"]
    source = "\n".join(lines) + "\n"
    file = str(Path(__file__).with_name(f"generated_{next(NAMES)}.py"))
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"__name__": "generated"}
    exec(compile(source, file, "exec"), namespace)  # noqa: S102 - generated here
    return file, namespace["state"]


class AllLines(Session):
    """A session without the filter."""

    def execute(self, scheduler, **options):
        """Execute with every covered line as a point."""
        return super().execute(scheduler, **{**options, "filtered": False})


def outcomes(kind, file, state):
    """Return the final states that a search with at most one preemption reaches, and whether it was complete."""
    reached = set()

    def scenario(interleaving):
        *bodies, final = state()
        try:
            interleaving.run(*bodies)
        except Exception as error:  # noqa: BLE001 - what ends an actor is part of the outcome
            reached.add(f"{type(error).__name__} {final()}")
        else:
            reached.add(final())

    options = Options(max_preemptions=1, search="exhaustive", modules=None)
    session = kind(scenario, home=file, options=options, environment=Environment())
    with session.active():
        search = Search(session, Budget(4_000), seed=1, on_outcome=lambda _: None)
        carry_out(search)
    return reached, search.proved is not None


@settings(max_examples=25, deadline=None)
@given(
    a=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4),
    b=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4),
)
def test_the_filtered_search_reaches_all_that_the_search_of_all_lines_reaches(a, b):
    """Whatever a switch before some line can bring about, a switch before a shared access brings about as well."""
    file, state = compiled({"a": a, "b": b})

    filtered, is_complete = outcomes(Session, file, state)
    unfiltered, _ = outcomes(AllLines, file, state)

    assert is_complete
    assert unfiltered <= filtered
