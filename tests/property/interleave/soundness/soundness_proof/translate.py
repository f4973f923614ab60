"""From a program to its source, and to micro-operations with the atomicity of CPython's instructions.

Both come from one walk over the program, so that every micro-operation knows its line. Each instruction that touches
something shared is one micro-operation; what is between them is local to the actor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any, NamedTuple

from soundness_proof.effects import EFFECTS
from soundness_proof.language import (
    REGISTERS,
    Add,
    Augment,
    Call,
    Catch,
    Const,
    Do,
    Extend,
    Finally,
    Helper,
    If,
    Node,
    Not,
    Place,
    Program,
    Read,
    Reg,
    Repeat,
    SetReg,
    Signal,
    SumEach,
    Sync,
    While,
    With,
    Write,
)
from soundness_proof.shared_world import BOTH_LINE, BUMP_LINE, HEAD, OBJECTS

__all__ = ["Body", "Op", "Translation", "translate"]


class Op(NamedTuple):
    """A micro-operation: what, with which operands, on which line."""

    kind: str
    one: Any = None
    two: Any = None
    line: int = 0


@dataclass(slots=True)
class Body:
    """An actor's micro-operations.

    Attributes:
        ops: in their order.
        handlers: start, end, target and depth of the stack for what is raised in between; inner ones first.
    """

    ops: list[Op] = field(default_factory=list)
    handlers: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Translation:
    """A program in both of its forms."""

    program: Program
    source: str
    bodies: tuple[Body, ...]

    @property
    def has_finally(self) -> bool:
        """Whether an actor that is unwound would still change something."""
        return "finally:" in self.source


def translate(program: Program) -> Translation:
    """Return a program's source and micro-operations."""
    lines = HEAD.splitlines()
    bodies = []
    for name, statements in zip(program.names, program.bodies, strict=True):
        writer = _Writer(lines)
        writer.actor(name, statements)
        bodies.append(writer.body)
    for number in range(len(program.children)):
        lines.append(f"    k{number} = threading.Thread(target=guard('k{number}', actor_k{number}))")
    lines.append("    def state():")
    lines.append("        return box.a, box.b, G, c, tuple(items), tuple(table.items())")
    bodies_text = ", ".join(f"{name}=guard('{name}', actor_{name})" for name in program.names[: len(program.actors)])
    lines.append(f"    return dict({bodies_text}), state")
    return Translation(program, "\n".join(lines) + "\n", tuple(bodies))


