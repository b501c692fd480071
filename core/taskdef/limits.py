"""CPU and memory of a container in Docker's units, as ECS's agent sets them. Pure.

ECS limits a task as a whole by a cgroup of its own (`TaskLimit`), which needs root on the host: where the operator lets us make
one (`task_cpu_mem_limit`), its containers are limited by it as in ECS. Elsewhere the task's ceiling is divided among its
containers, and the task's memory limits each container that has no limit of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from core.model.task_definition import ContainerDefinition, TaskDefinition

_MIB: Final = 1024 * 1024
_UNITS_PER_CPU: Final = 1024
_NANO: Final = 1_000_000_000
_MICRO: Final = 1_000_000

_LEAST_SHARES: Final = 2
_MOST_SHARES: Final = 262_144

#: The least that dockerd takes: 0.01 CPU, and 6 MiB since 20.10.
_LEAST_NANO_CPUS: Final = _NANO // 100
_LEAST_MIB: Final = 6


class TaskLimit(Record):
    """What limits a task's containers together. None: no limit.

    Without a ceiling the task weighs as much as its containers together (ECS's agent); with one, as any other.
    """

    cpu_units: int | None = None
    memory_mib: int | None = None
    shares: int | None = None

    @property
    def memory_bytes(self) -> int | None:
        """The hard limit of the sum."""
        return None if self.memory_mib is None else max(self.memory_mib, _LEAST_MIB) * _MIB

    @property
    def cpu_us_per_s(self) -> int | None:
        """The ceiling: CPU time in microseconds of each second."""
        if self.cpu_units is None:
            return None
        return max(round(self.cpu_units * _MICRO / _UNITS_PER_CPU), _MICRO // 100)

    @property
    def weight(self) -> int | None:
        """`shares` as version 2 of cgroups has them, 1 to 10000 (runc's conversion)."""
        if self.shares is None:
            return None
        return 1 + (self.shares - _LEAST_SHARES) * 9999 // (_MOST_SHARES - _LEAST_SHARES)

    @property
    def label(self) -> str:
        """It as a container's label says it; `of_label` reads it back."""
        said = {"cpu": self.cpu_units, "memory": self.memory_mib, "shares": self.shares}
        return json.dumps({name: value for name, value in said.items() if value is not None})

    @classmethod
    def of_label(cls, text: str) -> TaskLimit:
        """Raises ValueError where it is no such label."""
        said = json.loads(text)
        if not isinstance(said, dict) or not all(isinstance(value, int) for value in said.values()):
            raise ValueError(f"{text} is no task's limit")
        return cls(said.get("cpu"), said.get("memory"), said.get("shares"))


def task_limit(definition: TaskDefinition) -> TaskLimit | None:
    """What its containers must be limited by together; None where nothing limits the task, or their own limits do it."""
    if len(definition.containers) == 1 or not (definition.cpu_units or _may_exceed_memory(definition)):
        return None
    weights = sum(map(cpu_shares, definition.containers))
    shares = min(weights, _MOST_SHARES) if definition.cpu_units is None else None
    return TaskLimit(definition.cpu_units, definition.memory_mib, shares)


def _may_exceed_memory(definition: TaskDefinition) -> bool:
    limits = [container.memory_mib for container in definition.containers]
    return definition.memory_mib is not None and not (
        all(limits) and sum(map(int, filter(None, limits))) <= definition.memory_mib
    )


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


def memory_bytes(container: ContainerDefinition, ceiling_mib: int | None) -> int | None:
    """The hard limit: the container's own, else the ceiling that the task sets for each."""
    limit = container.memory_mib or ceiling_mib
    return None if limit is None else max(limit, _LEAST_MIB) * _MIB


def reservation_bytes(container: ContainerDefinition) -> int | None:
    """The soft limit."""
    soft = container.memory_reservation_mib
    return None if soft is None else max(soft, _LEAST_MIB) * _MIB
