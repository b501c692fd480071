"""ECS's rules for a whole task definition, in ECS's words where they are known. Pure: normalised JSON in, sentences out."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.model.names import name_part
from core.model.task_definition import PAUSE_CONTAINER
from core.taskdef import validate_container
from core.taskdef.normalise import cpu_units, memory_mib
from core.taskdef.order import ring
from core.taskdef.shape import key_shown, nearest, shown, unusual
from core.taskdef.validate_container import NAME, container_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

Json = dict[str, Any]

CONTAINER_LIMIT: Final = 10

_TROUBLESHOOTING: Final = (
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)

#: A shared volume goes by its own name on the host.
_SHARED_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]+")

#: The MiB that go with a number of cpu units on Fargate.
_FARGATE_SIZES: Final[dict[int, Container[int]]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}

_VOLUME_KINDS: Final = (
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
)


def task_problems(task: Json) -> Iterator[str]:
    """Every rule the definition breaks, the task's own first."""
    for rule in _RULES:
        yield from rule(task)
    for index, container in enumerate(task["containerDefinitions"]):
        where = "" if container.get("name") else f"containerDefinitions[{index}]: "
        yield from (where + problem for problem in container_problems(container, task))


def name_problems(task: Json) -> Iterator[str]:
    """The rules that stay true where other values can't be read: those of a name alone."""
    yield from _family(task)
    for container in task.get("containerDefinitions", []):
        yield from validate_container.name_problems(container)


def _family(task: Json) -> Iterator[str]:
    family = task.get("family")
    if family and not NAME.fullmatch(family):
        yield f"family: {shown(family)}{unusual(family)} may hold only letters, digits, - and _ (at most 255)."


def _containers(task: Json) -> Iterator[str]:
    containers = task["containerDefinitions"]
    if not containers:
        yield "Container list cannot be empty."
    elif not any(container["essential"] for container in containers):
        yield "Task definition doesn't have any essential container."
    if len(containers) > CONTAINER_LIMIT:
        yield f"A task definition holds at most {CONTAINER_LIMIT} containers, not {len(containers)}."
    yield from _alike("Container names", [c["name"] for c in containers if c.get("name")])
    if any(name_part(c.get("name", "")) == name_part(PAUSE_CONTAINER) for c in containers):
        yield f"The container name '{name_part(PAUSE_CONTAINER)}' is reserved."


def _alike(what: str, names: list[str]) -> Iterator[str]:
    """Names must differ also as they stand in names on a host, where only letters, digits and - are kept."""
    by_part: dict[str, list[str]] = {}
    for name in names:
        by_part.setdefault(name_part(name), []).append(name)
    for part, same in by_part.items():
        if part and len(same) > 1:
            yield f"{what} must be unique, also without '_': {', '.join(map(key_shown, same))}."


def _size(task: Json) -> Iterator[str]:
    if "cpu" in task and not 1 <= (cpu_units(task["cpu"]) or 0) <= 196608:
        yield f"Invalid 'cpu' setting for task. {_TROUBLESHOOTING} ({shown(task['cpu'])}: units such as 256, or 1 vCPU.)"
    if "memory" in task and not (memory_mib(task["memory"]) or 0) >= 6:
        yield f"Invalid 'memory' setting for task. {_TROUBLESHOOTING} ({shown(task['memory'])}: MiB such as 512, or 1GB.)"


def _sums(task: Json) -> Iterator[str]:
    containers = task["containerDefinitions"]
    cpu = cpu_units(task.get("cpu", ""))
    memory = memory_mib(task.get("memory", ""))
    cpu_sum = sum(container["cpu"] for container in containers)
    soft_sum = sum(_reserved_mib(container) for container in containers)
    if cpu and cpu_sum > cpu:
        yield f"Invalid 'cpu' setting for task: its containers ask for {cpu_sum} units together, the task has {cpu}."
    if memory and soft_sum > memory:
        yield f"Invalid 'memory' setting for task: its containers ask for {soft_sum} MiB together, the task has {memory}."
    for container in containers:
        if memory and container.get("memory", 0) > memory >= soft_sum:
            yield (
                f"Invalid setting for container '{key_shown(container.get('name', ''))}'."
                f" 'memory' of {container['memory']} MiB is more than the task's {memory}."
            )


def _reserved_mib(container: Json) -> int:
    reserved: int = container.get("memoryReservation") or container.get("memory") or 0
    return reserved


def _fargate(task: Json) -> Iterator[str]:
    if "FARGATE" not in task.get("requiresCompatibilities", ()):
        return
    way_out = "Nothing here needs FARGATE: take it out of requiresCompatibilities to do without its rules."
    if task.get("networkMode") != "awsvpc":
        yield f"Fargate only supports network mode 'awsvpc'. {way_out}"
    if task.get("pidMode") == "host":
        yield (
            "Tasks using the Fargate launch type do not support pidMode 'host'."
            f" The supported value for pidMode is 'task'. {way_out}"
        )
    cpu, memory = cpu_units(task.get("cpu", "")), memory_mib(task.get("memory", ""))
    if memory not in _FARGATE_SIZES.get(cpu or 0, ()):
        yield f"No Fargate configuration exists for given values: {cpu or 'no'} CPU, {memory or 'no'} memory. {way_out}"


