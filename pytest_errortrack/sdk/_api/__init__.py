"""The functions that applications call.

Setters write the isolation scope in effect: what is going on for this request, task or thread. Until `init` is called
everything can be called all the same; nothing is captured.
"""

from __future__ import annotations

from pytest_errortrack.sdk._api._capturing import capture_event, capture_exception, capture_message, last_event_id
from pytest_errortrack.sdk._api._lifecycle import (
    close,
    flush,
    get_client,
    init,
    is_initialized,
    with_background_worker_disabled,
)
from pytest_errortrack.sdk._api._scopes import (
    configure_scope,
    get_current_scope,
    get_global_scope,
    get_isolation_scope,
    isolation_scope,
    new_scope,
    push_scope,
    with_scope,
)
from pytest_errortrack.sdk._api._setters import (
    add_attachment,
    add_breadcrumb,
    add_error_processor,
    add_event_processor,
    add_feature_flag,
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
)
from pytest_errortrack.sdk._api._unknown import refuse_unknown

__all__ = [
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
    "refuse_unknown",
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
    "with_background_worker_disabled",
    "with_scope",
]
