from __future__ import annotations

import contextlib
import copy
import json
import tempfile
import threading
from pathlib import Path

import pytest
import sentry_sdk
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions._normalized import normalise
from pytest_errortrack.assertions._normalized._rules import RULES
from pytest_errortrack.sdk import testing

WORDS = st.text("abc /:._-<>'0123456789x", max_size=12)
HEX = st.sampled_from(["0f" * 16, "1e" * 16, "2d" * 8, "3c" * 8, "<event 1>", "not an id"])
TEXTS = st.one_of(
    WORDS,
    HEX,
    st.builds("{} <T at 0x{:x}> {}".format, WORDS, st.integers(0, 2**48), HEX),
    st.builds((tempfile.gettempdir() + "/pytest-of-me/pytest-{}/{}").format, st.integers(0, 9), WORDS),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def payloads(draw):
    """Anything, with values of any kind at places that the rules know."""
    payload = draw(st.dictionaries(WORDS, JSON, max_size=3))
    for path in draw(st.lists(st.sampled_from(sorted(RULES)), max_size=6)):
        *owners, last = path.split(".")
        place = payload
        for name in owners:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                break
        else:
            place[last] = draw(JSON)
    return payload


@given(st.lists(payloads(), max_size=3))
def test_a_normalised_payload_is_normal_and_json_and_the_original_as_it_was(originals):
    """Twice is the same as once, the result can be stored, and nothing captured is ever changed."""
    before = copy.deepcopy(originals)

    once = normalise(originals)

    assert normalise(once) == once
    assert json.loads(json.dumps(once)) == once
    assert originals == before


STEPS = st.one_of(
    st.tuples(st.just("tag"), st.sampled_from(["tenant", "plan"]), st.sampled_from(["acme", "globex"])),
    st.tuples(st.just("crumb"), st.sampled_from(["priced", "charged"])),
    st.tuples(st.just("message"), st.sampled_from(["paid", "refused"])),
    st.tuples(st.just("error"), st.sampled_from(["ValueError", "KeyError"])),
    st.tuples(st.just("transaction"), st.sampled_from(["checkout", "refund"])),
)
PROGRAMS = st.lists(STEPS, min_size=1, max_size=6)


class Till:
    """Something whose repr has an address."""


def run(program, api):
    """Run a program with an SDK; both have the same names for these."""
    for kind, *words in program:
        if kind == "tag":
            api.set_tag(*words)
        elif kind == "crumb":
            api.add_breadcrumb(message=words[0])
        elif kind == "message":
            api.capture_message(f"{words[0]} at {Till()}")
        elif kind == "transaction":
            with api.start_transaction(name=words[0], op="task"), api.start_span(op="db"):
                pass
        else:
            try:
                raise {"ValueError": ValueError, "KeyError": KeyError}[words[0]](f"of {Till()}")
            except (ValueError, KeyError) as error:
                api.capture_exception(error)


@pytest.fixture(autouse=True)
def project_root(monkeypatch):
    """Import from the project's folder: the path of a file below no such folder is said relative to the current one."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))


def outcome(program, api, *, folder, in_thread):
    """Tell what a program reports, run in this folder and in a thread of its own or not."""
    with capture() as errortrack, contextlib.chdir(folder):
        if in_thread:
            thread = threading.Thread(target=run, args=(program, api), name="another")
            thread.start()
            thread.join()
        else:
            run(program, api)
        found = (
            errortrack.events.normalized(),
            errortrack.transactions.normalized(),
            errortrack.breadcrumbs.normalized(),
        )
        return found, [event.event_id for event in errortrack.events]


@pytest.fixture(scope="module", params=["native", "sentry_sdk"])
def api(request):
    """Both SDKs, initialised once: a new client for each example would cost 20 ms."""
    if request.param == "native":
        with testing.preserved_state():
            sdk.init(traces_sample_rate=1.0)
            yield sdk
    else:
        before = sentry_sdk.get_global_scope().client
        sentry_sdk.init(traces_sample_rate=1.0, auto_enabling_integrations=False, release="shop@1")
        yield sentry_sdk
        sentry_sdk.get_global_scope().set_client(before)


@settings(max_examples=40)
@given(program=PROGRAMS)
def test_a_program_that_runs_twice_gives_equal_results(api, tmp_path_factory, program):
    """Other ids, other times, another folder and another thread make no difference."""
    one, ids = outcome(program, api, folder=".", in_thread=False)
    two, other_ids = outcome(program, api, folder=tmp_path_factory.getbasetemp(), in_thread=True)

    assert one == two
    assert not set(ids) & set(other_ids)


@settings(max_examples=40)
@given(program=PROGRAMS, other=PROGRAMS)
def test_programs_that_say_something_different_stay_different(api, program, other):
    """What the application said is never normalised away."""
    # What was reported before which transaction, nobody says.
    said = [
        [[step for step in each if step[0] in kinds] for kinds in (("crumb", "message", "error"), ("transaction",))]
        for each in (program, other)
    ]

    one, _ = outcome(program, api, folder=".", in_thread=False)
    two, _ = outcome(other, api, folder=".", in_thread=False)

    if said[0] != said[1]:
        assert one != two
