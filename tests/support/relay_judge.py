"""Relay's own judgement of events and transactions, by a program beside the tests.

The package sentry-relay has a licence of its own and is a judge here, no dependency: it lives in a virtual environment
in the cache that ERRORTRACK_TEST_CACHE names, or else the platform's. Where it cannot be had the tests are skipped with
pip's own words.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass

from tool_cache import cache_folder, install_into, python_of

VERSION = "0.10.1"

JUDGE = """
import json, sys
from sentry_relay.exceptions import ProcessingErrorInvalidTransaction, RelayError
from sentry_relay.processing import StoreNormalizer

NORMALISER = StoreNormalizer(
    project_id=1, client_ip="127.0.0.1", client="tests/1", key_id="1", protocol_version="7", is_renormalize=False,
    remove_other=True, normalize_user_agent=False, received_at=None, sent_at=None,
)

def walk(node, path):
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "":
                dropped = [each for each in child.get("rem") or () if not each[0].startswith("!")]  # "!": the SDK's own
                if child.get("err") or dropped:
                    yield ".".join(path) + " " + json.dumps(child.get("err") or dropped)
            else:
                yield from walk(child, [*path, key])

for line in sys.stdin:
    try:
        found = list(walk(NORMALISER.normalize_event(json.loads(line)).get("_meta") or {}, []))
    except (ProcessingErrorInvalidTransaction, RelayError) as error:
        found = [repr(error)]
    print(json.dumps(found), flush=True)
"""


@dataclass(slots=True)
class Relay:
    """A running judge."""

    process: subprocess.Popen[str]

    def problems(self, payload):
        """Return what Relay would drop or change in an event because it is invalid."""
        self.process.stdin.write(json.dumps(payload) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def running_relay():
    """Start the judge; installed once, when it is not in the cache yet."""
    environment = cache_folder() / f"relay-{VERSION}-{sys.implementation.cache_tag}"
    if not (environment / "complete").exists():
        shutil.rmtree(environment, ignore_errors=True)
        install_into(environment, f"sentry-relay=={VERSION}")
        (environment / "complete").touch()
    with subprocess.Popen(  # noqa: S603 - a fixed program
        [python_of(environment), "-c", JUDGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Relay(process)
        process.stdin.close()
