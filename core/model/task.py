"""A task: one run of a task definition on one container instance, and its containers."""

from __future__ import annotations

from enum import StrEnum

from core.model.ports import HostPort
from core.model.probe import TargetHealth, TargetState
from core.model.tags import Tag
from core.record import Record


class TaskStatus(StrEnum):
    """ECS's task states that occur here, in their order; lifecycle.py alone says how they follow one another."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class DesiredStatus(StrEnum):
    """What is wanted of a task: written by the scheduler, and never back from STOPPED."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class Health(StrEnum):
    """ECS's health of a container or a task."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class StopCode(StrEnum):
    """ECS's reasons for which a task stops."""

    TASK_FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"
    USER_INITIATED = "UserInitiated"
    SERVICE_SCHEDULER_INITIATED = "ServiceSchedulerInitiated"
    INFRASTRUCTURE_HEALTH = "InfrastructureHealth"


class ContainerStatus(StrEnum):
    """A container of a task. ECS reports PENDING, RUNNING and STOPPED; CREATED is ours and reads as PENDING there."""

    PENDING = "PENDING"
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class NetworkBinding(Record):
    """A published port as Docker bound it."""

    container_port: int
    host_port: int
    protocol: str = "tcp"
    bind_ip: str = "0.0.0.0"  # noqa: S104  # what Docker reports for a port published on every address


class Container(Record):
    """One container of a task, as last seen."""

    name: str
    image: str
    status: ContainerStatus = ContainerStatus.PENDING
    runtime_id: str = ""
    image_digest: str = ""
    health: Health = Health.UNKNOWN
    exit_code: int | None = None
    reason: str = ""
    oom_killed: bool = False
    network_bindings: tuple[NetworkBinding, ...] = ()
    started_at: float | None = None
    finished_at: float | None = None
    #: How often its restart policy has begun another run of it in place (ECS: RestartCount).
    restart_count: int = 0
    #: The run (see ContainerSeen.run) that ended last and after which it is started again; empty before the first restart.
    ended_run: str = ""

    @property
    def restarting(self) -> bool:
        """Whether its last run has ended, and it is to be started again in place."""
        return self.status is ContainerStatus.CREATED and bool(self.ended_run)


class Task(Record):
    """A task. `desired_status` is the scheduler's, `last_status` the lifecycle's, the rest of the run is what was seen."""

    id: str
    cluster: str
    #: `family:revision`
    definition: str
    group: str
    started_by: str = ""
    #: The service's name; empty for a standalone task.
    service: str = ""
    deployment: str = ""
    instance: str = ""
    #: The only group of instances that it may be placed on; empty where every instance will do.
    capacity_provider: str = ""
    desired_status: DesiredStatus = DesiredStatus.RUNNING
    last_status: TaskStatus = TaskStatus.PROVISIONING
    #: By its containers' own checks alone (ECS).
    health: Health = Health.UNKNOWN
    #: By its service's probe; None where it has none, or does not run yet.
    target_health: TargetHealth | None = None
    containers: tuple[Container, ...] = ()
    #: Charged to the instance from placement until the task is STOPPED.
    cpu_units: int = 0
    memory_mib: int = 0
    ports: tuple[HostPort, ...] = ()
    #: How many GPUs it asks for (ALL_GPUS: all that an instance has), and which of its instance's it was given with its place.
    gpu_count: int = 0
    gpus: tuple[str, ...] = ()
    #: Why it is where it is now ("pulling nginx:1", "2 instances lack 512 MiB"); empty when nothing holds it.
    why: str = ""
    created_at: float = 0.0
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    #: Since when every check passes (or it runs, without a check); None while it doesn't.
    healthy_since: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    stop_code: StopCode | None = None
    stopped_reason: str = ""
    #: The task that took this one's place when its instance was lost.
    superseded_by: str = ""
    #: Until when scale-in and deployments leave it alone (ECS's task protection); it may lie in the past.
    protected_until: float | None = None
    #: What RunTask was given beside the definition: overrides, tags, client token, as canonical JSON.
    request: str = ""
    #: Tags that it has beside those of its request: its definition's or its service's, and ECS's managed ones, as of when it was made.
    propagated_tags: tuple[Tag, ...] = ()
    #: All that it has instead of those, once TagResource or UntagResource changed them.
    changed_tags: tuple[Tag, ...] | None = None
    #: The name of the schedule whose run it is of; empty for every other task.
    schedule: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.id

    @property
    def service_key(self) -> str:
        """The key of the task's service; empty for a standalone task."""
        return f"{self.cluster}/{self.service}" if self.service else ""

    @property
    def schedule_key(self) -> str:
        """The key of the task's schedule; empty for one that no schedule started."""
        return f"{self.cluster}/{self.schedule}" if self.schedule else ""

    @property
    def wanted(self) -> bool:
        """Whether it should run and has not ended."""
        return self.desired_status is DesiredStatus.RUNNING and self.last_status is not TaskStatus.STOPPED

    @property
    def stopped(self) -> bool:
        """Whether it has ended, for good."""
        return self.last_status is TaskStatus.STOPPED

    @property
    def overall_health(self) -> Health:
        """By all checks that there are, as people are shown it: its containers' own, and its service's probe."""
        if self.target_health is None or self.health is Health.UNHEALTHY:
            return self.health
        if self.probe_fails:
            return Health.UNHEALTHY
        passes = self.target_health.state is TargetState.HEALTHY and self.healthy_since is not None
        return Health.HEALTHY if passes else Health.UNKNOWN

    @property
    def probe_fails(self) -> bool:
        """Whether its probe says that it is not well."""
        return self.target_health is not None and self.target_health.state is TargetState.UNHEALTHY

    @property
    def restarting(self) -> bool:
        """Whether a container of it is down and to be started again in place."""
        return any(container.restarting for container in self.containers)

    @property
    def settled(self) -> bool:
        """Whether it runs as it is to: it depends on nothing but its containers, and while they are as they were nothing is to be done."""
        return self.wanted and self.last_status is TaskStatus.RUNNING and not self.restarting

    def container(self, name: str) -> Container | None:
        """The container of that name, None where there is none."""
        for container in self.containers:
            if container.name == name:
                return container
        return None
