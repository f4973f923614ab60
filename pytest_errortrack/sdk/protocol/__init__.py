"""The values that travel: envelopes and their items, DSNs, breadcrumbs, and the words of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._later import later

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol._breadcrumb import Breadcrumb
    from pytest_errortrack.sdk.protocol._copies import copied
    from pytest_errortrack.sdk.protocol._dsn import Dsn
    from pytest_errortrack.sdk.protocol._envelope import Envelope, Item
    from pytest_errortrack.sdk.protocol._items import (
        CATEGORIES,
        categories_of,
        category_of,
        quantities_of,
        summarise,
        summary_of,
    )
    from pytest_errortrack.sdk.protocol._json import Event, Json, decode, encode
else:
    __getattr__ = later(
        __name__,
        _breadcrumb=("Breadcrumb",),
        _copies=("copied",),
        _dsn=("Dsn",),
        _envelope=("Envelope", "Item"),
        _items=("CATEGORIES", "categories_of", "category_of", "quantities_of", "summarise", "summary_of"),
        _json=("Event", "Json", "decode", "encode"),
    )

__all__ = [
    "CATEGORIES",
    "Breadcrumb",
    "Dsn",
    "Envelope",
    "Event",
    "Item",
    "Json",
    "categories_of",
    "category_of",
    "copied",
    "decode",
    "encode",
    "quantities_of",
    "summarise",
    "summary_of",
]