def _volumes(task: Json) -> Iterator[str]:
    names = [volume.get("name", "") for volume in task["volumes"]]
    for name in names:
        if not NAME.fullmatch(name):
            yield f"volumes: {shown(name)}{unusual(name)} may hold only letters, digits, - and _ (1 to 255)."
    yield from _alike("Volume names", names)
    for volume in task["volumes"]:
        yield from _volume(volume)


def _volume(volume: Json) -> Iterator[str]:
    name = shown(volume.get("name", ""))
    kinds = [kind for kind in _VOLUME_KINDS if kind in volume]
    path = volume.get("host", {}).get("sourcePath")
    if len(kinds) + (path is not None) > 1:
        yield f"volumes: {name} has more than one kind: {', '.join([*kinds, *['host'] * (path is not None)])}."
    if path is not None and (not path.startswith("/") or ":" in path):
        yield f"volumes: {name}: host.sourcePath {shown(path)} must be an absolute path without ':'."
    docker = volume.get("dockerVolumeConfiguration", {})
    is_named = NAME.fullmatch(volume.get("name", "")) is not None
    if docker.get("scope") == "shared" and is_named and not _SHARED_NAME.fullmatch(volume["name"]):
        yield f"volumes: {name}: Docker wants two characters or more, the first a letter or a digit, where scope is shared."
    if docker.get("scope") == "task" and docker.get("autoprovision"):
        yield f"volumes: {name}: autoprovision goes with scope shared only."


def _order(task: Json) -> Iterator[str]:
    if len(task["containerDefinitions"]) > CONTAINER_LIMIT:
        return
    containers = {c["name"]: c for c in task["containerDefinitions"] if c.get("name")}
    awaited: dict[str, frozenset[str]] = {}
    for name, container in containers.items():
        named = [entry.get("containerName", "") for entry in container.get("dependsOn", [])]
        named += [link.partition(":")[0] for link in container.get("links", [])]
        named += [mount.get("sourceContainer", "") for mount in container["volumesFrom"]]
        awaited[name] = frozenset(named)
        for other in dict.fromkeys(named):
            if other not in containers:
                guess = nearest(other, tuple(containers))
                hint = f" (did you mean {guess}?)" if guess else ""
                yield f"Cannot depend on container '{key_shown(other)}' because it does not exist{hint}."
        for entry in container.get("dependsOn", []):
            yield from _condition(entry, containers)
    if found := ring(awaited):
        yield f"Containers must not depend on each other in a ring: {' → '.join(map(key_shown, found))}."


def _condition(entry: Json, containers: dict[str, Json]) -> Iterator[str]:
    other = containers.get(entry.get("containerName", ""))
    if other is None:
        return
    match entry.get("condition"):
        case "SUCCESS" | "COMPLETE" if other["essential"]:
            yield (
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
                f" ('{key_shown(other['name'])}')."
            )
        case "HEALTHY" if "healthCheck" not in other:
            yield (
                "A dependency container with HEALTHY condition must have health check configured"
                f" ('{key_shown(other['name'])}')."
            )
        case _:
            return


def _host_ports(task: Json) -> Iterator[str]:
    taken = Counter(
        (mapping["hostPort"], mapping["protocol"])
        for container in task["containerDefinitions"]
        for mapping in container["portMappings"]
        if mapping.get("hostPort")
    )
    for (port, protocol), count in taken.items():
        if count > 1:
            yield f"portMappings: {port}/{protocol} is mapped {count} times; a task can have it once."


def _constraints(task: Json) -> Iterator[str]:
    constraints = task["placementConstraints"]
    if len(constraints) > 10:
        yield f"placementConstraints: at most 10, not {len(constraints)}."
    for index, constraint in enumerate(constraints):
        expression = constraint.get("expression", "")
        if not 1 <= len(expression) <= 2000:
            yield f"placementConstraints[{index}].expression: must have 1 to 2000 characters."


def _tags(task: Json) -> Iterator[str]:
    tags = task.get("tags", [])
    if len(tags) > 50:
        yield f"tags: at most 50, not {len(tags)}."
    for index, tag in enumerate(tags):
        if not 1 <= len(tag.get("key", "")) <= 128 or len(tag.get("value", "")) > 256:
            yield f"tags[{index}]: a key has 1 to 128 characters, a value at most 256."
        if tag.get("key", "").lower().startswith("aws:"):
            yield "aws: prefixed tag key names are not allowed for external use."
    for key, count in Counter(tag.get("key", "") for tag in tags).items():
        if count > 1:
            yield f"tags: the key {shown(key)} is given {count} times."


_RULES: Final[tuple[Callable[[Json], Iterator[str]], ...]] = (
    _family,
    _containers,
    _size,
    _sums,
    _fargate,
    _volumes,
    _order,
    _host_ports,
    _constraints,
    _tags,
)
