"""The end of deployments: what the operator of a story asks of it, and what the checker demands, by a count of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from core.model.instance import Connectivity
from core.model.service import Deployment, DeploymentStatus, RolloutState, ServiceStatus, SourceCleanup
from core.model.state import Kind
from core.model.task import DesiredStatus, TaskStatus
from core.sim.daemons import is_daemon
from core.sim.places import on_lost
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from core.engine import Turn
    from core.model.service import Service
    from core.model.task import Task
    from core.sim.world import Rows, World

#: How often deployments are completed early; a planted bug makes it always.
SHARE = 0.3
#: How much later than it was planned something may be on disk.
_LATE_S: Final = 1.0


def ends(chance: Random, minimum_healthy_percent: int) -> dict[str, Any]:
    """When a service's deployments are to be complete, as members of ECS's deploymentConfiguration."""
    given: dict[str, Any] = {}
    if chance.random() < 0.4:
        given["bakeTimeInMinutes"] = chance.choice((0, 1, 1, 2))
    if chance.random() < SHARE:
        given["earlySuccessCriteria"] = {
            "enable": chance.random() < 0.8,
            "healthyPercent": chance.choice((minimum_healthy_percent, max(minimum_healthy_percent, 60), 100)),
            "sourceServiceRevisionCleanup": chance.choice(("BLOCKING", "DEFERRED")),
        }
    return given


class Rollouts:
    """Remembers since when each deployment has been good enough, and which were completed once."""

    def __init__(self, world: World) -> None:
        """Nothing happened yet."""
        self._world: Final = world
        self._good_since: Final[dict[str, float]] = {}
        self._completed: Final[set[str]] = set()

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check the ends that a turn wrote."""
        if not turn.changes.rows:
            return
        for deployment in self._world.disk.deployments():
            self._note(deployment)
            was = before.get((Kind.DEPLOYMENT, deployment.key), deployment)
            had_ended = isinstance(was, Deployment) and was.rollout_state is RolloutState.COMPLETED
            if deployment.rollout_state is RolloutState.COMPLETED and not had_ended:
                self._check(deployment)
                self._completed.add(deployment.id)

    def _note(self, deployment: Deployment) -> None:
        """When it was good enough for the first time since it became the newest."""
        service = self._world.disk.service(deployment.service_key)
        under_way = deployment.rollout_state is not RolloutState.FAILED
        if service is None or deployment.status is not DeploymentStatus.PRIMARY or not under_way:
            self._good_since.pop(deployment.id, None)
        elif deployment.id not in self._good_since and self._lacks(service, deployment) is None:
            self._good_since[deployment.id] = self._world.timeline.now

    def _check(self, deployment: Deployment) -> None:
        service = self._world.disk.service(deployment.service_key)
        if service is None or service.status is not ServiceStatus.ACTIVE:
            return
        early = service.early_success
        self._world.count("a deployment is completed early" if early else "a deployment is completed")
        lacks = self._lacks(service, deployment)
        demand(lacks is None, "a deployment was completed that was not good enough", deployment.id, lacks)
        if early is None or early.cleanup is SourceCleanup.BLOCKING:
            left = [t.id for t in self._others(service, deployment)]
            demand(not left, "a deployment was completed beside an older one's tasks", deployment.id, left)
        if deployment.id in self._completed:
            return  # rolled back to: what was completed before bakes no more
        good_s = self._world.timeline.now - self._good_since[deployment.id]
        bake_s = service.bake_time_minutes * 60
        if bake_s:
            self._world.count("a deployment has baked")
        demand(
            good_s >= bake_s - _LATE_S,
            "a deployment was completed before it had baked",
            deployment.id,
            f"{good_s:.1f} of {bake_s} s",
        )

    def _lacks(self, service: Service, deployment: Deployment) -> str | None:
        """What a deployment still lacks to be good enough; None when nothing."""
        percent = service.early_success.healthy_percent if service.early_success is not None else 100
        least = math.ceil(service.desired_count * percent / 100)
        serving = sum(t.deployment == deployment.id and self._serves(t) for t in self._tasks(service))
        return None if serving >= least else f"{serving} of {least} tasks are healthy"

    def _serves(self, task: Task) -> bool:
        running = task.last_status is TaskStatus.RUNNING and task.desired_status is DesiredStatus.RUNNING
        return running and task.healthy_since is not None and self._world.disk.answers_now(task.instance)

    def _others(self, service: Service, deployment: Deployment) -> Iterator[Task]:
        for task in self._tasks(service):
            if task.deployment != deployment.id and not self._is_away(service, task):
                yield task

    def _is_away(self, service: Service, task: Task) -> bool:
        """Whether nobody waits for what is left there: a daemon's task is left as it is where another Docker answers, too."""
        host = self._world.disk.instance(task.instance)
        strange = host is not None and host.connectivity is Connectivity.QUARANTINED
        return on_lost(self._world, task) or (is_daemon(service) and strange)

    def _tasks(self, service: Service) -> Iterator[Task]:
        for task in self._world.disk.tasks():
            if task.service_key == service.key and task.last_status is not TaskStatus.STOPPED:
                yield task


def unrest(service: Service, primary: Deployment) -> Iterator[str]:
    """What is not at rest with the newest deployment of a service."""
    if service.steady and primary.rollout_state is RolloutState.IN_PROGRESS:
        yield f"deployment {primary.id} of {service.name} is steady and never completed"
