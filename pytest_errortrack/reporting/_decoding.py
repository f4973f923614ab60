"""Decompression of what strangers send: in pieces, and never to more than was agreed.

A compressed body is first only measured, one piece at a time: a bomb is refused before any of it is kept, whatever
it is nested in.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from ._answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ENCODINGS", "MOST_NESTED", "decode", "inflate"]

PIECE: Final = 64 * 1024
MOST_NESTED: Final = 3
"""How many compressions may lie around each other; no SDK uses more than one."""

MOST_MEMBERS: Final = 100

ENCODINGS: Final = ("gzip", "deflate", "br")
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_INSTALL: Final = "pip install 'pytest-errortrack[report]'"


class _CannotDecodeError(Exception):
    """A stream is not what it is said to be."""


def decode(body: bytes, encodings: str, *, limit: int) -> bytes:
    """Undo the compression that a `Content-Encoding` header names.

    Args:
        body: what was sent.
        encodings: the header, `"gzip"`, or several in the order in which they were applied.
        limit: the most bytes that may come out, at any stage.

    Raises:
        Refusal: 415 for a compression that is not known, 413 for too much, 400 for what is malformed.
    """
    names = [name.strip().lower() for name in encodings.split(",")]
    names = [{"x-gzip": "gzip"}.get(name, name) for name in names if name not in {"", "identity"}]
    for name in names:
        _refuse_unknown(name)
    if len(names) > MOST_NESTED:
        raise Refusal(415, f"{len(names)} compressions around each other, expected {MOST_NESTED} at the most")
    return _bounded(body, [_DECODERS[name] for name in reversed(names)], limit=limit) if names else body


def inflate(body: bytes, *, limit: int) -> bytes:
    """Undo zlib's own compression, which SDKs used that could not send headers of their choice.

    Raises:
        Refusal: 413 for too much, 400 for what is malformed.
    """
    return _bounded(body, [_inflated_by_any], limit=limit)


def _refuse_unknown(name: str) -> None:
    if name not in ENCODINGS:
        raise Refusal(
            415, f"unsupported content encoding {name[:40]!r}", headers={"Accept-Encoding": ", ".join(_available())}
        )
    if name == "br" and _brotli() is None:
        raise Refusal(
            415, f"content encoding 'br' needs brotli 1.2: {_INSTALL}", headers={"Accept-Encoding": "gzip, deflate"}
        )


def _available() -> tuple[str, ...]:
    return ENCODINGS if _brotli() is not None else ENCODINGS[:-1]


def _bounded(body: bytes, decoders: list[Callable[[Iterable[bytes]], Iterator[bytes]]], *, limit: int) -> bytes:
    def pieces() -> Iterable[bytes]:
        stream: Iterable[bytes] = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        for decoder in decoders:
            stream = _capped(decoder(stream), limit=limit)
        return stream

    try:
        for _ in pieces():
            pass
        return b"".join(pieces())
    except (zlib.error, _CannotDecodeError) as error:
        raise Refusal(400, "invalid request body", causes=(f"cannot be decompressed: {error}",)) from None


def _capped(pieces: Iterator[bytes], *, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise Refusal(413, f"envelope exceeded size limits: more than {limit} bytes when decompressed")
        yield piece


def _inflated(pieces: Iterable[bytes], *, window: int) -> Iterator[bytes]:
    """Inflate; several gzip members may follow each other, but not so many that to begin each is the real work."""
    inflater = zlib.decompressobj(window)
    members = 1
    for each in pieces:
        piece = each
        while piece:
            if inflater.eof:
                if window != _GZIP:
                    raise _CannotDecodeError("something follows the end of the stream")
                members += 1
                if members > MOST_MEMBERS:
                    raise _CannotDecodeError(f"more than {MOST_MEMBERS} gzip members follow each other")
                inflater = zlib.decompressobj(window)
            yield inflater.decompress(piece, PIECE)
            piece = inflater.unconsumed_tail or inflater.unused_data
    while not inflater.eof:  # what was held back because a piece was full
        rest = inflater.decompress(b"", PIECE)
        if not rest:
            raise _CannotDecodeError("the stream is cut short")
        yield rest


def _inflated_by_gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    return _inflated(pieces, window=_GZIP)


def _inflated_by_any(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Inflate what is said to be `deflate`: with zlib's wrapping, as the standard has it, or raw, as many send it."""
    rest = iter(pieces)
    start = b""
    while len(start) < 2:  # noqa: PLR2004 - the two bytes of zlib's header
        piece = next(rest, None)
        if piece is None:
            break
        start += piece
    is_wrapped = len(start) > 1 and start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return _inflated(chain((start,), rest), window=_ZLIB if is_wrapped else _RAW)


def _brotli() -> Any:
    """Import brotli; None where it is not there, or is too old.

    Versions before 1.2 cannot be told to stop: two kilobytes make them take a gigabyte in one call.
    """
    try:
        import brotli  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, and without types
    except ModuleNotFoundError:
        return None
    return brotli if hasattr(brotli.Decompressor, "can_accept_more_data") else None


def _decoded_by_brotli(pieces: Iterable[bytes]) -> Iterator[bytes]:
    brotli = _brotli()
    decompressor = brotli.Decompressor()
    try:
        for piece in pieces:
            yield decompressor.process(piece, output_buffer_limit=PIECE)
            while not decompressor.can_accept_more_data():
                yield decompressor.process(b"", output_buffer_limit=PIECE)
        while not decompressor.is_finished():  # as above: it may hold back what no input is missing for
            rest = decompressor.process(b"", output_buffer_limit=PIECE)
            if not rest:
                raise _CannotDecodeError("the stream is cut short")
            yield rest
    except brotli.error as error:
        raise _CannotDecodeError(str(error)) from None


_DECODERS: Final[dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]]] = {
    "gzip": _inflated_by_gzip,
    "deflate": _inflated_by_any,
    "br": _decoded_by_brotli,
}
