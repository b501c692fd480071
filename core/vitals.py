"""The vital signs of the engine and of its hosts, as values: what the pulse carries. Pure."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from core.record import Record, field

#: An engine says at least so often that it is well, however seldom it polls its hosts.
BEAT_EVERY_S: Final = 5.0


class EnginePulse(Record):
    """The engine's word about itself. `at` is its clock at the last beat."""

    pid: int = 0
    host: str = ""
    version: str = ""
    started_at: float = 0.0
    at: float = 0.0
    #: The config it runs by, its content and where that is, to compare with a client's own.
    config_stamp: str = ""
    config_path: str = ""
    #: Why it takes itself to be cut off; why it plans nothing for the moment; why its config file can't be used.
    isolated: str = ""
    settling: str = ""
    config_problem: str = ""
    #: Files of private keys that are locked, and without which a host could not be reached.
    locked_keys: tuple[str, ...] = ()


class TaskUse(Mapping[str, Mapping[str, tuple[float, float]]]):
    """What containers use, by task and name, in a quarter of the memory that dicts take: a client keeps that of 100,000 tasks."""

    __slots__ = ("_figures", "_ids", "_names", "_starts")

    def __init__(self, used: Mapping[str, Mapping[str, tuple[float, float]]]) -> None:
        """Keep what is in a mapping."""
        # The same texts as in the rows of the tasks.
        self._ids = tuple(map(sys.intern, sorted(used)))
        self._names = tuple(_once(tuple(used[task])) for task in self._ids)
        self._figures = array("d")
        self._starts = array("I")
        for task in self._ids:
            self._starts.append(len(self._figures))
            for figures in used[task].values():
                self._figures.extend(figures)

    def __getitem__(self, task: str) -> Mapping[str, tuple[float, float]]:
        place = bisect_left(self._ids, task)
        if place == len(self._ids) or self._ids[place] != task:
            raise KeyError(task)
        figures, names = self._figures, self._names[place]
        starts = range(self._starts[place], len(figures), 2)
        return {name: (figures[n], figures[n + 1]) for name, n in zip(names, starts, strict=False)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


@lru_cache(maxsize=1024)
def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same for all tasks of a definition."""
    return names


class InstancePulse(Record):
    """A host as last heard. cpu in percent of the whole host, memory in MiB.

    `cpu_percent`, `memory_mib` and `load` (the average of one minute) count everything that runs there: None where that is not
    known, as over tcp. What our tasks use is known of every host that was measured.
    """

    heard_at: float | None = None
    round_trip_s: float | None = None
    measured_at: float | None = None
    cpu_percent: float | None = None
    memory_mib: float | None = None
    load: float | None = None
    #: Task id -> container name -> (cpu percent of the whole host, memory MiB).
    tasks: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)

    def of_tasks(self) -> tuple[float, float] | None:
        """What our tasks use together; None: not measured yet."""
        if self.measured_at is None:
            return None
        figures = [each for containers in self.tasks.values() for each in containers.values()]
        return sum(cpu for cpu, _ in figures), sum(memory for _, memory in figures)


class ServicePulse(Record):
    """What auto scaling made of a service's last period: its use in percent of what is reserved, at least, and what came of it."""

    at: float = 0.0
    #: Its RUNNING tasks, and how many of them were measured.
    tasks: int = 0
    measured: int = 0
    cpu_percent: float | None = None
    memory_percent: float | None = None
    why: str = ""
