from __future__ import annotations

import importlib

import pytest

from pytest_errortrack import assertions, interleave, sdk

ERRORS = [
    pytest.param(package, name, id=name)
    for package in (assertions, interleave, sdk)
    for name, each in vars(package).items()
    if isinstance(each, type) and issubclass(each, BaseException)
]


def test_each_package_has_errors_of_its_own():
    """The list of what is looked at is not empty."""
    assert {package.values[0] for package in ERRORS} == {assertions, interleave, sdk}


@pytest.mark.parametrize(("package", "name"), ERRORS)
def test_an_error_is_named_by_where_users_import_it_from(package, name):
    """What a traceback shows can be pasted into an import or an `except`."""
    error = getattr(package, name)

    assert error.__module__ == package.__name__
    assert getattr(importlib.import_module(error.__module__), error.__name__) is error
