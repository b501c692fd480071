"""From ECS's meaning to plain Docker's, and the sentences that tell what is served otherwise.

Pure. Takes normalised JSON and returns JSON in which nothing is left that plain Docker has no word for:
no awslogs, no FireLens, no awsvpc host ports. `describe` goes on showing the JSON as it was registered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.decisions import TASK_DEFINITION, Kind
from core.taskdef.members import values_at
from core.taskdef.refuse import log_routers
from core.taskdef.secret_names import secret_key, secret_names
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

#: Rotation of the container logs we keep; ECS and Docker set none, and full disks are what follows.
LOG_ROTATION: Final = {"max-file": "3", "max-size": "10m"}

_AWS_LOG_DRIVERS: Final = ("awslogs", "awsfirelens")

#: Drivers that only send away; Docker keeps a copy beside them since 20.10 (cache-max-size and cache-max-file say how much).
_READ_FROM_A_COPY: Final = ("fluentd", "gelf", "splunk", "syslog")

#: What ECS's agent gives non-blocking logs that name no buffer.
_AGENT_S_BUFFER: Final = "10m"
_SIZE: Final = re.compile(r"[0-9]+[kmg]?b?", re.IGNORECASE)

_DOCKER_LEAST_MIB: Final = 6
_AWS_LEAST_CPU: Final = 128

#: What AWS takes; Docker takes less and more.
_HEALTH_RANGES: Final = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}

_PLACEHOLDER: Final = re.compile(r"<[^<>]+>|\{\{[^{}]+\}\}|\$\{[^{}]+\}")


def adapted(task: Json) -> Json:
    """The definition as plain Docker can run it."""
    made = _without_log_routers(task)
    awsvpc = task.get("networkMode") == "awsvpc"
    made["containerDefinitions"] = [
        _container(container, awsvpc=awsvpc) for container in made["containerDefinitions"]
    ]
    return made


def adaptations(task: Json) -> Iterator[str]:
    """A sentence for each thing that is served otherwise than AWS serves it."""
    yield from _task_warnings(task)
    routers = log_routers(task)
    for router in sorted(routers):
        how = _how("containerDefinitions.firelensConfiguration")
        yield f"container {router}: firelensConfiguration: {how}."
    yield from _without_effect(_without_log_routers(task))
    for volume in task["volumes"]:
        if "efsVolumeConfiguration" in volume:
            yield f"volume {volume['name']}: efsVolumeConfiguration: {_how('volumes.efsVolumeConfiguration')}."
    for container in task["containerDefinitions"]:
        if container["name"] not in routers:
            for sentence in _container_warnings(container):
                yield f"container {container['name']}: {sentence}"
    if any(_named_secrets(c) for c in task["containerDefinitions"] if c["name"] not in routers):
        yield f"secrets: {_how('containerDefinitions.secrets.valueFrom')}."


def _how(member: str) -> str:
    return TASK_DEFINITION[member].how


def _without_effect(task: Json) -> Iterator[str]:
    for member, decision in TASK_DEFINITION.items():
        if decision.kind is Kind.NO_EFFECT and not decision.quiet:
            for where, value in values_at(task, member):
                if decision.asked_by(value):
                    yield f"{where.beside}{where.member} has no effect: {decision.how}."


def _task_warnings(task: Json) -> Iterator[str]:
    if task.get("networkMode") == "awsvpc":
        yield f"networkMode {_how('networkMode')}."
    only = [
        kind for kind in task.get("requiresCompatibilities", []) if kind in {"FARGATE", "MANAGED_INSTANCES"}
    ]
    if only:
        yield f"requiresCompatibilities {', '.join(only)}: {_how('requiresCompatibilities')}."
    if "cpu" in task and int(task["cpu"]) < _AWS_LEAST_CPU:
        yield f"cpu {task['cpu']}: AWS takes no less than {_AWS_LEAST_CPU} units for a task; it is served here."
    alone = len(task["containerDefinitions"]) - len(log_routers(task)) == 1
    if "cpu" in task and not alone:
        yield f"cpu {task['cpu']}: {_how('cpu')}."
    if "memory" in task and not alone:
        yield f"memory {task['memory']}: {_how('memory')}."


def _without_log_routers(task: Json) -> Json:
    """Without FireLens' routers: nothing is routed to them, and what they wait for (config, socket) never comes."""
    routers = log_routers(task)
    kept = [c for c in task["containerDefinitions"] if c.get("name") not in routers]
    return {**task, "containerDefinitions": [_without_waits(container, routers) for container in kept]}


