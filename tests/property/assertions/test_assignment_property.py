from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Count, Expectation, Recorder, judge

COUNTS = st.one_of(
    st.integers(0, 2).map(lambda n: Count(n, n)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: Count(min(pair), max(pair))),
    st.integers(0, 2).map(lambda n: Count(n, None)),
)


def exists(counts, places):
    """Try every assignment of the things that fit somewhere."""
    fitting = [places_of for places_of in places if places_of]
    return any(
        all(chosen.count(number) in count for number, count in enumerate(counts))
        for chosen in itertools.product(*fitting)
    )


@given(
    counts=st.lists(COUNTS, min_size=1, max_size=3),
    places=st.lists(st.sets(st.integers(0, 2)), max_size=5),
)
def test_a_set_of_expectations_holds_exactly_when_some_assignment_exists(counts, places):
    """Judgement agrees with trying all assignments, for any expectations and events."""
    places = [sorted(number for number in fitting if number < len(counts)) for fitting in places]
    events = [
        CapturedEvent({"tags": {str(number): "yes" for number in fitting}}, raw=b"", circumstances=Circumstances())
        for fitting in places
    ]
    expectations = [
        Expectation.parse(EVENTS, asked_by="x", tags={str(number): "yes"}).with_count(count)
        for number, count in enumerate(counts)
    ]

    message = judge(expectations, events, recorder=Recorder())

    assert (message is None) == exists(counts, places), message
