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
from core.taskdef.validate_fargate import fargate_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.taskdef.problem import Problem

Json = dict[str, Any]

_CONTAINERS: Final = "containerDefinitions"

CONTAINER_LIMIT: Final = 10

_TROUBLESHOOTING: Final = (
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)

#: A shared volume goes by its own name on the host.
_SHARED_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]+")

_VOLUME_KINDS: Final = (
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
)


def task_problems(task: Json) -> Iterator[str]:
    """Every rule the definition breaks, the task's own first."""
    for rule in _RULES:
        yield from (f"{where}: {sentence}" for where, sentence in rule(task))
    for index, container in enumerate(task["containerDefinitions"]):
        for member, sentence in container_problems(container, task):
            yield f"containerDefinitions[{index}].{member}: {sentence}"


def name_problems(task: Json) -> Iterator[str]:
    """The rules that stay true where other values can't be read: those of a name alone."""
    yield from (f"{where}: {sentence}" for where, sentence in _family(task))
    for index, container in enumerate(task.get("containerDefinitions", [])):
        for member, sentence in validate_container.name_problems(container):
            yield f"containerDefinitions[{index}].{member}: {sentence}"


def _family(task: Json) -> Iterator[Problem]:
    family = task.get("family")
    if family and not NAME.fullmatch(family):
        yield (
            "family",
            f"{shown(family)}{unusual(family)} may hold only letters, digits, - and _ (at most 255).",
        )


def _containers(task: Json) -> Iterator[Problem]:
    containers = task["containerDefinitions"]
    if not containers:
        yield _CONTAINERS, "Container list cannot be empty."
    elif not any(container["essential"] for container in containers):
        yield _CONTAINERS, "Task definition doesn't have any essential container."
    if len(containers) > CONTAINER_LIMIT:
        yield (
            _CONTAINERS,
            f"A task definition holds at most {CONTAINER_LIMIT} containers, not {len(containers)}.",
        )
    yield from _alike(_CONTAINERS, "Container names", [c["name"] for c in containers if c.get("name")])
    if any(name_part(c.get("name", "")) == name_part(PAUSE_CONTAINER) for c in containers):
        yield _CONTAINERS, f"The container name '{name_part(PAUSE_CONTAINER)}' is reserved."


def _alike(where: str, what: str, names: list[str]) -> Iterator[Problem]:
    """Names must differ also as they stand in names on a host, where only letters, digits and - are kept."""
    by_part: dict[str, list[str]] = {}
    for name in names:
        by_part.setdefault(name_part(name), []).append(name)
    for part, same in by_part.items():
        if part and len(same) > 1:
            yield where, f"{what} must be unique, also without '_': {', '.join(map(key_shown, same))}."


def _size(task: Json) -> Iterator[Problem]:
    if "cpu" in task and not 1 <= (cpu_units(task["cpu"]) or 0) <= 196608:
        yield (
            "cpu",
            f"Invalid 'cpu' setting for task. {_TROUBLESHOOTING} ({shown(task['cpu'])}: units such as 256, or 1 vCPU.)",
        )
    if "memory" in task and not (memory_mib(task["memory"]) or 0) >= 6:
        yield (
            "memory",
            f"Invalid 'memory' setting for task. {_TROUBLESHOOTING} ({shown(task['memory'])}: MiB such as 512, or 1GB.)",
        )


def _sums(task: Json) -> Iterator[Problem]:
    containers = task["containerDefinitions"]
    cpu = cpu_units(task.get("cpu", ""))
    memory = memory_mib(task.get("memory", ""))
    cpu_sum = sum(container["cpu"] for container in containers)
    soft_sum = sum(_reserved_mib(container) for container in containers)
    if cpu and cpu_sum > cpu:
        yield (
            "cpu",
            f"Invalid 'cpu' setting for task: its containers ask for {cpu_sum} units together, the task has {cpu}.",
        )
    if memory and soft_sum > memory:
        yield (
            "memory",
            f"Invalid 'memory' setting for task: its containers ask for {soft_sum} MiB together, the task has {memory}.",
        )
    for index, container in enumerate(containers):
        if memory and container.get("memory", 0) > memory >= soft_sum:
            yield (
                f"{_CONTAINERS}[{index}].memory",
                (
                    f"Invalid setting for container '{key_shown(container.get('name', ''))}'."
                    f" 'memory' of {container['memory']} MiB is more than the task's {memory}."
                ),
            )


def _reserved_mib(container: Json) -> int:
    reserved: int = container.get("memoryReservation") or container.get("memory") or 0
    return reserved


def _volumes(task: Json) -> Iterator[Problem]:
    names = [volume.get("name", "") for volume in task["volumes"]]
    for index, name in enumerate(names):
        if not NAME.fullmatch(name):
            yield (
                f"volumes[{index}].name",
                f"{shown(name)}{unusual(name)} may hold only letters, digits, - and _ (1 to 255).",
            )
    yield from _alike("volumes", "Volume names", names)
    for index, volume in enumerate(task["volumes"]):
        for member, sentence in _volume(volume):
            yield f"volumes[{index}]{member}", sentence


