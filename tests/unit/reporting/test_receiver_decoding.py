from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.reporting._answers import Refusal
from pytest_errortrack.reporting._decoding import decode, inflate

PLENTY = 10_000_000
MOST_KEPT = 4 * 1024 * 1024
SIXTEEN_MIB = bytes(16 * 1024 * 1024)


def raw_deflate(data):
    """Compress as many clients do that say `deflate`: without zlib's wrapping."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


COMPRESSORS = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
}
compressors = st.sampled_from(list(COMPRESSORS.values()))
contents = st.binary() | st.builds(
    lambda piece, times: piece * times, st.binary(min_size=1, max_size=50), st.just(9000)
)


@given(data=contents, layers=st.lists(compressors, min_size=1, max_size=3))
def test_what_was_compressed_comes_out_as_it_was(data, layers):
    """Any bytes survive any one to three compressions, named in the order in which they were applied."""
    body = data
    for _, compress in layers:
        body = compress(body)

    assert decode(body, ", ".join(name for name, _ in layers), limit=PLENTY) == data


@given(body=st.binary(), name=st.sampled_from(["gzip", "deflate", "br"]))
def test_whatever_is_said_to_be_compressed_is_read_or_refused(body, name):
    """Random bytes are refused with 400 or are a stream; nothing else is raised."""
    status = 200
    try:
        decode(body, name, limit=PLENTY)
    except Refusal as refusal:
        status = refusal.status

    assert status in {200, 400}


@pytest.mark.parametrize("kind", list(COMPRESSORS))
@pytest.mark.parametrize("cut", [0, 1, 5, -1])
def test_a_stream_that_is_cut_short_is_refused(kind, cut):
    """A stream without its end is malformed, wherever it was cut."""
    name, compress = COMPRESSORS[kind]

    with pytest.raises(Refusal) as caught:
        decode(compress(b"abc" * 1000)[:cut], name, limit=PLENTY)

    assert (caught.value.status, caught.value.detail) == (400, "invalid request body")


@pytest.mark.parametrize("kind", list(COMPRESSORS))
def test_what_follows_the_end_of_a_stream_is_refused(kind):
    """Bytes behind the end are no part of a report."""
    name, compress = COMPRESSORS[kind]

    with pytest.raises(Refusal) as caught:
        decode(compress(b"abc") + b"junk", name, limit=PLENTY)

    assert caught.value.status == 400


def test_members_of_gzip_may_follow_each_other():
    """Two gzip streams in a row are one body, as the format says."""
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", limit=PLENTY) == b"ab"


@pytest.mark.parametrize("name", ["zstd", "compress", "gzip, zstd"])
def test_an_unknown_compression_names_those_that_are_known(name):
    """415, with the known ones in `Accept-Encoding`."""
    with pytest.raises(Refusal) as caught:
        decode(b"x", name, limit=PLENTY)

    assert caught.value.status == 415
    assert caught.value.answer.headers["Accept-Encoding"] == "gzip, deflate, br"


def test_too_many_compressions_around_each_other_are_refused():
    """Nobody nests four times in good faith."""
    with pytest.raises(Refusal) as caught:
        decode(b"x", "gzip, gzip, gzip, gzip", limit=PLENTY)

    assert caught.value.status == 415


@pytest.mark.parametrize("found", [None, "too old"])
def test_without_brotli_the_install_is_named(monkeypatch, found):
    """Where brotli is missing, or too old to be told to stop, 415 says what brings it."""
    module = None if found is None else type(sys)("brotli")
    if module is not None:
        module.Decompressor = object
    monkeypatch.setitem(sys.modules, "brotli", module)

    with pytest.raises(Refusal) as caught:
        decode(brotli.compress(b"x"), "br", limit=PLENTY)

    assert caught.value.status == 415
    assert "pip install 'pytest-errortrack[report]'" in caught.value.detail
    assert caught.value.answer.headers["Accept-Encoding"] == "gzip, deflate"


def zeros_by_deflate(*, wbits):
    """Return a gigabyte of zeros, compressed."""
    compressor = zlib.compressobj(wbits=wbits)
    start = compressor.compress(SIXTEEN_MIB) + compressor.flush(zlib.Z_FULL_FLUSH)
    block = compressor.compress(SIXTEEN_MIB) + compressor.flush(zlib.Z_FULL_FLUSH)
    return start + block * 63  # without its end: nobody gets that far


def zeros_by_brotli():
    """Return a gigabyte of zeros, compressed."""
    compressor = brotli.Compressor(quality=1)
    return b"".join(compressor.process(SIXTEEN_MIB) for _ in range(64)) + compressor.finish()


BOMBS = {
    "gzip": lambda: ("gzip", gzip.compress(SIXTEEN_MIB) * 64),
    "zlib": lambda: ("deflate", zeros_by_deflate(wbits=zlib.MAX_WBITS)),
    "raw": lambda: ("deflate", zeros_by_deflate(wbits=-zlib.MAX_WBITS)),
    "br": lambda: ("br", zeros_by_brotli()),
    "gzip in gzip": lambda: ("gzip, gzip", gzip.compress(gzip.compress(SIXTEEN_MIB) * 64)),
    "gzip in br": lambda: ("gzip, br", brotli.compress(gzip.compress(SIXTEEN_MIB) * 64, quality=5)),
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_a_bomb_is_refused_before_it_is_kept(kind):
    """A gigabyte in a small body is refused with 413, and never takes more than a few MiB of memory."""
    names, body = BOMBS[kind]()
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as caught:
            decode(body, names, limit=200 * 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert caught.value.status == 413
    assert peak < MOST_KEPT


def test_a_body_of_many_tiny_streams_is_refused():
    """A million empty gzip members in one body are refused after the first few: each costs time, and brings nothing."""
    with pytest.raises(Refusal) as caught:
        decode(gzip.compress(gzip.compress(b"") * 1_000_000, compresslevel=1), "gzip, gzip", limit=PLENTY * 10)

    assert (caught.value.status, caught.value.causes) == (
        400,
        ("cannot be decompressed: more than 100 gzip members follow each other",),
    )


def test_the_measure_of_memory_would_notice():
    """What keeps a body exceeds the limit that the bombs are measured by."""
    tracemalloc.start()
    try:
        kept = inflate(zlib.compress(SIXTEEN_MIB), limit=2 * len(SIXTEEN_MIB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept == SIXTEEN_MIB
    assert peak > MOST_KEPT
