"""From a task definition to the bodies of Docker's Engine API (1.41 and later): containers and the pause. Pure.

Only what was said is sent: a setting the definition leaves out is left to the image or the daemon, as ECS's agent does it.
Docker's own restart policy is always `no`: the engine decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.labels import TASK_LIMIT, container_labels
from core.model.names import by_digest, name_on_host
from core.model.task_definition import (
    PAUSE_CONTAINER,
    PAUSE_IMAGE,
    ContainerDefinition,
    NamespaceMode,
    NetworkMode,
    TaskDefinition,
)
from core.taskdef.limits import cpu_shares, memory_bytes, nano_cpus, reservation_bytes, task_limit
from core.taskdef.port_ranges import host_port_of
from core.taskdef.run_context import owner
from core.taskdef.validate_container import is_ipc_sysctl
from core.taskdef.volumes import volume_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.taskdef.run_context import RunContext

Json = dict[str, Any]

_MIB: Final = 1024 * 1024
_NS: Final = 1_000_000_000


def create_body(definition: TaskDefinition, container: str, context: RunContext) -> Json:
    """The body of `POST /containers/create` for one container, or for the pause container by its name.

    Raises:
        KeyError: the definition has no such container, or `context` lacks one of its secrets or port ranges.
    """
    if container == PAUSE_CONTAINER:
        return pause_body(definition, context)
    given = definition.container(container)
    if given is None:
        raise KeyError(container)
    return _said(
        {
            "Image": by_digest(given.image, context.image_digest),
            "Cmd": _listed(given.command),
            "Entrypoint": _listed(given.entry_point),
            "Env": _environment(given, context),
            "Labels": dict(given.docker_labels) | _labels(definition, container, context),
            "User": given.user,
            "WorkingDir": given.working_directory,
            "Hostname": given.hostname,
            "OpenStdin": given.interactive,
            "Tty": given.pseudo_terminal,
            "NetworkDisabled": given.disable_networking,
            "StopTimeout": given.stop_timeout_s,
            "Healthcheck": _health_check(given),
            "ExposedPorts": {} if _joins_pause(definition) else _exposed_ports(given),
            "HostConfig": _host_config(definition, given, context),
        }
    )


def pause_body(definition: TaskDefinition, context: RunContext) -> Json:
    """The body of the container that holds the task's shared namespaces and, for awsvpc, publishes its ports."""
    joined = definition.network_mode is NetworkMode.AWSVPC
    containers = definition.containers if joined else ()
    return _said(
        {
            "Image": PAUSE_IMAGE,
            "Labels": _labels(definition, PAUSE_CONTAINER, context),
            # Pid 1 ignores the stop signal it has no handler for.
            "StopSignal": "SIGKILL",
            "ExposedPorts": _exposed_ports(*containers),
            "HostConfig": _said(
                {
                    "RestartPolicy": {"Name": "no"},
                    "CgroupParent": context.task_cgroup,
                    "NetworkMode": "bridge" if joined else "none",
                    "PortBindings": _port_bindings(context, *containers),
                    "IpcMode": "shareable" if definition.ipc_mode is NamespaceMode.TASK else "",
                    "Sysctls": dict(_pause_sysctls(definition)),
                    "LogConfig": {"Type": "none", "Config": {}},
                    "CapDrop": ["ALL"],
                    "ReadonlyRootfs": True,
                }
            ),
        }
    )


def _labels(definition: TaskDefinition, container: str, context: RunContext) -> dict[str, str]:
    limit = task_limit(definition) if context.task_cgroup else None
    own = container_labels(owner(definition, container, context))
    return own if limit is None else own | {TASK_LIMIT: limit.label}


def _said(body: Json) -> Json:
    """Without what was not said: Docker reads an absent member as "the image's" or "the daemon's"."""
    return {key: value for key, value in body.items() if value not in (None, "", False, [], {})}


def _listed(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)


def _environment(given: ContainerDefinition, context: RunContext) -> list[str]:
    """ECS's order of precedence: a secret or a plain value beats environment files, an earlier file a later one."""
    pairs: dict[str, str] = {}
    for name in reversed(given.environment_files):
        pairs.update(context.env_files[name])
    pairs.update(given.environment)
    pairs.update((secret.name, context.secrets[secret.value_from]) for secret in given.secrets)
    return [f"{name}={value}" for name, value in pairs.items()]


def _health_check(given: ContainerDefinition) -> Json | None:
    check = given.health_check
    if check is None:
        return None
    return {
        "Test": list(check.command),
        "Interval": check.interval_s * _NS,
        "Timeout": check.timeout_s * _NS,
        "Retries": check.retries,
        "StartPeriod": check.start_period_s * _NS,
    }


