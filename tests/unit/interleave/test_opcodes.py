"""Which instructions only their own actor can notice."""

from __future__ import annotations

import dis
import sys

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave._instruments._instructions import entry_of, instructions_of
from pytest_errortrack.interleave._instruments._opcodes import (
    LOCAL,
    PREFIX,
    SHARED,
    TRUTH_TESTS,
    YIELDING_WHEN_IT_ENDS,
    is_local,
)

# The compiler's own, of which none is left in finished code.
PSEUDO = {
    "JUMP", "JUMP_NO_INTERRUPT", "JUMP_IF_FALSE", "JUMP_IF_TRUE", "SETUP_CLEANUP", "SETUP_FINALLY", "SETUP_WITH",
    "POP_BLOCK", "STORE_FAST_MAYBE_NULL", "RESERVED", "ENTER_EXECUTOR", "LOAD_METHOD", "LOAD_CLOSURE",
    "LOAD_SUPER_METHOD", "LOAD_ZERO_SUPER_ATTR", "LOAD_ZERO_SUPER_METHOD", "ANNOTATIONS_PLACEHOLDER",
    "TRACE_RECORD", "DO_TRACING",
}  # fmt: skip


def named(source, name="f"):
    namespace = {}
    exec(compile(source, "<opcodes>", "exec"), namespace)  # noqa: S102 - the test's own source
    return namespace[name]


def points(source, name="f"):
    return [each.text for each in instructions_of(named(source, name).__code__) if not each.is_local]


def test_every_instruction_of_this_interpreter_is_classified():
    """A new one has to be thought about; until then it counts as a point."""
    known = LOCAL | SHARED | TRUTH_TESTS | YIELDING_WHEN_IT_ENDS | {PREFIX}
    names = {name for name in dis.opmap if not name.startswith("INSTRUMENTED_")}

    assert names - known - PSEUDO == set()
    assert LOCAL & SHARED == LOCAL & TRUTH_TESTS == SHARED & TRUTH_TESTS == set()
    assert not is_local("SOMETHING_NEW", points.__code__, before=None)


def test_a_body_of_local_names_and_constants_has_no_points():
    """Nobody can tell when they happened."""
    assert points("def f(a, b):\n    a, b = b, a\n    c = (a, 1)\n    return c if c is None else b\n") == []


def test_a_name_that_others_share_is_a_point_for_each_read_and_write():
    """An attribute, a global, a variable of an enclosing function."""
    source = "def f(b):\n    global g\n    b.n = 1\n    g = b.n\n    del b.n\n"

    assert points(source) == ["STORE_ATTR n", "LOAD_ATTR n", "STORE_GLOBAL g", "DELETE_ATTR n"]


def test_an_assignment_in_place_on_one_line_has_three_points():
    """Read, add, write."""
    assert points("def f(b):\n    b.n += 1\n") == ["LOAD_ATTR n", "BINARY_OP +=", "STORE_ATTR n"]


def test_a_truth_test_of_anything_is_a_point():
    """A list is asked for its length; what an operator such as `in` returned is known to be a bool."""
    tested = points("def f(a):\n    if a:\n        return 1\n")
    contained = points("def f(a, b):\n    if a in b:\n        return 1\n")

    assert len(tested) == 1
    assert tested[0].startswith(("TO_BOOL", "POP_JUMP"))
    assert [each.split()[0] for each in contained] == ["CONTAINS_OP"]


def test_the_end_of_a_generator_is_a_point_and_that_of_a_function_is_not():
    """Others can see whether a generator is running."""
    function = points("def f(a):\n    return a\n")
    generator = points("def f(a):\n    yield a\n")

    assert function == []
    assert "YIELD_VALUE" in {each.split()[0] for each in generator}
    assert generator[-1].startswith(("RETURN_", "CALL_INTRINSIC"))


