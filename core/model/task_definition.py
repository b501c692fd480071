"""The task definition as values: what one revision asks for, after normalisation and adaptation.

Built by core.taskdef from ECS's JSON; the JSON itself stays beside it as `source`. Nothing here reads or checks input.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.model.ports import HostPort
from core.model.service import PlacementConstraint
from core.record import Record

#: ECS's own name of the container that holds a task's shared namespaces.
PAUSE_CONTAINER: Final = "~internal~ecs~pause"

#: Its image, made on the host itself; the name resolves nowhere, so that nobody's image is ever pulled in its place.
PAUSE_IMAGE: Final = "dockyard.invalid/pause:1"

#: `gpu_count` that asks for every GPU of the host.
ALL_GPUS: Final = -1

#: What ECS waits between the stop signal and the kill when a container names no stopTimeout.
DEFAULT_STOP_TIMEOUT_S: Final = 30


class TaskDefinitionStatus(StrEnum):
    """INACTIVE revisions start nothing new; what runs on them runs on."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"


class NetworkMode(StrEnum):
    """AWSVPC is served by one network namespace per task, held by its pause container."""

    BRIDGE = "bridge"
    HOST = "host"
    AWSVPC = "awsvpc"
    NONE = "none"


class NamespaceMode(StrEnum):
    """How a task's containers share a pid or ipc namespace; DEFAULT leaves it to the daemon."""

    DEFAULT = ""
    HOST = "host"
    TASK = "task"
    NONE = "none"


class Condition(StrEnum):
    """What a container waits for in another one of its task. CREATE is implied by volumesFrom, never written."""

    CREATE = "CREATE"
    START = "START"
    COMPLETE = "COMPLETE"
    SUCCESS = "SUCCESS"
    HEALTHY = "HEALTHY"


class VolumeKind(StrEnum):
    """HOST binds a path of the instance; TASK lives and dies with its task; SHARED outlives it."""

    HOST = "host"
    TASK = "task"
    SHARED = "shared"


class RequiredAttribute(Record, order=True):
    """An attribute an instance must carry; with `value` None any value will do."""

    name: str
    value: str | None = None


class PortMapping(Record):
    """`host_port` 0 lets Docker choose a free one; the port itself is reserved only when it is given.

    `of_range` is the containerPortRange it is one port of ("9000-9010"), empty where it stands alone.
    """

    container_port: int
    host_port: int = 0
    protocol: str = "tcp"
    name: str = ""
    of_range: str = ""


class HealthCheck(Record):
    """Docker's health check, with ECS's defaults."""

    command: tuple[str, ...]
    interval_s: int = 30
    timeout_s: int = 5
    retries: int = 3
    start_period_s: int = 0


class Dependency(Record):
    """`container` must have met `condition` before the one that holds this may be created."""

    container: str
    condition: Condition


class RestartPolicy(Record):
    """Restart in place: only after `attempt_period_s` of running, and never for an ignored exit code."""

    ignored_exit_codes: tuple[int, ...] = ()
    attempt_period_s: int = 300


class Secret(Record):
    """A name for a value that is looked up when the container is created and never stored."""

    name: str
    value_from: str


class LogConfiguration(Record):
    """Docker's driver and options, after adaptation; options sorted by key."""

    driver: str
    options: tuple[tuple[str, str], ...] = ()
    secret_options: tuple[Secret, ...] = ()


class MountPoint(Record):
    """One of the task's volumes inside a container."""

    volume: str
    container_path: str
    read_only: bool = False


class VolumesFrom(Record):
    """All mounts of another container of the task."""

    container: str
    read_only: bool = False


class Volume(Record):
    """A volume of the task. `source_path` is the instance's path for HOST and empty otherwise."""

    name: str
    kind: VolumeKind
    source_path: str = ""
    driver: str = "local"
    driver_options: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    autoprovision: bool = False
    #: The EFS file system and the directory of it that are mounted; which export that is, the config says.
    file_system: str = ""
    root_directory: str = ""


class Ulimit(Record):
    """A resource limit of the container's processes."""

    name: str
    soft: int
    hard: int


class Device(Record):
    """A device of the instance inside a container."""

    host_path: str
    container_path: str
    permissions: str = "rwm"


class Tmpfs(Record):
    """A file system in memory."""

    container_path: str
    size_mib: int
    mount_options: tuple[str, ...] = ()


class LinuxParameters(Record):
    """ECS's linuxParameters; None leaves a setting to the daemon."""

    capabilities_add: tuple[str, ...] = ()
    capabilities_drop: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    init_process_enabled: bool = False
    shared_memory_mib: int | None = None
    tmpfs: tuple[Tmpfs, ...] = ()
    max_swap_mib: int | None = None
    swappiness: int | None = None


