"""From adapted JSON to the values of core.model.task_definition: a transcription, with no rule of its own. Pure."""

from __future__ import annotations

from typing import Any

from core.model.service import ConstraintType, PlacementConstraint
from core.model.task_definition import (
    DEFAULT_STOP_TIMEOUT_S,
    Condition,
    ContainerDefinition,
    Dependency,
    Device,
    HealthCheck,
    LinuxParameters,
    LogConfiguration,
    MountPoint,
    NamespaceMode,
    NetworkMode,
    PortMapping,
    RestartPolicy,
    Secret,
    TaskDefinition,
    Tmpfs,
    Ulimit,
    Volume,
    VolumeKind,
    VolumesFrom,
)
from core.taskdef.attributes import CPU_ARCHITECTURES, required_attributes
from core.taskdef.normalise import gpu_count
from core.taskdef.validate_ports import port_range

Json = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]


def built(task: Json, *, warnings: tuple[str, ...], source: str, digest: str) -> TaskDefinition:
    """The task definition, with revision 0."""
    architecture = task.get("runtimePlatform", {}).get("cpuArchitecture", "")
    return TaskDefinition(
        family=task["family"],
        containers=tuple(_container(container) for container in task["containerDefinitions"]),
        volumes=tuple(_volume(volume) for volume in task["volumes"]),
        network_mode=NetworkMode(task.get("networkMode", "bridge")),
        cpu_units=int(task["cpu"]) if "cpu" in task else None,
        memory_mib=int(task["memory"]) if "memory" in task else None,
        pid_mode=NamespaceMode(task.get("pidMode", "")),
        ipc_mode=NamespaceMode(task.get("ipcMode", "")),
        placement_constraints=tuple(
            PlacementConstraint(ConstraintType.MEMBER_OF, constraint["expression"])
            for constraint in task["placementConstraints"]
        ),
        required_attributes=required_attributes(task),
        requires_compatibilities=tuple(task.get("requiresCompatibilities", ())),
        cpu_architecture=CPU_ARCHITECTURES.get(architecture, ""),
        task_role_arn=task.get("taskRoleArn", ""),
        execution_role_arn=task.get("executionRoleArn", ""),
        tags=tuple((tag["key"], tag.get("value", "")) for tag in task.get("tags", [])),
        warnings=warnings,
        source=source,
        digest=digest,
    )


def _container(given: Json) -> ContainerDefinition:
    return ContainerDefinition(
        name=given["name"],
        image=given["image"],
        essential=given["essential"],
        cpu_units=given["cpu"],
        memory_mib=given.get("memory") or None,
        memory_reservation_mib=given.get("memoryReservation") or None,
        command=_texts_or_none(given, "command"),
        entry_point=_texts_or_none(given, "entryPoint"),
        environment=tuple((pair["name"], pair["value"]) for pair in given["environment"]),
        environment_files=tuple(entry["value"] for entry in given.get("environmentFiles", [])),
        secrets=_secrets(given.get("secrets", [])),
        repository_credentials=given.get("repositoryCredentials", {}).get("credentialsParameter", ""),
        port_mappings=tuple(made for mapping in given["portMappings"] for made in _port_mappings(mapping)),
        mount_points=tuple(
            MountPoint(mount["sourceVolume"], mount["containerPath"], mount.get("readOnly", False))
            for mount in given["mountPoints"]
        ),
        volumes_from=tuple(
            VolumesFrom(mount["sourceContainer"], mount.get("readOnly", False))
            for mount in given["volumesFrom"]
        ),
        links=tuple(given.get("links", ())),
        depends_on=tuple(
            Dependency(entry["containerName"], Condition(entry["condition"]))
            for entry in given.get("dependsOn", [])
        ),
        health_check=_health_check(given.get("healthCheck")),
        restart_policy=_restart_policy(given.get("restartPolicy")),
        start_timeout_s=given.get("startTimeout"),
        stop_timeout_s=given.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S),
        log_configuration=_log_configuration(given["logConfiguration"]),
        linux=_linux(given.get("linuxParameters", {})),
        ulimits=tuple(
            Ulimit(limit["name"], limit["softLimit"], limit["hardLimit"])
            for limit in given.get("ulimits", [])
        ),
        sysctls=tuple(
            (control["namespace"], control.get("value", "")) for control in given["systemControls"]
        ),
        docker_labels=_sorted_pairs(given.get("dockerLabels", {})),
        security_options=tuple(given.get("dockerSecurityOptions", ())),
        dns_servers=tuple(given.get("dnsServers", ())),
        dns_search_domains=tuple(given.get("dnsSearchDomains", ())),
        extra_hosts=tuple((entry["hostname"], entry["ipAddress"]) for entry in given.get("extraHosts", [])),
        hostname=given.get("hostname", ""),
        user=given.get("user", ""),
        working_directory=given.get("workingDirectory", ""),
        gpu_count=gpu_count(given.get("resourceRequirements", [])),
        privileged=given.get("privileged", False),
        version_consistency=given.get("versionConsistency") != "disabled",
        readonly_root_filesystem=given.get("readonlyRootFilesystem", False),
        interactive=given.get("interactive", False),
        pseudo_terminal=given.get("pseudoTerminal", False),
        disable_networking=given.get("disableNetworking", False),
    )


