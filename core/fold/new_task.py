"""A new task: its row with its containers, what it charges to an instance, and what RunTask asked beside the definition. Pure.

A task's `request` is RunTask's input in ECS's JSON, less what has a column of its own; it is empty where nothing was asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.model.ids import new_id
from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType
from core.model.task import Container, Task
from core.model.task_definition import PAUSE_CONTAINER, PAUSE_IMAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from core.model.task_definition import TaskDefinition


def new_task(
    definition: TaskDefinition,
    *,
    cluster: str,
    group: str,
    service: str = "",
    deployment: str = "",
    started_by: str = "",
    chance: Random,
    now: float,
    request: str = "",
) -> Task:
    """A task that waits to be placed: PROVISIONING, its containers PENDING, the pause container first."""
    overrides = overrides_of(request)
    images = [(c.name, c.image) for c in definition.containers]
    if definition.needs_pause:
        images.insert(0, (PAUSE_CONTAINER, PAUSE_IMAGE))
    return Task(
        id=new_id(chance),
        cluster=cluster,
        definition=definition.name,
        group=group,
        started_by=started_by,
        service=service,
        deployment=deployment,
        containers=tuple(Container(name, image) for name, image in images),
        cpu_units=_charged_cpu_units(definition, overrides),
        memory_mib=_charged_memory_mib(definition, overrides),
        ports=definition.static_ports,
        created_at=now,
        request=request,
    )


def overrides_of(request: str) -> dict[str, Any]:
    """The overrides in a request, empty where there are none."""
    given: dict[str, Any] = _given(request).get("overrides", {})
    return given


def tags_of(request: str) -> list[dict[str, str]]:
    """The tags in a request, in ECS's shape."""
    given: list[dict[str, str]] = _given(request).get("tags", [])
    return given


def constraints_of(request: str) -> tuple[tuple[PlacementConstraint, ...], tuple[PlacementStrategy, ...]]:
    """The placement constraints and the strategy in a request."""
    given = _given(request)
    return constraints_from(given.get("placementConstraints")), strategy_from(given.get("placementStrategy"))


def constraints_from(given: list[dict[str, str]] | None) -> tuple[PlacementConstraint, ...]:
    """Constraints out of ECS's JSON."""
    return tuple(PlacementConstraint(ConstraintType(c["type"]), c.get("expression", "")) for c in given or ())


def strategy_from(given: list[dict[str, str]] | None) -> tuple[PlacementStrategy, ...]:
    """A strategy out of ECS's JSON; `host` is ECS's other word for `instanceId`."""
    return tuple(PlacementStrategy(StrategyType(s["type"]), _field(s.get("field", ""))) for s in given or ())


def _field(field: str) -> str:
    return "instanceId" if field == "host" else field


def _given(request: str) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(request) if request else {}
    return given


def _charged_cpu_units(definition: TaskDefinition, overrides: Mapping[str, Any]) -> int:
    """The task's cpu alone where there is one, else the sum over its containers (ECS's charging rule)."""
    if "cpu" in overrides:
        return int(overrides["cpu"])
    if definition.cpu_units is not None:
        return definition.cpu_units
    given = _by_container(overrides)
    return sum(given.get(c.name, {}).get("cpu", c.cpu_units) for c in definition.containers)


def _charged_memory_mib(definition: TaskDefinition, overrides: Mapping[str, Any]) -> int:
    """As for cpu; a container counts with its reservation, or else with its limit."""
    if "memory" in overrides:
        return int(overrides["memory"])
    if definition.memory_mib is not None:
        return definition.memory_mib
    given = _by_container(overrides)
    charged = 0
    for container in definition.containers:
        own = given.get(container.name, {})
        reservation = own.get("memoryReservation", container.memory_reservation_mib)
        charged += reservation or own.get("memory", container.memory_mib) or 0
    return charged


def _by_container(overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {own["name"]: own for own in overrides.get("containerOverrides", ())}
