from __future__ import annotations

import re

import pytest

from pytest_errortrack.interleave import Token, decode_token
from pytest_errortrack.interleave._token import encode

SUITE = """
    from hypothesis import Phase, example, given, settings, strategies as st
    from pytest_errortrack.interleave import interleaved, interleavings

    settings.register_profile("quick", phases=[Phase.explicit, Phase.generate, Phase.shrink], database=None)
    settings.load_profile("quick")

    class Counter:
        n = 0

    def add(counter, times):
        for _ in range(times):
            seen = counter.n
            counter.n = seen + 1

    def check(interleaving, times):
        counter = Counter()
        interleaving.run(a=lambda: add(counter, times), b=lambda: add(counter, times))
        assert counter.n == 2 * times

    @given(times=st.integers(1, 5), more=st.lists(st.text()))
    @interleaved
    def test_drawn(interleaving, times, more):
        check(interleaving, times)

    @example(times=0)
    @example(times=3)
    @settings(max_examples=1)
    @given(times=st.just(0))
    @interleaved(level="op", max_preemptions=1)
    def test_explicit(interleaving, times):
        interleaving.run(*[lambda: interleaving.step("x")] * 2)
        if times:
            check(interleaving, times)
            raise LookupError("three")

    @given(interleaving=interleavings(), times=st.integers(1, 5))
    def test_together(interleaving, times):
        check(interleaving, times)
"""

pytestmark = pytest.mark.neighbours("hypothesispytest")


def tokens_of(result):
    """Read the tokens of the failures by the name of the test."""
    tokens = dict.fromkeys(re.findall(r"--errortrack-replay (et1-[\w-]+)", result.stdout.str()))
    return {decode_token(token).identity.rpartition("::")[2]: token for token in tokens}


def data_of(result):
    """Read what the failing tests were given, by the name of the test."""
    return dict(re.findall(r"_ (test_\w+) _.*?\btimes = (\d)$", result.stdout.str(), re.DOTALL | re.MULTILINE))


@pytest.fixture
def suite(pytester):
    """Write the suite, edited if need be."""

    def write(edit=lambda text: text):
        return pytester.makepyfile(test_suite=edit(SUITE))

    write()
    return write


def test_a_token_brings_back_the_data_and_the_schedule(pytester, suite):
    """For what was drawn, for an explicit example, and for a schedule that was drawn with the data."""
    found = pytester.runpytest()
    tokens, data = tokens_of(found), data_of(found)
    assert set(tokens) == set(data) == {"test_drawn", "test_explicit", "test_together"}

    for name, lines in {
        "test_drawn": ["E*assert * == *", "E*1 preemption, replayed*"],
        "test_explicit": ["E*LookupError: three", "E*0 preemptions, replayed*"],
        "test_together": ["E*assert * == *", "E*1 preemption, replayed*"],
    }.items():
        result = pytester.runpytest("--errortrack-replay", tokens[name])

        result.assert_outcomes(failed=1, deselected=2)
        assert data_of(result) == {name: data[name]}
        result.stdout.fnmatch_lines(lines)


def test_a_replay_of_repaired_code_passes_or_says_that_the_code_is_another(pytester, suite):
    """Where the repair is no edit of what runs the property passes; an edit of the strategies is a divergence."""
    tokens = tokens_of(pytester.runpytest())

    suite(lambda text: text.replace("assert counter.n == 2 * times", "assert counter.n"))
    passed = pytester.runpytest("--errortrack-replay", tokens["test_drawn"])
    suite(lambda text: text.replace("st.integers(1, 5), more", "st.integers(7, 9), more"))
    other = pytester.runpytest("--errortrack-replay", tokens["test_drawn"])

    passed.assert_outcomes(passed=1, deselected=2)
    other.assert_outcomes(failed=1, deselected=2)
    other.stdout.fnmatch_lines(["E*Diverged*not given the data of the token*"])


def test_data_of_another_version_is_refused_by_name(pytester, suite):
    """No version of Hypothesis reads what another one drew; so the message says which one is needed."""
    token = decode_token(tokens_of(pytester.runpytest("-k", "drawn"))["test_drawn"])
    fields = {name: getattr(token, name) for name in Token.__slots__}
    old = encode(Token(**{**fields, "drawn": token.drawn._replace(version="6.1.2")}))
    too_much = encode(Token(**{**fields, "drawn": token.drawn._replace(blob="-")}))
    none = encode(Token(**{**fields, "drawn": None}))

    for text, said in {old: "drawn by Hypothesis 6.1.2", too_much: "too much for a token", none: "no data"}.items():
        result = pytester.runpytest("--errortrack-replay", text)

        result.assert_outcomes(failed=1, deselected=2)
        result.stdout.fnmatch_lines([f"E*BadToken*{said}*"])
