from __future__ import annotations

import subprocess
import sys


def run(*arguments, code="from pytest_errortrack.__main__ import main; raise SystemExit(main())"):
    """Run the command in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_demonstration_finds_the_bug_and_proves_the_repairs():
    """`errortrack demo` shows the mixed report, who wrote what, the interleaving, and two complete proofs; exit 0."""
    result = run("demo")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "shared hub" in result.stdout
    assert "captured by A" in result.stdout
    assert "carries data that B wrote" in result.stdout
    assert "extra[\"Request Params\"] = {'service': 'sentry_test:B'}" in result.stdout
    assert "-- preempted --" in result.stdout
    assert result.stdout.count("3 requests: complete: <= 1 preemption,") == 2
    assert result.stdout.count("2 requests: complete: <= 2 preemptions,") == 2
    assert "cl4w-aaaa" in result.stdout


def test_an_unknown_command_is_named():
    """A typing error is a usage error."""
    result = run("dmeo")

    assert result.returncode == 2
    assert "dmeo" in result.stderr


def test_a_missing_extra_says_what_brings_it():
    """Without rich the demonstration names the install that brings it."""
    result = run(
        "demo",
        code="import sys; sys.modules['rich'] = None; sys.modules['rich.console'] = None; "
        "from pytest_errortrack.reporting.cli import main; raise SystemExit(main())",
    )

    assert result.returncode == 2
    assert "pip install 'pytest-errortrack[report]'" in result.stderr
