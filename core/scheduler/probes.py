"""Which of a service's tasks are probed, and as which targets. Pure.

A probe is a service's, like a target group's health check beside its service: changing it changes how tasks that run are checked,
and begins no deployment. An update that brings a new revision with a probe of its own is what a change of the target group is to
ECS: the old deployment's tasks are checked as before until they go, or are gone back to, and so each deployment's row has its own.
A revision that lacks the probe's container (one that was gone back to by name) is not probed: its tasks are healthy as if there
were no probe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.names import container_name
from core.model.probe import ProbeProtocol, Target, TargetHealth, TargetReason, TargetState
from core.model.task import TaskStatus
from core.model.task_definition import PAUSE_CONTAINER, NetworkMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.probe import Probe
    from core.model.state import State
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition


def unfit(probe: Probe, definition: TaskDefinition) -> str:
    """Why a probe does not suit a task definition, as half a sentence; empty where it does."""
    container = definition.container(probe.container)
    if container is None:
        names = ", ".join(c.name for c in definition.containers)
        return f"the task definition {definition.name} has no container {probe.container}; it has {names}"
    isolated = definition.network_mode is NetworkMode.NONE or container.disable_networking
    if isolated and probe.protocol is not ProbeProtocol.EXEC:
        return f"the container {probe.container} of {definition.name} has no network; only EXEC can probe it"
    return ""


def probe_of(state: State, task: Task) -> Probe | None:
    """How a task is probed: as its deployment says; None where it isn't."""
    deployment = state.deployments.get(task.deployment)
    probe = deployment.probe if deployment is not None else None
    return None if probe is None or unfit(probe, state.definitions[task.definition]) else probe


def target_of(task: Task, probe: Probe, definition: TaskDefinition) -> Target | None:
    """A task as it is to be probed; None while it does not run, is told to stop, or what is probed is restarted in place."""
    container = task.container(probe.container)
    runs = task.wanted and task.last_status is TaskStatus.RUNNING
    if not runs or container is None or container.restarting:
        return None
    name = container_name(task, probe.container)
    shared = definition.network_mode is NetworkMode.AWSVPC
    return Target(
        task.id,
        probe,
        name,
        container_name(task, PAUSE_CONTAINER) if shared else name,
        f"{container.runtime_id} {container.restart_count}",
    )


def targets_on(state: State, instance: str) -> Iterator[tuple[Target, TargetHealth]]:
    """The targets on an instance, by task id, each with what is known of it."""
    row = state.instances.get(instance)
    if row is None or not state.index.probed_of_cluster[row.cluster]:
        return
    for task in state.tasks_on(instance):
        probe = probe_of(state, task)
        target = target_of(task, probe, state.definitions[task.definition]) if probe is not None else None
        if target is not None:
            yield target, task.target_health or TargetHealth()


def told_probe(probe: Probe | None) -> str:
    """A probe in words, for people; empty where there is none."""
    if probe is None:
        return ""
    codes = f", {probe.matcher}" if probe.protocol in {ProbeProtocol.HTTP, ProbeProtocol.HTTPS} else ""
    pace = f"every {probe.interval_s} s{codes} within {probe.timeout_s} s"
    return f"{probe}, {pace}; healthy after {probe.healthy_threshold}, unhealthy after {probe.unhealthy_threshold}"


def told_target(state: State, task: Task, now: float) -> str:
    """What its probe says of a task, for people; empty where none does. `now` is the moment of the look."""
    said = task.target_health
    if said is None:
        return ""
    failing = _failing(state, task, said, now)
    if said.state is TargetState.INITIAL:
        return f"{said.state.value}: no check of it has passed yet{failing}"
    if failing:
        return f"{said.state.value}{failing}"
    known = said.state in {TargetState.HEALTHY, TargetState.UNHEALTHY}
    told = (
        f"{said.state.value}, as last known"
        if said.reason is TargetReason.NO_WAY and known
        else said.state.value
    )
    return f"{told}: {said.description}" if said.description else told


def _failing(state: State, task: Task, said: TargetHealth, now: float) -> str:
    """How near a task that fails its probe is to being unhealthy by it, as the rest of a sentence; empty where it doesn't fail."""
    probe = probe_of(state, task)
    if not said.failed or said.failing_since is None or probe is None:
        return ""
    return (
        f"; failed {said.failed} of the {probe.unhealthy_threshold} checks in a row that make it unhealthy,"
        f" the first {now - said.failing_since:.0f} s ago: {said.description}"
    )


def held_by_probe(task: Task) -> str:
    """Why its probe keeps a task from being healthy; empty where it doesn't, or has not spoken yet."""
    said = task.target_health
    speaks = said is not None and said.state in {TargetState.UNHEALTHY, TargetState.UNAVAILABLE}
    return said.description if said is not None and speaks and not task.stopped else ""
