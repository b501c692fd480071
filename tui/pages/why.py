"""`w`: why a thing is as it is, from the thing outwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.explanation import explanation
from core.client.progress import service_stable
from core.ecs.counts import counts
from core.model.ids import SHORT
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from core.model.task import DesiredStatus, TaskStatus
from core.scheduler.bounds import bounds
from tui.counting import running
from tui.faults import engine_faults
from tui.listing.row import Tone
from tui.pages.text import section, sentences
from tui.place import About
from tui.views.capacity import connectivity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.task import Task
    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World


def why(world: World, thing: Thing) -> list[Line]:
    """The reasons, the nearest first."""
    lines = list(sentences(engine_faults(world), Tone.BAD))
    state = world.state
    match thing.about:
        case About.SERVICE if service := state.services.get(thing.key):
            lines += _service(world, service)
        case About.TASK if task := state.tasks.get(thing.key):
            lines += sentences(explanation(state, task))
            lines += _hosts(world, task.cluster) if not task.instance and not task.stopped else ()
        case About.INSTANCE if instance := state.instances.get(thing.key):
            lines += _instance(world, instance)
        case _:
            lines += sentences([f"This {thing.about} is gone."], Tone.WARN)
    return lines


def _service(world: World, service: Service) -> Iterator[Line]:
    state = world.state
    tasks = state.tasks_of_service(service.key)
    found = counts(state, tasks)
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    stage = service_stable(state, service.key)
    yield from sentences([stage.text], Tone.GOOD if stage.done else Tone.WARN)
    unknown = f"; of {found.unknown} nothing is known now" if found.unknown else ""
    wants = f"It wants {service.desired_count} tasks, has {running(state, tasks)} running and {found.pending} on their way"
    percents = f"{service.minimum_healthy_percent} to {service.maximum_percent} percent"
    kept = f"at least {limits.floor} stay healthy and at most {limits.cap} live ({percents})"
    yield from sentences([f"{wants}{unknown}.", f"While tasks are exchanged {kept}."])
    if service.status is ServiceStatus.DRAINING:
        yield from sentences(["It is being deleted."], Tone.WARN)
    primary = state.primary_of(service.key)
    if primary is not None:
        yield from sentences(
            [f"Its deployment {primary.id} of {primary.definition} is {primary.rollout_state.value}."]
            + ([primary.rollout_reason] if primary.rollout_reason else [])
        )
    waiting = [task for task in tasks if task.last_status is not TaskStatus.RUNNING or task.why]
    if waiting:
        yield from section("Its tasks that aren't running")
        yield from sentences(f"{task.id[:SHORT]} {_state_of(task)}" for task in waiting)
    if any(not task.instance for task in waiting):
        yield from _hosts(world, service.cluster)


def _state_of(task: Task) -> str:
    leaving = ", to be stopped" if task.desired_status is DesiredStatus.STOPPED else ""
    return f"{task.last_status.value}{leaving}" + (f": {task.why}" if task.why else "")


def _hosts(world: World, cluster: str) -> Iterator[Line]:
    yield from section(f"Hosts of {cluster}")
    instances = world.state.instances_of(cluster)
    if not instances:
        yield from sentences(["none: dockyard capacity add NAME URL"], Tone.WARN)
    for instance in instances:
        taken = world.state.tasks_on(instance.id)
        cpu = instance.cpu_units - sum(task.cpu_units for task in taken)
        memory = instance.memory_mib - sum(task.memory_mib for task in taken)
        free = f"{cpu} cpu units and {memory} MiB free"
        yield from sentences(
            [f"{instance.name}: {instance.status.value}, {connectivity(world, instance).text}, {free}"],
            Tone.PLAIN if instance.connected and instance.status is InstanceStatus.ACTIVE else Tone.WARN,
        )


def _instance(world: World, instance: ContainerInstance) -> Iterator[Line]:
    state = connectivity(world, instance)
    yield ((f"{instance.name} is {instance.status.value} and ", Tone.PLAIN), (state.text, state.tone))
    if instance.problem:
        yield from sentences([instance.problem], Tone.BAD)
    if instance.impaired:
        yield from sentences(
            ["Three actions in a row ran into their deadline: it takes no new tasks until one succeeds."]
        )
    if instance.status is InstanceStatus.DRAINING:
        left = len(world.state.tasks_on(instance.id))
        yield from sentences([f"It is being drained: {left} tasks are left, and it takes no new ones."])
    if instance.removed_from_config:
        yield from sentences(["The config file names it no longer: it goes when it is empty."])
    if not instance.connected:
        yield from sentences(
            [
                "Nothing is known of its tasks while it is silent; they are not taken for running.",
                f"Each step on the way to it: dockyard capacity doctor {instance.name}",
            ]
        )
