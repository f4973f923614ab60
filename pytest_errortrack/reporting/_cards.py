"""What arrived, drawn for the terminal: a card for each event and transaction, a line for everything else.

All text comes from strangers. It goes into `Text` objects, never through rich's markup, and is made printable first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.panel import Panel
from rich.text import Text

from pytest_errortrack.assertions import MASK, CapturedEvent, CapturedTransaction, Circumstances, hides_secret
from pytest_errortrack.sdk.protocol import decode

from ._printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import RenderableType

    from pytest_errortrack.assertions import CapturedBreadcrumb, CapturedFrame
    from pytest_errortrack.sdk import Item

    from ._intake import Arrival

__all__ = ["event_card", "item_line", "transaction_card"]

MOST_CRUMBS: Final = 5
MOST_PAIRS: Final = 30
MOST_SPANS: Final = 40
_COLOURS: Final = {"fatal": "bold magenta", "error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def event_card(payload: dict[str, Any], arrival: Arrival) -> RenderableType:
    """Draw an event."""
    event = CapturedEvent(payload, raw=b"", circumstances=Circumstances(sdk=arrival.sdk))
    colour = _COLOURS.get(event.level, "bold green")
    lines = [
        _row("where", _place(event)),
        _row("tags", _pairs(event.tags)),
        _row("user", _pairs(event.user)),
        _row("release", printable(event.release or "")),
        _row("env", printable(event.environment or "")),
        _row("request", " ".join(printable(event.request.get(name) or "") for name in ("method", "url")).strip()),
        *_crumbs(event.breadcrumbs),
    ]
    title = Text.assemble((printable(event.level).upper(), colour), "  ", (_headline(event), "bold"))
    return _card(title, lines, arrival, colour=colour.removeprefix("bold "), event_id=event.event_id)


def transaction_card(payload: dict[str, Any], arrival: Arrival) -> RenderableType:
    """Draw a transaction with the tree of its spans."""
    transaction = CapturedTransaction(payload, raw=b"", circumstances=Circumstances(sdk=arrival.sdk))
    first, *rest = _safe_tree(transaction)
    title = Text.assemble(("TRANSACTION", "bold cyan"), "  ", (printable(first.strip()), "bold"))
    lines = [Text(_indented(line)) for line in rest[:MOST_SPANS]]
    if len(rest) > MOST_SPANS:
        lines.append(Text(f"... {len(rest) - MOST_SPANS} more spans", style="dim"))
    lines.append(_row("tags", _pairs(transaction.tags)))
    return _card(title, lines, arrival, colour="cyan", event_id=transaction.event_id)


def item_line(item: Item, arrival: Arrival) -> RenderableType:
    """Name an item that gets no card."""
    return Text.assemble(
        (printable(item.type, longest=40), "bold"), f"  {_about(item)}", (f"  {printable(arrival.sdk)}", "dim")
    )


def _card(title: Text, lines: Iterable[Text], arrival: Arrival, *, colour: str, event_id: str) -> RenderableType:
    said = [line for line in lines if line.plain]
    footer = printable(f"{arrival.sdk}  project {arrival.project}  {event_id}", longest=120)
    return Panel(
        Text("\n").join(said),
        title=title,
        title_align="left",
        subtitle=Text(footer, style="dim"),
        subtitle_align="right",
        border_style=colour,
    )


def _row(name: str, value: str) -> Text:
    return Text.assemble((f"{name:<9}", "dim"), value) if value else Text()


def _headline(event: CapturedEvent) -> str:
    outermost = event.exception
    if outermost is None:
        return printable(event.message or "(no message)")
    return printable(f"{outermost.type}: {outermost.value}")


def _place(event: CapturedEvent) -> str:
    """Say where it happened: the innermost frame of the application's own, and the transaction."""
    frames = event.exception.frames if event.exception else []
    own = [frame for frame in frames if frame.in_app] or frames
    said = [_frame(own[-1])] if own else []
    if event.transaction:
        said.append(f"in {printable(event.transaction)}")
    return "  ".join(said)


def _frame(frame: CapturedFrame) -> str:
    return printable(f"{frame.function} ({frame.filename}:{frame.lineno})")


def _pairs(values: Mapping[str, object]) -> str:
    shown = [
        f"{printable(name, longest=60)}={MASK if hides_secret(name, value) else printable(value, longest=120)}"
        for name, value in values.items()
    ]
    more = f"  ... {len(shown) - MOST_PAIRS} more" if len(shown) > MOST_PAIRS else ""
    return "  ".join(shown[:MOST_PAIRS]) + more


def _crumbs(crumbs: list[CapturedBreadcrumb]) -> Iterator[Text]:
    for number, crumb in enumerate(crumbs[-MOST_CRUMBS:]):
        said = ": ".join(printable(each) for each in (crumb.category, crumb.message) if each)
        yield _row("crumbs" if number == 0 else "", said or printable(crumb.payload))


def _safe_tree(transaction: CapturedTransaction) -> list[str]:
    """Draw the tree; a line break in a name of a stranger's must not look like a span."""
    payload = transaction.payload
    spans = payload.get("spans")
    clean = {
        **payload,
        "transaction": printable(payload.get("transaction") or "(no name)"),
        "spans": [_clean_span(span) for span in spans if isinstance(span, dict)] if isinstance(spans, list) else [],
    }
    return CapturedTransaction(clean, raw=b"", circumstances=transaction.circumstances).span_tree().split("\n")


def _clean_span(span: dict[str, Any]) -> dict[str, Any]:
    words = {name: printable(span[name]) for name in ("op", "description", "status") if span.get(name)}
    ids = {name: str(span[name]) for name in ("span_id", "parent_span_id") if span.get(name)}
    return {**words, **ids}


def _indented(line: str) -> str:
    name = line.lstrip(" ")
    return " " * min(len(line) - len(name), 40) + printable(name)


_WORDS: Final = {"session": ("status", "sid"), "check_in": ("monitor_slug", "status")}


def _about(item: Item) -> str:
    """Say in a few words what is in an item."""
    if item.type == "attachment":
        return printable(f"{item.headers.get('filename') or '(no name)'}, {len(item.payload)} bytes")
    try:
        payload = decode(item.payload)
    except ValueError:  # not JSON: a minidump, a recording
        return f"{len(item.payload)} bytes"
    if not isinstance(payload, dict):
        return f"{len(item.payload)} bytes"
    entries = payload.get("items")
    if isinstance(entries, list):
        bodies = [entry.get("body") or entry.get("name") for entry in entries if isinstance(entry, dict)]
        return printable("; ".join(str(body) for body in bodies if body) or f"{len(entries)} entries")
    contexts = payload.get("contexts")
    feedback = contexts.get("feedback") if isinstance(contexts, dict) else None
    if isinstance(feedback, dict):
        return printable(feedback.get("message"))
    named = [payload[name] for name in _WORDS.get(item.type, ()) if payload.get(name)]
    return printable(", ".join(map(str, named))) if named else f"{len(item.payload)} bytes"
