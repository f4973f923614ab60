"""What a test asks about by `not_contains` is shown in no text of ours, wherever it was found."""

from __future__ import annotations

import pytest

CARD = "4111-1111-1111-zz"

TESTS = """
    import pytest
    from pytest_errortrack import sdk

    CARD = "".join(["4111-1111", "-1111-zz"])

    def report():
        sdk.set_tag("note", CARD)
        sdk.set_tag(CARD, "as a key")
        sdk.set_extra("pin", 1234567)
        sdk.capture_message("a long text before it, so that a line has to be cut " + CARD)

    def test_call(captured_events):
        report()
        captured_events.one(not_contains=CARD)

    def test_many(captured_events):
        report()
        captured_events.matching(not_contains=[CARD, b"1234567"])

    def test_earlier(captured_events):
        report()
        with pytest.raises(AssertionError, match="found it in 1 of 1"):
            captured_events.assert_not_contains(CARD)
        captured_events.one(message="another")

    def test_ordered(captured_events):
        report()
        captured_events.assert_ordered([{"not_contains": CARD}])

    @pytest.mark.expect_event(not_contains=CARD)
    def test_marker():
        report()

    @pytest.mark.expect_event(not_contains=CARD)
    @pytest.mark.errortrack(strict="info")
    def test_marker_and_strict(captured_events):
        report()
        assert not captured_events
"""


def test_nothing_shows_it(pytester):
    """No failure, section, suggestion, JUnit file or report shows what was asked about, also cut in pieces."""
    pytester.makepyfile(TESTS)
    outputs = ("report.json", "report.jsonl", "report.html")
    reports = [f"--errortrack-report={name}" for name in outputs]
    result = pytester.runpytest_subprocess(
        "--tb=line", "--errortrack-suggest", "--junitxml=junit.xml", "-o", "junit_family=xunit2", *reports
    )
    assert result.parseoutcomes()["failed"] >= 5
    texts = {name: (pytester.path / name).read_text(encoding="utf-8") for name in (*outputs, "junit.xml")}
    texts["terminal"] = result.stdout.str()
    for name, text in texts.items():
        assert "***" in text, name
        assert CARD not in text, name
        assert CARD[:8] not in text.replace('[\\"4111-1111\\"', ""), name


def test_the_failure_and_the_section_mask_it(pytester):
    """Both still say where it was found."""
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("--tb=short", "-k", "test_call")
    result.stdout.fnmatch_lines(
        [
            "E   AssertionError: expected exactly one event, found 0*",
            "E     asked by one(): not_contains='[*][*][*]'",
            "E       events[[]0[]] info 'a long text before it, so that a line*",
            "E       not_contains: found in message, a key of tags, tags['note']",
            "*Captured error reports*",
            "info 'a long text before it, so that a line*",
            "    tags {'note': '[*][*][*]', '[*][*][*]': 'as a key'}",
        ]
    )
    assert CARD not in result.stdout.str()


@pytest.mark.parametrize("short", ["7", "abc"])
def test_a_short_one_is_masked_as_a_word_of_what_was_captured(pytester, short):
    """What is shorter than four characters is masked where it stands alone; our own words stay."""
    pytester.makepyfile(
        f"""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_message("pin {short} of x{short}x")
            captured_events.one(not_contains="{short}")
        """
    )
    result = pytester.runpytest_subprocess("--tb=line")
    result.stdout.fnmatch_lines(["*pin [*][*][*] of x*"])
