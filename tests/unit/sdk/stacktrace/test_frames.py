"""Tests of stack traces: which frames, what they say, and what they leave behind."""

from __future__ import annotations

import linecache
import sys
import sysconfig
import types

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._stacktrace import FrameBuilder, FrameRules, SourceLines


def caught(function, *arguments):
    """Call a function that raises, and return the exception."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - told to the test, whatever it is
        return error
    raise AssertionError("it did not raise")


def frames_of(error, **rules):
    """Return the frames of an exception, with the names of the variables."""
    return FrameBuilder(FrameRules(**rules)).from_traceback(error.__traceback__, dict)


def fail(message="boom"):
    local = message
    raise ValueError(local)


def module_at(path, name, source):
    """Return a module as if it had been imported from a path."""
    module = types.ModuleType(name)
    module.__file__ = path
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - the point of the test
    return module


def test_frames_go_from_the_outermost_to_the_innermost():
    """F1: the frame that raised is last; each says file, function, line and module."""
    frames = frames_of(caught(fail))

    assert [frame["function"] for frame in frames] == ["caught", "fail"]
    last = frames[-1]
    assert last["abs_path"] == __file__
    assert last["filename"].endswith("test_frames.py")
    assert last["module"] == __name__
    assert last["context_line"] == "    raise ValueError(local)"
    assert last["vars"] == {"message": "boom", "local": "boom"}
    assert last["in_app"] is True


def test_source_lines_around():
    """F1: five lines before and five after, without their line ends."""
    last = frames_of(caught(fail))[-1]

    assert last["pre_context"][-2:] == ['def fail(message="boom"):', "    local = message"]
    assert len(last["pre_context"]) == 5
    assert len(last["post_context"]) == 5
    assert last["post_context"][:2] == ["", ""]


def test_source_at_the_ends_of_a_file(tmp_path):
    """F1: near the ends of a file there are fewer lines."""
    path = str(tmp_path / "short.py")
    source = "def f(): g()\ndef g(): raise KeyError"
    (tmp_path / "short.py").write_text(source)
    frames = frames_of(caught(module_at(path, "short", source).f))

    assert (frames[1]["pre_context"], frames[1]["post_context"]) == ([], ["def g(): raise KeyError"])
    assert (frames[2]["pre_context"], frames[2]["post_context"]) == (["def f(): g()"], [])


def test_source_lines_are_cut_and_cached(tmp_path, monkeypatch):
    """F2: a line is at most 1,024 characters; the second event reads no file."""
    path = str(tmp_path / "long.py")
    source = f"def f(): raise KeyError  # {'x' * 2000}"
    (tmp_path / "long.py").write_text(source)
    module = module_at(path, "long", source)
    builder = FrameBuilder(FrameRules())
    first = builder.from_traceback(caught(module.f).__traceback__, None)[-1]
    monkeypatch.setattr(linecache, "getlines", lambda *_arguments: pytest.fail("read again"))
    second = builder.from_traceback(caught(module.f).__traceback__, None)[-1]

    assert len(first["context_line"]) == 1024
    assert first == second
    assert first["pre_context"] is not second["pre_context"]


def test_cache_of_source_lines_is_bounded():
    """F2: 4,096 places are kept at most."""
    source = SourceLines()
    for number in range(5000):
        source.around("<nowhere>", number, {})

    assert len(source._excerpts) <= 4096
    assert source.around(__file__, 1, {}) is not None


def test_no_source_is_no_error():
    """F2: code without source, a line that is not there, and a loader that fails, have no lines."""

    class Loader:
        def get_source(self, name):  # noqa: ARG002 - the protocol's signature
            raise RuntimeError

    source = SourceLines()
    assert source.around("<nowhere>", 1, {}) is None
    assert source.around(__file__, 1_000_000, {}) is None
    assert source.around("gone.py", 1, {"__name__": "x", "__loader__": Loader()}) is None
    assert "context_line" not in frames_of(caught(module_at("<gone>", "gone", "def f(): raise KeyError").f))[-1]


def test_source_can_be_left_out(start):
    """include_source_context=False shows no source."""
    memory = start(include_source_context=False, include_local_variables=False)
    sdk.capture_exception(caught(fail))
    frame = memory.events[0]["exception"]["values"][0]["stacktrace"]["frames"][-1]

    assert {"context_line", "pre_context", "post_context", "vars"} & set(frame) == set()


def test_deep_stack_keeps_both_ends():
    """F4: of a RecursionError's frames the outermost and the innermost fifty are built, and no other is touched."""

    def recurse(depth):
        if depth == 0:
            raise ValueError
        recurse(depth - 1)

    written = []
    error = caught(recurse, 500)
    frames = FrameBuilder(FrameRules()).from_traceback(
        error.__traceback__, lambda variables: written.append(variables.get("depth")) or {}
    )

    assert len(frames) == 100
    assert written[1:50] == list(range(500, 451, -1))
    assert written[50:] == list(range(49, -1, -1))


def test_frames_that_hide_are_left_out():
    """F3: a frame with a true `__tracebackhide__` is not shown; anything else by that name hides nothing."""

    def hidden():
        __tracebackhide__ = True
        shown()

    def shown():
        __tracebackhide__ = "text"
        also_hidden()

    def also_hidden():
        __traceback_hide__ = 1
        fail()

    error = caught(hidden)
    for write in (None, dict):
        frames = FrameBuilder(FrameRules()).from_traceback(error.__traceback__, write)
        names = [frame["function"].rpartition(".")[2] for frame in frames]
        assert names == ["caught", "shown", "fail"]


