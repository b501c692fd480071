"""The liveness invariants: once the faults are over, everything comes to rest, and what doesn't has a reason that is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.model.instance import Connectivity, InstanceStatus
from core.model.service import (
    ConstraintType,
    Deployment,
    DeploymentStatus,
    Replace,
    RolloutState,
    Service,
    ServiceStatus,
)
from core.model.task import DesiredStatus, Task, TaskStatus
from core.sim import daemons, rollouts, scaling, schedules
from core.sim.daemons import is_daemon
from core.sim.gpus import has_gpus_for
from core.sim.places import in_group, in_zone, on_lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.sim.machine import Machine
    from core.sim.world import World


def unrest(world: World) -> list[str]:
    """What is not at rest; empty when all is well."""
    return list(_unrest(world))


def _unrest(world: World) -> Iterator[str]:
    process = world.process
    if process is None or process.suspended:
        yield "no engine runs"
        return
    if process.engine.settling or process.engine.isolated:
        yield f"the engine waits: {process.engine.settling or process.engine.isolated}"
    for command in world.disk.pending():
        yield f"command {command.id} ({command.action}) has no answer"
    for machine in world.machines:
        yield from _machine(world, machine)
    for service in world.disk.services():
        yield from _service(world, service)
    for task in world.disk.tasks():
        yield from _task(world, task)
    yield from schedules.unrest(world)


def _machine(world: World, machine: Machine) -> Iterator[str]:
    instance = world.instance_of(machine)
    if machine.name not in world.config.named:
        yield from _left(world, machine)
        return
    if instance is None:
        yield f"{machine.name} is registered nowhere"
        return
    if not machine.answers:
        if instance.connectivity is not Connectivity.LOST and instance.registered_at:
            yield f"{machine.name} is dead and not LOST"
        return
    if instance.connectivity is not Connectivity.CONNECTED or instance.impaired:
        yield f"{machine.name} answers, and is {instance.connectivity}, impaired {instance.impaired}: {instance.problem}"
    for task_id in machine.running_tasks():
        task = world.disk.task(task_id)
        wanted = task is not None and task.desired_status is DesiredStatus.RUNNING
        if task is None or not wanted or task.instance != instance.id:
            yield f"{machine.name} runs task {task_id}, which nobody wants there"
    for owner, container in machine.ours:
        if world.disk.task(owner.task) is None:
            yield f"{machine.name} still has {container.spec.name}, of a task that is forgotten"


def _left(world: World, machine: Machine) -> Iterator[str]:
    """One that the config doesn't name: it is as it was found, unless it was let go with what is ours on it."""
    instance = world.instance_of(machine)
    if instance is not None:
        placed = (t for t in world.disk.tasks() if t.instance == instance.id)
        if all(t.last_status is TaskStatus.STOPPED for t in placed):
            yield f"{machine.name} is empty, and stays though the config no longer names it"
        return
    left = [container.spec.name for _, container in machine.ours]
    if left and machine.answers and machine.name not in world.left_behind:
        yield f"{machine.name} was let go with {left}"


def _task(world: World, task: Task) -> Iterator[str]:
    if on_lost(world, task) or task.last_status is TaskStatus.STOPPED:
        return
    if task.desired_status is DesiredStatus.STOPPED:
        yield f"task {task.id} does not stop: {task.why}"
    elif task.last_status is TaskStatus.PENDING:
        yield f"task {task.id} does not start: {task.why}"
    elif task.last_status is TaskStatus.PROVISIONING:
        if not task.why:
            yield f"task {task.id} waits without a reason"
        if room := _room_for(world, task):
            yield f"task {task.id} waits ({task.why}), and {room} could take it"
    else:
        machine = world.machine_of(task.instance)
        if machine is None or task.id not in machine.running_tasks():
            yield f"task {task.id} is RUNNING and doesn't run"


