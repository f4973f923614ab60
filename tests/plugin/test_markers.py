from __future__ import annotations

import pytest

CASES = """
    import pytest
    from pytest_errortrack import sdk

    @pytest.mark.expect_event(level="error", message="boom")
    def test_reported():
        sdk.capture_message("boom", level="error")

    @pytest.mark.expect_event(level="error", message="boom")
    def test_not_reported():
        pass

    @pytest.mark.expect_event(message="boom")
    def test_reported_twice():
        sdk.capture_message("boom")
        sdk.capture_message("boom")

    @pytest.mark.expect_event(message="boom", count=(1, None))
    def test_as_many_as_counted():
        sdk.capture_message("boom")
        sdk.capture_message("boom")
"""


def test_a_marker_is_judged_in_the_call_phase(pytester):
    """What a marker says fails the test itself, both ways: missing and surplus."""
    pytester.makepyfile(CASES)

    result = pytester.runpytest()

    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*AssertionError: expected exactly one event, found 0*", "*expected exactly one event, found 2*"]
    )


def test_a_failing_body_is_not_judged_again(pytester):
    """The body's own failure is what is told; the marker says nothing more."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.expect_event(level="error")
        def test_it():
            assert 1 == 2
    """)

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*expected exactly one*")


def test_skip_and_xfail_apply(pytester):
    """A skipped body is not judged; an expected failure covers the marker."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.expect_event(level="error")
        def test_skipped():
            pytest.skip("no server")

        @pytest.mark.xfail(strict=True, raises=AssertionError)
        @pytest.mark.expect_event(level="error")
        def test_expected_to_fail():
            pass
    """)

    pytester.runpytest().assert_outcomes(skipped=1, xfailed=1)


def test_markers_of_class_and_module_accumulate(pytester):
    """A wider marker adds to a nearer one."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        pytestmark = pytest.mark.expect_event(message="module")

        @pytest.mark.expect_event(message="class")
        class TestAll:
            @pytest.mark.expect_event(message="test")
            def test_all(self):
                for message in ("test", "class", "module"):
                    sdk.capture_message(message)

            def test_one_is_missing(self):
                sdk.capture_message("class")
    """)

    pytester.runpytest().assert_outcomes(passed=1, failed=1)


def test_events_of_set_up_count(pytester):
    """An event reported by a fixture belongs to its test."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        @pytest.fixture
        def warned():
            sdk.capture_message("set up", level="warning")

        @pytest.mark.expect_event(level="warning")
        def test_it(warned):
            pass
    """)

    pytester.runpytest().assert_outcomes(passed=1)


def test_options_of_the_marker_are_those_of_init(pytester):
    """`@errortrack(...)` initialises the SDK for its test; the nearest marker wins, key by key."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        @pytest.mark.errortrack(release="class@1", environment="ci")
        class TestIt:
            @pytest.mark.errortrack(release="test@1")
            def test_merged(self, captured_events):
                sdk.capture_message("low")
                event = captured_events.one()
                assert (event.release, event.environment) == ("test@1", "ci")

        @pytest.mark.errortrack(backend="native")
        def test_backend_alone_initialises_nothing(captured_events):
            assert not sdk.is_initialized()
    """)

    pytester.runpytest().assert_outcomes(passed=2)


WRONG = [
    ("expect_event(levle='error')", "unknown keyword 'levle': did you mean 'level'"),
    ("expect_event(count='many')", "count='many'"),
    ("expect_event(match='(')", "no regular expression"),
    ("errortrack(relase='1')", "'release'"),
    ("errortrack(sample_rate=7)", "sample_rate"),
    ("errortrack(dsn='http://nokey')", "DSN"),
    ("errortrack(backend='ruby')", "unknown backend 'ruby'"),
    ("errortrack(strict='eror')", "strict='eror' is no level, expected off, debug, info, warning, error, fatal"),
    ("errortrack(strct='error')", "@errortrack got an unknown keyword 'strct': did you mean 'strict'"),
    ("errortrack(bakend='native')", "@errortrack got an unknown keyword 'bakend': did you mean 'backend'"),
    ("errortrack(zzz='x')", "@errortrack got an unknown keyword 'zzz': known are backend, strict, "),
    ("expect_event(asked_by='x')", "@expect_event got an unknown keyword 'asked_by': "),
    ("expect_event(vocabulary='x')", "@expect_event got an unknown keyword 'vocabulary': "),
    ("expect_no_events(wants_none=1)", "@expect_no_events got an unknown keyword 'wants_none': "),
    ("allow_events({}, counted=1)", "@allow_events got an unknown keyword 'counted': "),
    ("expect_no_events(__import__('types').MappingProxyType({'count': 2}))", "@expect_no_events takes no count"),
    ("expect_event('x', level='error')", "@expect_event takes keywords, or one mapping of them; got ('x',)"),
    ("errortrack(strict=True)", "strict=True is no level"),
    ("errortrack(modules='shop')", "modules takes a list; write modules=?'shop'?"),
    ("errortrack(modules=['no_such_shop'])", "modules: there is no module 'no_such_shop'"),
    ("errortrack(modules=[7])", "modules takes modules, their names, or paths, not 7"),
    ("errortrack('x')", "keywords only"),
    ("expect_no_events(leval='error')", "@expect_no_events got an unknown keyword 'leval': did you mean 'level'"),
    ("expect_no_events(level='error', count=2)", "@expect_no_events takes no count"),
    ("expect_no_events(not_contains='hunter2')", "with not_contains would ask that everything contains it"),
    ("expect_transaction(level='error')", "@expect_transaction got an unknown keyword 'level': known are name, op, "),
    ("expect_transaction(count=-1)", "count=-1"),
    (
        "allow_events(exceptoin='ValueError')",
        "@allow_events got an unknown keyword 'exceptoin': did you mean 'exception'",
    ),
]


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_wrong_marker_is_a_collection_error_of_its_module(pytester, arguments):
    """A typing error in a marker is told at collection, naming the test and the thing; other modules run."""
    modules = {
        f"test_wrong_{number}": f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass"
        for number, (marker, _) in enumerate(WRONG)
    }
    pytester.makepyfile(**modules, test_right="def test_it(): pass")

    result = pytester.runpytest_subprocess("--continue-on-collection-errors", *arguments)

    result.assert_outcomes(errors=len(WRONG), passed=1)
    for number, (_, said) in enumerate(WRONG):
        result.stdout.fnmatch_lines([f"test_wrong_{number}.py::test_it: *{said}*"])


def test_unittest_methods_are_judged(pytester):
    """Markers and `usefixtures` work on the methods of a TestCase."""
    pytester.makepyfile("""
        import unittest
        import pytest
        from pytest_errortrack import sdk

        class Case(unittest.TestCase):
            @pytest.mark.expect_event(message="low")
            def test_good(self):
                sdk.capture_message("low")

            @pytest.mark.expect_event(message="low")
            def test_bad(self):
                pass
    """)

    pytester.runpytest().assert_outcomes(passed=1, failed=1)


def test_options_that_sentry_sdk_refuses_are_one_error_of_their_test(pytester):
    """What goes wrong before the fixtures is told once, by its own words, and the next test runs."""
    pytester.makepyfile("""
        import pytest
        import sentry_sdk

        @pytest.mark.errortrack(backend="sentry_sdk", nonsense=1)
        def test_bad(captured_events):
            pass

        def test_next(captured_events):
            pass
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *Unknown option 'nonsense'"])
