"""What was printed replays: in a new process, from the token alone, as often as it is asked to."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from classic_programs.catalogue import PROGRAMS
from classic_programs.exploring import found

import pytest_errortrack

FOLDER = Path(__file__).parent
PACKAGE = Path(pytest_errortrack.__file__).parents[1]
PRINTED_TOKEN = re.compile(r'replay: replay\("(et\d+-[\w-]+)", scenario\)')


def printed_token(failure):
    """Return the token that a reader of the printed failure would copy."""
    printed = "".join(traceback.format_exception(failure))
    return PRINTED_TOKEN.search(printed)[1]


def is_found(program):
    """Tell whether there is something to replay; that there is for every program is a test of its own."""
    return isinstance(found(program).failure, program.kind)


@pytest.fixture(scope="module")
def tokens():
    """Return the printed token of each finding."""
    return {program.name: printed_token(found(program).failure) for program in PROGRAMS if is_found(program)}


@pytest.fixture(scope="module")
def expected():
    """Return what each replay has to show: the kind of failure, and the steps."""
    return {
        program.name: [program.kind.__name__, *(f"{row.actor} {row.text}" for row in found(program).steps)]
        for program in PROGRAMS
        if is_found(program)
    }


def replayed_in_new_process(tokens, *, times=1, folder=FOLDER, seed="random"):
    """Replay all tokens in a process that knows nothing but them and the programs in a folder."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-B", "-m", "classic_programs.replaying", str(times)],
        input=json.dumps(tokens),
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{PACKAGE}", "PYTHONHASHSEED": seed},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kinds(outcomes):
    """Return the kinds of failures by program, each kind once."""
    return {name: sorted({again[0] for again in each}) for name, each in outcomes.items()}


def test_every_finding_replays_in_a_new_process(tokens, expected):
    """Each printed token gives the same failure by the same steps."""
    outcomes = replayed_in_new_process(tokens)

    assert {name: each[0] for name, each in outcomes.items()} == expected


@pytest.mark.soak
def test_every_finding_replays_a_hundred_times_out_of_a_hundred(tokens, expected):
    """Twenty new processes, with hashes of their own, five times each: all the same."""
    outcomes = [replayed_in_new_process(tokens, times=5, seed=str(seed)) for seed in range(20)]

    wrong = {name: [again for each in outcomes for again in each[name] if again != expected[name]] for name in expected}
    assert {sum(len(each[name]) for each in outcomes) for name in expected} == {100}
    assert {name: again for name, again in wrong.items() if again} == {}


def with_comments(source):
    """Put comments and empty lines before every function, and a new function at the head of the module."""
    marked = re.sub(r"^(\s*)def ", r"\1# A comment.\n\n\1def ", source, flags=re.MULTILINE)
    return marked.replace("import annotations\n", "import annotations\n\n\ndef first():\n    return 1\n\n", 1)


def with_other_names(source):
    """Rename what the mistakes do not use: the repaired forms."""
    return re.sub(r"(\w+)_repaired\b", r"\1_mended", source)


def in_reverse(source):
    """Turn the order of the functions and classes of a module round."""
    tree = ast.parse(source)
    kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign)]
    moved = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    parts = [ast.get_source_segment(source, node) for node in (*kept, *reversed(moved))]
    return "\n\n".join(parts) + "\n"


class Rewording(ast.NodeTransformer):
    """Writes every statement in other words that mean the same."""

    def generic_visit(self, node):
        """Put what a statement computes into a choice that is none."""
        super().generic_visit(node)
        if isinstance(node, ast.stmt | ast.withitem):
            for name in ("value", "test", "iter", "context_expr"):
                expression = getattr(node, name, None)
                is_docstring = isinstance(node, ast.Expr) and isinstance(expression, ast.Constant)
                if isinstance(expression, ast.expr) and not is_docstring:
                    setattr(node, name, ast.IfExp(ast.Constant(1), expression, ast.Constant(0)))
        return node


def in_other_words(source):
    """Edit every statement of every function."""
    return ast.unparse(ast.fix_missing_locations(Rewording().visit(ast.parse(source)))) + "\n"


@pytest.fixture
def edited(tmp_path):
    """Return a function that makes a copy of the programs with an edit, and returns its folder."""

    def copy(edit):
        shutil.copytree(FOLDER / "classic_programs", tmp_path / "classic_programs")
        for path in (tmp_path / "classic_programs").glob("*.py"):
            if path.stem not in {"__init__", "catalogue", "exploring", "replaying"}:
                path.write_text(edit(path.read_text()))
        return tmp_path

    return copy


def test_edits_around_what_was_executed_do_no_harm(tokens, expected, edited):
    """Another order, other names of functions that were not run, comments, new functions: all replay."""
    outcomes = replayed_in_new_process(
        tokens, folder=edited(lambda source: with_comments(with_other_names(in_reverse(source))))
    )

    assert {name: each[0] for name, each in outcomes.items()} == expected


def test_edits_of_what_was_executed_are_told(tokens, edited):
    """A program in other words is another program, and none of its replays pretends that it is not."""
    outcomes = replayed_in_new_process(tokens, folder=edited(in_other_words))

    assert kinds(outcomes) == {name: ["Diverged"] for name in tokens}
