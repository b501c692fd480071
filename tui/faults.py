"""The faults of core.client.faults as the screens show them, found anew only as often as costs little."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from core.client import faults
from core.client.faults import Fault
from core.events import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.world import World

__all__ = ["Fault", "Faults", "cluster_faults", "engine_faults", "fault_id"]


class Faults:
    """All faults, found anew when something changed, and no more often than costs a twentieth of the time."""

    def __init__(self, world: World) -> None:
        """Know none yet."""
        self._world = world
        self._found: dict[str, Fault] = {}
        #: When each was first seen here: the state does not tell of every one since when it is.
        self._first_seen: dict[str, float] = {}
        self._seen: object = None
        self._next_at = 0.0

    def found(self) -> dict[str, Fault]:
        """The faults by their ids: those of the engine, then those of each cluster."""
        engine = list(engine_faults(self._world))
        if not self._world.is_whole:
            # Where tasks are missing to us, nothing is known to be wrong but the engine.
            return {fault_id(fault): fault for fault in map(_of_engine, engine)}
        seen = (self._world.revision, engine)
        started_at = time.perf_counter()
        if seen != self._seen and started_at >= self._next_at:
            self._found, self._seen = _all_faults(self._world, engine), seen
            now = self._world.now()
            self._first_seen = {key: self._first_seen.get(key, now) for key in self._found}
            ended_at = time.perf_counter()
            self._next_at = ended_at + 20 * (ended_at - started_at)
        return self._found

    def since(self, fault_id: str) -> float | None:
        """Since when a fault is, as far as anyone knows."""
        fault = self._found.get(fault_id)
        first_seen = self._first_seen.get(fault_id)
        if fault is None or first_seen is None:
            return None
        return min(first_seen, fault.since) if fault.since is not None else first_seen

    def count_by_cluster(self) -> Counter[str]:
        """How many each cluster has; the engine's are counted under the empty name."""
        return Counter(fault.cluster for fault in self.found().values())


def fault_id(fault: Fault) -> str:
    """What identifies a fault: its kind and the key of what it is about; the engine's differ by their words."""
    return f"{fault.kind.value} {fault.key}"


def _all_faults(world: World, engine: list[str]) -> dict[str, Fault]:
    """Every fault there is."""
    found = [
        *map(_of_engine, engine),
        *(
            each
            for cluster in sorted(world.state.clusters)
            for each in faults.faults_of(world.state, cluster)
        ),
    ]
    return {fault_id(fault): fault for fault in found}


def _of_engine(text: str) -> Fault:
    return Fault(Subject.ENGINE, "", text, "engine", text, text)


def engine_faults(world: World) -> Iterator[str]:
    """What is wrong with the engine, or between it and us."""
    if world.problem:
        yield world.problem
    if world.engine is not None:
        yield from faults.engine_faults(world.engine, "`:engine` starts one")


def cluster_faults(world: World, cluster: str) -> Iterator[str]:
    """What is wrong with a cluster's hosts, services and schedules."""
    return faults.cluster_faults(world.state, cluster)