def _service(world: World, service: Service) -> Iterator[str]:
    tasks = [t for t in world.disk.tasks() if t.service_key == service.key]
    if service.status is not ServiceStatus.ACTIVE:
        left = [t.id for t in tasks if t.last_status is not TaskStatus.STOPPED and not on_lost(world, t)]
        if left:
            yield f"service {service.name} was deleted and has tasks left: {left}"
        return
    if _primary(world, service).rollout_state is RolloutState.FAILED:
        if "the deployment failed" not in service.why:
            yield f"service {service.name} has a deployment that failed, and says {service.why!r}"
        return
    yield from rollouts.unrest(service, _primary(world, service))
    if is_daemon(service):
        yield from daemons.unrest(world, service)
        return
    # A task that waits for room, for a reason that _task holds to be true, may hold up every exchange; so does one on a
    # lost host that its service waits for.
    patient = service.replace is not Replace.YES
    asked = [t for t in tasks if t.desired_status is DesiredStatus.RUNNING]
    if any(t.last_status is TaskStatus.PROVISIONING or (patient and on_lost(world, t)) for t in asked):
        return
    wanted = [t for t in asked if not on_lost(world, t)]
    yield from scaling.unrest(world, service, len(wanted))
    short = len(wanted) < service.desired_count
    if len(wanted) != service.desired_count and not (short and _no_room(world, service, tasks)):
        yield f"service {service.name} has {len(wanted)} tasks, wanted are {service.desired_count}: {service.why}"
    if _bounds_are_tight(world, service, tasks):
        return
    primary = _primary(world, service)
    old = [t.id for t in wanted if t.deployment != primary.id]
    if old:
        yield f"service {service.name} still has tasks of an older deployment: {old}"
    draining = [t.id for t in wanted if _is_draining(world, t)]
    if draining:
        yield f"service {service.name} still has tasks on a draining instance: {draining}"


def _no_room(world: World, service: Service, tasks: list[Task]) -> bool:
    """Whether the cap leaves room for no other task. Those on a lost host count in neither bound."""
    live = [t for t in tasks if t.last_status is not TaskStatus.STOPPED and not on_lost(world, t)]
    return len(live) >= math.floor(service.desired_count * service.maximum_percent / 100)


def _bounds_are_tight(world: World, service: Service, tasks: list[Task]) -> bool:
    """Whether neither bound leaves room to exchange one task (ECS says so in an event, and waits)."""
    floor = math.ceil(service.desired_count * service.minimum_healthy_percent / 100)
    return _no_room(world, service, tasks) and floor >= service.desired_count


def _primary(world: World, service: Service) -> Deployment:
    rows = (row for row in world.disk.rows.values() if isinstance(row, Deployment))
    return next(d for d in rows if d.service_key == service.key and d.status is DeploymentStatus.PRIMARY)


def _room_for(world: World, task: Task) -> str:
    """A machine that could take the task, by a count of our own; empty when there is none."""
    service = world.disk.service(task.service_key)
    constraints = () if service is None else service.placement_constraints
    distinct = any(c.type is ConstraintType.DISTINCT_INSTANCE for c in constraints)
    only = daemons.only_place_of(task)
    for machine in world.machines:
        instance = world.instance_of(machine)
        if instance is None or not machine.answers or instance.status is not InstanceStatus.ACTIVE:
            continue
        if (only and instance.id != only) or not in_group(task, machine):
            continue
        there = [
            t
            for t in world.disk.tasks()
            if t.instance == instance.id and t.last_status is not TaskStatus.STOPPED
        ]
        there += [t for t in daemons.reserved_on(world, machine) if t.id != task.id]
        taken = {(p.port, p.protocol) for t in there for p in t.ports}
        taken |= {(port, "tcp") for port in machine.foreign.values()}
        fits = (
            task.cpu_units + sum(t.cpu_units for t in there) <= machine.docker.cpu_units
            and task.memory_mib + sum(t.memory_mib for t in there) <= machine.docker.memory_mib
            and not taken & {(p.port, p.protocol) for p in task.ports}
            and has_gpus_for(task, machine, there)
        )
        alike = [t for t in there if t.group == task.group and t.desired_status is DesiredStatus.RUNNING]
        if fits and not (distinct and alike) and in_zone(constraints, machine):
            return machine.name
    return ""


def _is_draining(world: World, task: Task) -> bool:
    row = world.disk.instance(task.instance)
    return row is not None and row.status is InstanceStatus.DRAINING