def test_points_are_numbered_within_their_line():
    """From one, in the order of the code."""
    code = named("def f(b):\n    b.x = b.y\n    b.z += 1\n").__code__

    numbers = [(each.line, each.ordinal) for each in instructions_of(code) if not each.is_local]

    assert numbers == [(2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]


def test_a_function_begins_its_own_work_after_the_interpreters_preparations():
    """Also one with cells, and a generator."""
    for source in ("def f(a):\n    return a\n", "def f(a):\n    return lambda: a\n", "def f(a):\n    yield a\n"):
        code = named(source).__code__
        names = {each.offset: each.opname for each in dis.get_instructions(code)}
        before = max(offset for offset in names if offset < entry_of(code))
        assert names[before] == "RESUME"


class Spy:
    """Notes at which instruction of the code under test anything of it is asked."""

    def __init__(self, asked):
        object.__setattr__(self, "asked", asked)

    def ask(self, result):
        """Note the innermost instruction that is not of this test's own."""
        frame = sys._getframe(2)
        if frame.f_code.co_filename == "<opcodes>":
            object.__getattribute__(self, "asked").append((frame.f_code, frame.f_lasti))
        return result

    def __getattribute__(self, name):
        """Find any attribute."""
        if name == "ask":
            return object.__getattribute__(self, name)
        return object.__getattribute__(self, "ask")(self)

    def __setattr__(self, name, value):
        """Let any attribute be set."""
        self.ask(None)

    def __delattr__(self, name):
        """Let any attribute be deleted."""
        self.ask(None)

    def __hash__(self):
        """Be a key."""
        return self.ask(1)

    def __eq__(self, other):
        """Be equal to all."""
        return self.ask(True)

    def __lt__(self, other):
        """Be less than all."""
        return self.ask(self)

    def __bool__(self):
        """Be true."""
        return self.ask(True)

    def __len__(self):
        """Be of length two."""
        return self.ask(2)

    def __iter__(self):
        """Hold two numbers."""
        return iter(self.ask([1, 2]))

    def __contains__(self, each):
        """Hold all."""
        return self.ask(True)

    def __getitem__(self, key):
        """Hold itself."""
        return self.ask(self)

    def __setitem__(self, key, value):
        """Take any item."""
        self.ask(None)

    def __delitem__(self, key):
        """Lose any item."""
        self.ask(None)

    def __call__(self, *arguments, **named):
        """Return itself."""
        del arguments, named
        return self.ask(self)

    def __enter__(self):
        """Be a context."""
        return self.ask(self)

    def __exit__(self, *error):
        """Let errors pass."""
        self.ask(None)

    def __format__(self, how):
        """Be a word."""
        return self.ask("spy")

    def __add__(self, other):
        """Add up to itself."""
        return self.ask(self)

    __iadd__ = __sub__ = __mul__ = __radd__ = __add__

    def __neg__(self):
        """Be its own opposite."""
        return self.ask(self)

    __pos__ = __invert__ = __neg__


STATEMENTS = r"""
a.x = b
x = a.x
del a.x
x = a + b
a += b
x = a < b
x = a == b
x = not a
x = a and b
x = a or b
x = a if b else x
x = -a
x = ~b
x = +a
x = a[b]
x = a[1:2]
a[b] = x
a[1:2] = x
del a[b]
x, y = a
x, *y = a
x = [*a, *b]
x = {a, 1}
x = {a: 1}
x = {**{a: 1}}
x = {y: 1 for y in (a, b)}
x = {y for y in (a, b)}
x = [y for y in a if y]
x = f"{a} {b!r:>4}"
x = a(b)
x = a(b, c=1)
x = a(*b)
x = b in a
x = a is b
for x in a: pass
for x in a: b.y = x
while a: break
with a: x = 1
with a as x: x.y = 2
assert a
assert a, b
x = a is None or b
match a:\n        case [x, y]: b.z = x\n        case _: b.z = 1
try: x = a.y\n    except ValueError: x = 1\n    finally: b.y = 1
def g(c=a): return c.x + b.x\n    g()
def g(): yield a.x\n    x = list(g())
x = (lambda: a.z)()
"""


@given(statements=st.lists(st.sampled_from(STATEMENTS.split("\n")[1:-1]), min_size=1, max_size=6))
def test_a_local_instruction_never_asks_an_object_anything(statements):
    """Whatever it works on: an object that notes all it is asked is only ever asked by others."""
    body = "\n".join(f"    {each}" for each in statements).replace(r"\n", "\n")
    function = named(f"def f(a, b):\n    x = y = 1\n{body}\n")
    asked = []

    function(Spy(asked), Spy(asked))

    for code, offset in asked:
        asking = [each for each in instructions_of(code) if each.start <= offset][-1]
        assert not asking.is_local, (asking, statements)


def test_the_spy_is_asked():
    """The property above is about something."""
    asked = []
    named("def f(a, b):\n    a.x = a + b\n")(Spy(asked), Spy(asked))

    assert len(asked) == 2
