"""`w`: why a thing is as it is, from the thing outwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from core.cli.printing import count_of
from core.client.explained_service import explain_service
from core.client.explanation import explanation
from core.client.leaving import held_on
from core.client.progress import service_stable
from core.client.schedules import last_run, next_told, problem_of, wall_time
from core.model.instance import InstanceStatus
from core.safe_text import plain
from tui.faults import cluster_faults, engine_faults
from tui.listing.row import Tone
from tui.pages.text import sentences
from tui.place import About
from tui.views.capacity import connectivity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
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
            lines += sentences(explanation(state, task, world.now()))
        case About.INSTANCE if instance := state.instances.get(thing.key):
            lines += _instance(world, instance)
        case About.CONTAINER if task := state.tasks.get(thing.key.partition("/")[0]):
            lines += _container(task, thing.key.partition("/")[2])
            lines += sentences(explanation(state, task, world.now()))
        case About.SCHEDULE if schedule := state.schedules.get(thing.key):
            lines += _schedule(world, schedule)
        case About.CLUSTER if thing.key in state.clusters:
            lines += _cluster(world, thing.key)
        case About.ENGINE:
            lines = lines or list(sentences(["The engine runs, and nothing is wrong with it."], Tone.GOOD))
        case _:
            lines += sentences([f"This {thing.about} is gone."], Tone.WARN)
    return lines


def _service(world: World, service: Service) -> Iterator[Line]:
    stage = service_stable(world.state, service.key, world.now)
    yield from sentences([stage.text], Tone.GOOD if stage.done else Tone.WARN)
    yield from sentences(explain_service(world.state, service, world.now(), world.scaling(service)))


def _container(task: Task, name: str) -> Iterator[Line]:
    container = task.container(name)
    if container is None:
        return
    exited = f", exit code {container.exit_code}" if container.exit_code is not None else ""
    killed = ": it was killed, for it took more memory than it may" if container.oom_killed else ""
    text = f"Container {name} is {container.status.value}{exited}{killed}"
    yield from sentences([text], Tone.BAD if container.oom_killed else Tone.PLAIN)
    if container.reason:
        yield from sentences([container.reason], Tone.WARN)
    if container.restart_count:
        yield from sentences([f"It was restarted in place {count_of(container.restart_count, 'time')}."])


def _schedule(world: World, schedule: Schedule) -> Iterator[Line]:
    problem = problem_of(world.state, schedule)
    if problem:
        yield from sentences([problem], Tone.BAD)
    if schedule.over:
        yield from sentences(["It is over: its expression, or its end, leaves no occasion."], Tone.DIM)
    elif not schedule.enabled:
        yield from sentences(["It is DISABLED: nothing is run until it is enabled again."], Tone.WARN)
    elif schedule.planned_at is not None:
        left = schedule.planned_at - world.now()
        due = "is due" if left <= 0 else f"is in {duration(left)}"
        yield from sentences([f"Its next run {due}: {next_told(schedule)}."])
    run = last_run(schedule)
    if run is None:
        yield from sentences(["It has not run yet."], Tone.DIM)
    else:
        reason = f": {run.reason}" if run.reason else ""
        at = wall_time(schedule, run.at if run.by_hand else run.scheduled_at)
        yield from sentences([f"Its last run, of {at}, is {run.result.value}{reason}"])


def _cluster(world: World, name: str) -> Iterator[Line]:
    found = list(cluster_faults(world, name))
    if found:
        yield from sentences(found, Tone.BAD)
    else:
        yield from sentences([f"Nothing is wrong in {name}."], Tone.GOOD)


def _drain_end(instance: ContainerInstance, now: float) -> str:
    if instance.drain_deadline is None:
        return "The drain has no deadline: D sets one, or activates it."
    left_s = instance.drain_deadline - now
    if left_s <= 0:
        return "Its deadline is over: what is left is stopped."
    return f"In {duration(left_s)} what is left is stopped."


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
        yield from sentences(
            [f"It is being drained and takes no new tasks. {_drain_end(instance, world.now())}"]
        )
        left = len(world.state.tasks_on(instance.id))
        yield from sentences([f"{count_of(left, 'task')} left on it:" if left else "It is empty."])
        for why_left, count in held_on(world.state, instance.id, world.now()).most_common():
            yield ((f"  {count} × ", Tone.PLAIN), (plain(why_left), Tone.WARN))
    if instance.removed_from_config:
        yield from sentences(["The config file names it no longer: it goes when it is empty."])
    if not instance.connected:
        yield from sentences(
            [
                "Nothing is known of its tasks while it is silent; they are not taken for running.",
                f"Each step on the way to it: dockyard capacity doctor {instance.name}",
            ]
        )