def _without_waits(container: Json, gone: frozenset[str]) -> Json:
    made = dict(container)
    if "dependsOn" in made:
        made["dependsOn"] = [entry for entry in made["dependsOn"] if entry.get("containerName") not in gone]
    if "links" in made:
        made["links"] = [link for link in made["links"] if link.partition(":")[0] not in gone]
    return made


def _container(container: Json, *, awsvpc: bool) -> Json:
    made = {**container, "logConfiguration": _log_configuration(container)}
    if awsvpc:
        made["portMappings"] = [{**mapping, "hostPort": 0} for mapping in container["portMappings"]]
    return made


def _log_configuration(container: Json) -> Json:
    given = container.get("logConfiguration", {"logDriver": "json-file"})
    options = given.get("options", {})
    match given["logDriver"]:
        case "awslogs":
            return {"logDriver": "json-file", "options": {**_delivery(options), **LOG_ROTATION}}
        case "awsfirelens":
            return {"logDriver": "json-file", "options": LOG_ROTATION}
        case "json-file" if "max-size" not in options:
            return {**given, "options": {**LOG_ROTATION, **options}}
        case _:
            return {**given}


def _delivery(options: Json) -> Json:
    """How awslogs is to hand lines over, kept; Docker takes a buffer beside non-blocking only."""
    if options.get("mode") != "non-blocking":
        return {}
    size = options.get("max-buffer-size", "")
    return {"mode": "non-blocking", "max-buffer-size": size if _SIZE.fullmatch(size) else _AGENT_S_BUFFER}


def _container_warnings(container: Json) -> Iterator[str]:
    yield from _log_warnings(container.get("logConfiguration", {}))
    if "repositoryCredentials" in container:
        yield f"repositoryCredentials: {_how('containerDefinitions.repositoryCredentials')}."
    if container.get("resourceRequirements"):
        yield f"resourceRequirements: {_how('containerDefinitions.resourceRequirements')}."
    for key in ("memory", "memoryReservation"):
        if 0 < container.get(key, 0) < _DOCKER_LEAST_MIB:
            yield f"{key} {container[key]}: raised to {_DOCKER_LEAST_MIB} MiB, the least Docker takes."
    for key, (least, most) in _HEALTH_RANGES.items():
        value = container.get("healthCheck", {}).get(key, least)
        if not least <= value <= most:
            yield f"healthCheck.{key} {value}: AWS takes {least} to {most}; it is served here."
    yield from _environment_warnings(container)


def _log_warnings(given: Json) -> Iterator[str]:
    driver, options = given.get("logDriver"), given.get("options", {})
    rotation = LOG_ROTATION | {
        key: options[key] for key in LOG_ROTATION if driver == "json-file" and key in options
    }
    kept = f"{rotation['max-file']} files of {rotation['max-size']}"
    if driver in _AWS_LOG_DRIVERS:
        yield f"log driver {driver}: the logs stay on the host (json-file, {kept})."
        return
    if driver in _READ_FROM_A_COPY and options.get("cache-disabled", "").lower() in {"true", "1"}:
        yield f"log driver {driver}: with cache-disabled Docker keeps no copy, and `task logs` has nothing to show."
    elif driver in _READ_FROM_A_COPY:
        yield f"log driver {driver}: `task logs` shows the copy that Docker keeps on the host, its newest 100 MB at most."
    if driver == "none":
        yield "log driver none: nothing is kept, and `task logs` has nothing to show."
    if driver == "json-file" and "max-size" not in options:
        yield f"log driver json-file: {kept} are kept; max-size and max-file say otherwise."
    for secret in given.get("secretOptions", []):
        yield f"log option {secret['name']} is {_local_secret(secret)}."


def _named_secrets(container: Json) -> list[Json]:
    """What is looked up when the container is created; log options of AWS's drivers are not."""
    log = container.get("logConfiguration", {})
    kept = log.get("logDriver") not in _AWS_LOG_DRIVERS
    return [
        *container.get("secrets", []),
        *container.get("environmentFiles", []),
        *(log.get("secretOptions", []) if kept else []),
    ]


def _local_secret(secret: Json) -> str:
    key = secret_key(secret["valueFrom"])
    names = " or ".join(secret_names(secret["valueFrom"]))
    return f"the key {key} in the JSON of the local secret {names}" if key else f"the local secret {names}"


def _environment_warnings(container: Json) -> Iterator[str]:
    for secret in container.get("secrets", []):
        yield f"secret {secret['name']} is {_local_secret(secret)}."
    for entry in container.get("environmentFiles", []):
        names = " or ".join(secret_names(entry["value"]))
        yield f"the environment file {entry['value']} is the local secret {names}."
    for pair in container["environment"]:
        if _PLACEHOLDER.fullmatch(pair["value"]):
            yield f"environment {pair['name']}: {shown(pair['value'])} looks like a placeholder; it is passed as it is."