class ContainerDefinition(Record, kw_only=True):
    """One container of a task; None means "not said": the image or the daemon decides."""

    name: str
    image: str
    essential: bool = True
    cpu_units: int = 0
    memory_mib: int | None = None
    memory_reservation_mib: int | None = None
    command: tuple[str, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    environment_files: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    repository_credentials: str = ""
    port_mappings: tuple[PortMapping, ...] = ()
    mount_points: tuple[MountPoint, ...] = ()
    volumes_from: tuple[VolumesFrom, ...] = ()
    links: tuple[str, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    health_check: HealthCheck | None = None
    restart_policy: RestartPolicy | None = None
    start_timeout_s: int | None = None
    stop_timeout_s: int = DEFAULT_STOP_TIMEOUT_S
    log_configuration: LogConfiguration
    linux: LinuxParameters = LinuxParameters()
    ulimits: tuple[Ulimit, ...] = ()
    sysctls: tuple[tuple[str, str], ...] = ()
    docker_labels: tuple[tuple[str, str], ...] = ()
    security_options: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    dns_search_domains: tuple[str, ...] = ()
    extra_hosts: tuple[tuple[str, str], ...] = ()
    hostname: str = ""
    user: str = ""
    working_directory: str = ""
    gpu_count: int = 0
    privileged: bool = False
    readonly_root_filesystem: bool = False
    #: Whether all tasks of a deployment run the version of the image that its tag stood for when the first one pulled it.
    version_consistency: bool = True
    interactive: bool = False
    pseudo_terminal: bool = False
    disable_networking: bool = False

    @property
    def placement_memory_mib(self) -> int:
        """What ECS charges for it when the task names no memory of its own."""
        return self.memory_reservation_mib or self.memory_mib or 0


class TaskDefinition(Record, kw_only=True):
    """One revision of one family. `revision` is 0 until the engine has registered it.

    `source` is the normalised ECS JSON as canonical text (sorted keys, no revision), `digest` its SHA-256;
    `warnings` say what was adapted to plain Docker.
    """

    family: str
    revision: int = 0
    status: TaskDefinitionStatus = TaskDefinitionStatus.ACTIVE
    containers: tuple[ContainerDefinition, ...]
    volumes: tuple[Volume, ...] = ()
    network_mode: NetworkMode = NetworkMode.BRIDGE
    cpu_units: int | None = None
    memory_mib: int | None = None
    pid_mode: NamespaceMode = NamespaceMode.DEFAULT
    ipc_mode: NamespaceMode = NamespaceMode.DEFAULT
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    required_attributes: tuple[RequiredAttribute, ...] = ()
    requires_compatibilities: tuple[str, ...] = ()
    cpu_architecture: str = ""
    task_role_arn: str = ""
    execution_role_arn: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    source: str
    digest: str
    registered_at: float = 0.0
    registered_by: str = ""
    deregistered_at: float | None = None
    delete_requested_at: float | None = None

    @property
    def name(self) -> str:
        return f"{self.family}:{self.revision}"

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.name

    @property
    def active(self) -> bool:
        """Whether new tasks and services may use it."""
        return self.status is TaskDefinitionStatus.ACTIVE

    @property
    def leaving(self) -> bool:
        """Whether it goes as soon as nothing uses it."""
        return self.status is TaskDefinitionStatus.DELETE_IN_PROGRESS

    @property
    def reserved_cpu_units(self) -> int:
        """What placement charges: the task's cpu alone where it is given, else the sum of its containers'."""
        if self.cpu_units is not None:
            return self.cpu_units
        return sum(container.cpu_units for container in self.containers)

    @property
    def reserved_memory_mib(self) -> int:
        """As for cpu; a container counts with its reservation, or else with its limit."""
        if self.memory_mib is not None:
            return self.memory_mib
        return sum(container.placement_memory_mib for container in self.containers)

    @property
    def gpu_count(self) -> int:
        """How many GPUs a task takes for its containers; ALL_GPUS where one of them asks for all."""
        counts = [container.gpu_count for container in self.containers]
        return ALL_GPUS if ALL_GPUS in counts else sum(counts)

    @property
    def charged_told(self) -> str:
        """What placement charges, for people."""
        gpus = "all" if self.gpu_count == ALL_GPUS else self.gpu_count
        said = f", {gpus} GPU{'' if gpus == 1 else 's'}" if gpus else ""
        return f"{self.reserved_cpu_units} cpu units, {self.reserved_memory_mib} MiB{said}"

    def gpus_of(self, container: str, held: tuple[str, ...]) -> tuple[str, ...]:
        """Which of the GPUs that its task holds are a container's: each has its own, in the order of the definition.

        One that asks for all has all of its task's, those of its other containers as well.
        """
        begin = 0
        for each in self.containers:
            own = held if each.gpu_count == ALL_GPUS else held[begin : begin + each.gpu_count]
            if each.name == container:
                return own
            begin += max(0, each.gpu_count)
        return ()

    @property
    def memory_limit_mib(self) -> int:
        """What the use of memory is measured against (ECS's MemoryUtilization): the hard limits, reservations where there is none."""
        if self.memory_mib is not None:
            return self.memory_mib
        return sum(c.memory_mib or c.memory_reservation_mib or 0 for c in self.containers)

    @property
    def static_ports(self) -> tuple[HostPort, ...]:
        """The host ports a task takes for itself, sorted; dynamic ones are found by Docker and never clash."""
        return tuple(
            sorted(
                {
                    HostPort(port.host_port, port.protocol)
                    for container in self.containers
                    for port in container.port_mappings
                    if port.host_port
                }
            )
        )

    @property
    def needs_pause(self) -> bool:
        """Whether the task's containers share a namespace that a pause container must hold."""
        shared = NamespaceMode.TASK in {self.pid_mode, self.ipc_mode}
        return shared or self.network_mode is NetworkMode.AWSVPC

    def container(self, name: str) -> ContainerDefinition | None:
        return next((container for container in self.containers if container.name == name), None)
