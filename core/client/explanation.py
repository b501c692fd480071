"""Why a task is as it is, in sentences: what it waits for, what holds it, or why it stopped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.progress import why_stopped
from core.ecs.counts import known
from core.model.ids import SHORT
from core.model.instance import InstanceStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.state import State
    from core.model.task import Task


def explanation(state: State, task: Task) -> Iterator[str]:
    """The chain of reasons, from the task outwards."""
    short = task.id[:SHORT]
    if task.stopped:
        code = f" ({task.stop_code.value})" if task.stop_code else ""
        yield f"Task {short} has stopped{code}: {why_stopped(task)}."
        if task.superseded_by:
            yield f"Task {task.superseded_by[:SHORT]} took its place when its host was lost."
        return
    yield f"Task {short} is {task.last_status.value}, wanted {task.desired_status.value}" + (
        f": {task.why}." if task.why else "."
    )
    instance = state.instances.get(task.instance)
    if instance is None:
        yield f"It has no host yet; the cluster {task.cluster} has {_capacity(state, task.cluster)}."
    elif not known(state, task):
        yield (
            f"Its host {instance.name} is {instance.connectivity.value}, so that is how it was last seen, not how it is"
            + (f": {instance.problem}." if instance.problem else ".")
        )
    elif instance.status is InstanceStatus.DRAINING:
        yield f"Its host {instance.name} is DRAINING: a replacement is started elsewhere first."
    service = state.services.get(task.service_key)
    if service is None:
        return
    if service.why:
        yield f"Its service {service.name}: {service.why}."
    deployment = state.deployments.get(task.deployment)
    if deployment is not None and deployment.rollout_reason:
        yield f"Its deployment {deployment.id} is {deployment.rollout_state.value}: {deployment.rollout_reason}"


def _capacity(state: State, cluster: str) -> str:
    instances = state.instances_of(cluster)
    if not instances:
        return "no capacity"
    ready = [i.name for i in instances if i.connected and i.status is InstanceStatus.ACTIVE]
    return f"{len(ready)} of {len(instances)} hosts connected and ACTIVE"
