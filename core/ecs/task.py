"""A task and its containers as DescribeTasks shows them; what is unknown says so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ecs.parts import LAUNCH_TYPE, dashed, present, tags_shown
from core.model.counts import known
from core.model.ids import arn, derived_id
from core.model.task import ContainerStatus
from core.model.task_definition import PAUSE_CONTAINER
from core.model.task_request import overrides_of, tags_of_task
from core.taskdef.overrides import overridden
from core.taskdef.validate_ports import port_range

if TYPE_CHECKING:
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task import Container, NetworkBinding, Task
    from core.model.task_definition import ContainerDefinition, TaskDefinition

Json = dict[str, Any]


def describe_task(state: State, task: Task, *, watched: bool = True) -> Json:
    """ECS's Task. `observedStatus` is UNKNOWN while the task's instance does not answer; `lastStatus` stays what it was.

    `watched` as in `core.model.counts.known`.
    """
    definition = state.definitions.get(task.definition)
    instance = state.instances.get(task.instance)
    return (
        {
            "attachments": [],
            "attributes": _attributes(definition),
            "clusterArn": arn("cluster", task.cluster),
            "containers": _containers(task, definition),
            "cpu": str(task.cpu_units),
            "createdAt": task.created_at,
            "desiredStatus": task.desired_status.value,
            "enableExecuteCommand": True,
            "group": task.group,
            "healthStatus": task.health.value,
            "lastStatus": task.last_status.value,
            "launchType": LAUNCH_TYPE,
            "memory": str(task.memory_mib),
            "overrides": _overrides(task),
            "tags": tags_shown(tags_of_task(task).items()),
            "taskArn": arn("task", task.cluster, task.id),
            "taskDefinitionArn": arn("task-definition", task.definition),
            "version": task.version,
            "observedStatus": task.last_status.value if known(state, task, watched=watched) else "UNKNOWN",
            "why": task.why,
        }
        | _placed(task, instance)
        | _run(task, definition)
    )


def _placed(task: Task, instance: ContainerInstance | None) -> Json:
    """Where it is, and whether that place answers."""
    if not task.instance:
        return {}
    shown: Json = {"containerInstanceArn": arn("container-instance", task.cluster, task.instance)}
    if instance is None:
        return shown | {"connectivity": "DISCONNECTED"}
    zone = instance.attribute("ecs.availability-zone")
    return shown | present(
        availabilityZone=zone,
        connectivity="CONNECTED" if instance.connected else "DISCONNECTED",
        connectivityAt=instance.connectivity_at,
        containerInstanceName=instance.name,
    )


def _run(task: Task, definition: TaskDefinition | None) -> Json:
    """What has happened to it so far."""
    return present(
        capacityProviderName=task.capacity_provider,
        startedBy=task.started_by,
        protectedUntil=task.protected_until,
        targetHealth=_target_health(task),
        pullStartedAt=task.pull_started_at,
        pullStoppedAt=task.pull_stopped_at,
        startedAt=task.started_at,
        stoppingAt=task.stopping_at,
        executionStoppedAt=_first_essential_exit(task, definition),
        stoppedAt=task.stopped_at,
        stopCode=task.stop_code.value if task.stop_code is not None else None,
        stoppedReason=task.stopped_reason,
        supersededBy=arn("task", task.cluster, task.superseded_by) if task.superseded_by else None,
    )


def _target_health(task: Task) -> Json | None:
    """ELB's TargetHealth, of what its service's probe says."""
    said = task.target_health
    if said is None:
        return None
    reason = said.reason.value if said.reason is not None else None
    failing = present(failedChecks=said.failed, failingSince=said.failing_since) if said.failed else {}
    return {"state": said.state.value} | present(reason=reason, description=said.description) | failing


def _first_essential_exit(task: Task, definition: TaskDefinition | None) -> float | None:
    essential = {c.name for c in definition.containers if c.essential} if definition is not None else set()
    exits = [c.finished_at for c in task.containers if c.name in essential and c.finished_at is not None]
    return min(exits, default=None)


def _attributes(definition: TaskDefinition | None) -> list[Json]:
    architecture = definition.cpu_architecture if definition is not None else ""
    return [{"name": "ecs.cpu-architecture", "value": architecture}] if architecture else []


def _overrides(task: Task) -> Json:
    """ECS names every container, also one of which nothing is overridden."""
    given = overrides_of(task.request)
    own = {override["name"]: override for override in given.get("containerOverrides", ())}
    names = [c.name for c in task.containers if c.name != PAUSE_CONTAINER]
    return given | {
        "containerOverrides": [{"name": name} | own.get(name, {}) for name in names],
        "inferenceAcceleratorOverrides": [],
    }


def _containers(task: Task, definition: TaskDefinition | None) -> list[Json]:
    """ECS shows the containers of the definition, not the one that holds their namespaces."""
    as_run = overridden(definition, overrides_of(task.request)) if definition is not None else None
    return [
        _container(
            task,
            container,
            as_run.container(container.name) if as_run is not None else None,
            as_run.gpus_of(container.name, task.gpus) if as_run is not None else (),
        )
        for container in task.containers
        if container.name != PAUSE_CONTAINER
    ]


def _container(
    task: Task, container: Container, asked: ContainerDefinition | None, gpus: tuple[str, ...]
) -> Json:
    created = container.status is ContainerStatus.CREATED
    shown: Json = {
        "containerArn": arn("container", task.cluster, task.id, dashed(derived_id(task.id, container.name))),
        "taskArn": arn("task", task.cluster, task.id),
        "name": container.name,
        "image": container.image,
        "lastStatus": (ContainerStatus.PENDING if created else container.status).value,
        "networkBindings": _bindings(container, asked),
        "networkInterfaces": [],
        "healthStatus": container.health.value,
        "cpu": str(asked.cpu_units if asked is not None else 0),
        "restartCount": container.restart_count,
    }
    shown |= present(
        imageDigest=container.image_digest,
        runtimeId=container.runtime_id,
        exitCode=container.exit_code,
        reason=container.reason,
    )
    if asked is not None:
        memory, reservation = asked.memory_mib, asked.memory_reservation_mib
        shown |= present(
            memory=str(memory) if memory else None,
            gpuIds=list(gpus) or None,
            memoryReservation=str(reservation) if reservation else None,
        )
    return shown


def _bindings(container: Container, asked: ContainerDefinition | None) -> list[Json]:
    """ECS's networkBindings: one for each port, and one for all of a containerPortRange whose host ports are adjacent."""
    by_port = {(b.container_port, b.protocol): b for b in container.network_bindings}
    shown: list[Json] = []
    told: set[tuple[int, str]] = set()
    mappings = asked.port_mappings if asked is not None else ()
    for written, protocol in dict.fromkeys((p.of_range, p.protocol) for p in mappings if p.of_range):
        ports = port_range(written) or range(0)
        bound = [by_port[port, protocol] for port in ports if (port, protocol) in by_port]
        if len(bound) == len(ports) and bound[-1].host_port - bound[0].host_port == len(ports) - 1:
            shown.append(
                {
                    "bindIP": bound[0].bind_ip,
                    "containerPortRange": written,
                    "hostPortRange": f"{bound[0].host_port}-{bound[-1].host_port}",
                    "protocol": protocol,
                }
            )
            told.update((port, protocol) for port in ports)
    alone = (b for b in container.network_bindings if (b.container_port, b.protocol) not in told)
    return [_binding(binding) for binding in alone] + shown


def _binding(binding: NetworkBinding) -> Json:
    return {
        "bindIP": binding.bind_ip,
        "containerPort": binding.container_port,
        "hostPort": binding.host_port,
        "protocol": binding.protocol,
    }
