"""Labels of scheduling points."""

from __future__ import annotations

import sys

from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL, Labels


def compiled(source, name="<memory>"):
    namespace = {"__name__": "memory"}
    exec(compile(source, name, "exec"), namespace)  # noqa: S102 - the test's own source
    return namespace["f"]


def written(tmp_path, source):
    path = tmp_path / "labelled.py"
    path.write_text(source)
    return compiled(source, str(path))


def test_the_first_labels_are_those_of_start_and_end():
    """They belong to no place."""
    labels = Labels()

    assert [labels.points[number].text for number in (START_LABEL, END_LABEL)] == ["start", "end"]
    assert not labels.is_operation(START_LABEL)


def test_a_line_is_named_by_function_statement_and_ordinal(tmp_path):
    """Equal statements of one function are told apart by their order."""
    code = written(tmp_path, "def f(x):\n    x += 1\n    x  +=  1\n    x += 1\n    return x\n").__code__
    labels = Labels()

    texts = [labels.points[labels.line(code, line, module="m")].text for line in (2, 3, 4, 5)]

    assert [text.partition("#")[0] for text in texts] == ["f"] * 4
    assert [text.rpartition(".")[2] for text in texts] == ["0", "1", "2", "0"]
    assert texts[0].rpartition(".")[0] == texts[2].rpartition(".")[0]
    assert len(set(texts)) == 4


def test_line_numbers_are_not_part_of_a_label(tmp_path):
    """Lines added above do not change it."""
    source = "def f(x):\n    return x\n"
    before = written(tmp_path, source).__code__
    labels = Labels()
    old = labels.points[labels.line(before, 2, module="m")]
    after = written(tmp_path, "import os\n\n\n" + source).__code__

    new = labels.points[labels.line(after, 5, module="m")]

    assert old.text == new.text
    assert (old.line, new.line) == (2, 5)
    assert new.site == "labelled.py:5"
    assert new.source == "return x"


def test_without_source_a_line_is_named_by_its_distance():
    """Code from memory has no statements to hash."""
    code = compiled("\n\ndef f(x):\n    return x\n").__code__
    labels = Labels()

    assert labels.points[labels.line(code, 4, module="m")].text == "f#+1"


def test_operations_are_numbered_once_per_place():
    """The same call gives the same number, another name another one."""
    labels = Labels()

    numbers = {labels.operation("set_tag", sys._getframe()) for _ in range(3)}
    other = labels.operation("set_extra", sys._getframe())

    assert len(numbers) == 1
    assert other not in numbers
    point = labels.points[other]
    assert point.is_operation
    assert point.name == "set_extra"
    assert point.site.startswith("test_labels.py:")
    assert point.text.startswith("set_extra@test_operations_are_numbered_once_per_place#")


def test_places_with_the_same_words_are_counted_together():
    """Occurrences are counted by words, since words are all a token has."""
    labels = Labels()

    first = labels.operation("op", None)
    again = labels.operation("op", None)
    other = labels.operation("other", None)

    assert first == again
    assert labels.same(first) != labels.same(other)
    assert labels.points[first].site == ""
