"""The instance attributes a task definition asks for, so that a host whose Docker lacks something is passed over. Pure.

ECS also asks for what every Docker has (`docker-remote-api.1.18`, `container-ordering`, …); only what a host may lack
is asked for here: a log driver, a volume plugin, an architecture. Of GPUs the config says which a host has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.model.task_definition import RequiredAttribute

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

LOGGING_DRIVER: Final = "com.amazonaws.ecs.capability.logging-driver."
VOLUME_PLUGIN: Final = "ecs.capability.docker-plugin."
CPU_ARCHITECTURE: Final = "ecs.cpu-architecture"

#: Log drivers that are part of every Docker; `none` is not even listed among a host's.
EVERYWHERE: Final = ("json-file", "none")

#: runtimePlatform's names and the values of the attribute.
CPU_ARCHITECTURES: Final = {"X86_64": "x86_64", "ARM64": "arm64"}


def required_attributes(task: Json) -> tuple[RequiredAttribute, ...]:
    """What an instance must carry, sorted, from adapted JSON."""
    return tuple(sorted(set(_asked(task)), key=lambda attribute: attribute.name))


def _asked(task: Json) -> Iterator[RequiredAttribute]:
    architecture = task.get("runtimePlatform", {}).get("cpuArchitecture")
    if architecture:
        yield RequiredAttribute(CPU_ARCHITECTURE, CPU_ARCHITECTURES[architecture])
    for container in task["containerDefinitions"]:
        driver = container["logConfiguration"]["logDriver"]
        if driver not in EVERYWHERE:
            yield RequiredAttribute(LOGGING_DRIVER + driver)
    for volume in task["volumes"]:
        plugin = volume.get("dockerVolumeConfiguration", {}).get("driver", "local")
        if plugin != "local":
            yield RequiredAttribute(VOLUME_PLUGIN + plugin)
