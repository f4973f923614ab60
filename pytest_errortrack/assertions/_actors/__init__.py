"""Who acts, and for whom: actors for the isolation oracle, ownership of what a test started."""

from __future__ import annotations

from ._actor import Actor, Writer
from ._ownership import (
    NOBODY,
    Belonging,
    adopt_thing,
    adopted_by,
    become,
    belonging,
    current_task,
    own_thread,
    owner_here,
    owns_here,
)
from ._provenance import Witness, declared_actor, enter_job, in_job

__all__ = [
    "NOBODY",
    "Actor",
    "Belonging",
    "Witness",
    "Writer",
    "adopt_thing",
    "adopted_by",
    "become",
    "belonging",
    "current_task",
    "declared_actor",
    "enter_job",
    "in_job",
    "own_thread",
    "owner_here",
    "owns_here",
]