def test_frames_of_ours_are_stripped(memory):
    """F3: the SDK's own frames are never part of a stack trace."""

    def callback(_scope):
        fail()

    sdk.capture_exception(caught(sdk.configure_scope, callback))

    frames = memory.events[0]["exception"]["values"][0]["stacktrace"]["frames"]
    assert [frame["function"].rpartition(".")[2] for frame in frames] == ["caught", "callback", "fail"]


SITE = sysconfig.get_paths()["purelib"]
STDLIB = sysconfig.get_paths()["stdlib"]


@pytest.mark.parametrize(
    ("path", "module", "rules", "in_app"),
    [
        ("/srv/app/main.py", "app.main", {}, True),
        ("/srv/app/main.py", "__main__", {"project_root": "/elsewhere"}, True),
        ("/srv/app/main.py", "app.main", {"project_root": "/srv"}, True),
        ("/srv/app/main.py", "app.main", {"project_root": "/srv/"}, True),
        ("/srv/app/main.py", "app.main", {"project_root": "/sr"}, False),
        ("/srv/app/main.py", "app.main", {"in_app_exclude": ("app",)}, False),
        ("/srv/app/main.py", "application", {"in_app_exclude": ("app",)}, True),
        ("/srv/app/main.py", "app.main", {"in_app_exclude": ("app",), "in_app_include": ("app.main",)}, True),
        ("/x/site-packages/lib/a.py", "lib.a", {}, False),
        ("/x/dist-packages/lib/a.py", "lib.a", {}, False),
        ("/x/site-packages/lib/a.py", "lib.a", {"in_app_include": ("lib",)}, True),
        (f"{STDLIB}/json/decoder.py", "json.decoder", {}, False),
        ("<frozen importlib._bootstrap>", "importlib", {}, False),
        ("<string>", "generated", {}, True),
    ],
)
def test_in_app(path, module, rules, in_app):
    """F3: what the user says, else by where the file lies."""
    frames = frames_of(caught(module_at(path, module, "def f(): raise KeyError").f), **rules)

    assert frames[-1]["in_app"] is in_app


@pytest.mark.parametrize(
    ("path", "module", "shown"),
    [
        ("/srv/app/sub/main.py", "app.sub.main", "app/sub/main.py"),
        ("/srv/app/sub/__init__.py", "app.sub", "app/sub/__init__.py"),
        ("/srv/main.py", "main", "main.py"),
        ("/srv/app/main.py", "__main__", "/srv/app/main.py"),
        ("<string>", "generated", "<string>"),
        ("/a.py", "x.y.z", "/a.py"),
    ],
)
def test_filename_is_relative_to_the_top_level_package(path, module, shown):
    """F1: a file is called as its module is."""
    assert frames_of(caught(module_at(path, module, "def f(): raise KeyError").f))[-1]["filename"] == shown


def test_filename_of_a_script_is_relative_to_the_path(monkeypatch):
    """F1: a script is called relative to the entry of sys.path that it lies in."""
    monkeypatch.setattr(sys, "path", ["", "/srv"])

    frame = frames_of(caught(module_at("/srv/run/it.py", "__main__", "def f(): raise KeyError").f))[-1]

    assert frame["filename"] == "run/it.py"


def test_frame_without_a_module_name():
    """Code that runs without a `__name__` has frames all the same."""
    namespace = {"__builtins__": __builtins__}
    exec("def f(): raise KeyError", namespace)  # noqa: S102 - the point of the test

    frame = frames_of(caught(namespace["f"]))[-1]

    assert frame["module"] is None
    assert frame["function"] == "f"


def test_variables_of_a_module_are_without_dunders():
    """F5: of a module's variables those of the interpreter are left out."""
    error = caught(module_at, "<module>", "made", "visible = 1\nraise KeyError")

    assert frames_of(error)[-1]["vars"] == {"visible": 1}


def test_variables_of_a_class_body_stay():
    """F5: looking at a class body's variables does not change them."""
    made = {}

    def build():
        class Made:
            attribute = 1
            made["frames"] = frames_of(caught(fail))
            stack = FrameBuilder(FrameRules()).from_stack(sys._getframe())
            also = FrameBuilder(FrameRules())._frame(sys._getframe(), 1, dict)

        return Made

    assert build().attribute == 1


def test_locals_of_the_application_stay():
    """F5: a dict that the application got from `locals()` is left as it is."""
    kept = []

    def fail_with_locals():
        answer = 42
        kept.append(locals())
        raise ValueError(answer)

    frames = frames_of(caught(fail_with_locals))

    assert frames[-1]["vars"]["answer"] == 42
    assert kept[0]["answer"] == 42


def test_running_function_keeps_its_variables():
    """F5: variables of a function that still runs are what they were, after its frame was looked at."""
    counter = 1
    builder = FrameBuilder(FrameRules())
    for _ in range(3):
        builder._frame(sys._getframe(), 1, dict)
        counter += 1

    assert counter == 4


@pytest.mark.parametrize("name", ["\udcff.py", "ä.py"])
def test_names_that_are_no_unicode_can_be_sent(memory, name):
    """File systems have names that JSON does not; they are sent as far as they can be said."""
    sdk.capture_exception(caught(module_at(f"/srv/{name}", "odd\udcff", "def f(): raise KeyError").f))

    frame = memory.events[0]["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert frame["module"] == "odd?"
    assert frame["abs_path"] == f"/srv/{name}".replace("\udcff", "?")
