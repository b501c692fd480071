"""From Docker's JSON to the values that cross the host seam. Pure.

Docker API 1.41: ContainerInspect, ContainerSummary, SystemInfo. Times are shifted by the host's clock skew.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from core.hosts.image_name import familiar
from core.hosts.link import ContainerPort
from core.model.ports import HostPort
from core.model.task import Health, NetworkBinding
from core.reports import ContainerSeen, HostFacts, SeenState
from core.taskdef.attributes import CPU_ARCHITECTURE, LOGGING_DRIVER, VOLUME_PLUGIN
from core.taskdef.secret_values import hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.labels import Ownership

Json = dict[str, Any]

MIB: Final = 1024 * 1024
CPU_UNITS_PER_CORE: Final = 1024

#: Docker's words for a running container, whatever else is going on with it.
_STATES: Final = {
    "created": SeenState.CREATED,
    "running": SeenState.RUNNING,
    "paused": SeenState.RUNNING,
    "restarting": SeenState.RUNNING,
    "removing": SeenState.REMOVING,
    "exited": SeenState.EXITED,
    "dead": SeenState.EXITED,
}
_HEALTH: Final = {"healthy": Health.HEALTHY, "unhealthy": Health.UNHEALTHY}
_ARCHITECTURES: Final = {"amd64": "x86_64", "aarch64": "arm64"}
#: Every address, as Docker writes it for IPv4 and IPv6.
_ANY_ADDRESS: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # read, never bound
_SECONDS: Final = re.compile(r"(Less than a second|\d+ seconds?)")
_ERROR_CHARACTERS: Final = 512


def glance(summary: Json) -> str:
    """What a list says of a container, as a key: as long as it stays the same there is nothing to inspect.

    Ages under a minute are left out; a restart within that minute is told by an event, or by the next change of words.
    """
    return f"{summary['Id']} {summary['State']} {_SECONDS.sub('', summary['Status'])}"


def container_seen(
    inspect: Json, owner: Ownership, *, skew_s: float = 0.0, image_digest: str = ""
) -> ContainerSeen:
    """One of our containers from its inspect."""
    state, config = inspect["State"], inspect["Config"]
    seen_state = _STATES.get(state["Status"], SeenState.EXITED)
    exited = seen_state is SeenState.EXITED
    return ContainerSeen(
        name=inspect["Name"].removeprefix("/"),
        runtime_id=inspect["Id"],
        state=seen_state,
        task=owner.task,
        container=owner.container,
        definition_digest=owner.definition_digest,
        service=owner.service,
        deployment=owner.deployment,
        definition=owner.definition,
        cluster=owner.cluster,
        image=config.get("Image", ""),
        image_digest=image_digest,
        health=_HEALTH.get(_health(state).get("Status", ""), Health.UNKNOWN),
        exit_code=state.get("ExitCode") if exited else None,
        oom_killed=bool(state.get("OOMKilled")),
        error=_error(inspect),
        network_bindings=_network_bindings(inspect),
        created_at=moment(inspect.get("Created", ""), skew_s),
        started_at=moment(state.get("StartedAt", ""), skew_s),
        finished_at=moment(state.get("FinishedAt", ""), skew_s) if exited else None,
        run=_run(state.get("StartedAt", "")),
    )


def host_facts(info: Json, *, api_version: str, skew_s: float, route: str = "") -> HostFacts:
    """What a host says of itself."""
    architecture = cpu_architecture(info)
    return HostFacts(
        cpu_units=info["NCPU"] * CPU_UNITS_PER_CORE,
        memory_mib=info["MemTotal"] // MIB,
        docker_version=info.get("ServerVersion", ""),
        api_version=api_version,
        os=info.get("OSType", "linux"),
        architecture=architecture,
        attributes=tuple(sorted(_attributes(info, architecture).items())),
        clock_skew_s=skew_s,
        route=route,
    )


def cpu_architecture(info: Json) -> str:
    """ECS's name of a host's architecture."""
    said = str(info.get("Architecture", ""))
    return _ARCHITECTURES.get(said, said)


def published_ports(summaries: Iterable[Json]) -> tuple[HostPort, ...]:
    """The host ports that listed containers have taken, sorted."""
    return tuple(
        sorted(
            {
                HostPort(port["PublicPort"], port.get("Type", "tcp"), _address(port.get("IP", "")))
                for summary in summaries
                for port in summary.get("Ports") or ()
                if port.get("PublicPort")
            }
        )
    )


def container_port(inspect: Json, port: int) -> ContainerPort:
    """Where a running container's TCP port is found."""
    settings = inspect.get("NetworkSettings") or {}
    networks: Mapping[str, Json] = settings.get("Networks") or {}
    found = [n for _, n in sorted(networks.items()) if n.get("IPAddress") or n.get("GlobalIPv6Address")]
    version_4 = bool(found and found[0].get("IPAddress"))
    address = found[0]["IPAddress" if version_4 else "GlobalIPv6Address"] if found else ""
    gateway = (found[0].get("Gateway" if version_4 else "IPv6Gateway") or "") if found else ""
    bindings: list[Json] = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
    return ContainerPort(
        port,
        address,
        gateway,
        of_host=(inspect.get("HostConfig") or {}).get("NetworkMode") == "host",
        published=tuple((_address(b.get("HostIp") or ""), int(b["HostPort"])) for b in bindings),
    )


