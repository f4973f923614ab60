"""Every exception that the SDK raises on purpose, always at the developer and never inside a running application.

SdkError
├── BadDsn (ValueError)             a DSN that cannot be one
├── BadEnvelope (ValueError)        bytes that are no envelope
├── BadOption (ValueError)          a known option with a value it cannot have
├── UnknownOption (TypeError)       an option nobody ever heard of
├── MissingExtra (ImportError)      an optional dependency is not installed
└── Unsupported (NotImplementedError)
    ├── UnsupportedOption           a known option that this version does not implement
    └── UnsupportedFeature (AttributeError)     a known function that this version does not have
"""

from __future__ import annotations

__all__ = [
    "BadDsn",
    "BadEnvelope",
    "BadOption",
    "MissingExtra",
    "SdkError",
    "UnknownOption",
    "Unsupported",
    "UnsupportedFeature",
    "UnsupportedOption",
]


class SdkError(Exception):
    """The root of all errors that the SDK raises."""


class BadDsn(SdkError, ValueError):  # noqa: N818 - the name is promised to users
    """A DSN is malformed; the message says in what, without the secret part."""


class BadEnvelope(SdkError, ValueError):  # noqa: N818 - as above
    """Bytes are not an envelope; the message says what is wrong, and where."""


class BadOption(SdkError, ValueError):  # noqa: N818 - as above
    """An option has a value that it cannot have."""


class UnknownOption(SdkError, TypeError):  # noqa: N818 - as above
    """There is no such option; the message names the nearest one."""


class MissingExtra(SdkError, ImportError):  # noqa: N818 - as above
    """A part of the SDK needs a package that is not installed; the message says which `pip install` brings it."""


class Unsupported(SdkError, NotImplementedError):  # noqa: N818 - as above
    """A thing that is known, and not available in this version."""


class UnsupportedOption(Unsupported):
    """An option that is known, and not available in this version."""


class UnsupportedFeature(Unsupported, AttributeError):  # noqa: N818 - as above
    """A function that is known, and not available in this version; an `AttributeError`, so that `hasattr` is right."""


for _name in __all__:
    globals()[_name].__module__ = __package__  # a traceback names the place where users import it from
