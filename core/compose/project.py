"""A whole Compose file to what `dockyard apply` takes, with what is to be put beside it and what could not be carried over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.compose.container import conditions, container_of
from core.compose.deploy import service_of
from core.compose.document import project_name
from core.compose.groups import family_of, grouped, links_of, network_mode, shares_with
from core.compose.mounts import mounts_of
from core.compose.reading import Beside, Reading
from core.compose.resources import ceiling_units
from core.compose.values import texts
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from core.compose.document import ComposeFile

Json = dict[str, Any]

#: What ECS takes of no container whose network is its task's.
_NOT_SHARED: Final = ("links", "extraHosts", "dnsServers", "dnsSearchDomains", "hostname")

_PLATFORMS: Final = {"linux/amd64": "X86_64", "linux/arm64": "ARM64", "linux/arm64/v8": "ARM64"}


class Converted(Record):
    """Task definitions as for RegisterTaskDefinition and services as for CreateService, in the file's order.

    `env_files` are texts in ECS's form by the reference that stands in environmentFiles; `rules` are what [secrets] of the
    config needs to find secrets, TOML by pattern; `notes` are sentences.
    """

    definitions: tuple[Json, ...]
    services: tuple[Json, ...]
    env_files: Mapping[str, str]
    rules: Mapping[str, str]
    notes: tuple[str, ...]


def converted(
    file: ComposeFile, *, separate: bool = False, profiles: Collection[str] = (), project: str = ""
) -> Converted:
    """What becomes of a file. `separate` makes a task of each service where it can. Raises ConfigError."""
    beside = Beside([f"${name} is not set: nothing stands in its place." for name in file.unset])
    project = project or project_name(file)
    readings = {
        name: Reading(file, project, name, keys, beside)
        for name, keys in file.document["services"].items()
        if _wanted(name, keys, profiles, beside, f"{file.name}: services.{name}.profiles")
    }
    _drop_ties_to(readings, file)
    definitions, services = [], []
    for group in grouped(readings, separate=separate):
        family = family_of(group)
        definition = _definition(group, family)
        definitions.append(definition)
        fixed = any(
            m.get("hostPort") for c in definition["containerDefinitions"] for m in c.get("portMappings", [])
        )
        if (service := service_of(group, family, host_ports=fixed)) is not None:
            services.append(service)
    if len(definitions) > 1:
        beside.notes.append(
            "networks: services in different tasks don't find each other by name: publish a port, and give its address"
            " in the environment."
        )
    return Converted(tuple(definitions), tuple(services), beside.env_files, beside.rules, tuple(beside.notes))


def _wanted(name: str, keys: Json, profiles: Collection[str], beside: Beside, where: str) -> bool:
    needed = texts(keys.get("profiles"), where)
    if needed and not set(needed) & set(profiles):
        beside.notes.append(
            f"{name}: profiles: left out, as `docker compose up` does; --profile {needed[0]} takes it in."
        )
        return False
    return True


def _drop_ties_to(readings: Mapping[str, Reading], file: ComposeFile) -> None:
    """What a service waits for that is left out by its profile is waited for no more."""
    gone = file.document["services"].keys() - readings.keys()
    for reading in readings.values():
        for key in ("depends_on", "links"):
            given = reading.keys.get(key)
            if isinstance(given, dict):
                reading.keys[key] = {name: entry for name, entry in given.items() if name not in gone}
            elif isinstance(given, list):
                reading.keys[key] = [entry for entry in given if str(entry).partition(":")[0] not in gone]


def _definition(group: Sequence[Reading], family: str) -> Json:
    mode = network_mode(group)
    containers, volumes = [], {}
    for reading in group:
        mounts = mounts_of(reading)
        containers.append(container_of(reading, mounts))
        volumes.update(mounts.volumes)
    made: Json = {"family": family, "networkMode": mode, "containerDefinitions": containers}
    if volumes:
        made["volumes"] = list(volumes.values())
    by_name = dict(zip((reading.name for reading in group), containers, strict=True))
    for reading in group:
        _tie(reading, by_name, mode)
        _fit_network(reading, by_name[reading.name], mode)
    for reading in group:
        if str(reading.keys.get("restart")) == "no" and by_name[reading.name].get("essential", True):
            reading.say("restart", "a service starts anew whatever ends; `dockyard task run` has it run once")
    made |= _namespaces(group) | _ceiling(group) | _platform(group)
    if len(group) > 1 and mode == "bridge":
        group[0].say(
            "networks",
            f"the containers of {family} find each other by links, in the direction of depends_on alone; with networkMode"
            " awsvpc they would share localhost",
        )
    return made


def _tie(reading: Reading, by_name: Mapping[str, Json], mode: str) -> None:
    """DependsOn and links, which hold within one task."""
    own = by_name[reading.name]
    links = dict(links_of(reading))
    waits: list[Json] = []
    for other, wanted in conditions(reading).items():
        if other not in by_name:
            reading.say(
                "depends_on", f"{other} is a task of its own, and a task is not held up by another one"
            )
            continue
        condition = wanted
        if condition == "HEALTHY" and "healthCheck" not in by_name[other]:
            reading.say(
                "depends_on",
                f"{other} has no healthcheck here, and its image's is not heeded: START is taken",
            )
            condition = "START"
        if condition == "SUCCESS":
            by_name[other]["essential"] = False
        else:
            links.setdefault(other, other)
        waits.append({"containerName": by_name[other]["name"], "condition": condition})
    if waits:
        own["dependsOn"] = waits
    kept = [
        by_name[other]["name"] + entry.removeprefix(other)
        for other, entry in links.items()
        if other in by_name
    ]
    if kept and mode == "bridge":
        own["links"] = kept


def _fit_network(reading: Reading, container: Json, mode: str) -> None:
    match mode:
        case "awsvpc":
            for member in _NOT_SHARED:
                if container.pop(member, None):
                    reading.say(member, "is left out: the network is the task's")
            for mapping in container.get("portMappings", []):
                if mapping.pop("hostPort", None):
                    reading.say(
                        "ports",
                        "are published on free ports of the host, since the task's containers share a network",
                    )
        case "host" | "none":
            if container.pop("portMappings", None):
                reading.say("ports", f"are left out, as Docker leaves them out: the network is {mode}")
        case _:
            pass
    networks = reading.keys.get("networks")
    if isinstance(networks, dict) and any(networks.values()):
        reading.say("networks", "aliases and addresses are left out")


def _namespaces(group: Sequence[Reading]) -> Json:
    made: Json = {}
    for key, member in (("pid", "pidMode"), ("ipc", "ipcMode")):
        said = {str(reading.keys.get(key) or "") for reading in group} - {""}
        if any(shares_with(reading, key) for reading in group):
            made[member] = "task"
        elif said == {"host"}:
            made[member] = "host"
        elif said:
            group[0].say(key, f"{', '.join(sorted(said))} is left out")
    return made


def _ceiling(group: Sequence[Reading]) -> Json:
    units = {reading.name: ceiling_units(reading) for reading in group}
    said = [amount for amount in units.values() if amount is not None]
    if len(said) == len(group):
        return {"cpu": str(sum(said))}
    for reading in group:
        if units[reading.name] is not None:
            reading.say(
                "cpus", "is left out: ECS's ceiling is the task's, and not all of its containers have one"
            )
    return {}


def _platform(group: Sequence[Reading]) -> Json:
    said = {str(reading.keys.get("platform") or "") for reading in group} - {""}
    if len(said) == 1 and (architecture := _PLATFORMS.get(next(iter(said)))):
        return {"runtimePlatform": {"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"}}
    if said:
        group[0].say(
            "platform", f"{', '.join(sorted(said))} is left out; one of {', '.join(_PLATFORMS)} is kept"
        )
    return {}