def is_rootless(info: Json) -> bool:
    """Whether the daemon runs without root, its networks in a namespace of its own."""
    return any("rootless" in str(option) for option in info.get("SecurityOptions") or ())


def repository_digest(image: Json) -> str:
    """The digest under which a registry knows an image; empty for one that was never pulled or pushed."""
    names = sorted(image.get("RepoDigests") or ())
    return names[0].rpartition("@")[2] if names else ""


def digest_in(image: Json, repository: str) -> str:
    """The digest under which one repository knows an image; empty where it does not."""
    own = f"{familiar(repository)}@"
    names = sorted(name for name in image.get("RepoDigests") or () if name.startswith(own))
    return names[0].removeprefix(own) if names else ""


def moment(text: str, skew_s: float = 0.0) -> float | None:
    """Docker's time as seconds since 1970 on our clock; None for its zero time."""
    if not _run(text):
        return None
    return datetime.fromisoformat(text).timestamp() - skew_s


def present_run(state: Json) -> float | None:
    """Where a container's present run begins in its log, on its host's clock; None where it does not run.

    Docker notes a start when the first lines may be written already, and an end when the last may still come: it is halfway between.
    """
    began, ended = moment(state.get("StartedAt", "")), moment(state.get("FinishedAt", ""))
    if not state.get("Running") or began is None:
        return None
    return began if ended is None or ended > began else (began + ended) / 2


def _run(started_at: str) -> str:
    """What tells a container's runs apart; empty for Docker's zero time."""
    return "" if started_at.startswith("0001-") else started_at


def _health(state: Json) -> Json:
    found: Json | None = state.get("Health")
    return found or {}


def without_log_options(words: str, inspect: Json) -> str:
    """What Docker says of a container, without the values of its log options: secretOptions stand among them."""
    config = ((inspect.get("HostConfig") or {}).get("LogConfig") or {}).get("Config") or {}
    return hidden(words, map(str, config.values()))


def _error(inspect: Json) -> str:
    state = inspect["State"]
    if state.get("Error"):
        return without_log_options(str(state["Error"]), inspect)[:_ERROR_CHARACTERS]
    health = _health(state)
    log = health.get("Log") or ()
    if health.get("Status") != "unhealthy" or not log:
        return ""
    return str(log[-1].get("Output", "")).strip()[:_ERROR_CHARACTERS]


def _network_bindings(inspect: Json) -> tuple[NetworkBinding, ...]:
    """The bound ports; the IPv6 twin of an IPv4 binding says nothing new."""
    found: dict[tuple[int, int, str], NetworkBinding] = {}
    ports: Mapping[str, list[Json] | None] = (inspect.get("NetworkSettings") or {}).get("Ports") or {}
    for name in sorted(ports):
        number, _, protocol = name.partition("/")
        for binding in ports[name] or ():
            key = (int(number), int(binding["HostPort"]), protocol)
            if key not in found or ":" in found[key].bind_ip:
                found[key] = NetworkBinding(*key, bind_ip=binding.get("HostIp") or "0.0.0.0")  # noqa: S104
    return tuple(found[key] for key in sorted(found))


def _address(ip: str) -> str:
    return "" if ip in _ANY_ADDRESS else ip


def _attributes(info: Json, architecture: str) -> dict[str, str]:
    """ECS's attributes for what a host may lack: only what can be asked for, and what people look for."""
    plugins = info.get("Plugins") or {}
    os = info.get("OSType", "linux")
    return {
        "ecs.os-type": os,
        "ecs.os-family": os.upper(),
        # A host of one's own, as ECS Anywhere's are.
        "ecs.capability.external": "",
        CPU_ARCHITECTURE: architecture,
        **{LOGGING_DRIVER + name: "" for name in plugins.get("Log") or ()},
        **{VOLUME_PLUGIN + name: "" for name in plugins.get("Volume") or ()},
    }
