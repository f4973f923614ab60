"""Writes docs/reference/sdk-options.md from the code: `python tests/support/sdk_options_page.py`."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path

from pytest_errortrack.sdk._options import Options, known_options
from pytest_errortrack.sdk._options._names import WITHOUT_EFFECT
from pytest_errortrack.sdk._options._reading import _variables

SDK = Path(inspect.getfile(Options)).parents[1]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sdk-options.md"

INTRODUCTION = """\
# Options of the SDK

Every option of `pytest_errortrack.sdk.init`, and of `Client`, with its type and default.
This page is written by `python tests/support/sdk_options_page.py` from the code, and a test compares the two.

An unknown option is a `TypeError` that names the nearest one, and a wrong value is a `BadOption` at once.
What is given in code holds, then what the environment says, then the default; an empty variable says nothing.

```python
from pytest_errortrack import sdk

sdk.init("https://public@errors.example.org/42", release="shop@1.2.3", transport=sdk.MemoryTransport)
```

"""

LEFT_OUT = """
## Not available

These options are known from elsewhere.
They are refused, unless their value says "without it".

"""

LIMITS = """
## Limits

Whatever an application hands in, a report stays within these bounds.
What is cut is said so in the report, and what is dropped is counted in the next client report.

| what | at most |
|---|---|
"""

# What is bounded, the constant that says by how much (and in which part of the SDK), its unit, and how many of the
# constant's units that is.
BOUNDS = (
    ("an event or a transaction, encoded", "_pipeline._MAX_EVENT_SIZE", "KiB", 1024),
    ("the value of a tag", "_pipeline._LONGEST_TAG", "characters", 1),
    ("exceptions of one event", "_stacktrace._MOST_LINKS", "", 1),
    ("frames of one stack", "_stacktrace._MOST_FRAMES", "", 1),
    ("lines of source before and after a frame's own", "_stacktrace._CONTEXT", "lines", 1),
    ("one line of source", "_stacktrace._LONGEST_LINE", "characters", 1),
    ("places whose source is kept", "_stacktrace._MOST_ENTRIES", "", 1),
    ("variables of one frame", "_serialize._NAMES", "", 1),
    ("depth of a variable's value", "_serialize._DEPTH", "levels", 1),
    ("breadth of a variable's value", "_serialize._BREADTH", "items", 1),
    ("the text of one value of a variable", "_serialize._TEXT", "characters", 1),
    ("time for all variables of an event", "_serialize._EVENT_BUDGET_S", "ms", 0.001),
    ("time for one variable, looked at between its values", "_serialize._VALUE_BUDGET_S", "ms", 0.001),
    ("spans of one transaction", "tracing._MAX_SPANS", "", 1),
    ("how often client reports ride along", "_pipeline._REPORT_INTERVAL_S", "s between two", 1),
    ("all categories after a bare 429", "transport._DEFAULT_RETRY_S", "s", 1),
)


def page():
    """Return the text of the page."""
    described = descriptions()
    variables = {name: names for name, names, _ in _variables(("SENTRY_ENVIRONMENT",))}
    lines = ["| option | type | default | environment | meaning |", "|---|---|---|---|---|"]
    for option in fields(Options):
        meaning = described[option.name]
        if option.name in WITHOUT_EFFECT:
            meaning = f"{meaning.rstrip('.')}; checked and kept, without effect in this version."
        cells = [
            f"`{option.name}`",
            code(option.type),
            code(default_of(option)),
            ", ".join(map(code, variables.get(option.name, ()))),
            meaning,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    absent = sorted(set(known_options()) - {option.name for option in fields(Options)} - {"configure"})
    bounds = [f"| {what} | {bound(where, unit, scale)} |" for what, where, unit, scale in BOUNDS]
    return "".join(
        [
            INTRODUCTION,
            *(line + "\n" for line in lines),
            LEFT_OUT,
            ", ".join(map(code, absent)) + ".\n",
            LIMITS,
            *(line + "\n" for line in bounds),
        ]
    )


def descriptions():
    """Return what the class's docstring says of each option."""
    listed = inspect.getdoc(Options).partition("Attributes:\n")[2]
    return dict(re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)$", listed, re.MULTILINE))


def default_of(option):
    """Return an option's default as one would write it."""
    return f"{option.default_factory.__name__}()" if option.default is MISSING else repr(option.default)


def code(text):
    """Return a text as code within a cell of a table."""
    return f"`{str(text).replace('|', chr(92) + '|')}`"


def bound(where, unit, scale):
    """Return the value of a constant of the SDK with its unit."""
    part, _, name = where.partition(".")
    defined = re.compile(rf"^{name} = \d", re.MULTILINE)
    modules = [path for path in sorted((SDK / part).rglob("*.py")) if defined.search(path.read_text(encoding="utf-8"))]
    if len(modules) != 1:
        raise LookupError(f"{where} must be defined in one module (found {len(modules)}); tell BOUNDS its new name")
    module = ".".join(("pytest_errortrack.sdk", *modules[0].relative_to(SDK).with_suffix("").parts))
    return f"{getattr(import_module(module), name) / scale:,.10g} {unit}".strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
