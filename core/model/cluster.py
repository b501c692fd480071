"""A cluster: a named group of capacity, services and tasks."""

from __future__ import annotations

from enum import StrEnum

from core.model.capacity_provider import CapacityProvider, ProviderShare
from core.model.tags import Tag
from core.record import Record


class ClusterStatus(StrEnum):
    """ECS's cluster states that can occur here."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Cluster(Record):
    """A cluster. Times are engine seconds since the epoch, here and in every other value."""

    name: str
    status: ClusterStatus = ClusterStatus.ACTIVE
    created_at: float = 0.0
    #: The config names it, and decides when it goes.
    declared: bool = False
    #: Sorted by name.
    capacity_providers: tuple[CapacityProvider, ...] = ()
    #: How services and runs are shared out that say neither a strategy nor a launch type; empty for: anywhere.
    default_strategy: tuple[ProviderShare, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.name
