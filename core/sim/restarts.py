"""Containers that are restarted in place: what the checker holds of their rows, and of what really ran on the machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.names import container_name
from core.model.task import ContainerStatus, DesiredStatus, Task
from core.reports import SeenState
from core.sim.violation import demand

if TYPE_CHECKING:
    from core.model.task import Container
    from core.sim.machine import Machine
    from core.sim.world import World

_ORDER: Final = (
    ContainerStatus.PENDING,
    ContainerStatus.CREATED,
    ContainerStatus.RUNNING,
    ContainerStatus.STOPPED,
)


def check_restarts(world: World, old: Task, task: Task) -> None:
    """A container's row moves forward only: within a run, or to the next one, which its policy and its last run allow."""
    for container in task.containers:
        before = old.container(container.name)
        if before is None:
            continue
        if container.restart_count == before.restart_count:
            forward = _ORDER.index(container.status) >= _ORDER.index(before.status)
            demand(forward, "a container went back", task.id, before, container)
            continue
        again = container.ended_run == before.ended_run
        demand(not again, "two restarts follow one run", task.id, before, container)
        one_more = container.restart_count == before.restart_count + 1
        demand(one_more, "a container was restarted more than once at once", task.id, before, container)
        over = before.status is ContainerStatus.STOPPED or old.desired_status is DesiredStatus.STOPPED
        demand(not over, "a container that had ended was restarted", task.id, before, container)
        _check_last_run(world, task, container)
        world.count("restarted in place")


def _check_last_run(world: World, task: Task, container: Container) -> None:
    """What ended did end, by itself and after long enough, as its machine knows it."""
    machine, definition = world.machine_of(task.instance), world.definition(task.definition)
    asked = definition.container(container.name) if definition is not None else None
    demand(asked is not None and asked.restart_policy is not None, "a restart without a policy", task.id)
    assert asked is not None
    assert asked.restart_policy is not None
    there = machine.docker.containers.get(container_name(task, container.name)) if machine else None
    if there is None or there.started_at is None or there.ends_at is None:
        return  # somebody else took it away, or made it anew, meanwhile
    ended = there.state(world.timeline.now) is SeenState.EXITED
    demand(ended, "a container that runs is restarted", task.id, container.name)
    demand(
        there.ends_at - there.started_at >= asked.restart_policy.attempt_period_s
        and there.end_code not in asked.restart_policy.ignored_exit_codes,
        "a container is restarted against its policy",
        task.id,
        container.name,
    )


def check_starts(machine: Machine, name: str, task: Task | None) -> None:
    """Each run of a container was decided on disk before it began."""
    there = machine.docker.containers.get(name)
    if there is None or there.spec.owner is None or task is None:
        return
    row = task.container(there.spec.owner.container)
    allowed = 1 + (row.restart_count if row is not None else 0)
    demand(there.starts <= allowed, "a container was started without a decision on disk", name, there.starts)
