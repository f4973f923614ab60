"""Whatever an application hands in, and whatever its callbacks do, it never hears of it."""

from __future__ import annotations

import contextlib
import threading

import hostile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_errortrack import sdk
from pytest_errortrack.sdk.testing import preserved_state

# By name: what is drawn is looked at by those who draw it, and these do not like to be looked at.
values = st.sampled_from(sorted(hostile.VALUES))
exceptions = st.sampled_from(sorted(hostile.EXCEPTIONS))
callbacks = st.sampled_from(sorted(hostile.CALLBACKS)).map(hostile.CALLBACKS.get)


def raised_with(error, value):
    """Report an exception from a frame that has a hostile variable."""
    variable = value
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - whatever it is, it is reported
        sdk.capture_exception(caught)
        del variable


def traced(value):
    """Record a transaction with hostile names and data."""
    with sdk.start_transaction(name=value, op=value) as transaction:
        transaction.set_tag("key", value)
        transaction.set_data("key", value)
        with sdk.start_span(op=value, description=value) as span:
            span.set_data("key", value)


def pushed(value):
    """Report within scopes that hold hostile values."""
    with sdk.isolation_scope() as scope:
        scope.set_context("key", value)
        with sdk.push_scope() as inner:
            inner.set_extra("key", value)
            inner.set_fingerprint(value)
            sdk.capture_message("inside")


OPERATIONS = [
    lambda value: sdk.set_tag("key", value),
    lambda value: sdk.set_tag(value, "value"),
    lambda value: sdk.set_tags({"key": value}),
    sdk.set_tags,
    lambda value: sdk.set_user({"id": value, "name": value}),
    sdk.set_user,
    lambda value: sdk.set_extra("key", value),
    lambda value: sdk.set_context("key", {"inner": value}),
    lambda value: sdk.set_context("key", value),
    sdk.set_level,
    lambda value: sdk.set_fingerprint([value]),
    sdk.set_fingerprint,
    sdk.set_transaction_name,
    lambda value: sdk.add_breadcrumb(message=value, category=value, data={"key": value}),
    sdk.add_breadcrumb,
    lambda value: sdk.add_attachment(value, value),
    sdk.add_event_processor,
    sdk.capture_message,
    lambda value: sdk.capture_message("message", value),
    sdk.capture_exception,
    lambda value: sdk.capture_event({"message": value, "extra": {"key": value}, "tags": value, "contexts": value}),
    sdk.capture_event,
    lambda value: sdk.capture_message("message", hint={"key": value}, tags={"key": value}, extra={"key": value}),
    lambda value: raised_with(hostile.Bug("variable"), value),
    traced,
    pushed,
]
steps = st.tuples(st.integers(0, len(OPERATIONS) - 1), values)
NAMES = ("before_send", "before_send_transaction", "before_breadcrumb", "traces_sampler")


@contextlib.contextmanager
def application(**options):
    """An SDK of its own for one example, whose log handler reports what is logged, as integrations do."""
    with preserved_state():
        memory = sdk.MemoryTransport()
        sdk.init(transport=memory, **{"traces_sample_rate": 1.0, **options})
        yield memory


def still_works():
    """Tell whether the SDK reports what is captured next, from this thread and from another one."""
    with application() as memory:
        sdk.capture_message("here")
        other = threading.Thread(target=sdk.capture_message, args=("there",), daemon=True)
        other.start()
        other.join(timeout=30)
    return not other.is_alive() and {event["message"] for event in memory.events} == {"here", "there"}


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(steps, min_size=1, max_size=4))
def test_hostile_values_never_raise(operations):
    """F6, S10: no value makes the SDK raise, whichever way it is handed in, and the next report is as it should be."""
    with application():
        for operation, value in operations:
            OPERATIONS[operation](hostile.VALUES[value]())
            sdk.capture_message("after")
        sdk.flush()

    assert still_works()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(exceptions, values)
def test_hostile_exceptions_never_raise(error, value):
    """E4, E5: no exception makes the SDK raise, whatever it holds and whatever its frames hold."""
    with application():
        raised_with(hostile.EXCEPTIONS[error](), hostile.VALUES[value]())

    assert still_works()


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), callbacks, max_size=4), callbacks, values)
def test_hostile_callbacks_never_raise(options, processor, value):
    """P3, P7: no callback makes the SDK raise or hang, whatever it does or returns."""
    with application(**options):
        sdk.add_event_processor(processor)
        sdk.add_breadcrumb(message="crumb")
        sdk.capture_message("message")
        raised_with(hostile.Bug("b"), hostile.VALUES[value]())
        traced("name")
        sdk.flush()

    assert still_works()


@pytest.mark.parametrize("name", ["before_send", "before_breadcrumb", "before_send_transaction", "processor", "repr"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_program_goes_through_and_harms_nothing(name, kind):
    """P3, P7: KeyboardInterrupt and its kind leave the SDK as they came, and what comes after is reported."""

    def ending(*_):
        raise kind

    class Ending:
        __repr__ = ending

    options = {} if name in {"processor", "repr"} else {name: ending}
    with application(**options):
        if name == "processor":
            sdk.add_event_processor(ending)
        with pytest.raises(kind):  # noqa: PT012 - each callback has its occasion
            if name == "before_breadcrumb":
                sdk.add_breadcrumb(message="crumb")
            elif name == "before_send_transaction":
                traced("name")
            else:
                raised_with(hostile.Bug("b"), Ending() if name == "repr" else None)

    assert still_works()


@pytest.mark.parametrize("spare", [*range(1, 30), 35, 40, 50, 60, 80, 100])
def test_a_full_stack_harms_nothing(spare):
    """P7 (sentry-python#2764): where hardly a call fits on the stack any more, nothing but that is raised.

    With a hundred calls left nothing is raised at all, and the SDK reports what is captured afterwards.
    """
    raised = []

    def report(left):
        if left:
            return report(left - 1)
        sdk.set_tag("deep", "yes")
        sdk.add_breadcrumb(message="deep")
        sdk.capture_message("deep")
        return sdk.capture_exception(hostile.Bug("deep"))

    def run():
        try:
            report(remaining_frames() - spare)
        except RecursionError as error:  # from wherever the stack was full: in here, or in a call of ours
            raised.append(error)

    with application():
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    assert len(raised) <= (spare < 100)
    assert still_works()


def remaining_frames():
    """Return how many calls fit on the stack from here."""

    def count(depth):
        try:
            return count(depth + 1)
        except RecursionError:
            return depth

    return count(1)