def _texts_or_none(given: Json, key: str) -> tuple[str, ...] | None:
    """None for an empty list too: ECS passes both on as "not given", so that the image decides."""
    return tuple(given[key]) if given.get(key) else None


def _sorted_pairs(given: dict[str, str]) -> Pairs:
    return tuple(sorted(given.items()))


def _secrets(given: list[Json]) -> tuple[Secret, ...]:
    return tuple(Secret(entry["name"], entry["valueFrom"]) for entry in given)


def _port_mappings(given: Json) -> tuple[PortMapping, ...]:
    protocol, name = given["protocol"], given.get("name", "")
    written = given.get("containerPortRange", "")
    ports = port_range(written)
    if ports is not None:
        return tuple(PortMapping(port, 0, protocol, name, written) for port in ports)
    return (PortMapping(given["containerPort"], given["hostPort"], protocol, name),)


def _health_check(given: Json | None) -> HealthCheck | None:
    if given is None:
        return None
    return HealthCheck(
        command=tuple(given["command"]),
        interval_s=given["interval"],
        timeout_s=given["timeout"],
        retries=given["retries"],
        start_period_s=given.get("startPeriod", 0),
    )


def _restart_policy(given: Json | None) -> RestartPolicy | None:
    if given is None or not given["enabled"]:
        return None
    return RestartPolicy(tuple(given.get("ignoredExitCodes", ())), given.get("restartAttemptPeriod", 300))


def _log_configuration(given: Json) -> LogConfiguration:
    return LogConfiguration(
        driver=given["logDriver"],
        options=_sorted_pairs(given.get("options", {})),
        secret_options=_secrets(given.get("secretOptions", [])),
    )


def _linux(given: Json) -> LinuxParameters:
    capabilities = given.get("capabilities", {})
    return LinuxParameters(
        capabilities_add=tuple(capabilities.get("add", ())),
        capabilities_drop=tuple(capabilities.get("drop", ())),
        devices=tuple(_device(device) for device in given.get("devices", [])),
        init_process_enabled=given.get("initProcessEnabled", False),
        shared_memory_mib=given.get("sharedMemorySize") or None,
        tmpfs=tuple(
            Tmpfs(entry["containerPath"], entry["size"], tuple(entry.get("mountOptions", ())))
            for entry in given.get("tmpfs", [])
        ),
        max_swap_mib=given.get("maxSwap"),
        swappiness=given.get("swappiness"),
    )


def _device(given: Json) -> Device:
    letters = {"read": "r", "write": "w", "mknod": "m"}
    permissions = "".join(
        letters[word] for word in ("read", "write", "mknod") if word in given.get("permissions", ())
    )
    outside: str = given["hostPath"]
    inside: str = given.get("containerPath", outside)
    return Device(outside, inside, permissions or "rwm")


def _volume(given: Json) -> Volume:
    path = given.get("host", {}).get("sourcePath")
    if path is not None:
        return Volume(given["name"], VolumeKind.HOST, source_path=path)
    if (efs := given.get("efsVolumeConfiguration")) is not None:
        # The volume is the task's own, and goes with it: what is in the file system stays there.
        return Volume(
            given["name"],
            VolumeKind.TASK,
            file_system=efs["fileSystemId"],
            root_directory=efs.get("rootDirectory", "/"),
        )
    docker = given.get("dockerVolumeConfiguration", {})
    return Volume(
        name=given["name"],
        kind=VolumeKind.SHARED if docker.get("scope") == "shared" else VolumeKind.TASK,
        driver=docker.get("driver", "local"),
        driver_options=_sorted_pairs(docker.get("driverOpts", {})),
        labels=_sorted_pairs(docker.get("labels", {})),
        autoprovision=docker.get("autoprovision", False),
    )
