"""What the checker knows of probes: what each check really came to, and which tasks may be called healthy or not by it.

It goes by what the machines answered, and by none of the engine's own rules, thresholds and tallies.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from core.model.probe import ProbeProtocol, TargetState
from core.model.service import Deployment, DeploymentStatus
from core.model.task import TaskStatus
from core.reports import ProbeEnd
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.probe import Probe, Target
    from core.model.state import Row
    from core.model.task import Task
    from core.reports import ProbeResult
    from core.sim.world import World


class Probed:
    """The answers of one story."""

    def __init__(self, world: World) -> None:
        """Nobody was asked yet."""
        self._world: Final = world
        #: Runs of tasks that answered well, and that did not; what ran a command in a daemon that hangs had no answer.
        self._passed: Final[set[tuple[str, str]]] = set()
        self._failed: Final[set[tuple[str, str]]] = set()
        #: Tasks that were healthy before their service had a probe.
        self._served_before: Final[set[str]] = set()
        #: Each deployment's probes, one after another.
        self._of: Final[defaultdict[str, set[Probe | None]]] = defaultdict(set)

    def take(self, target: Target, result: ProbeResult) -> None:
        """A target was checked."""
        known = {ProbeEnd.PASSED: self._passed, ProbeEnd.FAILED: self._failed}.get(result.end)
        if known is not None:
            known.add((target.task, target.run))
        task = self._world.disk.task(target.task)
        if task is not None:
            own = target.probe in self._of[task.deployment]
            demand(own, "a task is probed as its deployment never was", target.task)

    def committed(self, rows: Sequence[Row]) -> None:
        """Rows were written."""
        for row in rows:
            if isinstance(row, Deployment):
                self._of[row.id].add(row.probe)
                service = self._world.disk.service(row.service_key)
                primary = row.status is DeploymentStatus.PRIMARY
                same = service is None or not primary or service.probe == row.probe
                demand(same, "a service is not probed as its newest deployment", row.service_key)

    def check(self, old: Task | None, task: Task) -> None:
        """A task's row was written."""
        if old is None or task.last_status is not TaskStatus.RUNNING:
            return
        deployment = self._world.disk.deployment(task.deployment)
        if deployment is None or deployment.probe is None:
            return
        found = task.container(deployment.probe.container)
        if found is None:
            return
        run = (task.id, f"{found.runtime_id} {found.restart_count}")
        if old.target_health is None and old.healthy_since is not None:
            self._served_before.add(task.id)
        if task.healthy_since is None:
            self._served_before.discard(task.id)
        elif task.id not in self._served_before:
            demand(run in self._passed, "a task is called healthy that was never probed healthy", task.id)
        before = old.target_health.state if old.target_health is not None else None
        said = task.target_health.state if task.target_health is not None else None
        demand(
            said is not TargetState.UNHEALTHY or task.healthy_since is None,
            "a task is called healthy whose probe says that it isn't",
            task.id,
        )
        if said is not before and said is not None:
            self._world.count(f"a target is {said}")
        silent = deployment.probe.protocol is ProbeProtocol.EXEC
        if said is TargetState.UNHEALTHY and before is not said and not silent:
            demand(run in self._failed, "a task is called unhealthy that always answered well", task.id)