def _volume(volume: Json) -> Iterator[Problem]:
    name = shown(volume.get("name", ""))
    kinds = [kind for kind in _VOLUME_KINDS if kind in volume]
    path = volume.get("host", {}).get("sourcePath")
    if len(kinds) + (path is not None) > 1:
        yield "", f"{name} has more than one kind: {', '.join([*kinds, *['host'] * (path is not None)])}."
    if path is not None and (not path.startswith("/") or ":" in path):
        yield (
            ".host.sourcePath",
            f"{name}: host.sourcePath {shown(path)} must be an absolute path without ':'.",
        )
    yield from _efs(volume)
    docker = volume.get("dockerVolumeConfiguration", {})
    is_named = NAME.fullmatch(volume.get("name", "")) is not None
    if docker.get("scope") == "shared" and is_named and not _SHARED_NAME.fullmatch(volume["name"]):
        yield (
            ".name",
            f"{name}: Docker wants two characters or more, the first a letter or a digit, where scope is shared.",
        )
    if docker.get("scope") == "task" and docker.get("autoprovision"):
        yield (
            ".dockerVolumeConfiguration.autoprovision",
            f"{name}: autoprovision goes with scope shared only.",
        )


def _efs(volume: Json) -> Iterator[Problem]:
    efs = volume.get("efsVolumeConfiguration")
    if efs is None:
        return
    name = shown(volume.get("name", ""))
    if not efs.get("fileSystemId"):
        yield ".efsVolumeConfiguration.fileSystemId", f"{name}: is missing."
    root = efs.get("rootDirectory", "/")
    if not root.startswith("/") or ".." in root.split("/"):
        yield (
            ".efsVolumeConfiguration.rootDirectory",
            f'{name}: {shown(root)} must be an absolute path, without "..".',
        )


def _order(task: Json) -> Iterator[Problem]:
    if len(task["containerDefinitions"]) > CONTAINER_LIMIT:
        return
    containers = {c["name"]: c for c in task["containerDefinitions"] if c.get("name")}
    places = {c.get("name", ""): index for index, c in enumerate(task["containerDefinitions"])}
    awaited: dict[str, frozenset[str]] = {}
    for name, container in containers.items():
        named = dict(_others(container))
        awaited[name] = frozenset(named.values())
        for member, other in named.items():
            if other not in containers:
                guess = nearest(other, tuple(containers))
                hint = f" (did you mean {guess}?)" if guess else ""
                yield (
                    f"{_CONTAINERS}[{places[name]}].{member}",
                    f"Cannot depend on container '{key_shown(other)}' because it does not exist{hint}.",
                )
        for index, entry in enumerate(container.get("dependsOn", [])):
            for sentence in _condition(entry, containers):
                yield f"{_CONTAINERS}[{places[name]}].dependsOn[{index}]", sentence
    if found := ring(awaited):
        yield (
            _CONTAINERS,
            f"Containers must not depend on each other in a ring: {' → '.join(map(key_shown, found))}.",
        )


def _others(container: Json) -> Iterator[tuple[str, str]]:
    """The members by which a container waits for others, and whom each names."""
    for index, entry in enumerate(container.get("dependsOn", [])):
        yield f"dependsOn[{index}].containerName", entry.get("containerName", "")
    for index, link in enumerate(container.get("links", [])):
        yield f"links[{index}]", link.partition(":")[0]
    for index, mount in enumerate(container["volumesFrom"]):
        yield f"volumesFrom[{index}].sourceContainer", mount.get("sourceContainer", "")


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


def _host_ports(task: Json) -> Iterator[Problem]:
    taken = Counter(
        (mapping["hostPort"], mapping["protocol"])
        for container in task["containerDefinitions"]
        for mapping in container["portMappings"]
        if mapping.get("hostPort")
    )
    for (port, protocol), count in taken.items():
        if count > 1:
            yield (
                _CONTAINERS,
                f"portMappings: {port}/{protocol} is mapped {count} times; a task can have it once.",
            )


def _constraints(task: Json) -> Iterator[Problem]:
    constraints = task["placementConstraints"]
    if len(constraints) > 10:
        yield "placementConstraints", f"at most 10, not {len(constraints)}."
    for index, constraint in enumerate(constraints):
        expression = constraint.get("expression", "")
        if not 1 <= len(expression) <= 2000:
            yield f"placementConstraints[{index}].expression", "must have 1 to 2000 characters."


def _tags(task: Json) -> Iterator[Problem]:
    tags = task.get("tags", [])
    if len(tags) > 50:
        yield "tags", f"at most 50, not {len(tags)}."
    for index, tag in enumerate(tags):
        if not 1 <= len(tag.get("key", "")) <= 128 or len(tag.get("value", "")) > 256:
            yield f"tags[{index}]", "a key has 1 to 128 characters, a value at most 256."
        if tag.get("key", "").lower().startswith("aws:"):
            yield f"tags[{index}].key", "aws: prefixed tag key names are not allowed for external use."
    for key, count in Counter(tag.get("key", "") for tag in tags).items():
        if count > 1:
            yield "tags", f"the key {shown(key)} is given {count} times."


_RULES: Final[tuple[Callable[[Json], Iterator[Problem]], ...]] = (
    _family,
    _containers,
    _size,
    _sums,
    fargate_problems,
    _volumes,
    _order,
    _host_ports,
    _constraints,
    _tags,
)
