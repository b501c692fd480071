"""What a task asks of an instance. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType
from core.record import Record
from core.scheduler.query import Expression, compile_expression
from core.scheduler.room import fellows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.capacity_provider import CapacityProvider
    from core.model.ports import HostPort
    from core.model.service import Service
    from core.model.task import Task
    from core.model.task_definition import RequiredAttribute, TaskDefinition

#: ECS's default for a service: spread over zones, then the fewest tasks of it on the instance (of its deployment: room.py).
DEFAULT_STRATEGY: Final = (
    PlacementStrategy(StrategyType.SPREAD, "attribute:ecs.availability-zone"),
    PlacementStrategy(StrategyType.SPREAD, "instanceId"),
)


class Need(Record):
    """What one of a batch of like tasks asks of an instance."""

    group: str
    cpu_units: int = 0
    memory_mib: int = 0
    gpu_count: int = 0
    ports: tuple[HostPort, ...] = ()
    attributes: tuple[RequiredAttribute, ...] = ()
    expressions: tuple[Expression, ...] = ()
    distinct: bool = False
    provider: CapacityProvider | None = None
    strategy: tuple[PlacementStrategy, ...] = DEFAULT_STRATEGY
    #: Whom its tasks are spread with; empty: the group's.
    fellows: str = ""
    #: Instances that come last, whatever the strategies say: the like of it failed to start there a short while ago.
    shunned: frozenset[str] = frozenset()


def need_of(
    task: Task,
    definition: TaskDefinition,
    constraints: Iterable[PlacementConstraint],
    strategy: tuple[PlacementStrategy, ...],
    *,
    provider: CapacityProvider | None = None,
    shunned: frozenset[str] = frozenset(),
) -> Need:
    """What a task asks, with its service's or its RunTask's constraints, and the group of instances that it is for."""
    constraints = tuple(constraints)
    texts = [c.expression for c in (*definition.placement_constraints, *constraints) if c.expression]
    return Need(
        group=task.group,
        cpu_units=task.cpu_units,
        memory_mib=task.memory_mib,
        gpu_count=task.gpu_count,
        ports=task.ports,
        attributes=definition.required_attributes,
        expressions=tuple(compile_expression(text) for text in texts),
        distinct=any(c.type is ConstraintType.DISTINCT_INSTANCE for c in constraints),
        provider=provider,
        strategy=strategy or DEFAULT_STRATEGY,
        fellows=fellows(task),
        shunned=shunned,
    )


def need_of_service(service: Service, definition: TaskDefinition) -> Need:
    """What a service requires of an instance beside room."""
    texts = [
        c.expression
        for c in (*definition.placement_constraints, *service.placement_constraints)
        if c.expression
    ]
    return Need(
        group=f"service:{service.name}",
        gpu_count=definition.gpu_count,
        attributes=definition.required_attributes,
        expressions=tuple(compile_expression(text) for text in texts),
    )
