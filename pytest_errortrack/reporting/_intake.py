"""What arrived over HTTP, judged and read: a request goes in, an envelope or a refusal comes out. Opens no socket.

Endpoints, authentication and limits are those of https://develop.sentry.dev/sdk/foundations/transport/ and of
https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits. One thing is stricter than on a server: a payload
that cannot be read is refused at once, where a server says 200 and drops it later, unseen.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from pytest_errortrack.sdk import BadDsn, BadEnvelope, Dsn, Envelope, Item
from pytest_errortrack.sdk.protocol import decode as decode_json

from ._answers import ALLOWED_METHODS, Refusal
from ._decoding import decode, inflate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk.protocol import Json

__all__ = ["Arrival", "Limits", "Request", "Route", "read_envelope", "route_of"]

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB

_PATH: Final = re.compile(r"/+api/+(?P<project>[^/]+)/+(?P<endpoint>envelope|store)/*\Z")
_PROJECT: Final = re.compile(r"[0-9]{1,19}\Z")
_EVENT_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}\Z")
_OBJECTS: Final = frozenset(
    {
        *("event", "transaction", "feedback", "user_report", "check_in", "client_report"),
        *("session", "sessions", "log", "trace_metric", "span"),
    }
)
"""The items whose payload is one JSON object."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken, in bytes.

    Attributes:
        body: the body of a request, as it is sent.
        envelope: the envelope, decompressed.
        items: one item, by its type.
        attachments: all attachments of an envelope together.
    """

    body: int = 40 * _MIB
    envelope: int = 200 * _MIB
    items: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {
                **dict.fromkeys(("event", "transaction", "feedback", "statsd"), _MIB),
                "check_in": 100 * _KIB,
                "client_report": 4 * _KIB,
                "profile": 50 * _MIB,
                "replay_event": _MIB,
                "replay_recording": 10 * _MIB,
            }
        )
    )
    attachments: int = 200 * _MIB


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: such as `"POST"`.
        target: path and query.
        headers: by lower-case name.
        body: as it was sent.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes.

    Attributes:
        project: the id of the project, digits.
        endpoint: `"envelope"`, or `"store"` where older SDKs post a bare event.
    """

    project: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a request brought.

    Attributes:
        envelope: the envelope.
        wire: its bytes, decompressed.
        project: the project that it was posted to.
        sdk: the name of the SDK that made it, `"sentry.javascript.node"`.
        event_id: the event that it is about; None for an envelope about none.
    """

    envelope: Envelope
    wire: bytes
    project: str
    sdk: str
    event_id: str | None


def route_of(method: str, target: str) -> Route:
    """Find out where a request goes, before its body is read.

    Raises:
        Refusal: 404 for an unknown path, 405 for a method other than POST, 400 for a project that cannot be one.
    """
    found = _PATH.match(target.partition("?")[0])
    if found is None:
        raise Refusal(404, "not found: this is a receiver of error reports, expected /api/<project>/envelope/")
    if method != "POST":
        raise Refusal(405, "method not allowed: reports are posted", headers={"Allow": ALLOWED_METHODS})
    if not _PROJECT.match(found["project"]):
        raise Refusal(400, "bad project path parameter", causes=("invalid project id",))
    return Route(found["project"], found["endpoint"])


def read_envelope(request: Request, *, key: str | None, limits: Limits) -> Arrival:
    """Read what a request brings.

    Args:
        request: the request.
        key: the public key that it has to come with; None for any.
        limits: how much is taken.

    Raises:
        Refusal: it is not taken.
    """
    route = route_of(request.method, request.target)
    stated = _stated_auth(request)
    if stated.get("sentry_key"):
        _refuse_key(stated["sentry_key"], key)
    if not request.body:
        raise Refusal(400, "empty request body")
    body = decode(request.body, request.headers.get("content-encoding", ""), limit=limits.envelope)
    is_store = route.endpoint == "store" and "x-sentry-envelope" not in request.headers.get("content-type", "")
    envelope, wire = _stored(body, limits) if is_store else _parsed(body)
    _refuse_key(_key_of(envelope, stated.get("sentry_key")), key)
    _judge_sizes(envelope, limits)
    payloads = _judge_payloads(envelope)
    event_id = _event_id(envelope, payloads)
    return Arrival(envelope, wire, route.project, _sdk_name(envelope, payloads, stated, request), event_id)


def _stated_auth(request: Request) -> dict[str, str]:
    """Read the authentication of the header or, where there is none, of the query string, as browsers send it."""
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization", "")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "sentry":
        pairs = (part.strip().partition("=") for part in rest.split(","))
        return {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "x-sentry-auth" in request.headers:
        raise Refusal(401, "bad x-sentry-auth header", causes=("non sentry auth",))
    query = request.target.partition("?")[2]
    try:
        return {name: values[0] for name, values in parse_qs(query, max_num_fields=50).items()}
    except ValueError as error:
        raise Refusal(400, "bad query string", causes=(str(error),)) from None


def _key_of(envelope: Envelope, stated: str | None) -> str:
    """Find the public key of a request: stated beside the envelope, or in the DSN of its header."""
    dsn = envelope.headers.get("dsn")
    if dsn is None:
        return stated or ""
    try:
        found = Dsn.parse(str(dsn)).public_key
    except BadDsn as error:
        raise Refusal(400, "bad envelope authentication header", causes=(str(error),)) from None
    if stated and found != stated:
        raise Refusal(400, "invalid event envelope", causes=("dsn header mismatch between envelope and request",))
    return found


def _refuse_key(found: str, expected: str | None) -> None:
    if not found:
        raise Refusal(401, "missing authorization information")
    if expected is not None and found != expected:
        raise Refusal(403, "event submission rejected with_reason: ProjectId", causes=("unknown public key",))


def _parsed(body: bytes) -> tuple[Envelope, bytes]:
    try:
        return Envelope.parse(body), body
    except BadEnvelope as error:
        raise Refusal(400, "invalid event envelope", causes=(str(error),)) from None


def _stored(body: bytes, limits: Limits) -> tuple[Envelope, bytes]:
    """Read a bare event: JSON, or JSON that zlib compressed and base64 wrapped, from SDKs older than envelopes."""
    if body.lstrip()[:1] != b"{":
        try:
            body = inflate(base64.b64decode(body, validate=True), limit=limits.envelope)
        except binascii.Error:
            raise Refusal(400, "invalid JSON data", causes=("expected a JSON object, or base64 of one",)) from None
    payload = _object(body, "the event")
    kind = "transaction" if payload.get("type") == "transaction" else "event"
    headers = {"event_id": payload["event_id"]} if payload.get("event_id") else {}
    envelope = Envelope(headers, (Item({"type": kind}, body),))
    return envelope, envelope.serialize()


def _judge_sizes(envelope: Envelope, limits: Limits) -> None:
    attached = 0
    for item in envelope.items:
        if item.type == "attachment":
            attached += len(item.payload)
        if len(item.payload) > limits.items.get(item.type, limits.envelope) or attached > limits.attachments:
            raise Refusal(
                413,
                f"envelope exceeded size limits for type '{item.type[:40]}' "
                "(https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits)",
            )


def _judge_payloads(envelope: Envelope) -> list[dict[str, Json]]:
    """Read the payloads of events and transactions, and make sure that all others can be read too."""
    payloads = []
    for number, item in enumerate(envelope.items, 1):
        if item.type in _OBJECTS:
            payload = _object(item.payload, f"item {number} ({item.type})")
            if item.type in {"event", "transaction"}:
                payloads.append(payload)
            elif item.type == "client_report":
                _judge_losses(payload)
    return payloads


def _object(text: bytes, name: str) -> dict[str, Json]:
    try:
        value = decode_json(text)
    except ValueError as error:
        raise Refusal(400, "invalid JSON data", causes=(f"{name}: {error}",)) from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid JSON data", causes=(f"{name}: expected an object, got {str(value)[:40]!r}",))
    return value


def _judge_losses(payload: dict[str, Json]) -> None:
    """Refuse a client report that does not count (https://develop.sentry.dev/sdk/telemetry/client-reports/)."""
    discarded = payload.get("discarded_events") or []
    for each in discarded if isinstance(discarded, list) else [discarded]:
        quantity = each.get("quantity") if isinstance(each, dict) else None
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 0:
            raise Refusal(400, "invalid client report", causes=(f"expected a quantity, got {str(each)[:80]!r}",))


def _event_id(envelope: Envelope, payloads: list[dict[str, Json]]) -> str | None:
    stated = envelope.headers.get("event_id")
    if stated is None:
        stated = next((payload["event_id"] for payload in payloads if payload.get("event_id")), None)
    if stated is None:
        return None
    if not isinstance(stated, str) or not _EVENT_ID.match(stated):
        raise Refusal(400, "invalid event id", causes=(f"expected 32 hexadecimal digits, got {str(stated)[:40]!r}",))
    return stated.replace("-", "").lower()


def _sdk_name(envelope: Envelope, payloads: list[dict[str, Json]], stated: Mapping[str, str], request: Request) -> str:
    """Name the SDK: by the envelope's header, by the event, or by how the client introduced itself."""
    for holder in (envelope.headers, *payloads):
        sdk = holder.get("sdk")
        if isinstance(sdk, dict) and isinstance(sdk.get("name"), str) and sdk["name"]:
            return str(sdk["name"])
    client = stated.get("sentry_client") or request.headers.get("user-agent", "")
    return client.partition("/")[0] or "unknown"
