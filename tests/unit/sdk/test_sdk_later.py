"""Packages whose names are imported when somebody first asks for them."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk._later import later

LAZY = ("sdk", "sdk.protocol", "sdk._serialize")


@pytest.mark.parametrize("name", LAZY)
def test_every_name_of_a_lazy_package_is_found(name):
    """What a package lists can be had from it, and is what its module defines."""
    package = importlib.import_module(f"pytest_errortrack.{name}")

    assert {each for each in package.__all__ if not hasattr(package, each)} == set()


def test_a_name_is_looked_up_once():
    """The first who asks puts the name into the package, where the next one finds it at once."""
    code = """
from pytest_errortrack import sdk
print("Client" in vars(sdk), sdk.Client is sdk.Client, "Client" in vars(sdk))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.split() == ["False", "True", "True"]


def test_an_unknown_name_is_an_ordinary_error():
    """What no module defines is an AttributeError that names the package, or what the package says of it."""

    def refuse(name):
        raise NotImplementedError(name)

    with pytest.raises(AttributeError, match=r"module .pytest_errortrack\.sdk. has no attribute 'nonsense'"):
        later("pytest_errortrack.sdk")("nonsense")
    with pytest.raises(NotImplementedError, match="nonsense"):
        later("pytest_errortrack.sdk", unknown=refuse)("nonsense")
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = sdk.nonsense
