from __future__ import annotations

import copy
import gc
import sys
import threading
import weakref

import pytest

from pytest_errortrack import capture

PROBE = """
import sentry_sdk
from sentry_sdk import scope as scopes
from sentry_sdk.scope import Scope

sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", traces_sample_rate=1.0, default_integrations=False)

def imported(event, hint):
    return event

sentry_sdk.set_tag("imported", "yes")
sentry_sdk.add_breadcrumb(message="imported")
Scope.get_isolation_scope().add_event_processor(imported)
Scope.get_global_scope().set_tag("everywhere", "yes")

def reached():
    found = [Scope.get_global_scope(), Scope.get_isolation_scope(), Scope.get_current_scope()]
    return [held(scope) for scope in found] + [list(scopes.global_event_processors), Scope.get_client()]

def held(scope):
    flags = scope._flags.get() if getattr(scope, "_flags", None) else []
    attributes = {key: value for key, value in getattr(scope, "_attributes", {}).items() if key == "dirty"}
    return [
        dict(scope._tags), dict(scope._extras), dict(scope._contexts), scope._user, scope._level, scope._fingerprint,
        scope._transaction, [crumb["message"] for crumb in scope._breadcrumbs], list(scope._attachments),
        list(scope._event_processors), list(scope._error_processors), scope._span, scope._session, flags, attributes,
        getattr(scope, "_last_event_id", None),
    ]

def dirty():
    for scope in (Scope.get_global_scope(), Scope.get_isolation_scope(), Scope.get_current_scope()):
        scope.set_tag("dirty", "yes")
        scope.remove_tag("imported")
        scope.set_extra("dirty", "yes")
        scope.set_context("dirty", {"dirty": "yes"})
        scope.set_user({"id": "dirty"})
        scope.set_level("fatal")
        scope.fingerprint = ["dirty"]
        scope.set_transaction_name("dirty")
        scope.add_breadcrumb(message="dirty")
        scope.add_attachment(bytes=b"dirty", filename="dirty")
        scope.add_event_processor(lambda event, hint: event)
        scope.add_error_processor(lambda event, exc_info: event)
        scope.start_session()
        if hasattr(scope, "flags"):
            scope.flags.set("dirty", True)
        if hasattr(scope, "set_attribute"):
            scope.set_attribute("dirty", "yes")
    if hasattr(sentry_sdk, "start_transaction"):
        sentry_sdk.start_transaction(name="dirty").__enter__()
    scopes.add_global_event_processor(lambda event, hint: event)
    sentry_sdk.capture_message("dirty")
    assert reached() != BEFORE
    current = Scope.get_current_scope()
    current.set_client(sentry_sdk.Client(default_integrations=False))
    Scope.get_isolation_scope().set_client(sentry_sdk.Client(default_integrations=False))
    scopes._isolation_scope.set(Scope.get_isolation_scope().fork())
    scopes._current_scope.set(current.fork())

BEFORE = reached()

def objects():
    members = dict(vars(scopes)), dict(vars(scopes.Scope))
    return members, (sentry_sdk.Scope, scopes._isolation_scope.get(), scopes._current_scope.get())

OBJECTS = objects()

def assert_clean():
    found = reached()
    assert found == BEFORE, [(now, then) for now, then in zip(found, BEFORE) if now != then]

def assert_original():
    assert_clean()
    (now, alone), (before, alone_before) = objects(), OBJECTS
    for found, then in zip(now, before):
        assert found.keys() == then.keys()
        assert [name for name in then if found[name] is not then[name]] == []
    assert all(found is then for found, then in zip(alone, alone_before))
"""

