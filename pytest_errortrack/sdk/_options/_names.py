"""The names of options: those that work, and those that are known from the field and not available in this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._errors import SdkError, UnknownOption, UnsupportedOption

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OFF", "refuse", "unknown_option"]

# What each of them must be to be refused no longer: the value by which a user says "without it", which is what we do.
OFF: dict[str, tuple[object, ...]] = {
    "auto_session_tracking": (False,),
    "before_send_check_in": (None,),
    "before_send_log": (None,),
    "before_send_metric": (None,),
    "before_send_span": (None,),
    "ca_certs": (None,),
    "context_tags": (None, (), []),
    "dispatcher": (None,),
    "enable_backpressure_handling": (False,),
    "enable_logs": (False,),
    "enable_metrics": (False,),
    "error_sampler": (None,),
    "http_proxy": (None, ""),
    "https_proxy": (None, ""),
    "max_request_body_size": ("never",),
    "org_id": (None,),
    "profiles_sample_rate": (None, 0, 0.0),
    "propagate_traceparent": (False,),
    "spotlight": (None, False),
    "strict_trace_continuation": (False,),
    "trace_ignore_status_codes": ((), [], None),
    "trace_propagation_targets": ([], ()),
    "transport_queue_size": (0,),
}


def refuse(name: str, value: object) -> None:
    """Refuse a known option that this version does not implement, unless its value says "without it".

    Raises:
        UnsupportedOption: it asks for something that is not there.
    """
    if not any(type(value) is type(off) and value == off for off in OFF[name]):
        raise UnsupportedOption(f"the option {name}={value!r} is not available in this version; leave it out")


def unknown_option(name: str, known: Iterable[str]) -> SdkError:
    """Return the error for an option that nobody ever heard of."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a developer's mistake only

    nearest = get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return UnknownOption(f"there is no option {name!r}{hint}")
