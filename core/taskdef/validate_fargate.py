"""What AWS refuses of a definition that names FARGATE. Pure: normalised JSON in, sentences out.

Nothing here needs FARGATE, and every sentence says so; who names it wants a definition that AWS takes as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.taskdef.normalise import cpu_units, memory_mib
from core.taskdef.shape import key_shown

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from core.taskdef.problem import Problem

Json = dict[str, Any]

_WAY_OUT: Final = (
    "Nothing here needs FARGATE: take it out of requiresCompatibilities to do without its rules."
)

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

#: Members of a container that are for EC2 alone; a dot leads into linuxParameters.
_EC2_ONLY: Final = (
    *("privileged", "links", "dockerSecurityOptions", "disableNetworking", "dnsServers", "dnsSearchDomains"),
    *("extraHosts", "hostname", "linuxParameters.devices", "linuxParameters.sharedMemorySize"),
    *(
        "linuxParameters.tmpfs",
        "linuxParameters.maxSwap",
        "linuxParameters.swappiness",
        "resourceRequirements",
    ),
)

_LONGEST_TIMEOUT_S: Final = 120
_STORAGE_GIB: Final = range(21, 201)


def fargate_problems(task: Json) -> Iterator[Problem]:
    """Every rule of FARGATE's that the definition breaks, where it names FARGATE."""
    if "FARGATE" in task.get("requiresCompatibilities", ()):
        yield from ((where, f"{sentence} {_WAY_OUT}") for where, sentence in _problems(task))


def _problems(task: Json) -> Iterator[Problem]:
    if task.get("networkMode") != "awsvpc":
        yield "networkMode", "Fargate only supports network mode 'awsvpc'."
    if task.get("pidMode") == "host":
        yield (
            "pidMode",
            (
                "Tasks using the Fargate launch type do not support pidMode 'host'."
                " The supported value for pidMode is 'task'."
            ),
        )
    if "ipcMode" in task:
        yield "ipcMode", "Fargate does not support ipcMode."
    if task["placementConstraints"]:
        yield "placementConstraints", "Fargate does not support placementConstraints."
    cpu, memory = cpu_units(task.get("cpu", "")), memory_mib(task.get("memory", ""))
    if memory not in _FARGATE_SIZES.get(cpu or 0, ()):
        yield (
            "cpu",
            f"No Fargate configuration exists for given values: {cpu or 'no'} CPU, {memory or 'no'} memory.",
        )
    size = task.get("ephemeralStorage", {}).get("sizeInGiB", _STORAGE_GIB.start)
    if size not in _STORAGE_GIB:
        yield (
            "ephemeralStorage.sizeInGiB",
            f"Fargate takes {_STORAGE_GIB.start} to {_STORAGE_GIB[-1]} GiB, not {size}.",
        )
    for index, volume in enumerate(task["volumes"]):
        if volume.get("host", {}).get("sourcePath") or "dockerVolumeConfiguration" in volume:
            yield (
                f"volumes[{index}]",
                "Fargate supports neither host.sourcePath nor dockerVolumeConfiguration.",
            )
    for index, container in enumerate(task["containerDefinitions"]):
        for member, sentence in _of_container(container):
            about = f"Invalid setting for container '{key_shown(container.get('name', ''))}'."
            yield f"containerDefinitions[{index}].{member}", f"{about} {sentence}"


def _of_container(container: Json) -> Iterator[Problem]:
    for member in _EC2_ONLY:
        outer, _, inner = member.partition(".")
        value = container.get(outer, {}).get(inner) if inner else container.get(outer)
        if value or (inner and value is not None):
            yield member, f"Fargate does not support {inner or outer}."
    for key in ("startTimeout", "stopTimeout"):
        if container.get(key, 0) > _LONGEST_TIMEOUT_S:
            yield key, f"Fargate takes a {key} of at most {_LONGEST_TIMEOUT_S} seconds, not {container[key]}."
    added = container.get("linuxParameters", {}).get("capabilities", {}).get("add", [])
    if [name for name in added if name.upper().removeprefix("CAP_") != "SYS_PTRACE"]:
        yield "linuxParameters.capabilities.add", "Fargate adds no capability but SYS_PTRACE."
