"""What a client's integrations do to its events: event processors, those that see an event first, and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_errortrack.sdk._client._client import Client
    from pytest_errortrack.sdk._options import Options

__all__ = ["hooks_of", "used_integrations"]


def used_integrations(options: Options, defaults: Iterable[Any]) -> tuple[Any, ...]:
    """Return the integrations of a client: the defaults, those given in place of them, without the disabled ones."""
    used = {each.identifier: each for each in (defaults if options.default_integrations else ())}
    used |= {each.identifier: each for each in options.integrations}
    return tuple(each for name, each in used.items() if name not in options.disabled_integrations)


def hooks_of(client: Client) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the event processors that come before all others, and those that come after the scopes'."""
    first = [_preprocessing(each.preprocess_event, client) for each in _with(client, "preprocess_event")]
    last = [each.processor for each in _with(client, "processor")]
    last += [_processing(each.process_event, client) for each in _with(client, "process_event")]
    return tuple(first), tuple(last)


def _with(client: Client, name: str) -> list[Any]:
    return [each for each in client.integrations if getattr(each, name, None) is not None]


def _preprocessing(method: Callable[..., Any], client: Client) -> Callable[..., Any]:
    def preprocess(event: Any, hint: Any) -> Any:
        method(event, hint, client)
        return event

    return _named(preprocess, method)


def _processing(method: Callable[..., Any], client: Client) -> Callable[..., Any]:
    def process(event: Any, hint: Any) -> Any:
        return method(event, hint, client)

    return _named(process, method)


def _named(function: Callable[..., Any], method: Callable[..., Any]) -> Callable[..., Any]:
    function.__qualname__ = str(getattr(method, "__qualname__", None) or type(method).__qualname__)
    return function
