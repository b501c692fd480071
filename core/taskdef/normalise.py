"""ECS's server-side normalisation: the defaults and spellings that `describe-task-definition` shows. Pure.

Works on conformed JSON and returns new JSON; a second pass changes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.model.task_definition import ALL_GPUS

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

_VCPU: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})\s*vcpus?", re.IGNORECASE)
_GB: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})\s*gb", re.IGNORECASE)
_UNITS: Final = re.compile(r"[0-9]{1,9}")

#: Lists that ECS always shows in a container.
_LISTS: Final = ("environment", "mountPoints", "volumesFrom", "portMappings", "systemControls")


def cpu_units(text: str) -> int | None:
    """CPU units in "256", "1 vCPU" or ".25 vcpu"; None when it says neither."""
    return _amount(text, _VCPU)


def memory_mib(text: str) -> int | None:
    """MiB in "512", "2GB" or ".5 gb"; None when it says neither."""
    return _amount(text, _GB)


def gpu_count(requirements: Iterable[Json]) -> int:
    """How many GPUs a container's resourceRequirements ask for; ALL_GPUS for those of the whole host."""
    amounts = [entry["value"] for entry in requirements]
    return ALL_GPUS if "ALL" in amounts else sum(int(amount) for amount in amounts)


def normalised(document: Json) -> Json:
    """The document with ECS's defaults written out."""
    task = {key: document[key] for key in document if key not in {"tags", "requiresCompatibilities"}}
    for key in ("tags", "requiresCompatibilities"):
        if document.get(key):
            task[key] = document[key]
    for key, read in (("cpu", cpu_units), ("memory", memory_mib)):
        amount = read(document[key]) if key in document else None
        if amount is not None:
            task[key] = str(amount)
    mode = document.get("networkMode", "bridge")
    task["containerDefinitions"] = [
        _container(container, mode) for container in document.get("containerDefinitions", [])
    ]
    task["volumes"] = [_volume(volume) for volume in document.get("volumes", [])]
    task["placementConstraints"] = [
        {"type": "memberOf", **constraint} for constraint in document.get("placementConstraints", [])
    ]
    return task


def _amount(text: str, unit: re.Pattern[str]) -> int | None:
    text = text.strip()
    if _UNITS.fullmatch(text):
        return int(text)
    match = unit.fullmatch(text)
    return round(float(match[1]) * 1024) if match else None


def _container(container: Json, mode: str) -> Json:
    made: Json = {"cpu": 0, "essential": True, **{key: [] for key in _LISTS}, **container}
    made["environment"] = [{"name": "", "value": "", **pair} for pair in made["environment"]]
    made["portMappings"] = [_port_mapping(mapping, mode) for mapping in made["portMappings"]]
    if "healthCheck" in made:
        made["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **made["healthCheck"]}
    if not made.get("repositoryCredentials", {"": ""}):
        del made["repositoryCredentials"]
    return made


def _port_mapping(mapping: Json, mode: str) -> Json:
    made = {"protocol": "tcp", **mapping}
    if "containerPortRange" not in made and "containerPort" in made:
        own = made["containerPort"] if mode in {"host", "awsvpc"} else 0
        made["hostPort"] = made.get("hostPort") or own
    return made


def _volume(volume: Json) -> Json:
    made = dict(volume)
    docker = made.get("dockerVolumeConfiguration")
    if docker is not None:
        made["dockerVolumeConfiguration"] = {"scope": "task", **docker}
    kinds = [key for key in made if key not in {"name", "host", "configuredAtLaunch"}]
    # Consoles export an empty `host` beside the kind that is meant.
    if kinds and not made.get("host"):
        made.pop("host", None)
    elif not kinds:
        made.setdefault("host", {})
    return made