class _Writer:
    """Writes one actor."""

    def __init__(self, lines: list[str]) -> None:
        self.body = Body()
        self._lines = lines
        self._indent = 1
        self._depth = 0
        self._line = 0

    def actor(self, name: str, statements: tuple[Node, ...]) -> None:
        """Write a whole actor."""
        self._text(f"def actor_{name}():")
        self._indent += 1
        self._text("nonlocal c")
        self._text("global G")
        self._emit("begin")
        self._begin()
        self._text(" = ".join(f"r{number}" for number in range(REGISTERS)) + " = 0")
        self._block(statements)
        self._begin()
        self._text(f"return ({''.join(f'r{number}, ' for number in range(REGISTERS))})")
        self._emit("end")
        self._indent -= 1

    # --- means ------------------------------------------------------------------------------------------------

    def _text(self, text: str) -> None:
        self._lines.append("    " * self._indent + text)

    def _begin(self) -> int:
        """Note that the next line of the source begins."""
        self._line = len(self._lines) + 1
        return self._emit("line")

    def _emit(self, kind: str, one: Any = None, two: Any = None, *, line: int | None = None) -> int:
        self.body.ops.append(Op(kind, one, two, self._line if line is None else line))
        return len(self.body.ops) - 1

    def _here(self) -> int:
        return len(self.body.ops)

    def _land(self, *jumps: int) -> None:
        """Let jumps lead to here."""
        for jump in jumps:
            self.body.ops[jump] = self.body.ops[jump]._replace(one=self._here())

    def _block(self, statements: tuple[Node, ...]) -> None:
        for each in statements:
            self._statement(each)

    def _indented(self, statements: tuple[Node, ...]) -> None:
        self._indent += 1
        if not statements:
            self._begin()
            self._text("pass")
        self._block(statements)
        self._indent -= 1

    def _again(self, line: int) -> int:
        """Note that an earlier line begins again."""
        self._line = line
        return self._emit("line")

    # --- expressions: each emits its operations and returns its text --------------------------------------------

    @singledispatchmethod
    def _expression(self, node: Node) -> str:
        raise NotImplementedError(node)

    @_expression.register
    def _(self, node: Const) -> str:
        self._emit("const", node.value)
        return str(node.value)

    @_expression.register
    def _(self, node: Reg) -> str:
        self._emit("reg", node.number)
        return f"r{node.number}"

    @_expression.register
    def _(self, node: Read) -> str:
        return self._load(node.place)

    @_expression.register
    def _(self, node: Add) -> str:
        left, right = self._expression(node.left), self._expression(node.right)
        self._emit("add")
        return f"({left} + {right})"

    @_expression.register
    def _(self, node: Not) -> str:
        text = self._expression(node.operand)
        self._emit("not")
        return f"(not {text})"

    @_expression.register
    def _(self, node: Call) -> str:
        texts = [self._expression(each) for each in node.arguments]
        row = EFFECTS[node.operation]
        self._emit("effect", row.container, node.operation)
        return row.template.format(*texts, o=OBJECTS[row.container][node.style])

    @_expression.register
    def _(self, node: Helper) -> str:
        line = self._line
        if node.name == "bump":
            self._again(BUMP_LINE)
            self._emit("load", "box.b")
            self._emit("const", 1)
            self._emit("add")
            self._emit("store", "box.b")
            self._again(BUMP_LINE + 1)
            self._emit("load", "box.b")
        else:
            self._again(BOTH_LINE)
            self._emit("load", "box.a")
            self._emit("load", "box.b")
            self._emit("add")
        self._line = line
        return {"bump": "box.bump()", "both": "box.both"}[node.name]

    @_expression.register
    def _(self, node: Sync) -> str:
        limit = "" if node.timeout is None else str(node.timeout)
        name = node.operation
        if name == "wait":
            self._emit("cond.leave")
            self._emit("cond.block", node.timeout)
            self._emit("cond.return")
            return f"cond.wait({limit})"
        if name == "event.wait":
            self._emit("event.enter", self._here() + 2)
            self._emit("event.block", node.timeout)
            return f"event.wait({limit})"
        self._emit(name, node.target, node.timeout)
        if name == "acquire":
            return f"{node.target}.acquire({f'timeout={limit}' if limit else ''})"
        calls = {"try": "{}.acquire(False)", "locked": "{}.locked()", "is_alive": "{}.is_alive()"}
        return calls.get(name, "event.is_set()").format(node.target)

    # --- places -----------------------------------------------------------------------------------------------

    def _load(self, place: Place) -> str:
        container, key = _split(place)
        if container in ("items", "table"):
            kind = "list" if container == "items" else "dict"
            self._emit("const", key)
            self._emit("effect", container, f"{kind}.get")
            return f"{OBJECTS[container][place.style]}[{key!r}]"
        self._emit("load", place.name)
        if container != "box":
            return place.name
        how, _, style = place.style.rpartition(":")
        owner = OBJECTS["box"][style]
        return {"getattr": f"getattr({owner}, '{key}')", "vars": f"vars({owner})['{key}']"}.get(how, f"{owner}.{key}")

    def _store(self, place: Place, text: str, *, loaded: str = "") -> str:
        """Emit a store of what is on the stack, and return the statement that does it."""
        container, key = _split(place)
        value = f"{loaded} + {text}" if loaded else text
        how, _, style = place.style.rpartition(":")
        if container in ("items", "table"):
            self._emit("const", key)
            self._emit("effect", container, f"{'list' if container == 'items' else 'dict'}.set")
            self._emit("pop")
            target = f"{OBJECTS[container][style]}[{key!r}]"
        else:
            self._emit("store", place.name)
            owner = OBJECTS["box"][style] if container == "box" else ""
            if how == "getattr":
                return f"setattr({owner}, '{key}', {value})"
            target = place.name if not owner else f"vars({owner})['{key}']" if how == "vars" else f"{owner}.{key}"
        return f"{target} += {text}" if loaded else f"{target} = {text}"

    # --- statements ---------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _statement(self, node: Node) -> None:
        raise NotImplementedError(node)

    @_statement.register
    def _(self, node: SetReg) -> None:
        self._begin()
        text = self._expression(node.value)
        self._emit("setreg", node.number)
        self._text(f"r{node.number} = {text}")

    @_statement.register
    def _(self, node: Write) -> None:
        self._begin()
        text = self._expression(node.value)
        self._text(self._store(node.place, text))

    @_statement.register
    def _(self, node: Augment) -> None:
        self._begin()
        loaded = self._load(node.place)
        text = self._expression(node.value)
        self._emit("add")
        self._text(self._store(node.place, text, loaded=loaded))

    @_statement.register
    def _(self, node: Extend) -> None:
        self._begin()
        text = self._expression(node.value)
        self._emit("effect", "items", "extend")
        self._emit("pop")
        self._text(f"holder.items += [{text}]")

    @_statement.register
    def _(self, node: Do) -> None:
        self._begin()
        text = self._expression(node.value)
        self._emit("pop")
        self._text(text)

    @_statement.register
    def _(self, node: SumEach) -> None:
        line = len(self._lines) + 1
        self._begin()
        self._text("for x in items:")
        self._emit("iterate", "items")
        self._depth += 1
        head = self._here()
        leave = self._emit("next")
        self._indent += 1
        self._begin()
        self._text(f"r{node.number} += x")
        self._emit("reg", node.number)
        self._emit("add")
        self._emit("setreg", node.number)
        self._indent -= 1
        self._again(line)
        self._emit("jump", head)
        self._land(leave)
        self._depth -= 1

    @_statement.register
    def _(self, node: If) -> None:
        self._begin()
        # A truth test needs no call.
        self._text(f"if {_bare(self._expression(node.condition), node.condition)}:")
        leave = self._emit("jump unless")
        self._indented(node.body)
        self._land(leave)

    @_statement.register
    def _(self, node: Repeat) -> None:
        line = len(self._lines) + 1
        self._begin()
        self._text(f"for _ in range({node.times}):")
        self._emit("const", node.times)
        self._depth += 1
        head = self._here()
        leave = self._emit("count down")
        self._indented(node.body)
        self._again(line)
        self._emit("jump", head)
        self._land(leave)
        self._depth -= 1

    @_statement.register
    def _(self, node: While) -> None:
        line = len(self._lines) + 1
        head = self._begin()
        self._text(f"while {_bare(self._expression(node.condition), node.condition)}:")
        leave = self._emit("jump unless")
        self._indented(node.body)
        self._line = line
        self._emit("jump", head)
        self._land(leave)

    @_statement.register
    def _(self, node: With) -> None:
        line = len(self._lines) + 1
        self._begin()
        self._text(f"with {node.lock}:")
        self._emit("acquire", node.lock)
        self._emit("pop")
        start = self._here()
        self._indented(node.body)
        end = self._here()
        self._again(line)
        self._emit("release", node.lock)
        over = self._emit("jump")
        self._handle(start, end)
        self._again(line)
        self._emit("release", node.lock)
        self._emit("raise")
        self._land(over)

    def _handle(self, start: int, end: int) -> None:
        self.body.handlers.append((start, end, self._here(), self._depth))

    @_statement.register
    def _(self, node: Finally) -> None:
        self._text("try:")
        start = self._here()
        self._indented(node.body)
        end = self._here()
        self._text("finally:")
        first = len(self._lines)
        self._indented(node.final)
        over = self._emit("jump")
        self._handle(start, end)
        del self._lines[first:]  # the same lines once more, for what was raised
        self._depth += 1
        self._indented(node.final)
        self._depth -= 1
        self._emit("raise")
        self._land(over)

    @_statement.register
    def _(self, node: Catch) -> None:
        self._text("try:")
        start = self._here()
        self._indented(node.body)
        end = self._here()
        over = self._emit("jump")
        self._text("except Exception:")
        self._handle(start, end)
        self._emit("pop")
        self._indented(node.handler)
        self._land(over)

    @_statement.register
    def _(self, node: Signal) -> None:
        self._begin()
        self._emit(node.operation, node.target, node.timeout)
        limit = "" if node.timeout is None else str(node.timeout)
        owner = {"notify": "cond", "notify_all": "cond", "set": "event", "clear": "event", "sleep": "time"}
        self._text(f"{owner.get(node.operation, node.target)}.{node.operation}({limit})")


def _split(place: Place) -> tuple[str, Any]:
    """Return what a place is part of, and which part of it."""
    if "[" in place.name:
        container, _, rest = place.name.partition("[")
        key = rest.rstrip("]")
        return container, key.strip("'") if container == "table" else int(key)
    container, _, name = place.name.partition(".")
    return container, name


def _bare(text: str, node: Node) -> str:
    """Return a condition as one writes it."""
    if isinstance(node, Call) and node.operation == "truth":
        return text.removeprefix("bool(").removesuffix(")")
    return text.removeprefix("(").removesuffix(")") if isinstance(node, Not) else text
