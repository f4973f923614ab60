"""What a decoded JSON payload may hold where something else was expected: readers that put up with anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = ["Json", "mapping_of", "mappings_of", "values_of"]

Json: TypeAlias = dict[str, Any]
"""A decoded JSON object."""


def mapping_of(value: object) -> Json:
    """Read an object; a payload that an application made itself may hold anything in its place."""
    return dict(value) if isinstance(value, Mapping) else {}


def mappings_of(value: object) -> list[Json]:
    """Read a list of objects, leaving out what is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def values_of(value: object) -> list[Json]:
    """Read a list of objects that may stand alone, or under `values`."""
    return mappings_of(value.get("values") if isinstance(value, Mapping) else value)
