"""Small values for tests, with the fields that matter named by the test and the rest plain."""

from __future__ import annotations

from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.service import Deployment, Service
from core.model.task import Container, ContainerStatus, DesiredStatus, Health, Task, TaskStatus
from core.model.task_definition import ContainerDefinition, HealthCheck, LogConfiguration, TaskDefinition
from core.record import replace

NOW = 1_000.0


def definition(name: str = "web:1", *, checked: bool = False, memory_mib: int = 64) -> TaskDefinition:
    family, _, revision = name.rpartition(":")
    check = HealthCheck(("CMD", "true")) if checked else None
    container = ContainerDefinition(
        name="main",
        image="demo/web:1",
        memory_mib=memory_mib,
        health_check=check,
        log_configuration=LogConfiguration("json-file"),
    )
    return TaskDefinition(
        family=family, revision=int(revision), containers=(container,), source="{}", digest=f"digest-{name}"
    )


def instance(
    name: str = "a",
    *,
    connectivity: Connectivity = Connectivity.CONNECTED,
    status: InstanceStatus = InstanceStatus.ACTIVE,
    cpu_units: int = 4096,
    memory_mib: int = 4096,
    attributes: dict[str, str] | None = None,
) -> ContainerInstance:
    return ContainerInstance(
        id=f"instance-{name}",
        name=name,
        cluster="default",
        url=f"ssh://{name}",
        status=status,
        connectivity=connectivity,
        cpu_units=cpu_units,
        memory_mib=memory_mib,
        attributes=tuple(sorted((attributes or {}).items())),
        marked=True,
    )


def service(desired: int, minimum: int = 100, maximum: int = 200) -> Service:
    return Service(
        "default", "web", "web:1", desired, minimum_healthy_percent=minimum, maximum_percent=maximum
    )


def deployment(name: str = "ecs-svc/2", created_at: float = 0.0) -> Deployment:
    return Deployment(name, "default", "web", "web:1", created_at=created_at, primary_at=created_at)


def task(
    name: str,
    last_status: TaskStatus = TaskStatus.RUNNING,
    *,
    on: str = "a",
    healthy: bool = True,
    health: Health = Health.UNKNOWN,
    deployed: str = "ecs-svc/2",
) -> Task:
    """A service's task; a RUNNING one is healthy unless told otherwise."""
    running = last_status is TaskStatus.RUNNING
    stopping = last_status in {TaskStatus.STOPPING, TaskStatus.STOPPED}
    status = ContainerStatus.RUNNING if running else ContainerStatus.PENDING
    return Task(
        id=name,
        cluster="default",
        definition="web:1",
        group="service:web",
        service="web",
        deployment=deployed,
        instance=f"instance-{on}" if on else "",
        desired_status=DesiredStatus.STOPPED if stopping else DesiredStatus.RUNNING,
        last_status=last_status,
        health=health,
        healthy_since=NOW - 100 if running and healthy else None,
        started_at=NOW - 200 if running else None,
        containers=(Container("main", "demo/web:1", status),),
        memory_mib=64,
    )


def unhealthy(one: Task) -> Task:
    return replace(one, health=Health.UNHEALTHY, healthy_since=None)