RUNNERS = {
    "a_sync": """
        import probe

        def test_dirty(captured_events):
            probe.assert_clean()
            probe.dirty()

        def test_clean(captured_events):
            probe.assert_clean()
            assert len(captured_events) == 0

        def test_inactive():
            probe.assert_original()
        """,
    "a_unittest": """
        import unittest
        import pytest
        import probe

        @pytest.mark.errortrack
        class TestActive(unittest.TestCase):
            def setUp(self):
                probe.assert_clean()
                probe.sentry_sdk.set_tag("set", "up")

            def tearDown(self):
                assert probe.Scope.get_isolation_scope()._tags["set"] == "up"
                probe.sentry_sdk.set_tag("torn", "down")

            def test_dirty(self):
                probe.dirty()
                probe.sentry_sdk.set_tag("set", "up")

            def test_other(self):
                probe.dirty()
                probe.sentry_sdk.set_tag("set", "up")

        class TestInactive(unittest.TestCase):
            def test_it(self):
                probe.assert_original()
        """,
    "isolated_asyncio": """
        import unittest
        import pytest
        import probe

        @pytest.mark.errortrack
        class TestActive(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                probe.assert_clean()
                probe.sentry_sdk.set_tag("set", "up")

            async def asyncTearDown(self):
                probe.sentry_sdk.set_tag("torn", "down")

            async def test_dirty(self):
                assert probe.Scope.get_isolation_scope()._tags["set"] == "up"
                probe.dirty()

            async def test_other(self):
                assert probe.Scope.get_isolation_scope()._tags["set"] == "up"
                probe.dirty()

        class TestInactive(unittest.IsolatedAsyncioTestCase):
            async def test_it(self):
                probe.assert_clean()
        """,
    "a_trio": """
        import trio
        import probe

        async def main(check):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(check)

        async def clean_then_dirty():
            probe.assert_clean()
            probe.dirty()

        async def original():
            probe.assert_original()

        def test_dirty(captured_events):
            trio.run(main, clean_then_dirty)

        def test_clean(captured_events):
            trio.run(main, clean_then_dirty)

        def test_inactive():
            trio.run(main, original)
        """,
    "anyio": """
        import pytest
        import probe

        pytestmark = pytest.mark.anyio

        @pytest.fixture(scope="module", params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        @pytest.fixture(scope="module")
        async def service(anyio_backend):
            probe.Scope.get_isolation_scope().set_tag("service", "up")
            yield
            probe.Scope.get_isolation_scope().remove_tag("service")

        @pytest.mark.parametrize("number", [1, 2])
        async def test_dirty(service, captured_events, number):
            assert probe.Scope.get_isolation_scope()._tags.get("service") == "up"
            probe.Scope.get_isolation_scope().remove_tag("service")
            probe.assert_clean()
            probe.dirty()

        async def test_inactive(service):
            assert probe.Scope.get_isolation_scope()._tags.pop("service") == "up"
            try:
                probe.assert_clean()
            finally:
                probe.Scope.get_isolation_scope().set_tag("service", "up")
        """,
} | {
    f"asyncio_{scope}": f"""
        import pytest
        import pytest_asyncio
        import probe

        pytestmark = pytest.mark.asyncio(loop_scope="{scope}")

        class TestIt:
            async def test_dirty(self, captured_events):
                probe.assert_clean()
                probe.dirty()

            async def test_clean(self, captured_events):
                probe.assert_clean()
                probe.dirty()

            async def test_inactive(self):
                probe.assert_clean()
        """
    for scope in ("function", "class", "module", "package", "session")
}


@pytest.mark.neighbours("anyio", "asyncio")
def test_everything_is_put_back_item_by_item_whatever_runs_the_test(pytester):
    """No item of any scope survives its test, for any runner; an inactive test finds the very objects from before.

    The runners whose event loops outlive their tests come last: a context of theirs may still hold a scope.
    """
    pytester.makepyfile(probe=PROBE, **{f"test_{name}": text for name, text in RUNNERS.items()})
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=3 + 3 + 3 + 3 + 6 + 5 * 3)


