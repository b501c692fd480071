"""RunTask's overrides laid over a task definition: what comes out, and what is wrong with it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.record import replace
from core.taskdef.normalise import cpu_units, gpu_count, memory_mib
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def override_problems(definition: TaskDefinition, overrides: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a definition under these overrides, by the rules that it had to keep without them."""
    made = overridden(definition, overrides)
    for container in made.containers:
        about = f"Invalid setting for container '{container.name}'."
        hard, soft = container.memory_mib, container.memory_reservation_mib
        if hard and soft and hard < soft:
            yield f"{about} 'memory' must be greater than or equal to 'memoryReservation' ({hard} and {soft} MiB)."
        for name, _ in container.environment:
            if not name or "=" in name:
                yield f"{about} {shown(name)} can't be the name of an environment variable."
    cpu = sum(container.cpu_units for container in made.containers)
    memory = sum(container.placement_memory_mib for container in made.containers)
    if made.cpu_units is not None and cpu > made.cpu_units:
        yield f"Invalid 'cpu' setting for task: its containers ask for {cpu} units together, the task has {made.cpu_units}."
    if made.memory_mib is not None and memory > made.memory_mib:
        yield f"Invalid 'memory' setting for task: its containers ask for {memory} MiB together, the task has {made.memory_mib}."


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
        gpu_count=gpu_count(given["resourceRequirements"])
        if given.get("resourceRequirements")
        else container.gpu_count,
        memory_reservation_mib=given.get("memoryReservation") or container.memory_reservation_mib,
    )
