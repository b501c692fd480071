"""The faults of core.client.faults as the screens show them, found anew only as often as costs little."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.client import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.world import World

__all__ = ["Faults", "all_faults", "cluster_faults", "engine_faults"]


class Faults:
    """All faults, counted anew when something changed, and no more often than costs a twentieth of the time."""

    def __init__(self, world: World) -> None:
        """Know none yet."""
        self._world = world
        self._found: list[str] = []
        self._seen: object = None
        self._next_at = 0.0

    def found(self) -> list[str]:
        """The faults."""
        engine = list(engine_faults(self._world))
        seen = (self._world.revision, engine)
        started_at = time.perf_counter()
        if seen != self._seen and started_at >= self._next_at:
            self._found, self._seen = all_faults(self._world), seen
            ended_at = time.perf_counter()
            self._next_at = ended_at + 20 * (ended_at - started_at)
        return self._found


def all_faults(world: World) -> list[str]:
    """Every fault there is."""
    return [
        *engine_faults(world),
        *(text for cluster in sorted(world.state.clusters) for text in cluster_faults(world, cluster)),
    ]


def engine_faults(world: World) -> Iterator[str]:
    """What is wrong with the engine, or between it and us."""
    if world.problem:
        yield world.problem
    if world.engine is not None:
        yield from faults.engine_faults(world.engine, "`:engine` starts one")


def cluster_faults(world: World, cluster: str) -> Iterator[str]:
    """What is wrong with a cluster's hosts and services."""
    return faults.cluster_faults(world.state, cluster)
