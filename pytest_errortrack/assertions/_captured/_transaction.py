"""One captured transaction and its spans, as a test reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions._wording import visible

from ._json import Json, mapping_of, mappings_of
from ._payload import Payload
from ._spans import CapturedSpan, CapturedSpans

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CapturedTransaction"]


class CapturedTransaction(Payload):
    """One captured transaction."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What was traced."""
        return self.transaction or ""

    @property
    def source(self) -> str | None:
        """Where the name came from: `custom`, `url`, `route`, `view`, `component` or `task`."""
        return mapping_of(self.payload.get("transaction_info")).get("source")

    @property
    def op(self) -> str:
        """What kind of work it was, `"http.server"`."""
        return str(mapping_of(self.contexts.get("trace")).get("op") or "")

    @property
    def status(self) -> str | None:
        """How it ended, `"ok"`."""
        return mapping_of(self.contexts.get("trace")).get("status")

    @property
    def measurements(self) -> dict[str, Json]:
        """Values with units, by name."""
        return mapping_of(self.payload.get("measurements"))

    @property
    def spans(self) -> CapturedSpans:
        """The finished spans, in the order of the payload: a list that can be asked as the captured sequences can."""
        return CapturedSpans(CapturedSpan(span) for span in mappings_of(self.payload.get("spans")))

    def span_tree(self) -> str:
        """Draw the transaction and its spans as an indented text, one line each.

        A span whose parent is not in the transaction stands below the root, marked `(detached)`.
        """
        return "\n".join(self._tree_lines())

    def _tree_lines(self) -> Iterator[str]:
        children: dict[str | None, list[CapturedSpan]] = {}
        known = {span.span_id for span in self.spans} | {self.span_id}
        for span in self.spans:
            children.setdefault(span.parent_span_id, []).append(span)
        yield _line(0, self.op, self.name)
        pending = [(1, span, "") for span in reversed(children.pop(self.span_id, []))]
        pending[:0] = [
            (1, span, " (detached)") for parent, spans in children.items() if parent not in known for span in spans
        ]
        while pending:
            depth, span, mark = pending.pop()
            yield _line(depth, span.op, span.description) + mark
            pending += [(depth + 1, child, "") for child in reversed(children.pop(span.span_id, []))]

    def __repr__(self) -> str:
        return f"<CapturedTransaction {self.title}>"

    @property
    def title(self) -> str:
        """Kind, name and how it ended, on one line."""
        number = len(self.spans)
        spans = f"{number} span{'s' * (number != 1)}"
        return f"{self.op or 'transaction'} {self.name!r} {self.status or 'no status'}, {spans}"[:160]


def _line(depth: int, op: str, description: str) -> str:
    return visible(f"{'  ' * depth}{op or '-'}: {description}")
