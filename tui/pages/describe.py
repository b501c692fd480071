"""`d`: one thing in words: its facts, what belongs to it, and what happened to it last. Pure."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.client.progress import why_stopped
from core.ecs.counts import counts, known
from core.events import Subject
from core.model.ids import SHORT
from core.model.service import DeploymentStatus
from core.model.task import Health
from core.model.task_definition import PAUSE_CONTAINER
from core.scheduler.bounds import bounds
from core.scheduler.room import room_on
from core.taskdef.describe import diff
from tui.counting import running
from tui.faults import cluster_faults
from tui.listing.row import Tone
from tui.pages.text import facts, section, sentences, table
from tui.place import About
from tui.views import cells
from tui.views.capacity import connectivity
from tui.views.commands import answer, input_of
from tui.views.definitions import users
from tui.views.view import Cell
from tui.wording import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from core.events import Event
    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition
    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World

_EVENTS_SHOWN: Final = 10


def describe(world: World, thing: Thing) -> list[Line]:
    """The page of a thing; a sentence when it is gone."""
    return list(_PAGES[thing.about](world, thing.key)) or list(
        sentences([f"This {thing.about} is gone: there is nothing of it in the state any more."], Tone.WARN)
    )


def _cluster(world: World, key: str) -> Iterator[Line]:
    cluster = world.state.clusters.get(key)
    if cluster is None:
        return
    state = world.state
    found = counts(state, (state.tasks[each] for each in state.index.tasks_of_cluster[key]))
    instances = state.instances_of(key)
    yield from facts(
        {
            "Cluster": Cell(cluster.name, Tone.KEY),
            "Status": cluster.status.value,
            "Services": len(state.index.services_of_cluster[key]),
            "Tasks": f"{found.running} running, {found.pending} pending, {found.unknown} unknown",
            "Hosts": f"{sum(i.connected for i in instances)} of {len(instances)} connected",
            "Named in config": "yes" if cluster.declared else "no",
            "Created": _ago(world, cluster.created_at),
        }
    )
    faults = list(cluster_faults(world, key))
    if faults:
        yield from section("Faults")
        yield from sentences(faults, Tone.BAD)
    yield from _events(world, (e for e in world.events.values() if e.cluster == key))


def _service(world: World, key: str) -> Iterator[Line]:
    service = world.state.services.get(key)
    if service is None:
        return
    yield from _service_facts(world, service)
    yield from section("Deployments")
    yield from table(
        ("ID", "STATUS", "TASK DEF", "ROLLOUT", "RUNNING", "PENDING", "FAILED", "REASON"),
        (
            (
                d.id,
                cells.status(d.status),
                d.definition,
                cells.status(d.rollout_state),
                cells.part(d.running_count, d.desired_count),
                d.pending_count,
                d.failed_tasks,
                d.rollout_reason or None,
            )
            for d in world.state.deployments_of(key)
            if d.status is not DeploymentStatus.INACTIVE
        ),
    )
    yield from section("Tasks")
    yield from _tasks(world, world.state.tasks_of_service(key))
    mine = (
        e for e in world.events.values() if e.subject is Subject.SERVICE and f"{e.cluster}/{e.name}" == key
    )
    yield from _events(world, mine)


def _service_facts(world: World, service: Service) -> Iterator[Line]:
    tasks = world.state.tasks_of_service(service.key)
    found = counts(world.state, tasks)
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    yield from facts(
        {
            "Service": Cell(service.name, Tone.KEY),
            "Cluster": service.cluster,
            "Status": cells.status(service.status),
            "Task definition": service.definition,
            "Strategy": service.scheduling_strategy.value,
            "Running": cells.part(running(world.state, tasks), service.desired_count),
            "Pending": found.pending,
            "Unknown": Cell(str(found.unknown), Tone.WARN) if found.unknown else "",
            "Why": Cell(service.why, Tone.WARN) if service.why else "",
            "Bounds": f"{service.minimum_healthy_percent} to {service.maximum_percent} percent:"
            f" at least {limits.floor} healthy, at most {limits.cap} live",
            "Placement": ", ".join(f"{s.type.value} {s.field}".strip() for s in service.placement_strategy),
            "Constraints": ", ".join(
                f"{c.type.value} {c.expression}".strip() for c in service.placement_constraints
            ),
            "Replace lost tasks": service.replace.value,
            "Created": _ago(world, service.created_at),
        }
    )


def _task(world: World, key: str) -> Iterator[Line]:
    task = world.state.tasks.get(key)
    if task is None:
        return
    yield from _task_facts(world, task)
    yield from section("Containers")
    used = world.usage(task)
    yield from table(
        ("NAME", "STATUS", "HEALTH", "IMAGE", "PORTS", "EXIT", "CPU", "MEM", "REASON"),
        (
            (
                c.name,
                c.status.value,
                cells.status(c.health),
                c.image,
                ", ".join(f"{b.host_port}→{b.container_port}/{b.protocol}" for b in c.network_bindings)
                or None,
                c.exit_code,
                *(cells.summed([used[c.name]]) if c.name in used else (None, None)),
                c.reason or None,
            )
            for c in task.containers
            if c.name != PAUSE_CONTAINER
        ),
    )
    mine = (e for e in world.events.values() if e.subject is Subject.TASK and e.name == key)
    yield from _events(world, mine)


def _task_facts(world: World, task: Task) -> Iterator[Line]:
    instance = world.state.instances.get(task.instance)
    is_known = known(world.state, task)
    yield from facts(
        {
            "Task": Cell(task.id, Tone.KEY),
            "Cluster": task.cluster,
            "Group": task.group,
            "Started by": task.started_by,
            "Task definition": task.definition,
            "Last status": cells.status(task.last_status)
            if is_known
            else Cell(f"unknown, was {task.last_status.value}", Tone.DIM),
            "Desired status": task.desired_status.value,
            "Health": cells.status(task.health),
            "Why": Cell(task.why, Tone.WARN) if task.why else "",
            "Stopped": Cell(why_stopped(task), Tone.WARN) if task.stopped else "",
            "Stop code": task.stop_code.value if task.stop_code else "",
            "Replaced by": task.superseded_by[:SHORT],
            "Host": f"{instance.name} ({instance.url})" if instance else "",
            "Reserved": f"{task.cpu_units} cpu units, {task.memory_mib} MiB",
            "Created": _ago(world, task.created_at),
            "Pull": _took(task.pull_started_at, task.pull_stopped_at),
            "Started": _ago(world, task.started_at),
            "Stopped at": _ago(world, task.stopped_at),
        }
    )


def _container(world: World, key: str) -> Iterator[Line]:
    task_id, _, name = key.partition("/")
    task = world.state.tasks.get(task_id)
    container = task.container(name) if task else None
    if task is None or container is None:
        return
    yield from facts(
        {
            "Container": Cell(container.name, Tone.KEY),
            "Task": task.id,
            "Status": container.status.value,
            "Health": cells.status(container.health),
            "Image": container.image,
            "Digest": container.image_digest,
            "Docker id": container.runtime_id,
            "Exit code": "" if container.exit_code is None else str(container.exit_code),
            "Out of memory": "yes" if container.oom_killed else "",
            "Reason": container.reason,
            "Started": _ago(world, container.started_at),
            "Finished": _ago(world, container.finished_at),
        }
    )
    definition = world.state.definitions.get(task.definition)
    asked = next((c for c in definition.containers if c.name == name), None) if definition else None
    if asked is not None:
        yield from section("Environment")
        yield from facts(dict(asked.environment))


def _instance(world: World, key: str) -> Iterator[Line]:
    instance = world.state.instances.get(key)
    if instance is None:
        return
    yield from _instance_facts(world, instance)
    if instance.attributes:
        yield from section("Attributes")
        yield from facts(dict(instance.attributes))
    yield from section("Tasks")
    yield from _tasks(world, world.state.tasks_on(key))
    names = {instance.name, key}
    mine = (e for e in world.events.values() if e.subject is Subject.INSTANCE and e.name in names)
    yield from _events(world, mine)


def _instance_facts(world: World, instance: ContainerInstance) -> Iterator[Line]:
    room = room_on(world.state, instance)
    pulse = world.pulse(instance.id)
    yield from facts(
        {
            "Host": Cell(instance.name, Tone.KEY),
            "Id": instance.id,
            "Cluster": instance.cluster,
            "URL": instance.url,
            "Status": cells.status(instance.status),
            "Connectivity": connectivity(world, instance),
            "Problem": Cell(instance.problem, Tone.BAD) if instance.problem else "",
            "Cpu units": f"{room.cpu_units} of {instance.cpu_units} free",
            "Memory": f"{room.memory_mib} of {instance.memory_mib} MiB free",
            "In use": ""
            if pulse.cpu_percent is None
            else f"cpu {pulse.cpu_percent:.0f}%, {pulse.memory_mib or 0:.0f} MiB",
            "Ports taken": ", ".join(f"{port.port}/{port.protocol}" for port in sorted(room.ports)),
            "Docker": instance.docker_version,
            "Platform": f"{instance.os}/{instance.architecture}" if instance.os else "",
            "Last heard": _ago(world, pulse.heard_at),
            "In config": "no longer: it drains and goes when it is empty"
            if instance.removed_from_config
            else "",
        }
    )


def _family(world: World, key: str) -> Iterator[Line]:
    latest = world.state.latest_definition(key)
    if latest is not None:
        yield from _revision(world, latest.name)


def _revision(world: World, key: str) -> Iterator[Line]:
    definition = world.state.definitions.get(key)
    if definition is None:
        return
    yield from facts(
        {
            "Task definition": Cell(definition.name, Tone.KEY),
            "Status": definition.status.value,
            "Registered": f"{_ago(world, definition.registered_at)} by {definition.registered_by or 'unknown'}",
            "Network mode": definition.network_mode.value,
            "Charged": f"{definition.reserved_cpu_units} cpu units, {definition.reserved_memory_mib} MiB",
            "Host ports": ", ".join(f"{port.port}/{port.protocol}" for port in definition.static_ports),
            "Used by": ", ".join(users(world.state, name=definition.name)),
        }
    )
    yield from section("Containers")
    yield from table(
        ("NAME", "IMAGE", "ESSENTIAL", "PORTS", "HEALTH CHECK"),
        (
            (
                c.name,
                c.image,
                "yes" if c.essential else "no",
                ", ".join(f"{p.host_port or 'any'}→{p.container_port}/{p.protocol}" for p in c.port_mappings)
                or None,
                " ".join(c.health_check.command) if c.health_check else None,
            )
            for c in definition.containers
        ),
    )
    if definition.warnings:
        yield from section("Adapted to plain Docker")
        yield from sentences(definition.warnings, Tone.WARN)
    yield from _changes_since_last(world, definition)


def _changes_since_last(world: World, definition: TaskDefinition) -> Iterator[Line]:
    before = world.state.definitions.get(f"{definition.family}:{definition.revision - 1}")
    if before is not None:
        yield from section(f"Changes since {before.name}")
        yield from sentences(diff(before, definition) or ["none"])


def _deployment(world: World, key: str) -> Iterator[Line]:
    deployment = world.state.deployments.get(key)
    if deployment is None:
        return
    yield from facts(
        {
            "Deployment": Cell(deployment.id, Tone.KEY),
            "Service": deployment.service_key,
            "Task definition": deployment.definition,
            "Status": cells.status(deployment.status),
            "Rollout": cells.status(deployment.rollout_state),
            "Reason": deployment.rollout_reason,
            "Running": cells.part(deployment.running_count, deployment.desired_count),
            "Pending": deployment.pending_count,
            "Failed in a row": deployment.failed_tasks,
            "Next attempt": moment(deployment.retry_at, world.now()) if deployment.retry_at else "",
            "Created": _ago(world, deployment.created_at),
        }
    )
    yield from section("Tasks")
    tasks = world.state.tasks_of_service(deployment.service_key)
    yield from _tasks(world, [task for task in tasks if task.deployment == key])


def _command(world: World, key: str) -> Iterator[Line]:
    submitted = world.commands.get(key)
    if submitted is None:
        return
    yield from facts(
        {
            "Command": Cell(key, Tone.KEY),
            "Action": submitted.command.action,
            "Submitted": f"{moment(submitted.command.submitted_at, world.now())} by {submitted.command.submitted_by}",
            "Answer": answer(submitted),
        }
    )
    yield from section("Input")
    yield from sentences(
        json.dumps(input_of(submitted.command.input), indent=2, ensure_ascii=False).splitlines()
    )
    if submitted.answer is not None and submitted.answer.output:
        yield from section("Output")
        yield from sentences(
            json.dumps(input_of(submitted.answer.output), indent=2, ensure_ascii=False).splitlines()
        )


def _event(world: World, key: str) -> Iterator[Line]:
    event = world.events.get(int(key))
    if event is not None:
        yield from facts({"Time": moment(event.at, world.now()), "Subject": f"{event.subject} {event.name}"})
        yield from sentences([event.message])


def _tasks(world: World, tasks: Iterable[Task]) -> Iterator[Line]:
    shown = list(tasks)
    if not shown:
        yield from sentences(["none"], Tone.DIM)
    instances = world.state.instances
    yield from table(
        ("TASK", "GROUP", "TASK DEF", "STATUS", "HEALTH", "HOST", "WHY"),
        (
            (
                task.id[:SHORT],
                task.group,
                task.definition,
                cells.status(task.last_status) if known(world.state, task) else Cell("unknown", Tone.DIM),
                cells.status(task.health if known(world.state, task) else Health.UNKNOWN),
                instances[task.instance].name if task.instance in instances else None,
                task.why or None,
            )
            for task in shown
        ),
    )


def _events(world: World, mine: Iterable[Event]) -> Iterator[Line]:
    newest = deque(mine, maxlen=_EVENTS_SHOWN)
    if newest:
        yield from section("Events, the newest first")
        yield from table(
            ("TIME", "MESSAGE"),
            (
                (moment(e.at, world.now()), Cell(e.message, cells.TONES.get(e.level, Tone.PLAIN)))
                for e in reversed(newest)
            ),
        )


def _ago(world: World, at: float | None) -> str:
    return f"{moment(at, world.now())} ({duration(world.now() - at)} ago)" if at else ""


def _took(start: float | None, end: float | None) -> str:
    if start is None:
        return ""
    return "under way" if end is None else f"took {end - start:.1f} s"


_PAGES: Final[Mapping[About, Callable[[World, str], Iterator[Line]]]] = {
    About.CLUSTER: _cluster,
    About.SERVICE: _service,
    About.TASK: _task,
    About.CONTAINER: _container,
    About.INSTANCE: _instance,
    About.FAMILY: _family,
    About.REVISION: _revision,
    About.DEPLOYMENT: _deployment,
    About.EVENT: _event,
    About.COMMAND: _command,
}
