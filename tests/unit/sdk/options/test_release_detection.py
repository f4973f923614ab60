"""Tests of how the release is found out where nobody says it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._options import detect_release, read_options

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


def git(folder, *arguments):
    """Run git, without the settings of whoever runs the tests, and return what it says."""
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    variables = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **identity}
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)  # noqa: S603 - git
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    return folder


@pytest.fixture
def no_programs(monkeypatch):
    """Fail the test if a program is run."""

    def refuse(*arguments, **_options):
        pytest.fail(f"a program was run: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@needs_git
def test_release_is_the_commit(repository):
    """O5: in a repository the release is the short name of the commit, by `init` too."""
    expected = git(repository, "rev-parse", "--short", "HEAD")

    assert detect_release({}, str(repository)) == expected
    assert sdk.init("", project_root=repository).options.release == expected


@needs_git
def test_git_file_of_a_worktree_counts(repository, tmp_path):
    """O5: `.git` may be a file, as in a worktree or a submodule."""
    worktree = tmp_path / "worktree"
    git(repository, "worktree", "add", "--quiet", "--detach", str(worktree))
    assert (worktree / ".git").is_file()

    assert detect_release({}, str(worktree)) == git(repository, "rev-parse", "--short", "HEAD")


@needs_git
def test_repository_of_git_itself_is_not_asked(repository, monkeypatch):
    """O5: inside a hook of git, its variables do not point the question at another repository."""
    monkeypatch.setenv("GIT_DIR", str(repository / "nowhere"))

    assert detect_release({}, str(repository)) == git(repository, "rev-parse", "--short", "HEAD")


@pytest.mark.usefixtures("no_programs")
def test_environment_comes_first_and_runs_nothing(tmp_path, monkeypatch):
    """O5: where the environment says the release, no program is run."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "REVISION").write_text("file")
    monkeypatch.setenv("SENTRY_RELEASE", "env")

    assert detect_release({"SENTRY_RELEASE": "env", "HEROKU_SLUG_COMMIT": "slug"}, str(tmp_path)) == "env"
    assert sdk.init("", project_root=tmp_path).options.release == "env"


@pytest.mark.usefixtures("no_programs")
def test_code_comes_before_everything(tmp_path, monkeypatch):
    """O5, O3: a release given in code holds, an empty one (none at all) included, and no program is run."""
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("HEROKU_SLUG_COMMIT", "slug")

    assert sdk.init("", project_root=tmp_path, release="code").options.release == "code"
    assert sdk.init("", project_root=tmp_path, release="").options.release is None


@pytest.mark.usefixtures("no_programs")
@pytest.mark.parametrize(
    ("files", "environ", "expected"),
    [
        ({"current/REVISION": "1a2b3c4\n"}, {"HEROKU_SLUG_COMMIT": "slug"}, "1a2b3c4"),
        ({"revisions.log": "old (at 1) deployed as release 20261121 by a\n" * 200 + "b as release 7 by c\n"}, {}, "7"),
        ({"revisions.log": "2026-11-21\n2026-11-22\n"}, {}, "2026-11-22"),
        ({"current/REVISION": "a", "revisions.log": "b"}, {}, "a"),
        ({"current/REVISION": "", "revisions.log": "b"}, {"HEROKU_SLUG_COMMIT": "slug"}, "slug"),
        ({}, {"HEROKU_SLUG_COMMIT": "slug"}, "slug"),
        ({}, {"HEROKU_SLUG_COMMIT": ""}, None),
        ({}, {}, None),
    ],
)
def test_other_places_in_their_order(tmp_path, files, environ, expected):
    """O5: `REVISION`, the last line of `../revisions.log`, Heroku's variable; and else nothing."""
    (tmp_path / "current").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert detect_release(environ, str(tmp_path / "current")) == expected


@pytest.mark.parametrize("program", ["exec sleep 60", "exit 1", "echo"], ids=["hangs", "fails", "says nothing"])
def test_git_that_does_not_answer_is_left(tmp_path, monkeypatch, program):
    """O5: a git that hangs, fails or says nothing costs a second at most, and nothing is raised."""
    folder, programs = tmp_path / "app", tmp_path / "bin"
    (folder / ".git").mkdir(parents=True)
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\n{program}\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    began = time.monotonic()

    found = detect_release({"HEROKU_SLUG_COMMIT": "slug"}, str(folder))

    assert found == "slug"
    assert time.monotonic() - began < 5


def test_no_git_at_all(tmp_path, monkeypatch):
    """O5: where there is no git, and where the folder cannot be read, nothing is raised."""
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", "")

    assert detect_release({}, str(tmp_path)) is None
    assert detect_release({}, str(tmp_path / "nowhere")) is None
    assert detect_release({}, "\0") is None


def test_options_of_another_environment_detect_nothing(tmp_path):
    """Options that are read for an environment that is not the process's ask nobody else."""
    (tmp_path / "REVISION").write_text("file")

    assert read_options(None, {"project_root": tmp_path}, environ={}).release is None
