from __future__ import annotations

import re
from unittest.mock import ANY

from dirty_equals import AnyThing
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation

WORDS = st.text("abß'\"\\ \n{}", max_size=4)
NAMES = st.sampled_from(["a", "b", "c d"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(NAMES, VALUES, max_size=3)
LINKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["KeyError", "OSError"]), "value": WORDS},
    optional={"module": st.sampled_from(["shop", "builtins"]), "mechanism": st.just({"type": "x", "handled": False})},
)
CRUMBS = st.fixed_dictionaries({"message": WORDS}, optional={"category": WORDS, "data": MAPPINGS})
PAYLOADS = st.fixed_dictionaries(
    {"level": st.sampled_from(["error", "info"])},
    optional={
        "tags": st.dictionaries(NAMES, WORDS, max_size=3),
        "extra": MAPPINGS,
        "user": MAPPINGS,
        "contexts": st.fixed_dictionaries({"trace": st.fixed_dictionaries({"data": MAPPINGS})}),
        "fingerprint": st.lists(WORDS, max_size=3),
        "release": WORDS,
        "exception": st.fixed_dictionaries({"values": st.lists(LINKS, min_size=1, max_size=3)}),
        "breadcrumbs": st.fixed_dictionaries({"values": st.lists(CRUMBS, max_size=4)}),
    },
)
FILES = st.lists(st.sampled_from(["a.txt", "b.txt"]), max_size=2)


def event(payload, files=()):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances(), attachments=files)


def expecting(criteria):
    return Expectation.parse(EVENTS, criteria, asked_by="one()")


@st.composite
def parts(draw, value):
    """Take a part of a value, or what stands for it, that a subset may name."""
    if isinstance(value, dict):
        kept = draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
        return {key: draw(parts(value[key])) for key in kept}
    if isinstance(value, list):
        return [draw(parts(each)) for each in value]
    ways = [value, ANY, AnyThing()] + ([re.compile(re.escape(value))] if isinstance(value, str) else [])
    return draw(st.sampled_from(ways))


@st.composite
def criteria_from(draw, captured):
    """Ask for parts of a captured event."""
    wanted = {}
    for keyword in ("tags", "extra", "user", "contexts", "data"):
        if draw(st.booleans()):
            wanted[keyword] = draw(parts(getattr(captured, keyword)))
    if draw(st.booleans()):
        wanted["level"] = draw(st.sampled_from([captured.level, re.compile(captured.level), ANY]))
    if captured.exceptions and draw(st.booleans()):
        link = draw(st.sampled_from(captured.exceptions))
        wanted["exception"] = draw(st.sampled_from([link.type, link.qualified_name, re.compile(link.type), ANY]))
        wanted["message"] = draw(st.sampled_from([link.value, re.compile(re.escape(link.value)), ANY]))
        wanted["handled"] = link.mechanism.get("handled")
    if draw(st.booleans()):
        kept = [crumb for crumb in captured.breadcrumbs if draw(st.booleans())]
        wanted["breadcrumbs"] = [draw(parts(crumb.payload) | st.just(crumb.message)) for crumb in kept]
    if draw(st.booleans()):
        wanted["attachments"] = [name for name in captured.attachments if draw(st.booleans())]
    if draw(st.booleans()):
        wanted["fingerprint"] = captured.fingerprint
    return wanted


@given(st.data(), PAYLOADS, FILES)
def test_an_expectation_made_of_parts_of_an_event_always_matches_it(data, payload, files):
    """The subset law: whatever is true of an event may be asked of it."""
    captured = event(payload, files)
    expectation = expecting(data.draw(criteria_from(captured)))

    assert expectation.mismatches(captured) == []
    assert expectation.matches(captured)


@given(st.data(), PAYLOADS, PAYLOADS)
def test_a_further_criterion_never_adds_a_match(data, payload, other):
    """Monotony: what matches all of some criteria matches each part of them."""
    wanted = data.draw(criteria_from(event(other)))
    kept = data.draw(st.sets(st.sampled_from(sorted(wanted)))) if wanted else set()
    captured = event(payload)

    if expecting(wanted).matches(captured):
        assert expecting({keyword: wanted[keyword] for keyword in kept}).matches(captured)


@given(st.data(), PAYLOADS, PAYLOADS)
def test_there_are_mismatches_exactly_where_there_is_no_match(data, payload, other):
    """Both answers come from one comparison, and each difference is one: it says where and what."""
    expectation = expecting(data.draw(criteria_from(event(other))))
    found = expectation.mismatches(event(payload))

    assert expectation.matches(event(payload)) == (not found)
    for difference in found:
        assert difference.path.partition("[")[0] in EVENTS.keywords
        assert difference.expected is not difference.got


@given(PAYLOADS, MAPPINGS, st.sampled_from(["tags", "extra", "user"]))
def test_a_mapping_matches_exactly_where_it_is_a_recursive_subset(payload, wanted, keyword):
    """Subsets are what an independent definition says they are."""

    def is_subset(part, whole):
        if isinstance(part, dict):
            return isinstance(whole, dict) and all(key in whole and is_subset(part[key], whole[key]) for key in part)
        if isinstance(part, list):
            return (
                isinstance(whole, list)
                and len(part) == len(whole)
                and all(is_subset(a, b) for a, b in zip(part, whole, strict=True))
            )
        return part == whole

    captured = event(payload)

    assert expecting({keyword: wanted}).matches(captured) == is_subset(wanted, getattr(captured, keyword))