def _host_config(definition: TaskDefinition, given: ContainerDefinition, context: RunContext) -> Json:
    linux, joined = given.linux, _joins_pause(definition)
    config = {
        "RestartPolicy": {"Name": "no"},
        "NetworkMode": _network_mode(definition, context),
        "PidMode": _namespace(definition.pid_mode, definition, context),
        "IpcMode": _namespace(definition.ipc_mode, definition, context),
        "PortBindings": {} if joined else _port_bindings(context, given),
        "CgroupParent": context.task_cgroup,
        "CpuShares": cpu_shares(given),
        "NanoCpus": None if context.task_cgroup else nano_cpus(definition, given),
        "Memory": _memory(definition, given, context),
        "MemoryReservation": reservation_bytes(given),
        "Binds": list(_binds(definition, given, context.task)),
        "VolumesFrom": [
            _name(definition, mount.container, context) + (":ro" if mount.read_only else "")
            for mount in given.volumes_from
        ],
        "Links": list(_links(definition, given, context)),
        "LogConfig": _log_config(given, context),
        "Privileged": given.privileged,
        "ReadonlyRootfs": given.readonly_root_filesystem,
        "Dns": list(given.dns_servers),
        "DnsSearch": list(given.dns_search_domains),
        "ExtraHosts": [f"{name}:{address}" for name, address in given.extra_hosts],
        # Docker writes options with =, ECS with a colon.
        "SecurityOpt": [option.replace(":", "=", "=" not in option) for option in given.security_options],
        "Sysctls": dict(_own_sysctls(definition, given)),
        "Ulimits": [{"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard} for limit in given.ulimits],
        "CapAdd": list(linux.capabilities_add),
        "CapDrop": list(linux.capabilities_drop),
        "Devices": [
            {
                "PathOnHost": device.host_path,
                "PathInContainer": device.container_path,
                "CgroupPermissions": device.permissions,
            }
            for device in linux.devices
        ],
        "Init": linux.init_process_enabled,
        "ShmSize": (linux.shared_memory_mib or 0) * _MIB or None,
        "Tmpfs": {
            tmpfs.container_path: ",".join((*tmpfs.mount_options, f"size={tmpfs.size_mib}m"))
            for tmpfs in linux.tmpfs
        },
        "DeviceRequests": (
            [{"DeviceIDs": list(context.gpus), "Capabilities": [["gpu"]]}] if given.gpu_count else []
        ),
    }
    return _said(config) | _swap(given, _memory(definition, given, context))


def _memory(definition: TaskDefinition, given: ContainerDefinition, context: RunContext) -> int | None:
    return memory_bytes(given, None if context.task_cgroup else definition.memory_mib)


def _swap(given: ContainerDefinition, memory: int | None) -> Json:
    """ECS heeds swappiness only beside maxSwap; both may be 0 and mean it."""
    if given.linux.max_swap_mib is None or memory is None:
        return {}
    swap: Json = {"MemorySwap": memory + given.linux.max_swap_mib * _MIB}
    if given.linux.swappiness is not None:
        swap["MemorySwappiness"] = given.linux.swappiness
    return swap


def _joins_pause(definition: TaskDefinition) -> bool:
    return definition.network_mode is NetworkMode.AWSVPC


def _name(definition: TaskDefinition, container: str, context: RunContext) -> str:
    return name_on_host(context.task, definition.name, container)


def _network_mode(definition: TaskDefinition, context: RunContext) -> str:
    if _joins_pause(definition):
        return f"container:{_name(definition, PAUSE_CONTAINER, context)}"
    return definition.network_mode.value


def _namespace(mode: NamespaceMode, definition: TaskDefinition, context: RunContext) -> str:
    if mode is NamespaceMode.TASK:
        return f"container:{_name(definition, PAUSE_CONTAINER, context)}"
    return mode.value


def _exposed_ports(*containers: ContainerDefinition) -> Json:
    return {f"{p.container_port}/{p.protocol}": {} for c in containers for p in c.port_mappings}


def _port_bindings(context: RunContext, *containers: ContainerDefinition) -> dict[str, list[Json]]:
    bindings: dict[str, list[Json]] = {}
    for container in containers:
        for port in container.port_mappings:
            host_port = host_port_of(port, context.host_ranges)
            text = str(host_port) if host_port else ""
            bindings.setdefault(f"{port.container_port}/{port.protocol}", []).append({"HostPort": text})
    return bindings


def _binds(definition: TaskDefinition, given: ContainerDefinition, task: str) -> Iterator[str]:
    volumes = {volume.name: volume for volume in definition.volumes}
    for mount in given.mount_points:
        volume = volumes[mount.volume]
        source = volume.source_path or volume_name(volume, definition, task)
        yield f"{source}:{mount.container_path}{':ro' if mount.read_only else ''}"


def _links(definition: TaskDefinition, given: ContainerDefinition, context: RunContext) -> Iterator[str]:
    for link in given.links:
        other, _, alias = link.partition(":")
        yield f"{_name(definition, other, context)}:{alias or other}"


def _log_config(given: ContainerDefinition, context: RunContext) -> Json:
    log = given.log_configuration
    secret = {entry.name: context.secrets[entry.value_from] for entry in log.secret_options}
    return {"Type": log.driver, "Config": dict(log.options) | secret}


def _held_by_pause(definition: TaskDefinition, sysctl: str) -> bool:
    """A namespace's settings belong to the container that holds it; Docker refuses them in one that joins."""
    if is_ipc_sysctl(sysctl):
        return definition.ipc_mode is NamespaceMode.TASK
    return _joins_pause(definition)


def _own_sysctls(definition: TaskDefinition, given: ContainerDefinition) -> Iterator[tuple[str, str]]:
    return (pair for pair in given.sysctls if not _held_by_pause(definition, pair[0]))


def _pause_sysctls(definition: TaskDefinition) -> Iterator[tuple[str, str]]:
    for container in definition.containers:
        yield from (pair for pair in container.sysctls if _held_by_pause(definition, pair[0]))