def test_what_a_module_kept_by_reference_stays_in_effect(pytester):
    """A scope that was taken at import is the one in force during a test, by method, property and slot."""
    pytester.makepyfile(
        probe=PROBE,
        test_kept="""
        import copy
        import probe
        from probe import Scope, sentry_sdk

        KEPT = Scope.get_isolation_scope()
        EVERYWHERE = Scope.get_global_scope()
        set_tag = KEPT.set_tag   # bound before anything records

        def test_dirty(captured_events):
            KEPT.set_extra("kept", "1")
            set_tag("bound", "2")
            Scope.set_user(KEPT, {"id": "3"})
            EVERYWHERE.set_tag("everywhere", "4")
            KEPT._contexts["direct"] = {"five": 5}
            assert KEPT._tags["imported"] == "yes"
            assert isinstance(KEPT, sentry_sdk.Scope) and isinstance(KEPT.fork(), Scope)
            assert copy.copy(KEPT)._extras == {"kept": "1"}
            sentry_sdk.capture_message("test!")
            event = captured_events.one(
                tags={"imported": "yes", "bound": "2", "everywhere": "4"}, user={"id": "3"}, extra={"kept": "1"}
            )
            assert event.contexts["direct"] == {"five": 5}
            own = Scope()
            own.set_tag("own", "6")
            sentry_sdk.capture_message("second", scope=own)
            assert captured_events.last.tags["own"] == "6"

        def test_original():
            probe.assert_original()
            assert KEPT is Scope.get_isolation_scope() and KEPT._extras == {}
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_thread_that_outlives_its_test_keeps_that_tests_scopes(pytester):
    """Late, a thread sees what its own test wrote, the global scope included, and never the next test's."""
    pytester.makepyfile(
        probe=PROBE,
        test_late="""
        import threading
        import probe
        from probe import Scope, sentry_sdk

        go_on, finished = threading.Event(), threading.Event()
        seen = {}

        def late():
            Scope.get_isolation_scope().set_tag("thread", "first")
            go_on.wait()
            seen["isolation"] = dict(Scope.get_isolation_scope()._tags)
            seen["global"] = dict(Scope.get_global_scope()._tags)
            Scope.get_isolation_scope().set_tag("late", "yes")
            Scope.get_global_scope().set_tag("late", "yes")
            with sentry_sdk.scope.isolation_scope() as scope:
                scope.set_tag("block", "late")
                seen["block"] = dict(Scope.get_isolation_scope()._tags)
            finished.set()

        def test_first(captured_events):
            Scope.get_global_scope().set_tag("test", "first")
            thread = threading.Thread(target=late)
            thread.start()

        def test_second(captured_events):
            Scope.get_global_scope().set_tag("test", "second")
            Scope.get_isolation_scope().set_tag("test", "second")
            go_on.set()
            finished.wait()
            assert seen["isolation"]["thread"] == "first" and "test" not in seen["isolation"]
            assert seen["global"]["test"] == "first"
            assert seen["block"]["late"] == "yes" and seen["block"]["block"] == "late"
            assert "late" not in Scope.get_global_scope()._tags
            assert "late" not in Scope.get_isolation_scope()._tags

        def test_third():
            probe.assert_clean()
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.neighbours("asyncio")
def test_fixtures_of_wider_scope_keep_what_they_set(pytester):
    """What a module's fixture sets lasts for all its tests, what it tears down stays down; a block may span tests."""
    pytester.makepyfile(
        probe=PROBE,
        test_wide="""
        import pytest
        import pytest_asyncio
        import probe
        from probe import Scope, sentry_sdk
        from sentry_sdk.scope import isolation_scope, new_scope

        @pytest.fixture(scope="module", autouse=True)
        def service():
            Scope.get_isolation_scope().set_tag("service", "up")
            with new_scope() as scope:
                scope.set_tag("block", "open")
                yield
            Scope.get_isolation_scope().remove_tag("service")

        @pytest.fixture
        def request_scope():
            with isolation_scope() as scope:
                scope.set_tag("fixture", "own")
                yield scope

        @pytest.mark.parametrize("number", [1, 2])
        def test_active(captured_events, number):
            Scope.get_isolation_scope().set_tag("service", "changed")
            Scope.get_isolation_scope().set_tag("dirty", "yes")
            sentry_sdk.capture_message("test!")
            assert captured_events.one().tags["block"] == "open"

        def test_function_scope(captured_events, request_scope):
            assert "dirty" not in request_scope._tags
            sentry_sdk.capture_message("test!")
            captured_events.one(tags={"service": "up", "fixture": "own", "block": "open"})

        def test_inactive():
            assert Scope.get_isolation_scope()._tags == {"imported": "yes", "service": "up"}
        """,
        test_zz_after="""
        import probe

        def test_after():
            probe.assert_original()
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=5)


@pytest.mark.neighbours("hypothesispytest")
def test_each_schedule_begins_with_what_the_fixtures_left(pytester):
    """Under `@interleaved` and `@given` a run sees what the set-up wrote and nothing of the run before."""
    pytester.makepyfile(
        probe=PROBE,
        test_runs="""
        import pytest
        from hypothesis import given, strategies as st
        from probe import Scope, sentry_sdk, held
        from sentry_sdk.scope import isolation_scope
        from pytest_errortrack.interleave import interleaved

        @pytest.fixture
        def shared():
            with isolation_scope() as scope:
                scope.set_tag("fixture", "set")
                yield scope

        def run(shared):
            assert Scope.get_isolation_scope() is shared
            assert shared._tags == {"imported": "yes", "fixture": "set"}
            assert "run" not in Scope.get_global_scope()._tags
            shared.set_tag("run", "yes")
            shared.remove_tag("fixture")
            Scope.get_global_scope().set_tag("run", "yes")

        @interleaved(level="op")
        def test_schedules(interleaving, captured_events, shared):
            run(shared)
            interleaving.run(lambda: interleaving.step("a"), lambda: interleaving.step("b"))

        @pytest.fixture(scope="session")
        def events(captured_events):
            return captured_events

        @given(number=st.integers())
        def test_examples(events, number):
            assert "run" not in Scope.get_global_scope()._tags
            Scope.get_global_scope().set_tag("run", "yes")
            sentry_sdk.capture_message("test!")
            assert len(events) == 1
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_fixture_that_resets_scopes_itself_still_works(pytester):
    """Tests that empty the scopes of `sentry_sdk` by hand, as its own test suite does, find empty ones."""
    pytester.makepyfile(
        probe=PROBE,
        test_reset="""
        import pytest
        import probe
        from probe import Scope, scopes, sentry_sdk

        @pytest.fixture
        def clean_scopes():
            scopes._global_scope = None
            scopes._isolation_scope.set(None)
            scopes._current_scope.set(None)

        def test_it(clean_scopes, captured_events):
            assert Scope.get_isolation_scope()._tags == Scope.get_global_scope()._tags == {}
            sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", default_integrations=False)
            sentry_sdk.set_tag("own", "yes")
            sentry_sdk.capture_message("test!")
            assert captured_events.one().tags == {"own": "yes"}

        def test_original():
            probe.assert_original()
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_integrations_keep_their_processors_and_nobody_else_does(pytester):
    """A processor of the whole process goes with its test, unless an integration that is set up only once added it."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk import scope as scopes
        from sentry_sdk.integrations import Integration

        class Own(Integration):
            identifier = "own"

            @staticmethod
            def setup_once():
                scopes.add_global_event_processor(of_integration)

        def of_integration(event, hint):
            event.setdefault("tags", {})["own"] = "yes"
            return event

        def of_test(event, hint):
            return None

        of_test.__module__ = "somewhere"

        def report():
            sentry_sdk.init(dsn="", integrations=[Own()], auto_enabling_integrations=False)
            sentry_sdk.capture_message("test!")

        def test_first(captured_events):
            report()
            scopes.add_global_event_processor(of_test)
            sentry_sdk.capture_message("dropped")
            assert captured_events.one().tags == {"own": "yes"}

        def test_second(captured_events):
            report()
            assert captured_events.one().tags == {"own": "yes"}
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_recording_is_let_go_with_everything_that_it_holds():
    """Nothing of ours keeps a recording once its test let go of it: memory does not grow with the number of tests."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    recorders = []
    for number in range(10):
        with capture() as errortrack:
            sentry_sdk.set_extra("number", number)
            sentry_sdk.capture_message("low")
            recorders.append(weakref.ref(errortrack._recorder()))
        del errortrack
    gc.collect()

    assert [reference() for reference in recorders] == [None] * 10


@pytest.mark.parametrize("way", ["made", "copied"])
def test_a_scope_that_is_being_made_when_a_recording_begins_is_whole_after_it(way):
    """What another thread has half made by then is made to its end, and works in the recording and after it."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    plain = type(sentry_sdk.Scope())
    model = copy.copy(plain())
    half = object.__new__(plain)
    half._type = model._type

    with capture():
        if way == "made":
            plain.__init__(half)
        else:
            for slot in (name for name in plain.__slots__ if hasattr(model, name)):
                setattr(half, slot, copy.copy(getattr(model, slot)))
        half.set_tag("inside", "yes")
        inside = dict(half._tags)
    half.set_tag("after", "yes")

    assert inside == {"inside": "yes"}
    assert half._tags == {"after": "yes"}


def test_threads_that_use_scopes_while_a_recording_begins_or_ends_notice_nothing():
    """A background thread of the application is between the two again and again, and never gets an error from us."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    kept = sentry_sdk.get_isolation_scope()
    end, errors, rounds = threading.Event(), [], 0

    def work():
        nonlocal rounds
        while not end.is_set():
            try:
                kept.set_tag("kept", "yes")
                with sentry_sdk.isolation_scope():
                    sentry_sdk.set_tag("inner", "yes")
                rounds += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(100):
            with capture():
                pass
    finally:
        end.set()
        thread.join()
        sys.setswitchinterval(interval)
        kept.remove_tag("kept")

    assert errors == []
    assert rounds > 0


def test_a_wider_fixture_that_fails_leaves_no_state_behind(pytester):
    """Where a test goes on without it, what the test sets is still gone afterwards."""
    pytester.makepyfile("""
        import pytest, sentry_sdk

        sentry_sdk.init()

        @pytest.fixture(scope="module")
        def database():
            raise RuntimeError("no database")

        @pytest.fixture
        def store(request):
            try:
                return request.getfixturevalue("database")
            except RuntimeError:
                return "memory"

        def test_goes_on(captured_events, store):
            sentry_sdk.set_tag("leak", "yes")
            sentry_sdk.capture_message("low")
            captured_events.one(tags={"leak": "yes"})

        def test_after(captured_events):
            sentry_sdk.capture_message("low")
            assert captured_events.one().tags == {}
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_handle_shows_the_merged_scopes_that_are_used():
    """`errortrack.scope` is a snapshot of the scopes of `sentry_sdk` where that is what the application uses."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    processed = []

    def processor(event, hint):
        processed.append((event, hint))
        return event

    with capture(backend="sentry_sdk", dsn="", default_integrations=False) as errortrack:
        sentry_sdk.get_global_scope().set_tag("everywhere", "yes")
        sentry_sdk.get_isolation_scope().add_event_processor(processor)
        sentry_sdk.set_tag("request", "7")
        with sentry_sdk.new_scope() as scope:
            scope.set_extra("inner", [1])
            sentry_sdk.add_breadcrumb(message="step")
            shown = errortrack.scope
            sentry_sdk.set_tag("later", "yes")

    assert shown["tags"] == {"everywhere": "yes", "request": "7"}
    assert shown["extra"] == {"inner": [1]}
    assert [crumb["message"] for crumb in shown["breadcrumbs"]] == ["step"]
    assert processed == []
