"""What was used over the last minutes, for sparklines and charts: bounded rings of samples. Pure: time is an argument.

A sample is taken of every pulse that begins a new step, so it costs no reading of its own. Nothing is kept beyond this program's
end. A silent engine leaves a gap: nobody knows what was used meanwhile.
"""

from __future__ import annotations

from array import array
from collections import Counter
from enum import StrEnum
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.model.service import ServiceStatus
from tui.place import About
from tui.use import use_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from core.client.engine_process import EngineStatus
    from tui.slices import Slice
    from tui.world import World

#: How long a step is; of the pulses in it the first counts.
STEP_S: Final = 10.0
#: Steps that are kept of clusters and hosts: half an hour, as wide as a chart on a large screen.
KEPT: Final = 180
#: Steps that are kept of services and tasks, whose tables show the last few.
KEPT_SHORT: Final = 12
#: Tasks that are kept; where more are measured, the others' tables show numbers alone.
MOST_TASKS: Final = 5_000

Samples = tuple[float | None, ...]


class Gauge(StrEnum):
    """What is sampled of a cluster, and of all of them together."""

    CPU = "cpu"
    MEMORY = "memory"
    TASKS = "tasks"
    HOSTS = "hosts"
    STEADY = "steady"
    FAULTS = "faults"


class Ring:
    """The last samples of one thing, by the number of their step."""

    __slots__ = ("_kept", "_values", "step")

    def __init__(self, kept: int) -> None:
        """Start empty."""
        self._kept = kept
        self._values: array[float] = array("f")
        #: The step of the last sample.
        self.step = 0

    def put(self, step: int, value: float) -> None:
        """Add the sample of a step; steps that were left out are gaps."""
        missed = min(max(0, step - self.step - 1), self._kept) if self._values else 0
        self._values.extend([nan] * missed)
        self._values.append(value)
        self.step = step
        del self._values[: -self._kept]

    def last(self, count: int, step: int) -> Samples:
        """The samples of the steps up to `step`, the oldest first, without those before the first one."""
        late = max(0, step - self.step)
        if late >= count:
            return ()
        values = self._values[-(count - late) :]
        return (*(None if isnan(value) else value for value in values), *[None] * late)


class History:
    """Rings of everything that is measured."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.step = 0
        self._gauges: dict[tuple[str, Gauge], Ring] = {}
        #: Of hosts in percent of the host and MiB; of services and tasks in percent of one core and MiB.
        self._used: dict[tuple[About, str], tuple[Ring, Ring]] = {}
        self._tasks = 0

    def gauge(self, cluster: str, gauge: Gauge, count: int) -> Samples:
        """The last samples of a cluster; of all of them for the empty name."""
        ring = self._gauges.get((cluster, gauge))
        return ring.last(count, self.step) if ring is not None else ()

    def used(self, about: About, key: str, count: int) -> tuple[Samples, Samples]:
        """The last samples of cpu and memory of a host, a service or a task."""
        rings = self._used.get((about, key))
        if rings is None:
            return (), ()
        return rings[0].last(count, self.step), rings[1].last(count, self.step)

    def sampling(self, world: World, now: float, slice_: Slice) -> Generator[None, None, None]:
        """Take the samples of this step, unless they were taken; in slices."""
        step, engine = int(now // STEP_S), world.engine
        if step == self.step or engine is None or not engine.watches:
            return
        self.step = step
        yield from self._sample_tasks(world, engine, slice_)
        self._sample_clusters(world)
        self._forget()

    def _sample_tasks(self, world: World, engine: EngineStatus, slice_: Slice) -> Generator[None, None, None]:
        services: dict[str, tuple[float, float]] = {}
        state = world.state
        for key, pulse in engine.hosts.items():
            instance = state.instances.get(key)
            if instance is None or not instance.connected:
                continue
            if pulse.cpu_percent is not None:
                self._put(About.INSTANCE, key, pulse.cpu_percent, pulse.memory_mib or 0.0)
            cores = instance.cpu_units / 1024
            for task_id, containers in pulse.tasks.items():
                task = state.tasks.get(task_id)
                if task is None or task.stopped:
                    continue
                cpu = cores * sum(used for used, _ in containers.values())
                memory = sum(used for _, used in containers.values())
                self._put(About.TASK, task_id, cpu, memory)
                if task.service_key:
                    others = services.get(task.service_key, (0.0, 0.0))
                    services[task.service_key] = (others[0] + cpu, others[1] + memory)
                if slice_.is_over():
                    yield
                    slice_.begin()
        for key, (cpu, memory) in services.items():
            self._put(About.SERVICE, key, cpu, memory)

    def _sample_clusters(self, world: World) -> None:
        names = sorted(world.state.clusters)
        by_cluster = world.faults.count_by_cluster()
        steady = Counter(
            each.cluster
            for each in world.state.services.values()
            if each.steady and each.status is ServiceStatus.ACTIVE
        )
        for name in ("", *names):
            used = use_of(world, name)
            if used is not None:
                self._put_gauge(name, Gauge.CPU, used.cpu_percent)
                self._put_gauge(name, Gauge.MEMORY, used.memory_percent)
            of = world.state.instances_of(name) if name else world.state.instances.values()
            self._put_gauge(name, Gauge.HOSTS, sum(each.connected for each in of))
            self._put_gauge(name, Gauge.STEADY, steady[name] if name else steady.total())
            running = (each.running for key, each in world.totals.items() if name in {"", key})
            self._put_gauge(name, Gauge.TASKS, sum(running))
            self._put_gauge(name, Gauge.FAULTS, by_cluster[name] if name else sum(by_cluster.values()))

    def _put(self, about: About, key: str, cpu: float, memory: float) -> None:
        rings = self._used.get((about, key))
        if rings is None:
            if about is About.TASK:
                if self._tasks >= MOST_TASKS:
                    return
                self._tasks += 1
            kept = KEPT if about is About.INSTANCE else KEPT_SHORT
            rings = self._used[about, key] = (Ring(kept), Ring(kept))
        rings[0].put(self.step, cpu)
        rings[1].put(self.step, memory)

    def _put_gauge(self, cluster: str, gauge: Gauge, value: float) -> None:
        if (ring := self._gauges.get((cluster, gauge))) is None:
            ring = self._gauges[cluster, gauge] = Ring(KEPT)
        ring.put(self.step, value)

    def _forget(self) -> None:
        """Let go of what was not measured for as long as anything is shown."""
        for key in [key for key, rings in self._used.items() if self.step - rings[0].step > KEPT_SHORT]:
            del self._used[key]
            self._tasks -= key[0] is About.TASK
        for gauge in [key for key, ring in self._gauges.items() if self.step - ring.step > KEPT]:
            del self._gauges[gauge]


def known(samples: Iterable[float | None]) -> list[float]:
    """The samples without gaps."""
    return [each for each in samples if each is not None]


def span(samples: Sequence[float | None]) -> str:
    """How long so many samples take, in words."""
    return duration(len(samples) * STEP_S)
