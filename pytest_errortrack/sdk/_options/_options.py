"""The options of a client, with what holds where nobody says otherwise.

https://develop.sentry.dev/sdk/foundations/client/configuration/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._runtime import Runtime, SystemRuntime

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk.protocol import Dsn, Event, Json

__all__ = ["Options"]

_MAX_ATTACHMENT_SIZE = 20 * 1024 * 1024
_EVERYWHERE = re.compile("")


@dataclass(frozen=True, slots=True)
class Options:
    """Every option of a client; the names are the specification's.

    Attributes:
        dsn: where reports go; None sends nothing.
        attach_stacktrace: add the running stack to messages.
        auto_session_tracking: let integrations open and close sessions.
        background_worker_threads: how many threads send; 0: the capturing one; None: one for HTTP, else none.
        before_breadcrumb: sees, changes or (returning None) drops each breadcrumb.
        before_send: the same for error and message events, after everything else.
        before_send_check_in: the same for check-ins.
        before_send_log: the same for logs.
        before_send_metric: the same for metrics.
        before_send_span: sees and changes each span.
        before_send_transaction: the same for transactions.
        ca_certs: the file of certificates that a server is checked against; None: the usual ones.
        context_tags: names of values of the logging context that become tags.
        debug: say on standard error what the SDK does.
        default_integrations: use the integrations that come with the SDK.
        disabled_integrations: identifiers of integrations to leave out.
        dispatcher: called with each event to be sent, in place of the worker; its job calls `Client.send_event`.
        dist: which build of the release.
        enable_backpressure_handling: sample less while the transport cannot keep up.
        enable_logs: send logs.
        enable_metrics: send metrics.
        environment: where the application runs.
        environment_variables: which environment variables say where the application runs; the first that is set counts.
        http_proxy: the proxy for plain HTTP; empty: none; None: what the environment says.
        https_proxy: the proxy for HTTPS; as above.
        ignore_errors: exception classes, their names, or regexes on "Type: message"; not reported.
        ignore_transactions: names of transactions, or regexes on them; not sent.
        in_app_exclude: modules that are not the application's.
        in_app_include: modules that are.
        include_local_variables: show the variables of frames.
        include_source_context: show lines of source.
        integrations: objects with `identifier` and `setup_once()`.
        max_attachment_size: in bytes; a bigger attachment is left out.
        max_breadcrumbs: how many an event carries.
        max_request_body_size: which bodies of requests are shown: never, small (1 kB), medium (10 kB) or always.
        org_id: the organisation that traces are continued for; None: what the DSN's host says.
        project_root: files below it are the application.
        propagate_traceparent: send the header `traceparent` too.
        release: which version of the application runs.
        runtime: clock, ids, randomness and locks.
        sample_rate: which part of the error events is sent.
        scrub_data: replace values whose names say that they are secrets.
        send_client_reports: tell the server how much was not sent, and why.
        send_default_pii: collect personal data of requests: cookies, addresses, and headers that tell them.
        server_name: which machine this is; None asks the machine.
        shutdown_timeout: seconds that closing may take.
        strict_trace_continuation: continue a trace only if it is known to be of the same organisation.
        trace_ignore_status_codes: HTTP statuses whose transactions are not sent.
        trace_propagation_targets: URLs, by substring or regex, that are told of the trace.
        traces_sample_rate: which part of the transactions is sent; None switches tracing off.
        traces_sampler: decides for each transaction.
        transport: a transport, or makes one of these options.
        transport_queue_size: how many envelopes may wait for the worker.
    """

    dsn: Dsn | None = None
    attach_stacktrace: bool = False
    auto_session_tracking: bool = True
    background_worker_threads: int | None = None
    before_breadcrumb: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send_check_in: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send_log: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send_metric: Callable[[Event, dict[str, Any]], Event | None] | None = None
    before_send_span: Callable[[Event], Event] | None = None
    before_send_transaction: Callable[[Event, dict[str, Any]], Event | None] | None = None
    ca_certs: str | None = None
    context_tags: tuple[str, ...] = ()
    debug: bool = False
    default_integrations: bool = True
    disabled_integrations: tuple[Any, ...] = ()
    dispatcher: Callable[[Event], object] | None = None
    dist: str | None = None
    enable_backpressure_handling: bool = True
    enable_logs: bool = False
    enable_metrics: bool = True
    environment: str = "production"
    environment_variables: tuple[str, ...] = ("SENTRY_ENVIRONMENT",)
    http_proxy: str | None = None
    https_proxy: str | None = None
    ignore_errors: tuple[Any, ...] = ()
    ignore_transactions: tuple[Any, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    in_app_include: tuple[str, ...] = ()
    include_local_variables: bool = True
    include_source_context: bool = True
    integrations: tuple[Any, ...] = ()
    max_attachment_size: int = _MAX_ATTACHMENT_SIZE
    max_breadcrumbs: int = 100
    max_request_body_size: str = "medium"
    org_id: str | None = None
    project_root: str | None = None
    propagate_traceparent: bool = False
    release: str | None = None
    runtime: Runtime = field(default_factory=SystemRuntime)
    sample_rate: float = 1.0
    scrub_data: bool = True
    send_client_reports: bool = True
    send_default_pii: bool = False
    server_name: str | None = None
    shutdown_timeout: float = 2.0
    strict_trace_continuation: bool = False
    trace_ignore_status_codes: tuple[int, ...] = ()
    trace_propagation_targets: tuple[Any, ...] = (_EVERYWHERE,)
    traces_sample_rate: float | None = None
    traces_sampler: Callable[[dict[str, Json]], float | bool] | None = None
    transport: Any = None
    transport_queue_size: int = 100
