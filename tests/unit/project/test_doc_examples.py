"""The conventions by which the examples in the documentation are executed, tried on small documents."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run_documents(pytester, monkeypatch):
    """Run pytest on Markdown files, with this project's own conftest.py."""

    def run(*texts):
        shutil.copy(ROOT / "conftest.py", pytester.path)
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests/support"))  # where it finds its plugins
        (pytester.path / "docs").mkdir()
        for number, text in enumerate(texts):
            (pytester.path / "docs" / f"{number}.md").write_text(text, encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:randomly", "docs")

    return run


TEST_FILE = """
<!-- file: shop.py -->
```python
PRICE = 4
```

<!-- test-file: test_shop.py, args: -k 'right or wrong', outcome: {outcome} -->
```python
import shop

def test_right():
    assert shop.PRICE == 4

def test_wrong():
    assert shop.PRICE == 5
```

<!-- output: test_shop.py -->
```text
E ... assert {assertion}
FAILED test_shop.py::test_wrong ...
```
"""


def test_blocks_share_one_namespace(run_documents):
    """Python and pycon blocks are executed, one after the other, in one namespace; other languages are not."""
    text = "```python\nx = 4\n```\n\n```sh\nfalse\n```\n\n```pycon\n>>> x + 1\n5\n```\n"

    run_documents(text).assert_outcomes(passed=2)


def test_wrong_example_fails(run_documents):
    """An example that says something untrue fails the run."""
    run_documents("```python\nassert 1 == 2\n```\n\n```pycon\n>>> 1\n2\n```\n").assert_outcomes(failed=2)


def test_test_file_is_run_and_its_outcome_compared(run_documents):
    """A test file in the documentation really runs, with the files it needs, and prints what the page shows."""
    run_documents(TEST_FILE.format(outcome="passed=1 failed=1", assertion="4 == 5")).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("outcome", "assertion"), [("passed=2", "4 == 5"), ("passed=1 failed=1", "4 == 6")], ids=["outcome", "output"]
)
def test_page_that_shows_another_result_fails(run_documents, outcome, assertion):
    """A page that promises another outcome, or other output, fails the run."""
    run_documents(TEST_FILE.format(outcome=outcome, assertion=assertion)).assert_outcomes(passed=2, failed=1)


def test_example_leaves_no_trace_in_the_sdk(run_documents):
    """What an example sets in the SDK holds to the end of its document, and is gone in the next."""
    first = "```python\nfrom pytest_errortrack import sdk\nsdk.init('memory://')\n```\n"
    same = "```python\nassert sdk.is_initialized()\n```\n"
    following = "```python\nfrom pytest_errortrack import sdk\nassert not sdk.is_initialized()\n```\n"

    run_documents(first + same, following).assert_outcomes(passed=3)
