"""The names of options that are known from the field and do less here than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._errors import SdkError, UnknownOption, UnsupportedOption
from pytest_errortrack.sdk._runtime import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LEFT_OUT", "WITHOUT_EFFECT", "refuse", "tell_without_effect", "unknown_option"]

# What this SDK leaves out on purpose, with the values by which a user says "without it": those are right already.
LEFT_OUT: dict[str, tuple[object, ...]] = {
    "error_sampler": (None,),
    "profiles_sample_rate": (None, 0, 0.0),
    "spotlight": (None, False),
}

# Options that are checked and kept while nothing asks for their value yet, with the values that ask for nothing.
WITHOUT_EFFECT: dict[str, tuple[object, ...]] = {
    "auto_session_tracking": (True, False),
    "before_send_check_in": (None,),
    "before_send_log": (None,),
    "before_send_metric": (None,),
    "before_send_span": (None,),
    "context_tags": ((),),
    "enable_backpressure_handling": (True, False),
    "enable_logs": (False,),
    "enable_metrics": (True, False),
    "propagate_traceparent": (False,),
    "strict_trace_continuation": (False,),
    "trace_ignore_status_codes": ((),),
}


def refuse(name: str, value: object) -> None:
    """Refuse an option that is left out, unless its value says "without it".

    Raises:
        UnsupportedOption: it asks for something that is not there.
    """
    if not any(type(value) is type(off) and value == off for off in LEFT_OUT[name]):
        raise UnsupportedOption(f"the option {name}={value!r} is not available in this version; leave it out")


def tell_without_effect(values: Mapping[str, object]) -> None:
    """Say of every option that asks for what is not there yet that nothing will come of it.

    Args:
        values: the options that were set, checked.
    """
    for name in values.keys() & WITHOUT_EFFECT.keys():
        if not any(values[name] is off or values[name] == off for off in WITHOUT_EFFECT[name]):
            log.error("the option %s has no effect in this version", name)


def unknown_option(name: str, known: Iterable[str]) -> SdkError:
    """Return the error for an option that nobody ever heard of."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a developer's mistake only

    nearest = get_close_matches(name, sorted(known), n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return UnknownOption(f"there is no option {name!r}{hint}")
