from __future__ import annotations

import importlib
import sys
import threading

import pytest

from pytest_errortrack.bridge import ImportWatch


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module that nobody has imported yet."""
    (tmp_path / "watched_module.py").write_text("value = __loader__, __spec__.loader\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "watched_module"
    sys.modules.pop("watched_module", None)


def test_the_callback_comes_once_the_module_is_complete(module):
    """The watch reports when the module has run, and leaves the real loader in its place, also while it runs."""
    seen = []
    with ImportWatch(lambda: seen.append(sys.modules[module].value), name=module):
        found = importlib.import_module(module)
        importlib.import_module(module)

    assert len(seen) == 1
    assert found.__loader__ is found.__spec__.loader is found.value[0] is found.value[1]
    assert type(found.__loader__).__name__ == "SourceFileLoader"


def test_other_imports_are_left_alone(module):
    """Only the one name is answered for."""
    seen = []
    with ImportWatch(lambda: seen.append(1), name="something_else"):
        importlib.import_module(module)

    assert seen == []


def test_nothing_is_left_behind():
    """The finder is gone after the block, also when the block raises."""
    before = list(sys.meta_path)

    with pytest.raises(KeyError), ImportWatch(lambda: None, name="x"):
        raise KeyError

    assert sys.meta_path == before


def test_a_module_that_cannot_be_found_stays_unfound():
    """A missing package is missing as before."""
    with ImportWatch(lambda: None, name="no_such_module_at_all"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_at_all")


def test_a_module_that_fails_to_import_is_not_reported(module, tmp_path):
    """An import that raises raises as before, and is no import."""
    (tmp_path / "watched_module.py").write_text("raise ValueError('broken')\n")
    seen = []

    with ImportWatch(lambda: seen.append(1), name=module), pytest.raises(ValueError, match="broken"):
        importlib.import_module(module)

    assert seen == []


def test_an_import_that_fails_first_is_reported_when_it_succeeds(module, tmp_path):
    """A half-way import counts for nothing; the next one that gets to the end is reported, once."""
    (tmp_path / "watched_module.py").write_text("raise ValueError('broken')\n")
    seen = []
    with ImportWatch(lambda: seen.append(1), name=module):
        with pytest.raises(ValueError, match="broken"):
            importlib.import_module(module)
        (tmp_path / "watched_module.py").write_text("value = 'mended, and of another length'\n")
        importlib.invalidate_caches()
        found = importlib.import_module(module)
        importlib.reload(found)

    assert seen == [1]
    assert found.value.startswith("mended")


def test_an_import_in_a_thread_is_reported(module):
    """It makes no difference which thread imports."""
    seen = []
    with ImportWatch(lambda: seen.append(threading.current_thread().name), name=module):
        thread = threading.Thread(target=importlib.import_module, args=(module,), name="importer")
        thread.start()
        thread.join()

    assert seen == ["importer"]


def test_an_import_that_ends_after_the_block_is_not_reported(module, tmp_path):
    """A module that is still running when the block is left calls nobody back."""
    (tmp_path / "watched_module.py").write_text("import threading\nthreading.current_thread().go_on.wait(10)\n")
    seen = []
    thread = threading.Thread(target=importlib.import_module, args=(module,))
    thread.go_on = threading.Event()
    with ImportWatch(lambda: seen.append(1), name=module):
        thread.start()
        while module not in sys.modules:
            pass
    thread.go_on.set()
    thread.join()

    assert seen == []
