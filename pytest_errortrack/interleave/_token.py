"""The replay token: a schedule and its circumstances as one short, url-safe word.

`et1-` and, in base 64, a checksum and the compressed JSON list of the fields. Nothing in it depends on line numbers or
on the process. Fields may be added at the end of the list: a token without them can still be read.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
import zlib
from dataclasses import dataclass
from typing import get_args

from pytest_errortrack.interleave._errors import BadToken
from pytest_errortrack.interleave._hypothesis import Drawn
from pytest_errortrack.interleave._schedule import Deviation, Kind

__all__ = ["MAX_DEVIATIONS", "Token", "decode", "encode", "python_tag"]

MAX_DEVIATIONS = 1_000
_PREFIX = "et1-"
_ANY_VERSION = re.compile(r"et(\d+)-")
_CHECKSUM_BYTES = 4
_MAX_JSON_BYTES = 4_000_000  # a guard against a token that unpacks to gigabytes
_KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Token:
    """A recorded interleaving.

    Attributes:
        deviations: the schedule.
        level: the grain of scheduling points it was recorded with.
        bound: the preemption bound of the search that found it.
        seed: the seed of that search.
        step_limit: after how many steps the fair tail begins, which is part of the default order.
        digest: a fingerprint of all points passed, to tell a faithful replay from another run.
        python: the interpreter it was recorded with.
        identity: the test it belongs to, if any.
        steps: how many points were passed.
        prints: fingerprints of the points passed so far, taken every few steps, to find the first that differs.
        drawn: the data that Hypothesis drew for the test, if it drew any.
    """

    deviations: tuple[Deviation, ...]
    level: str
    bound: int
    seed: int
    step_limit: int
    digest: str
    python: str
    identity: str = ""
    steps: int = 0
    prints: str = ""
    drawn: Drawn | None = None


def python_tag() -> str:
    """Return the tag of the running interpreter, such as `cp311`."""
    return f"{sys.implementation.name[:2]}{sys.version_info[0]}{sys.version_info[1]}"


def encode(token: Token) -> str:
    """Return the token as text."""
    if len(token.deviations) > MAX_DEVIATIONS:
        raise BadToken(f"a token holds at most {MAX_DEVIATIONS} deviations, this schedule has {len(token.deviations)}")
    fields = [
        token.python,
        token.level,
        token.bound,
        token.seed,
        token.step_limit,
        token.digest,
        token.identity,
        [[d.actor, d.label, d.occurrence, d.kind, d.target] for d in token.deviations],
        token.steps,
        token.prints,
        token.drawn,
    ]
    packed = zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 9)
    checksum = zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES)
    return _PREFIX + base64.urlsafe_b64encode(checksum + packed).rstrip(b"=").decode()


def decode(text: str) -> Token:
    """Read a token.

    Raises:
        BadToken: the message says what is wrong with it.
    """
    packed = _unarmoured(text.strip())
    try:
        fields = json.loads(_decompressed(packed))
        python, level, bound, seed, step_limit, digest, identity, deviations = fields[:8]
        steps, prints, drawn = fields[8:11] if len(fields) > 8 else (0, "", None)  # noqa: PLR2004 - as many as above
        return Token(
            tuple(_deviation(*deviation) for deviation in deviations),
            level=str(level),
            bound=int(bound),
            seed=int(seed),
            step_limit=int(step_limit),
            digest=str(digest),
            python=str(python),
            identity=str(identity),
            steps=int(steps),
            prints=str(prints),
            drawn=None if drawn is None else Drawn(*map(str, drawn)),
        )
    except BadToken:
        raise
    except (ValueError, TypeError, zlib.error) as error:
        raise BadToken(f"the token is damaged: its content cannot be read ({error})") from error


def _unarmoured(text: str) -> bytes:
    if not text:
        raise BadToken(f"the token is empty; a token begins with {_PREFIX!r}")
    if not text.startswith(_PREFIX):
        version = _ANY_VERSION.match(text)
        if version:
            raise BadToken(f"the token is of version {version[1]}; this version reads {_PREFIX!r} tokens only")
        raise BadToken(f"{text[:12]!r} is no replay token; a token begins with {_PREFIX!r}")
    body = text.removeprefix(_PREFIX)
    try:
        armoured = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken(f"the token is damaged: it is not base 64 ({error})") from error
    checksum, packed = armoured[:_CHECKSUM_BYTES], armoured[_CHECKSUM_BYTES:]
    if zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES) != checksum:
        raise BadToken("the token is damaged: its checksum does not match (cut short, or mistyped?)")
    return packed


def _decompressed(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _MAX_JSON_BYTES)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise BadToken("the token is damaged: its content is cut short or too long")
    return content


def _deviation(actor: str, label: str, occurrence: int, kind: str, target: str) -> Deviation:
    if kind not in _KINDS or not isinstance(occurrence, int):
        raise BadToken(f"the token is damaged: unknown kind of deviation {kind!r}")
    return Deviation(str(actor), str(label), occurrence, kind, str(target))  # type: ignore[arg-type]  # checked above
