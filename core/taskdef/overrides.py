"""RunTask's overrides laid over a task definition: what may be overridden, and what comes out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.taskdef.normalise import cpu_units, memory_mib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.model.task_definition import ContainerDefinition, TaskDefinition

Json = dict[str, Any]


def overridden(definition: TaskDefinition, overrides: Mapping[str, Any]) -> TaskDefinition:
    """The definition as one task runs it; the digest stays the registered one's, by which containers are known."""
    if not overrides:
        return definition
    by_name: dict[str, Json] = {entry["name"]: entry for entry in overrides.get("containerOverrides") or ()}
    cpu, memory = (str(overrides.get(key) or "") for key in ("cpu", "memory"))
    return replace(
        definition,
        cpu_units=cpu_units(cpu) or definition.cpu_units,
        memory_mib=memory_mib(memory) or definition.memory_mib,
        containers=tuple(
            _container(container, by_name.get(container.name, {})) for container in definition.containers
        ),
    )


def _container(container: ContainerDefinition, given: Json) -> ContainerDefinition:
    environment = dict(container.environment)
    environment |= {pair["name"]: pair.get("value", "") for pair in given.get("environment") or ()}
    return replace(
        container,
        command=tuple(given.get("command") or ()) or container.command,
        environment=tuple(environment.items()),
        environment_files=tuple(entry["value"] for entry in given.get("environmentFiles") or ())
        or container.environment_files,
        cpu_units=given.get("cpu", container.cpu_units),
        memory_mib=given.get("memory") or container.memory_mib,
        memory_reservation_mib=given.get("memoryReservation") or container.memory_reservation_mib,
    )
