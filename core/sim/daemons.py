"""What is demanded of DAEMON services, by a count of our own: one task on each machine that suits, and never two on one."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from core.model.instance import Connectivity, InstanceStatus
from core.model.service import SchedulingStrategy
from core.model.task import DesiredStatus, Task, TaskStatus
from core.sim.places import in_zone, on_lost
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.service import Service
    from core.sim.machine import Machine
    from core.sim.world import World


def is_daemon(service: Service | None) -> bool:
    """Whether a service keeps one task on each instance."""
    return service is not None and service.scheduling_strategy is SchedulingStrategy.DAEMON


def only_place_of(task: Task) -> str:
    """The instance (id) that a task was made for; empty where any will do."""
    place: str = json.loads(task.request or "{}").get("containerInstance", "")
    return place


def check_started(world: World, task: Task) -> None:
    """A new task of a daemon is the only one of it on its instance, whatever becomes of the others."""
    place = only_place_of(task)
    beside = [t.id for t in _tasks(world, task.service_key) if t.id != task.id and _place(t) == place]
    world.count("a daemon starts")
    demand(bool(place), "a daemon's task was made for no instance", task.id)
    demand(not beside, "a daemon has two tasks on one instance", place, task.id, beside)


def check_exchanged(world: World, service: Service, task: Task, healthy: int) -> None:
    """A healthy task that goes from an instance that keeps its daemon leaves enough others."""
    row = world.disk.instance(task.instance)
    machine = world.machine_of(task.instance)
    stays = row is not None and row.status is InstanceStatus.ACTIVE and machine is not None
    if stays and machine is not None and _suits(world, service, machine):
        floor = math.ceil(service.desired_count * service.minimum_healthy_percent / 100)
        text = f"{service.name} has {healthy} healthy tasks left, the floor is {floor}"
        demand(healthy >= floor, "a healthy task was stopped below the floor", task.id, text)


def unrest(world: World, service: Service) -> Iterator[str]:
    """What is not at rest with an ACTIVE daemon."""
    tasks = [t for t in _tasks(world, service.key) if not on_lost(world, t)]
    asked = [t for t in tasks if t.desired_status is DesiredStatus.RUNNING]
    at = {_place(task): task for task in asked}
    for machine in world.machines:
        instance = world.instance_of(machine)
        if instance is None or instance.connectivity is Connectivity.LOST:
            continue
        suits = instance.status is InstanceStatus.ACTIVE and _suits(world, service, machine)
        task = at.pop(instance.id, None)
        if suits and task is None and machine.answers:
            yield f"daemon {service.name} has no task on {machine.name}: {service.why}"
        if not suits and task is not None and not _kept_by_others(world, instance.id):
            yield f"daemon {service.name} has task {task.id} on {machine.name}, which does not suit"
    for task in at.values():
        yield f"daemon {service.name} has task {task.id} where it knows no instance"


def _suits(world: World, service: Service, machine: Machine) -> bool:
    """Whether a machine is what a service asks for: one without GPUs is none for tasks that want some."""
    definition = world.definition(service.definition)
    lacks_gpus = definition is not None and bool(definition.gpu_count) and not machine.gpus
    return in_zone(service.placement_constraints, machine) and not lacks_gpus


def _tasks(world: World, key: str) -> list[Task]:
    """A service's tasks that have not stopped."""
    return [t for t in world.disk.tasks() if t.service_key == key and t.last_status is not TaskStatus.STOPPED]


def _place(task: Task) -> str:
    return task.instance or only_place_of(task)


def _kept_by_others(world: World, instance: str) -> bool:
    """Whether it drains and holds what is no daemon's: a daemon is the last to leave."""
    row = world.disk.instance(instance)
    if row is None or row.status is not InstanceStatus.DRAINING:
        return False
    there = [t for t in world.disk.tasks() if t.instance == instance and not t.stopped]
    return any(not is_daemon(world.disk.service(t.service_key)) for t in there)


def reserved_on(world: World, machine: Machine) -> list[Task]:
    """The tasks that wait for a machine alone: their room there is nobody else's."""
    instance = world.instance_of(machine)
    waiting = [t for t in world.disk.tasks() if t.last_status is TaskStatus.PROVISIONING]
    return [t for t in waiting if instance is not None and only_place_of(t) == instance.id]
