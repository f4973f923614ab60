"""What one instruction of CPython does to a container: the table of atomic operations.

A list is modelled by the tuple of its elements, a dictionary by the tuple of its items in their order. A row is checked
against the real container by a test of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Value = Any

__all__ = ["EFFECTS", "Row"]


class Row(NamedTuple):
    """An atomic operation.

    Attributes:
        container: `items` or `table`.
        template: its source; `{o}` is the container, `{0}` the first argument.
        arguments: how many it takes.
        effect: from the content and the arguments to the new content and the result.
        is_statement: whether it stands as a statement only.
    """

    container: str
    template: str
    arguments: int
    effect: Callable[..., tuple[tuple[Value, ...], Value]]
    is_statement: bool = False


def _on_list(operation: Callable[..., Value]) -> Callable[..., tuple[tuple[Value, ...], Value]]:
    def effect(content: tuple[Value, ...], *arguments: Value) -> tuple[tuple[Value, ...], Value]:
        elements = list(content)
        result = operation(elements, *arguments)
        return tuple(elements), result

    return effect


def _on_dict(operation: Callable[..., Value]) -> Callable[..., tuple[tuple[Value, ...], Value]]:
    def effect(content: tuple[Value, ...], *arguments: Value) -> tuple[tuple[Value, ...], Value]:
        entries = dict(content)
        result = operation(entries, *arguments)
        return tuple(entries.items()), result

    return effect


def _set_item(container: Any, key: Value, value: Value) -> None:
    container[key] = value


def _delete_item(container: Any, key: Value) -> None:
    del container[key]


EFFECTS: dict[str, Row] = {
    # in the order of evaluation: a store takes its value before the key
    "list.get": Row("items", "{o}[{0}]", 1, _on_list(lambda c, i: c[i])),
    "list.set": Row("items", "{o}[{1}] = {0}", 2, _on_list(lambda c, v, i: _set_item(c, i, v)), is_statement=True),
    "append": Row("items", "{o}.append({0})", 1, _on_list(lambda c, v: c.append(v)), is_statement=True),
    "insert": Row("items", "{o}.insert(0, {0})", 1, _on_list(lambda c, v: c.insert(0, v)), is_statement=True),
    "extend": Row("items", "{o} += [{0}]", 1, _on_list(lambda c, v: c.extend([v])), is_statement=True),
    "list.clear": Row("items", "{o}.clear()", 0, _on_list(lambda c: c.clear()), is_statement=True),
    "reverse": Row("items", "{o}.reverse()", 0, _on_list(lambda c: c.reverse()), is_statement=True),
    "pop": Row("items", "{o}.pop()", 0, _on_list(lambda c: c.pop())),
    "pop0": Row("items", "{o}.pop(0)", 0, _on_list(lambda c: c.pop(0))),
    "index": Row("items", "{o}.index({0})", 1, _on_list(lambda c, v: c.index(v))),
    "count": Row("items", "{o}.count({0})", 1, _on_list(lambda c, v: c.count(v))),
    "len": Row("items", "len({o})", 0, _on_list(len)),
    "truth": Row("items", "bool({o})", 0, _on_list(bool)),
    "sum": Row("items", "sum({o})", 0, _on_list(sum)),
    "last": Row("items", "{o}[-1]", 0, _on_list(lambda c: c[-1])),
    "has": Row("items", "({0} in {o})", 1, _on_list(lambda c, v: v in c)),
    "dict.get": Row("table", "{o}[{0}]", 1, _on_dict(lambda c, k: c[k])),
    "dict.set": Row("table", "{o}[{1}] = {0}", 2, _on_dict(lambda c, v, k: _set_item(c, k, v)), is_statement=True),
    "get": Row("table", "{o}.get('k', 0)", 0, _on_dict(lambda c: c.get("k", 0))),
    "get.l": Row("table", "{o}.get('l', 0)", 0, _on_dict(lambda c: c.get("l", 0))),
    "setdefault": Row("table", "{o}.setdefault('k', {0})", 1, _on_dict(lambda c, v: c.setdefault("k", v))),
    "update": Row("table", "{o}.update(k={0})", 1, _on_dict(lambda c, v: c.update(k=v)), is_statement=True),
    "update.l": Row("table", "{o}.update(l={0})", 1, _on_dict(lambda c, v: c.update(l=v)), is_statement=True),
    "delete": Row("table", "del {o}['k']", 0, _on_dict(lambda c: _delete_item(c, "k")), is_statement=True),
    "pop.k": Row("table", "{o}.pop('k', 0)", 0, _on_dict(lambda c: c.pop("k", 0))),
    "has.k": Row("table", "('k' in {o})", 0, _on_dict(lambda c: "k" in c)),
    "has.l": Row("table", "('l' in {o})", 0, _on_dict(lambda c: "l" in c)),
    "size": Row("table", "len({o})", 0, _on_dict(len)),
    "values": Row("table", "sum({o}.values())", 0, _on_dict(lambda c: sum(c.values()))),
    "dict.clear": Row("table", "{o}.clear()", 0, _on_dict(lambda c: c.clear()), is_statement=True),
}
