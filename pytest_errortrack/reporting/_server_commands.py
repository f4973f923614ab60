"""`errortrack receive` and `errortrack send`: their arguments, and what has to be there for them."""

from __future__ import annotations

import argparse
import errno
import io
import sys

__all__ = ["declare_receive", "declare_send", "run_receive", "run_send"]

_HIGHEST_PORT = 65535


def declare_receive(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `receive`."""
    parser.add_argument(
        "--port", type=_port, default=0, help="where to listen on loopback; any that is free by default"
    )


def run_receive(arguments: argparse.Namespace) -> int:
    """Receive until interrupted.

    Returns:
        0; 2 where rich is missing or the port cannot be had.
    """
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        sys.stderr.write("errortrack receive needs rich: pip install 'pytest-errortrack[report]'\n")
        return 2
    from ._receive import run  # noqa: PLC0415 - the other commands need no server

    _replace_what_cannot_be_shown()
    try:
        return run(Console(highlight=False), port=arguments.port)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        why = "is in use" if error.errno == errno.EADDRINUSE else "is not yours to use"
        sys.stderr.write(
            f"errortrack receive: port {arguments.port} {why}; give another one, or none for any that is free\n"
        )
        return 2


def declare_send(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `send`."""
    parser.add_argument("dsn", metavar="DSN", help="where to, such as https://PUBLIC_KEY@errors.example.org/42")


def run_send(arguments: argparse.Namespace) -> int:
    """Send a test event.

    Returns:
        0 when the server took it, 1 when it did not, 2 for a bad DSN or where httpx is missing.
    """
    from ._send import run  # noqa: PLC0415 - the other commands need no SDK

    _replace_what_cannot_be_shown()
    return run(
        arguments.dsn,
        say=lambda line: sys.stdout.write(f"{line}\n"),
        complain=lambda line: sys.stderr.write(f"{line}\n"),
    )


def _replace_what_cannot_be_shown() -> None:
    """Let a terminal without Unicode show escapes instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, expected a number from 0 to {_HIGHEST_PORT}")
    return int(text)
