"""What the page on scopes and hubs says of `sentry_sdk`, seen in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("sentry_sdk")

CODE = """
import asyncio, copy, json
import sentry_sdk
from sentry_sdk.transport import Transport

events = []

class Memory(Transport):
    def capture_envelope(self, envelope):
        events.extend(item.payload.json for item in envelope.items if item.type == "event")

sentry_sdk.init("https://k@errors.example.org/1", transport=Memory(), default_integrations=False)
found = {}

OWN = {"level": "info", "tags": {"t": "event"}, "extra": {"e": "event"}, "contexts": {"c": {"x": "event"}},
       "user": {"id": "event"}, "fingerprint": ["event"], "transaction": "event"}
with sentry_sdk.new_scope() as scope:
    scope.set_level("warning"); scope.set_tag("t", "scope"); scope.set_extra("e", "scope")
    scope.set_context("c", {"x": "scope"}); scope.set_user({"id": "scope", "name": "scope"})
    scope.fingerprint = ["scope"]; scope.set_transaction_name("scope")
    sentry_sdk.capture_event({"message": "m", **copy.deepcopy(OWN)})
event = events.pop()
event["contexts"].pop("trace")
found["own value wins"] = sorted(name for name in OWN if event[name] == OWN[name])

async def request(name):
    sentry_sdk.set_tag("request", name)
    await asyncio.sleep(0)
    sentry_sdk.capture_message(name)

async def main():
    await asyncio.gather(*(request(name) for name in "abc"))

sentry_sdk.set_tag("main", "1")
asyncio.run(main())
found["tasks"] = [event["tags"]["request"] for event in events]

user = {"id": 1}
sentry_sdk.set_user(user)
user["id"] = 2
found["user"] = sentry_sdk.get_isolation_scope()._user

def generator(name):
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("generator", name)
        yield

first, second = generator("1"), generator("2")
next(first); next(second)
found["consumer"] = sentry_sdk.get_isolation_scope()._tags.get("generator")
first.close(); second.close()
found["for ever"] = sentry_sdk.get_isolation_scope()._tags.get("generator")
print(json.dumps(found))
"""


def test_what_the_page_says_of_sentry_sdk_is_so():
    """M1, M3, M5: tasks share a scope, generators leave one behind, a user is shared; whose value an event has."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter

    assert json.loads(done.stdout) == {
        "own value wins": ["fingerprint", "transaction", "user"],
        "tasks": ["c", "c", "c"],
        "user": {"id": 2},
        "consumer": "2",
        "for ever": "1",
    }
