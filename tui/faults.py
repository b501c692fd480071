"""What an operator should look at, in sentences: the engine's faults first, then hosts', then services'. Pure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.ecs.counts import known
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from core.model.task import Health
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.world import World

#: A running engine that has not beaten for so long is stuck, or its machine is.
LATE_S: Final = 10.0


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
    engine = world.engine
    if world.problem:
        yield world.problem
    if engine is None:
        return
    if not engine.running:
        yield "no engine runs: nothing is watched, started or replaced; `:engine` starts one"
        return
    if engine.beat_age_s is not None and engine.beat_age_s > LATE_S:
        yield f"the engine's last beat was {duration(engine.beat_age_s)} ago: it is suspended, or stuck"
    if engine.pulse.isolated:
        yield f"the engine is ISOLATED: {engine.pulse.isolated}"
    if engine.pulse.config_problem:
        yield f"the config file can't be used, the one in force stays: {engine.pulse.config_problem}"
    elif engine.other_config:
        yield "the engine runs by another config than this screen"
    if engine.pulse.version not in {"", VERSION}:
        yield f"the engine runs version {engine.pulse.version}, this is {VERSION}: restart it"


def cluster_faults(world: World, cluster: str) -> Iterator[str]:
    """What is wrong with a cluster's hosts and services."""
    state = world.state
    for instance in state.instances_of(cluster):
        if instance.status is InstanceStatus.REGISTERING and not instance.problem:
            continue
        if instance.problem or not instance.connected:
            because = f": {instance.problem}" if instance.problem else ""
            yield f"{instance.name} is {instance.connectivity.value}{because}"
        elif instance.impaired:
            yield f"{instance.name} is impaired: it answers, but its actions time out"
    for key in sorted(state.index.services_of_cluster[cluster]):
        service = state.services[key]
        if service.why and service.status is ServiceStatus.ACTIVE and not _goes_well(world, key):
            yield f"{key}: {service.why}"


def _goes_well(world: World, key: str) -> bool:
    """Whether a service is only on its way: all its tasks have a place, and none of them failed, is unhealthy or unknown."""
    state = world.state
    wanted = [task for task in state.tasks_of_service(key) if task.wanted]
    return (
        len(wanted) >= state.services[key].desired_count
        and not any(deployment.failed_tasks for deployment in state.deployments_of(key)[:1])
        and all(
            task.instance and task.health is not Health.UNHEALTHY and known(state, task) for task in wanted
        )
    )
