"""The engine's turns: what one change costs in a large cluster, against the same change in one of a hundredth of its size."""

from __future__ import annotations

import gc
import statistics
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, timed
from core.actions import StartContainer
from core.engine import Engine
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.cluster import Cluster
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.names import container_name
from core.model.service import Deployment, DeploymentStatus, RolloutState, Service
from core.model.settings import Settings
from core.model.state import State
from core.model.task import Container, ContainerStatus, Task, TaskStatus
from core.reports import (
    ContainerSeen,
    HostFacts,
    HostReport,
    Marker,
    Outcome,
    Result,
    SeenState,
    Utilisation,
)
from tests.core.builders import definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engine import Input
    from core.model.state import Row

LARGE_HOSTS: Final = 1000
SMALL_HOSTS: Final = 10
#: Tasks on each host, one of each of as many services.
TASKS: Final = 100
TURNS: Final = 200
MIB: Final = 64
#: Of the services on the hosts in the middle: as many in a small cluster as in a large one.
SCALED: Final = AutoScaling(1, 20, (ScalingPolicy(ScalingMetric.MEMORY, 50.0),))


class FullCluster:
    """Hosts that are full of running tasks: a service has one task on each of ten hosts."""

    def __init__(self, hosts: int) -> None:
        self.now = 1000.0
        self._hosts = hosts
        self._state = State(self._rows())
        self.engine = Engine(self._state, Settings(), Random(1), self.now)
        self._settle()

    def look(self) -> None:
        """A look at one host that shows nothing new."""
        self.turn(self._report(f"{self._hosts // 2:032x}"))

    def death(self) -> None:
        """A container dies: its task ends, and what takes its place is planned, placed and sent off."""
        task = next(iter(self._state.tasks_on(f"{self._hosts // 2:032x}")))
        name = container_name(task, "main")
        gone = ContainerSeen(name, name, SeenState.EXITED, task.id, "main", exit_code=1)
        start = StartContainer(name, task.id)
        self.turn(Outcome(task.instance, start, Result.DONE, self.now, seen=gone, looked=True))
        while self._wakes_at <= self.now:
            self.turn()

    def measurement(self) -> None:
        """What the tasks of one host use, each of an auto-scaled service."""
        instance = f"{self._hosts // 2:032x}"
        figures = {(task.id, "main"): (0.5, 10.0) for task in self._state.tasks_on(instance)}
        self.turn(Utilisation(instance, self.now, containers=figures))

    def turn(self, *inputs: Input) -> None:
        self.now += 0.01
        self._wakes_at = self.engine.turn(inputs, self.now).wake_at
        self.engine.keep()

    def _settle(self) -> None:
        self.turn(*(self._report(instance) for instance in self._state.instances))
        while self._wakes_at <= self.now:
            self.turn()

    def _rows(self) -> Iterator[Row]:
        web = definition("web:1", memory_mib=MIB)
        yield Cluster("default")
        yield web
        for host in range(self._hosts):
            yield ContainerInstance(
                id=f"{host:032x}",
                name=f"host-{host}",
                cluster="default",
                url=f"ssh://host-{host}",
                status=InstanceStatus.ACTIVE,
                connectivity=Connectivity.CONNECTED,
                cpu_units=65_536,
                memory_mib=2 * TASKS * MIB,
                marked=True,
            )
        for number in range(self._hosts * TASKS):
            # Ten hosts in a row hold the tasks of the same services.
            host, place = divmod(number, TASKS)
            service = f"web-{host // 10}-{place}"
            if host % 10 == 0:
                scaled = SCALED if host // 10 == self._hosts // 20 else None
                yield Service("default", service, web.name, 10, steady=True, auto_scaling=scaled)
                yield Deployment(
                    f"ecs-svc/{service}",
                    "default",
                    service,
                    web.name,
                    status=DeploymentStatus.PRIMARY,
                    rollout_state=RolloutState.COMPLETED,
                    desired_count=10,
                    running_count=10,
                )
            yield Task(
                id=f"{number:032x}",
                cluster="default",
                definition=web.name,
                group=f"service:{service}",
                service=service,
                deployment=f"ecs-svc/{service}",
                instance=f"{host:032x}",
                last_status=TaskStatus.RUNNING,
                containers=(Container("main", "demo/web:1", ContainerStatus.RUNNING, started_at=1.0),),
                memory_mib=MIB,
                started_at=1.0,
                healthy_since=1.0,
            )

    def _report(self, instance: str) -> HostReport:
        seen = tuple(
            ContainerSeen(name, name, SeenState.RUNNING, task.id, "main", started_at=1.0)
            for task in self._state.tasks_on(instance)
            for name in (container_name(task, "main"),)
        )
        facts = HostFacts(65_536, 2 * TASKS * MIB)
        return HostReport(instance, self.now, self.now, facts, Marker.OURS, instance, seen)


def measure() -> Iterator[Figure]:
    """Medians; the collector's pauses are the runner's affair (it freezes what was loaded)."""
    large, small = FullCluster(LARGE_HOSTS), FullCluster(SMALL_HOSTS)
    gc.collect()
    gc.freeze()
    against = f"{SMALL_HOSTS} hosts, {SMALL_HOSTS * TASKS:,} tasks"
    of = f"{LARGE_HOSTS:,} hosts, {LARGE_HOSTS * TASKS:,} tasks"
    # A new task's place is sought among all hosts, once a batch: that part grows with them.
    for what, act, aim in (
        ("an idle host's report", FullCluster.look, "≤ 2 ×"),
        ("a measurement of a host's auto-scaled tasks", FullCluster.measurement, "≤ 2 ×"),
        ("a death and its replacement", FullCluster.death, "≤ 5 ×"),
    ):
        ours_s, theirs_s = (
            statistics.median(timed(lambda: act(cluster)) for _ in range(TURNS))  # noqa: B023  # called at once
            for cluster in (large, small)
        )
        yield Figure(f"{what}; {of}", ours_s, against, theirs_s, aim)
