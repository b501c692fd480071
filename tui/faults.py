"""The faults of core.client.faults as the screens show them, found anew only as often as costs little."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from core.client import faults
from core.client.faults import Fault
from core.events import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.world import World

__all__ = ["Fault", "Faults", "cluster_faults", "engine_faults", "fault_id"]


#: Rows that are looked at while a picture waits: some 1.5 ms.
_ROWS_AT_ONCE: Final = 300


class Faults:
    """All faults, found anew when something changed: a part at a time, and no more often than costs a twentieth of the time."""

    def __init__(self, world: World) -> None:
        """Know none yet."""
        self._world = world
        self._found: dict[str, Fault] = {}
        self._engine: list[str] = []
        #: When each was first seen here: the state does not tell of every one since when it is.
        self._first_seen: dict[str, float] = {}
        #: The revision of the world when the look began that is under way, or was the last.
        self._seen = -1
        self._looking: Iterator[None] | None = None
        self._next_at = 0.0

    def found(self) -> dict[str, Fault]:
        """The faults by their ids: those of the engine as it is, then those of each cluster, as they were last looked at."""
        engine = list(engine_faults(self._world))
        if not self._world.is_whole:
            # Where tasks are missing to us, nothing is known to be wrong but the engine.
            return {fault_id(fault): fault for fault in map(_of_engine, engine)}
        if self._looking is None and self._world.revision != self._seen:
            self._looking, self._seen = self._look(), self._world.revision
        started_at = time.perf_counter()
        if self._looking is not None and started_at >= self._next_at:
            next(self._looking, None)
            ended_at = time.perf_counter()
            self._next_at = ended_at + 20 * (ended_at - started_at)
        if engine != self._engine:
            self._engine = engine
            self._put(fault for fault in self._found.values() if fault.kind is not Subject.ENGINE)
        return self._found

    def more_in_s(self) -> float | None:
        """How soon to ask again, for there is more to be looked at; None where everything was."""
        return None if self._looking is None else max(0.0, self._next_at - time.perf_counter())

    def _look(self) -> Iterator[None]:
        """Look at everything; what changes between two parts is looked at again."""
        found: list[Fault] = []
        rows = 0
        for cluster in sorted(self._world.state.clusters):
            for fault, looked_at in faults.looked_at(self._world.state, cluster):
                if fault is not None:
                    found.append(fault)
                rows += looked_at
                if rows >= _ROWS_AT_ONCE:
                    yield
                    rows = 0
        self._looking = None
        self._put(found)

    def _put(self, of_clusters: Iterable[Fault]) -> None:
        """Take over what was found: another object only where it is something else."""
        found = {fault_id(fault): fault for fault in (*map(_of_engine, self._engine), *of_clusters)}
        if found != self._found:
            now = self._world.now()
            self._found = found
            self._first_seen = {key: self._first_seen.get(key, now) for key in found}

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
