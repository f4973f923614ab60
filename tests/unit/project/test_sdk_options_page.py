"""The reference of the SDK's options: written from the code, and never older than it."""

from __future__ import annotations

from dataclasses import fields

import pytest
from sdk_options_page import PAGE, code, descriptions, page

from pytest_errortrack.sdk._options import Options


def test_page_is_what_the_code_says():
    """The page in the repository is the one that the generator makes: `python tests/support/sdk_options_page.py`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("name", [option.name for option in fields(Options)])
def test_every_option_has_a_row(name):
    """An option stands on the page with the words of its docstring."""
    (row,) = [line for line in page().splitlines() if line.startswith(f"| `{name}` |")]

    assert descriptions()[name].rstrip(".") in row


def test_bars_do_not_end_a_cell():
    """A type with alternatives stays in its cell."""
    assert code("int | None") == r"`int \| None`"
