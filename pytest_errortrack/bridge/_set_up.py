"""How the application set `sentry_sdk` up, as far as it explains why nothing comes of a report."""

from __future__ import annotations

import sentry_sdk

from pytest_errortrack.assertions import SetUp

from ._lent_client import is_initialised

__all__ = ["set_up"]


def set_up() -> SetUp | None:
    """Describe the application's own client; None where there is none."""
    if not is_initialised():
        return None
    options = sentry_sdk.get_client().options
    has_tracing = options.get("traces_sample_rate") is not None or options.get("traces_sampler") is not None
    return SetUp("sentry_sdk", has_dsn=bool(options.get("dsn")), has_tracing=has_tracing)
