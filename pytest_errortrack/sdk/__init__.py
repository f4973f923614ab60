"""An error reporting SDK of our own: speaks the envelope protocol, and works without pytest.

from pytest_errortrack import sdk

sdk.init("https://PUBLIC_KEY@errors.example.org/42")
sdk.set_tag("tenant", "acme")
sdk.capture_exception(error)
"""

from __future__ import annotations

import typing

from pytest_errortrack.sdk._api import (
    add_attachment,
    add_breadcrumb,
    add_error_processor,
    add_event_processor,
    add_feature_flag,
    capture_event,
    capture_exception,
    capture_message,
    close,
    configure_scope,
    flush,
    get_client,
    get_current_scope,
    get_global_scope,
    get_isolation_scope,
    init,
    is_initialized,
    isolation_scope,
    last_event_id,
    new_scope,
    push_scope,
    remove_attribute,
    set_attribute,
    set_attributes,
    set_context,
    set_extra,
    set_extras,
    set_fingerprint,
    set_level,
    set_tag,
    set_tags,
    set_transaction_name,
    set_user,
    with_background_worker_disabled,
    with_scope,
)
from pytest_errortrack.sdk._api import refuse_unknown as _refuse_unknown
from pytest_errortrack.sdk._errors import (
    BadDsn,
    BadEnvelope,
    BadOption,
    MissingExtra,
    SdkError,
    UnknownOption,
    Unsupported,
    UnsupportedFeature,
    UnsupportedOption,
)
from pytest_errortrack.sdk._hub import Hub, start_span, start_transaction
from pytest_errortrack.sdk._later import later as _later
from pytest_errortrack.sdk._scope import Attachment, Scope
from pytest_errortrack.sdk.tracing import Span, Transaction

if typing.TYPE_CHECKING:
    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk._integration import Integration
    from pytest_errortrack.sdk._options import Options
    from pytest_errortrack.sdk.protocol import Breadcrumb, Dsn, Envelope, Item
    from pytest_errortrack.sdk.transport import HttpTransport, MemoryTransport, Transport
else:
    __getattr__ = _later(
        __name__,
        unknown=_refuse_unknown,
        _client=("Client",),
        _integration=("Integration",),
        _options=("Options",),
        protocol=("Breadcrumb", "Dsn", "Envelope", "Item"),
        transport=("HttpTransport", "MemoryTransport", "Transport"),
    )

__all__ = [
    "Attachment",
    "BadDsn",
    "BadEnvelope",
    "BadOption",
    "Breadcrumb",
    "Client",
    "Dsn",
    "Envelope",
    "HttpTransport",
    "Hub",
    "Integration",
    "Item",
    "MemoryTransport",
    "MissingExtra",
    "Options",
    "Scope",
    "SdkError",
    "Span",
    "Transaction",
    "Transport",
    "UnknownOption",
    "Unsupported",
    "UnsupportedFeature",
    "UnsupportedOption",
    "add_attachment",
    "add_breadcrumb",
    "add_error_processor",
    "add_event_processor",
    "add_feature_flag",
    "capture_event",
    "capture_exception",
    "capture_message",
    "close",
    "configure_scope",
    "flush",
    "get_client",
    "get_current_scope",
    "get_global_scope",
    "get_isolation_scope",
    "init",
    "is_initialized",
    "isolation_scope",
    "last_event_id",
    "new_scope",
    "push_scope",
    "remove_attribute",
    "set_attribute",
    "set_attributes",
    "set_context",
    "set_extra",
    "set_extras",
    "set_fingerprint",
    "set_level",
    "set_tag",
    "set_tags",
    "set_transaction_name",
    "set_user",
    "start_span",
    "start_transaction",
    "with_background_worker_disabled",
    "with_scope",
]
