from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

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
    assert message.startswith('events[0] "test!" captured by A (test_isolation.py:')
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


def test_the_jobs_of_a_thread_are_not_of_whoever_needed_it_first():
    """A pool's thread is started by the first request that needs it: later jobs neither inherit from that one, ..."""
    with capture() as errortrack, ThreadPoolExecutor(max_workers=1, thread_name_prefix="pool") as pool:
        hub = sdk.Hub.current
        with errortrack.actor("A"):
            hub.scope.set_tag("of_A", "A")
            pool.submit(int).result()
        with errortrack.actor("B"):
            pool.submit(hub.capture_message, "low").result()

    with pytest.raises(AssertionError, match=r"captured by job 2 of pool_0 carries data that A wrote"):
        errortrack.events.assert_isolated()


def test_what_the_jobs_of_a_thread_write_is_not_of_whoever_needed_it_first():
    """... nor are they that one's doing."""
    with capture() as errortrack, ThreadPoolExecutor(max_workers=1, thread_name_prefix="pool") as pool:
        hub = sdk.Hub.current
        first, second, third = threading.Event(), threading.Event(), threading.Event()

        def request_a():
            pool.submit(int).result()
            first.set()
            second.wait(5)
            hub.capture_message("low")
            third.set()

        def request_b():
            first.wait(5)
            pool.submit(hub.scope.set_tag, "of_B", "B").result()
            second.set()
            third.wait(5)

        threads = [threading.Thread(target=run, name=name) for run, name in ((request_a, "A"), (request_b, "B"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with pytest.raises(AssertionError, match=r"captured by A .*\s+carries data that job 2 of pool_0 wrote"):
        errortrack.events.assert_isolated()


def test_a_task_that_has_done_nothing_yet_may_hand_work_to_a_reused_thread():
    """What `asyncio.to_thread` does for it there is its own, though an earlier task's thread does it."""
    with capture() as errortrack:

        async def serve(name):
            hub = sdk.Hub.current.clone()
            await asyncio.to_thread(hub.scope.set_tag, "request", name)
            hub.capture_message(name)

        async def main():
            for name in ("a", "b"):
                await asyncio.create_task(serve(name), name=name)

        asyncio.run(main())

    errortrack.events.assert_isolated()
    assert [event.tags["request"] for event in errortrack.events] == ["a", "b"]


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


def test_equal_values_mix_nothing_up():
    """Two that both write the same: whoever was last, the event says what its actor wrote, so it is no finding."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        turn = [threading.Event(), threading.Event()]

        def first():
            hub.scope.set_level("fatal")
            hub.scope.set_transaction_name("/checkout")
            hub.scope.set_user({"plan": "free", "id": "A"})
            hub.scope.set_context("shop", {"name": "acme"})
            hub.scope.set_tag("request", "A")
            turn[0].set()
            turn[1].wait(5)
            hub.capture_message("test!")

        def second():
            turn[0].wait(5)
            hub.scope.set_level("fatal")
            hub.scope.set_transaction_name("/checkout")
            hub.scope.set_user({"plan": "free", "id": "B"})
            hub.scope.set_context("shop", {"name": "acme"})
            hub.scope.set_tag("request", "B")
            turn[1].set()

        threads = [threading.Thread(target=run, name=name) for run, name in ((first, "A"), (second, "B"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    found = str(failure.value)
    assert 'user["id"] = ' in found
    assert 'tags["request"] = ' in found
    assert not any(path in found for path in ("level", "transaction", "plan", "shop"))


def test_an_equal_value_from_before_ones_own_last_is_foreign():
    """What counts is what the actor wrote last: an older value of its own that somebody else brings back is found."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        turn = [threading.Event(), threading.Event()]

        def first():
            hub.scope.set_tag("step", "1")
            hub.scope.set_tag("step", "2")
            turn[0].set()
            turn[1].wait(5)
            hub.capture_message("test!")
            hub.scope.set_tag("step", "1")

        def second():
            turn[0].wait(5)
            hub.scope.set_tag("step", "1")
            turn[1].set()

        threads = [threading.Thread(target=run, name=name) for run, name in ((first, "A"), (second, "B"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with pytest.raises(
        AssertionError, match=r"captured by A .*\s+carries data that B wrote:\n    tags\[\"step\"\] = '1'"
    ):
        errortrack.events.assert_isolated()


@pytest.mark.parametrize("field", ["level", "transaction", "fingerprint"])
def test_what_before_send_replaced_is_the_callbacks(field):
    """A level, name or fingerprint that is another in what was sent is no longer the foreign writer's."""
    written = {"level": "fatal", "transaction": "/b", "fingerprint": ["b"]}
    sent = {"level": "info", "transaction": "/a", "fingerprint": ["a"]}

    def mixed(errortrack):
        hub = sdk.Hub.current
        with errortrack.actor("B"):
            hub.scope.set_level(written["level"])
            hub.scope.set_transaction_name(written["transaction"])
            hub.scope.set_fingerprint(written["fingerprint"])
        with errortrack.actor("A"):
            hub.capture_event({"message": "test!"})

    with capture(before_send=lambda event, _: {**event, field: sent[field]}) as replaced:
        mixed(replaced)
    with capture() as kept:
        mixed(kept)

    with pytest.raises(AssertionError) as of_kept:
        kept.events.assert_isolated()
    with pytest.raises(AssertionError) as of_replaced:
        replaced.events.assert_isolated()
    assert f"\n    {field} = " in str(of_kept.value)
    assert f"\n    {field} = " not in str(of_replaced.value)


def test_a_breadcrumb_is_known_wherever_it_stands():
    """`before_send` may take breadcrumbs out: those that are left keep their writers, and a masked one too."""

    def clean(event, _):
        crumbs = event["breadcrumbs"]["values"]
        crumbs[:] = [crumb for crumb in crumbs if crumb["message"] != "noise"]
        for crumb in crumbs:
            crumb["message"] = crumb["message"].replace("4111", "[card]")
        return event

    with capture(before_send=clean) as errortrack:
        hub = sdk.Hub.current
        with errortrack.actor("B"):
            hub.scope.add_breadcrumb(message="noise", category="a")
            hub.scope.add_breadcrumb(message="card 4111", category="b")
        with errortrack.actor("A"):
            hub.scope.add_breadcrumb(message="own", category="c")
            hub.capture_message("test!")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    assert "'card [card]'" in str(failure.value)
    assert "noise" not in str(failure.value)
    assert "own" not in str(failure.value)


def test_a_secret_is_not_shown():
    """The value of a key that names a secret is masked: a failure is read by many."""
    with capture(scrub_data=False) as errortrack:
        hub = sdk.Hub.current
        with errortrack.actor("B"):
            hub.scope.set_extra("api_key", "sk-4711")
        with errortrack.actor("A"):
            hub.capture_message("test!")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    assert "extra[\"api_key\"] = '***'" in str(failure.value)
    assert "4711" not in str(failure.value)


def test_findings_are_told_by_thing_and_writer_and_are_bounded():
    """Each event has its heading once for each writer; the list ends after eight values and says how many follow."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        for number in range(6):
            for name in ("B", "C"):
                with errortrack.actor(name):
                    hub.scope.set_tag(f"{name}{number}", "x" * 200)
        with errortrack.actor("A"):
            hub.capture_message("a message that is long enough to be cut somewhere near its end, or so")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated()

    lines = str(failure.value).splitlines()
    assert lines[-1] == "    ... and 4 more"
    assert len([line for line in lines if "    tags[" in line]) == 8
    assert max(len(line) for line in lines) <= 120


def test_a_path_that_nothing_can_have_is_refused():
    """A typing error in `shared=` or `inherited=` would hide nothing, or prove nothing: it names the nearest field."""
    with capture() as errortrack:
        sdk.capture_message("low")
        with pytest.raises(ExpectationError, match=r"there is no field 'tag'; did you mean 'tags'\?"):
            errortrack.events.assert_isolated(shared=["tag.release"])
        with pytest.raises(ExpectationError, match="there is no field 'request_id'; a path begins with one of"):
            errortrack.events.assert_isolated(shared=["request_id"])
        with pytest.raises(ExpectationError, match="there is no field 'spans'"):
            errortrack.events.assert_isolated(inherited=["spans"])


def test_a_key_of_the_user_is_inherited_only_where_it_was_given():
    """`inherited=["user.email"]` asks for what the ancestor's user had; where it had none, the check proves nothing."""
    with capture() as errortrack:
        sdk.set_user({"id": "1"})
        for name in "AB":
            in_thread(lambda: sdk.capture_message("low"), name=name)

    errortrack.events.assert_isolated(inherited=["user.id"])
    with pytest.raises(AssertionError, match="proves nothing"):
        errortrack.events.assert_isolated(inherited=["user.email"])


def test_a_key_that_two_have_is_told_with_its_events_and_writers():
    """`key=` names both events with place and key, and who wrote the value where that is known."""
    with capture() as errortrack:
        hub = sdk.Hub.current
        with errortrack.actor("A"):
            hub.scope.set_tag("request", "A")
        with errortrack.actor("B"):
            hub.scope.set_tag("request", "B")
            hub.capture_message("of B")
        with errortrack.actor("C"):
            hub.capture_message("of C")

    with pytest.raises(AssertionError) as failure:
        errortrack.events.assert_isolated(key=lambda event: event.tags["request"])

    lines = str(failure.value).splitlines()
    assert lines[0] == (
        "events[0] captured by B and events[1] captured by C have the same key 'B': one carries the other's"
    )
    assert lines[1].startswith('    events[0] "of B" captured by B (test_isolation.py:')
    assert "      key 'B'" in lines
    assert [line for line in lines if "written by B at test_isolation.py:" in line and 'tags["request"]' in line]


def test_an_actor_with_two_keys_is_told_with_both_events():
    """One unit of work whose events have different keys has taken in somebody else's."""
    with capture() as errortrack:
        with errortrack.actor("A"):
            sdk.capture_message("first", tags={"request": "1"})
            sdk.capture_message("second", tags={"request": "2"})
        with errortrack.actor("B"):
            sdk.capture_message("third", tags={"request": "3"})

    with pytest.raises(AssertionError, match=r"^events captured by A have different keys:") as failure:
        errortrack.events.assert_isolated(key=lambda event: event.tags["request"])

    assert 'events[0] "first" captured by A' in str(failure.value)
    assert 'events[1] "second" captured by A' in str(failure.value)
    assert "third" not in str(failure.value)


@pytest.mark.parametrize("key", [lambda event: event.tags.get("request"), lambda event: event.tags["request"]])
def test_an_event_without_a_key_is_told(key):
    """None is no key: two events without one would otherwise look like one mixed pair."""
    with capture() as errortrack:
        for name in ("A", "B"):
            with errortrack.actor(name):
                sdk.capture_message("test!", tags={"other": name})

    with pytest.raises(AssertionError, match=r"^events\[0\] \"test!\" captured by A .* has no key: .*'other': 'A'"):
        errortrack.events.assert_isolated(key=key)


def test_a_key_may_be_anything_that_can_be_compared():
    """A mapping has no hash, and is a key all the same."""
    with capture() as errortrack:
        for name in ("A", "B"):
            with errortrack.actor(name):
                sdk.capture_message("test!", extra={"request": {"id": name}})

    errortrack.events.assert_isolated(key=lambda event: event.extra["request"])
    with pytest.raises(AssertionError, match="have the same key"):
        errortrack.events.assert_isolated(key=lambda event: event.extra.keys())


def test_transactions_can_be_asked_for_themselves():
    """`captured_transactions.assert_isolated()`, also with `key=`: each kind has its key in another place."""
    with capture(traces_sample_rate=1.0) as errortrack:
        hub = sdk.Hub.current
        for name in ("A", "B"):
            with errortrack.actor(name):
                hub.scope.set_tag(f"of_{name}", name)
                hub.run(lambda name=name: sdk.start_transaction(name=f"/{name}").finish())
    errortrack.transactions.assert_isolated(key=lambda transaction: transaction.name)
    with pytest.raises(AssertionError, match=r"^transactions\[0\] captured by A and"):
        errortrack.transactions.assert_isolated(key=lambda transaction: transaction.tags["of_A"])
    with pytest.raises(AssertionError, match=r'^transactions\[1\] "/B" captured by B .*\s+carries data that A wrote'):
        errortrack.transactions.assert_isolated()
