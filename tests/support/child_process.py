"""What a child process does in a test; here, since a child that is spawned imports it by name."""

from __future__ import annotations

from pytest_errortrack import sdk


def report_with_both(dsn=None):
    """Report with both SDKs: what a child does."""
    import sentry_sdk

    if dsn is not None:
        sdk.init(dsn)
    sdk.set_tag("process", "child")
    sdk.capture_message("ours")
    sentry_sdk.init(dsn, auto_enabling_integrations=False, default_integrations=False)
    sentry_sdk.set_tag("process", "child")
    sentry_sdk.capture_message("theirs")
    sentry_sdk.flush()
