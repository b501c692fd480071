"""What Compose says of a service's deployment, in CreateService's members. Pure."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from core.compose.groups import count_of, mode_of
from core.compose.values import entries, mapping, text, texts, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.compose.reading import Reading

Json = dict[str, Any]

_CONSTRAINT: Final = re.compile(r"node\.labels\.([A-Za-z0-9_./-]+)\s*(==|!=)\s*(\S+)")
_SPREAD: Final = re.compile(r"node\.labels\.([A-Za-z0-9_./-]+)")
_JOBS: Final = ("replicated-job", "global-job")

#: What ECS's scheduler has no word for.
_UNSAID: Final = ("delay", "monitor", "max_failure_ratio")


def service_of(group: Sequence[Reading], family: str, *, host_ports: bool) -> Json | None:
    """A CreateService input for a task of these services; None where it is a job, which no service runs."""
    first = group[0]
    mode = mode_of(first)
    if mode in _JOBS:
        first.say("deploy.mode", f"{mode}: run it by `dockyard task run {family}`; no service is made")
        return None
    made: Json = {"serviceName": family, "taskDefinition": family}
    if mode == "global":
        made["schedulingStrategy"] = "DAEMON"
    else:
        made["desiredCount"] = count_of(first)
        made |= _rolling(group, made["desiredCount"], host_ports=host_ports)
    for reading in group:
        _add_placement(made, reading)
        for key in sorted(_deploy(reading).keys() - _KNOWN):
            reading.say(f"deploy.{key}", "ECS has no word for it: left out")
    return made


_KNOWN: Final = frozenset(
    ("replicas", "mode", "resources", "update_config", "restart_policy", "placement", "labels")
)


def _deploy(reading: Reading) -> Json:
    return mapping(reading.keys.get("deploy"), reading.where("deploy"))


def _rolling(group: Sequence[Reading], count: int, *, host_ports: bool) -> Json:
    """The bounds of a rolling update: as many at one time as `parallelism` says, the new ones first or the old ones."""
    reading = next((one for one in group if _deploy(one).get("update_config")), None)
    if reading is None:
        if not host_ports:
            return {}
        group[0].say(
            "ports", "the host's port is the old task's until it has stopped: an update stops it first"
        )
        return {"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}}
    config = mapping(_deploy(reading)["update_config"], reading.where("deploy.update_config"))
    for key in _UNSAID:
        if key in config:
            reading.say("deploy.update_config", f"{key} is left out: ECS has no word for it")
    at_once = whole(config.get("parallelism", 1), reading.where("deploy.update_config.parallelism")) or count
    at_once = min(at_once, count)
    if config.get("order") == "start-first":
        floor, cap = 100, math.ceil(100 * (count + at_once) / count) if count else 200
    else:
        floor, cap = math.floor(100 * (count - at_once) / count) if count else 0, 100
    made: Json = {"minimumHealthyPercent": floor, "maximumPercent": cap}
    match config.get("failure_action", "pause"):
        case "rollback":
            made["deploymentCircuitBreaker"] = {"enable": True, "rollback": True}
        case "pause":
            made["deploymentCircuitBreaker"] = {"enable": True, "rollback": False}
        case _:
            pass
    return {"deploymentConfiguration": made}


def _add_placement(made: Json, reading: Reading) -> None:
    where = reading.where("deploy.placement")
    placement = mapping(_deploy(reading).get("placement"), where)
    constraints: list[Json] = []
    for entry in texts(placement.get("constraints"), where):
        match = _CONSTRAINT.fullmatch(entry.strip())
        if match is None:
            reading.say(
                "deploy.placement", f"the constraint {entry} is left out; those on node.labels are kept"
            )
        else:
            expression = f"attribute:{match[1]} {match[2]} {match[3]}"
            constraints.append({"type": "memberOf", "expression": expression})
    if placement.get("max_replicas_per_node") == 1:
        constraints.append({"type": "distinctInstance"})
    elif placement.get("max_replicas_per_node"):
        reading.say("deploy.placement", "max_replicas_per_node is left out: ECS knows one (distinctInstance)")
    strategy: list[Json] = []
    for entry in entries(placement.get("preferences"), where):
        match = _SPREAD.fullmatch(text(mapping(entry, where).get("spread") or "", where).strip())
        if match is not None:
            strategy.append({"type": "spread", "field": f"attribute:{match[1]}"})
    if constraints:
        made.setdefault("placementConstraints", []).extend(constraints)
    if strategy and made.get("schedulingStrategy") != "DAEMON":
        made.setdefault("placementStrategy", []).extend(strategy)
    if _deploy(reading).get("labels"):
        reading.say("deploy.labels", "they are a Swarm service's: left out; `labels` are the containers'")
