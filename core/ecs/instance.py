"""A container instance as DescribeContainerInstances shows it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ecs.parts import present, tags_shown
from core.model.counts import counts
from core.model.ids import arn
from core.scheduler.room import room_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.model.instance import ContainerInstance
    from core.model.ports import HostPort
    from core.model.state import State
    from core.vitals import InstancePulse

Json = dict[str, Any]


def describe_container_instance(
    state: State, instance: ContainerInstance, pulse: InstancePulse | None = None, *, watched: bool = True
) -> Json:
    """ECS's ContainerInstance. In its resources, ports are the ones that are taken (ECS).

    Its utilization is what the pulse knows: of everything on the host, and apart of our tasks. `watched` as in
    `core.model.counts.known`.
    """
    tasks = counts(state, state.tasks_on(instance.id), watched=watched)
    room = room_on(state, instance)
    return {
        "containerInstanceArn": arn("container-instance", instance.cluster, instance.id),
        "ec2InstanceId": instance.id,
        "version": instance.version,
        "versionInfo": present(agentVersion=instance.docker_version, dockerVersion=instance.docker_version),
        "registeredResources": _resources(
            instance.cpu_units, instance.memory_mib, instance.reserved_ports, instance.gpus or None
        ),
        "remainingResources": _resources(
            room.cpu_units, room.memory_mib, room.ports, room.gpus if instance.gpus else None
        ),
        "status": instance.status.value,
        "agentConnected": instance.connected,
        "runningTasksCount": tasks.running,
        "pendingTasksCount": tasks.pending,
        "attributes": [{"name": name} | present(value=value) for name, value in instance.attributes],
        "attachments": [],
        "tags": tags_shown(instance.tags),
        "connectivity": instance.connectivity.value,
        "connectivityAt": instance.connectivity_at,
        "impaired": instance.impaired,
        "name": instance.name,
        "problem": instance.problem,
        "removedFromConfig": instance.removed_from_config,
        "unknownTasksCount": tasks.unknown,
        "url": instance.url,
        "utilization": _utilization(pulse) if pulse is not None else {},
    } | present(
        statusReason=instance.problem,
        registeredAt=instance.registered_at or None,
        drainDeadline=instance.drain_deadline,
    )


def _utilization(pulse: InstancePulse) -> Json:
    ours = pulse.of_tasks()
    return present(
        measuredAt=pulse.measured_at,
        cpuPercent=pulse.cpu_percent,
        memoryMiB=pulse.memory_mib,
        load=pulse.load,
        tasks={"cpuPercent": ours[0], "memoryMiB": ours[1]} if ours is not None else None,
    )


def _resources(
    cpu_units: int, memory_mib: int, ports: Iterable[HostPort], gpus: Sequence[str] | None
) -> list[Json]:
    """An instance without GPUs shows none (ECS)."""
    taken = list(ports)
    return [
        _amount("CPU", cpu_units),
        _amount("MEMORY", memory_mib),
        _ports("PORTS", (port.port for port in taken if port.protocol == "tcp")),
        _ports("PORTS_UDP", (port.port for port in taken if port.protocol == "udp")),
        *([_set("GPU", gpus)] if gpus is not None else []),
    ]


def _amount(name: str, amount: int) -> Json:
    return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": amount}


def _ports(name: str, ports: Iterable[int]) -> Json:
    return _set(name, [str(port) for port in sorted(set(ports))])


def _set(name: str, texts: Sequence[str]) -> Json:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": list(texts),
    }
