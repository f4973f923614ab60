from __future__ import annotations

import pytest
from outcomes import outcomes

APP = """
    import pytest
    from pytest_errortrack import sdk

    @pytest.fixture(scope="session", autouse=True)
    def app():
        transport = sdk.MemoryTransport()
        sdk.init("http://key@127.0.0.1/1", transport=transport)
        yield
        sent = [event["message"] for event in transport.events]
        assert sent == EXPECTED, sent

    def test_inactive():
        sdk.capture_message("of an inactive test")

    def test_active(captured_events):
        sdk.capture_message("of an active test")
        captured_events.one()
"""


@pytest.mark.parametrize(
    ("capture", "sent"), [("requested", ["of an inactive test"]), ("all", [])], ids=["requested", "all"]
)
def test_a_suite_can_be_kept_off_the_network(pytester, capture, sent):
    """`errortrack_capture = all` captures in every test; by default a test that asks for nothing sends as always."""
    pytester.makepyfile(APP.replace("EXPECTED", repr(sent)))

    result = pytester.runpytest_subprocess("-o", f"errortrack_capture={capture}")

    result.assert_outcomes(passed=2)


BUDGETS = """
    import pytest
    from hypothesis import given, settings, strategies as st
    from pytest_errortrack.interleave import interleaved

    runs = {}

    def work():
        for _ in range(50):
            pass

    def count(name, interleaving):
        runs[name] = runs.get(name, 0) + 1
        interleaving.run(*[lambda: [interleaving.step("s") for _ in range(6)]] * 3)

    @interleaved(search="random", level="op")
    def test_without_a_budget(interleaving):
        count("without", interleaving)

    @interleaved(search="random", level="op")
    def test_active(interleaving, captured_events):
        count("active", interleaving)

    @interleaved(search="random", level="op", budget=7)
    def test_with_a_budget(interleaving):
        count("with", interleaving)

    @settings(max_examples=3, database=None)
    @given(n=st.integers(0, 100))
    @interleaved(search="random", level="op")
    def test_each_example(interleaving, n):
        count("each", interleaving)

    def test_counts():
        assert runs == {"without": 30, "active": 30, "with": 7, "each": 30 * 3}, runs
"""


@pytest.mark.neighbours("hypothesispytest")
@pytest.mark.parametrize(
    "arguments", [("--errortrack-interleavings", "30"), ("-o", "errortrack_interleavings=30")], ids=["option", "ini"]
)
def test_the_budget_of_interleaved_tests_that_set_none(pytester, arguments):
    """The run's budget counts where a test sets none; under `@given` for each example."""
    pytester.makepyfile(BUDGETS)

    result = pytester.runpytest_subprocess(*arguments)

    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*test_without_a_budget: sampled 29 schedules*"])


MODULES = """
    import pytest
    import shop
    from pytest_errortrack.interleave import interleaved

    @interleaved
    def test_the_project(interleaving):
        interleaving.run(shop.work, shop.work)

    @pytest.mark.errortrack(modules=["no_lines_here"])
    class TestOthers:
        @interleaved
        def test_a_module_without_lines(self, interleaving):
            interleaving.run(shop.work, shop.work)

        @pytest.mark.errortrack(modules=[shop])
        @interleaved
        def test_the_nearest_wins(self, interleaving):
            interleaving.run(shop.work, shop.work)

        @interleaved(modules=["shop"])
        def test_its_own(self, interleaving):
            interleaving.run(shop.work, shop.work)
"""


def test_the_modules_of_interleaved_tests_that_name_none(pytester):
    """`@errortrack(modules=...)` says whose lines are switched at, where `@interleaved` does not."""
    pytester.makepyfile(shop="sold = 0\n\ndef work():\n    global sold\n    sold += 1\n", no_lines_here="")
    pytester.makepyfile(test_modules=MODULES)

    result = pytester.runpytest_subprocess("-v")

    assert outcomes(result) == {
        "test_the_project": "passed",
        "TestOthers::test_a_module_without_lines": "failed",
        "TestOthers::test_the_nearest_wins": "passed",
        "TestOthers::test_its_own": "passed",
    }
    result.stdout.fnmatch_lines(["E*vacuous: *", "*test_the_nearest_wins: complete: *(1 shared line of 1 module)*"])


def test_strictness_is_judged_as_a_setting(pytester):
    """A level that is none is a usage error naming where it was given; a level has other names, in any case."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it():
            sdk.capture_message("boom", level="error")
    """)

    for arguments, said in (
        (("--errortrack-strict", "eror"), "--errortrack-strict: unknown level 'eror', expected off, debug, info, *"),
        (("-o", "errortrack_strict=eror"), "the setting errortrack_strict: unknown level 'eror', *"),
        (("--errortrack-interleavings", "many"), "--errortrack-interleavings: 'many' is no number of schedules*"),
        (("-o", "errortrack_capture=some"), "the setting errortrack_capture: unknown capture 'some'*"),
    ):
        result = pytester.runpytest_subprocess(*arguments)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*{said}"])
    for word, outcome in (("critical", {"passed": 1}), ("WARN", {"failed": 1}), ("Off", {"passed": 1})):
        pytester.runpytest_subprocess("--errortrack-strict", word).assert_outcomes(**outcome)
