"""Properties of the way to JSON: anything can be sent, within bounds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.sdk._serialize import Limits, VariableWriter, bounded, normalise, safe_repr
from pytest_errortrack.sdk._serialize._normalise import _Walker
from pytest_errortrack.sdk._serialize._plain import is_plain
from pytest_errortrack.sdk.protocol import copied, decode, encode


class Hostile:
    """Fails at whatever it is asked."""

    def __repr__(self):
        raise RuntimeError

    __str__ = __len__ = __iter__ = __bool__ = __repr__


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.binary(max_size=10)
    | st.datetimes()
    | st.uuids()
    | st.builds(Hostile)
)
keys = st.text(st.characters(), max_size=5) | st.integers() | st.none() | st.tuples(st.integers())
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(keys, inner, max_size=5)
        | st.tuples(inner, inner)
        | st.sets(st.integers(), max_size=5)
    ),
    max_leaves=20,
)
events = st.dictionaries(
    st.sampled_from(["message", "extra", "contexts", "exception", "breadcrumbs", "spans", "tags", "_meta", "odd"]),
    anything,
)
LIMITS = Limits(depth=3, breadth=4, text=30)


def depth_of(value):
    """Return how deep containers are nested that have something in them."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 + max(map(depth_of, inner)) if inner else 0


@given(events)
def test_anything_becomes_json(event):
    """Whatever is in an event, it can be written, and the standard library reads the same as our codec."""
    text = encode(normalise(event))

    assert json.loads(text) == decode(text)
    assert b"\n" not in text


@given(events, st.booleans())
def test_what_is_sent_as_it_is_need_not_be_walked(event, scrubs):
    """E6, DH1: what is recognised as plain at one glance is what the walk, value by value, would make of it."""
    walker = _Walker(LIMITS, [])
    walker._scrubs = scrubs

    for value in (each for each in event.values() if type(each) in {dict, list, tuple}):
        is_done = is_plain(
            value, depth=LIMITS.depth, breadth=LIMITS.breadth, text=LIMITS.text, trusted=frozenset(), scrubs=scrubs
        )
        if is_done:
            assert encode(value) == encode(walker.value(value, (None, "x"), 0))


@given(anything)
def test_bounds_hold(value):
    """Depth, breadth and the length of texts are bounded whatever is given."""
    extra = normalise({"extra": value}, LIMITS)["extra"]

    def check(inner):
        if isinstance(inner, str):
            assert len(inner) <= 30
        elif isinstance(inner, (dict, list)):
            assert len(inner) <= 4
            for item in inner.values() if isinstance(inner, dict) else inner:
                check(item)

    check(extra)
    assert depth_of(extra) <= 3


@given(st.dictionaries(st.text(st.characters(), max_size=5), anything, max_size=5))
def test_any_variables_can_be_written(variables):
    """Whatever a frame's variables are, they can be sent."""
    written = VariableWriter(lambda: 0.0, scrubs=True).write(variables)

    assert json.loads(encode(written)) == written


@given(anything, st.integers(64, 100))
def test_reprs_are_bounded(value, limit):
    """A repr never exceeds its limit, and can always be encoded."""
    text = safe_repr(value, limit)

    assert len(text) <= limit
    assert text.encode()


@given(st.text(st.characters(), max_size=40), st.integers(4, 40))
def test_cut_texts_keep_their_beginning(text, limit):
    """E6: a cut is made between characters, never inside one."""
    cut = bounded(text, limit)

    assert len(cut) == min(len(text), limit)
    if len(text) <= limit:
        assert cut == text.encode("utf-8", "replace").decode()
    else:
        assert cut == text[: limit - 3].encode("utf-8", "replace").decode() + "..."


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=10))
def test_copies_are_equal_and_share_nothing(value):
    """S10: a copy has the same shape, and no container of the original."""

    def containers(inner):
        found = [inner] if isinstance(inner, (list, dict)) else []
        for item in inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ():
            found += containers(item)
        return found

    copy = copied(value)
    originals = {id(container) for container in containers(value)}

    assert not originals & {id(container) for container in containers(copy)}
    assert repr_of(copy) == repr_of(value)


def repr_of(value):
    """Return a repr that works for hostile values too."""
    if isinstance(value, dict):
        return {key: repr_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [repr_of(item) for item in value]
    return id(value)
