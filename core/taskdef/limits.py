"""CPU and memory of a container in Docker's units, as ECS's agent sets them. Pure.

ECS limits a task as a whole by a cgroup of its own, which needs root on the host. Here the task's ceiling is divided
among its containers, and the task's memory limits each container that has no limit of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.model.task_definition import ContainerDefinition, TaskDefinition

_MIB: Final = 1024 * 1024
_UNITS_PER_CPU: Final = 1024
_NANO: Final = 1_000_000_000

_LEAST_SHARES: Final = 2
_MOST_SHARES: Final = 262_144

#: The least that dockerd takes: 0.01 CPU, and 6 MiB since 20.10.
_LEAST_NANO_CPUS: Final = _NANO // 100
_LEAST_MIB: Final = 6


def cpu_shares(container: ContainerDefinition) -> int:
    """The relative weight; ECS turns 0 and 1 into 2, which leaves a container nothing but idle time under load."""
    return min(max(container.cpu_units, _LEAST_SHARES), _MOST_SHARES)


def nano_cpus(definition: TaskDefinition, container: ContainerDefinition) -> int | None:
    """The container's part of the task's ceiling, None without one.

    By cpu, in proportion. Containers without cpu share what the others leave; where they leave nothing, each may
    use the whole ceiling rather than starve.
    """
    if definition.cpu_units is None:
        return None
    asked = sum(other.cpu_units for other in definition.containers)
    unasked = sum(1 for other in definition.containers if not other.cpu_units)
    left = definition.cpu_units - asked
    if not container.cpu_units:
        units = left / unasked if left > 0 else definition.cpu_units
    elif unasked:
        units = container.cpu_units
    else:
        units = definition.cpu_units * container.cpu_units / asked
    return max(round(units * _NANO / _UNITS_PER_CPU), _LEAST_NANO_CPUS)


def memory_bytes(definition: TaskDefinition, container: ContainerDefinition) -> int | None:
    """The hard limit: the container's own, else the task's."""
    limit = container.memory_mib or definition.memory_mib
    return None if limit is None else max(limit, _LEAST_MIB) * _MIB


def reservation_bytes(container: ContainerDefinition) -> int | None:
    """The soft limit."""
    soft = container.memory_reservation_mib
    return None if soft is None else max(soft, _LEAST_MIB) * _MIB
