from __future__ import annotations

import asyncio
import threading

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import ExpectationError


def in_thread(function, *, name):
    """Run a function in a thread of its own, to its end."""
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join()


def test_data_of_another_thread_is_foreign():
    """What one thread wrote to a shared hub is foreign on the event of another, and the finding says who and where."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        in_thread(lambda: hub.scope.set_extra("Tracking ID", "B"), name="B")
        in_thread(lambda: hub.capture_message("test!"), name="A")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    message = str(failure.value)
    assert message.startswith("""events[0] "info 'test!'" captured by A (test_isolation.py:""")
    assert "extra[\"Tracking ID\"] = 'B'   written by B at test_isolation.py:" in message


@pytest.mark.parametrize(
    ("write", "path"),
    [
        (lambda scope: scope.set_tag("t", "B"), 'tags["t"]'),
        (lambda scope: scope.set_user({"id": "B"}), 'user["id"]'),
        (lambda scope: scope.set_context("c", {"x": "B"}), 'contexts["c"]'),
        (lambda scope: scope.set_extra("e", "B"), 'extra["e"]'),
        (lambda scope: scope.set_level("fatal"), "level"),
        (lambda scope: scope.set_fingerprint(["B"]), "fingerprint"),
        (lambda scope: scope.add_breadcrumb(message="B"), "breadcrumbs[0]"),
    ],
)
def test_every_field_of_a_scope_is_watched(write, path):
    """Whatever a scope holds, a foreign value of it is found and named."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        in_thread(lambda: write(hub.scope), name="B")
        in_thread(lambda: hub.capture_message("test!"), name="A")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    assert f"    {path}" in str(failure.value)


def test_threads_with_scopes_of_their_own_are_isolated():
    """Module-level setters write the thread's own scope: nothing is foreign."""

    def report():
        sdk.set_tag("thread", threading.current_thread().name)
        sdk.capture_message("low")

    with capture() as errortrack:
        in_thread(report, name="A")
        in_thread(report, name="B")

    errortrack.events.assert_isolated()
    assert [event.tags["thread"] for event in errortrack.events] == ["A", "B"]


def test_what_an_ancestor_wrote_before_is_inherited():
    """Configuration by the thread that starts the others is meant to be seen."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        hub.scope.set_tag("app", "shop")
        in_thread(lambda: hub.capture_message("low"), name="A")
        in_thread(lambda: hub.capture_message("low"), name="B")

    errortrack.events.assert_isolated()


def test_what_an_ancestor_wrote_afterwards_is_told_apart():
    """A parent's write after it started the actor depends on the schedule: found, and called what it is."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        started, written = threading.Event(), threading.Event()

        def report():
            hub.scope.set_tag("mine", "yes")
            started.set()
            written.wait(5)
            hub.capture_message("low")

        thread = threading.Thread(target=report, name="A")
        thread.start()
        started.wait(5)
        hub.scope.set_tag("late", "yes")
        written.set()
        thread.join()

    with pytest.raises(AssertionError, match="wrote after starting it") as failure:
        errortrack.events.assert_isolated()
    assert 'tags["late"]' in str(failure.value)
    assert 'tags["mine"]' not in str(failure.value)


def test_residue_of_a_declared_job_is_foreign_to_the_next():
    """Two jobs on one thread: what the first left behind is not the second's."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        with errortrack.actor("job 1"):
            hub.scope.set_tag("customer", "acme")
        with errortrack.actor("job 2"):
            hub.capture_message("low")

    with pytest.raises(AssertionError, match="that job 1 wrote"):
        errortrack.events.assert_isolated()


def test_requests_with_isolation_scopes_of_their_own_are_actors():
    """An explicitly opened isolation scope is an actor, and what it wrote is gone when it closes."""
    with capture() as errortrack:
        for name in "ab":
            with sdk.isolation_scope() as scope:
                scope.set_tag("request", name)
                sdk.capture_message("low")

    errortrack.events.assert_isolated()
    assert [event.tags for event in errortrack.events] == [{"request": "a"}, {"request": "b"}]


def test_residue_on_a_shared_hub_is_found_between_isolation_scopes():
    """Two requests in one thread that share a hub by reference: the first one's data is foreign to the second."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        with sdk.isolation_scope():
            hub.scope.set_tag("request", "a")
        with sdk.isolation_scope():
            hub.capture_message("low")

    with pytest.raises(AssertionError, match="isolation scope"):
        errortrack.events.assert_isolated()


def test_tasks_on_a_shared_hub_are_actors():
    """Sibling tasks are unrelated: what one wrote to the shared hub is foreign to the other."""
    with capture() as errortrack:
        hub = sdk.Hub.current

        async def write():
            hub.scope.set_tag("task", "a")

        async def report():
            hub.capture_message("low")

        async def main():
            await asyncio.create_task(write(), name="writer")
            await asyncio.create_task(report(), name="reporter")

        asyncio.run(main())

    with pytest.raises(AssertionError, match=r"captured by reporter.*that writer wrote"):
        errortrack.events.assert_isolated()


def test_sibling_tasks_with_module_level_setters_are_isolated():
    """Each task's own writes fork its scope: gathered tasks do not mix."""
    with capture() as errortrack:

        async def report(name):
            sdk.set_tag("task", name)
            await asyncio.sleep(0)
            sdk.capture_message(name)

        async def main():
            sdk.set_tag("app", "shop")
            await asyncio.gather(report("a"), report("b"))

        asyncio.run(main())

    errortrack.events.assert_isolated()
    assert {event.message: event.tags["task"] for event in errortrack.events} == {"a": "a", "b": "b"}


def test_a_foreign_transaction_is_found_too():
    """Transactions carry scope data as events do."""
    with capture(traces_sample_rate=1.0) as errortrack:
        hub = sdk.Hub.current
        in_thread(lambda: hub.scope.set_tag("t", "B"), name="B")

        def trace():
            with hub.run(lambda: sdk.start_transaction(name="work")):
                pass
            hub.run(lambda: sdk.start_transaction(name="again").finish())

        in_thread(trace, name="A")

    with pytest.raises(AssertionError, match=r"transactions\[\d\]"):
        errortrack.events.assert_isolated()


def test_a_value_that_the_event_gives_itself_is_its_own():
    """What the capture call says overrides the foreign value, and nothing is foreign then."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        in_thread(lambda: hub.scope.set_tag("t", "B"), name="B")
        in_thread(lambda: hub.capture_message("low", tags={"t": "A"}), name="A")

    errortrack.events.assert_isolated(shared=[])
    assert errortrack.events.one().tags == {"t": "A"}


def test_shared_names_what_is_meant_to_be_shared():
    """A path, or all below it, is left out on demand; a bare string is a mistake that is told."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        in_thread(lambda: hub.scope.set_tag("release", "1"), name="B")
        in_thread(lambda: hub.capture_message("low"), name="A")

    errortrack.events.assert_isolated(shared=["tags.release"])
    errortrack.events.assert_isolated(shared=["tags"])
    with pytest.raises(AssertionError):
        errortrack.events.assert_isolated(shared=["tags.rel"])
    with pytest.raises(ExpectationError, match="expected a list of paths"):
        errortrack.events.assert_isolated(shared="tags")


def test_a_proof_of_nothing_fails():
    """No events, or one actor alone, prove nothing."""
    with capture() as errortrack:
        with pytest.raises(AssertionError, match="nothing was captured"):
            errortrack.events.assert_isolated()
        sdk.capture_message("low")
        with pytest.raises(AssertionError, match="only one actor"):
            errortrack.events.assert_isolated()
        with pytest.raises(AssertionError, match="only one actor"):
            errortrack.events.assert_isolated(key=lambda _: 1)


def test_keys_must_be_one_per_actor_and_no_two_the_same():
    """The same oracle for applications that stamp their own ids."""
    with capture() as errortrack:
        in_thread(lambda: sdk.capture_message("a", tags={"id": "1"}), name="A")
        in_thread(lambda: sdk.capture_message("b", tags={"id": "2"}), name="B")

    errortrack.events.assert_isolated(key=lambda event: event.tags["id"])
    with pytest.raises(
        AssertionError, match=r"events\[0\] captured by A and events\[1\] captured by B have the same key"
    ):
        errortrack.events.assert_isolated(key=lambda _: "same")


def test_unknown_keywords_are_refused():
    """A typing error names the nearest keyword."""
    with capture() as errortrack:
        sdk.capture_message("low")
        with pytest.raises(ExpectationError, match="did you mean 'shared'"):
            errortrack.events.assert_isolated(shred=[])
        with pytest.raises(ExpectationError, match="did you mean 'inherited'"):
            errortrack.events.assert_isolated(inherit=["tags.tenant"])


def test_nested_isolation_scopes_inherit():
    """A scope opened inside a request's scope belongs to that request: what the outer one wrote is inherited."""
    with capture() as errortrack:
        for name in "ab":
            with sdk.isolation_scope() as outer:
                outer.set_tag("request", name)
                with sdk.isolation_scope() as inner:
                    inner.set_tag("step", "1")
                    sdk.capture_message("low")

    errortrack.events.assert_isolated()


def test_a_thread_inherits_from_whoever_started_it():
    """The parent of a thread is the thread or declared actor that started it, not the test's own thread."""
    with capture() as errortrack:
        for name in "ab":
            with errortrack.actor(f"request {name}"):
                hub = sdk.Hub.current.clone()
                hub.scope.set_tag("request", name)
                in_thread(lambda hub=hub: hub.capture_message("low"), name=f"helper {name}")

    errortrack.events.assert_isolated()


def test_a_write_of_the_starter_after_the_start_is_no_inheritance():
    """A thread is born when it is started, not at its first step."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        written = threading.Event()

        def report():
            written.wait(5)
            hub.capture_message("low")

        thread = threading.Thread(target=report, name="A")
        thread.start()
        hub.scope.set_tag("late", "yes")
        written.set()
        thread.join()

    with pytest.raises(AssertionError, match="wrote after starting it"):
        errortrack.events.assert_isolated()


def test_work_handed_to_a_thread_by_a_task_belongs_to_the_task():
    """`asyncio.to_thread` carries the context: what the task wrote before is inherited."""
    with capture() as errortrack:

        async def serve(name):
            hub = sdk.Hub.current.clone()
            hub.scope.set_tag("request", name)
            await asyncio.to_thread(hub.capture_message, name)

        async def main():
            await asyncio.gather(serve("a"), serve("b"))

        asyncio.run(main())

    errortrack.events.assert_isolated()


def test_nested_recordings_inherit_from_the_outer_one():
    """What was written before an inner recording began is configuration to it."""
    with capture():
        sdk.Hub.main.scope.set_tag("app", "shop")
        with capture() as inner:
            hub = sdk.Hub.main
            in_thread(lambda: hub.capture_message("a"), name="A")
            in_thread(lambda: hub.capture_message("b"), name="B")

    inner.events.assert_isolated()
    assert [event.tags for event in inner.events] == [{"app": "shop"}] * 2


def test_a_helper_may_report_under_its_starters_key():
    """With `key=`, a parent and the thread that it started are one story; two strangers are not."""
    with capture() as errortrack:

        def serve(name):
            sdk.capture_message("request", tags={"id": name})
            in_thread(lambda: sdk.capture_message("helper", tags={"id": name}), name=f"helper {name}")

        in_thread(lambda: serve("a"), name="A")
        in_thread(lambda: serve("b"), name="B")

    errortrack.events.assert_isolated(key=lambda event: event.tags["id"])
