"""Tasks: where each one is in its life, on which host, and what holds it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from core.client.stopped import why_stopped
from core.model.counts import known
from core.model.ids import SHORT
from core.model.instance import ContainerInstance
from core.model.task import DesiredStatus, Task, TaskStatus
from core.scheduler.probes import held_by_probe
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.sparks import WIDTH
from tui.views import cells
from tui.views.view import BLANK, Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_ORDER = tuple(TaskStatus)
_COLUMNS = (
    Column("id", "TASK", minimum=8),
    Column("group", "SERVICE", 3, minimum=8, maximum=24),
    Column("cluster", "CLUSTER", 8, maximum=16, tells_apart=True),
    Column("status", "STATUS", 1, minimum=12, maximum=20),
    Column("health", "HEALTH", 4, minimum=9),
    Column("host", "HOST", 2, minimum=6, maximum=20),
    Column("definition", "TASK DEF", 5, minimum=8, maximum=24, keeps_end=True),
    Column("why", "WHY", 2, minimum=16, maximum=48),
    Column("restarts", "RESTARTS", 5, align=Align.RIGHT),
    Column("cpu", "CPU", 6, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("memory", "MEM", 6, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("age", "AGE", 4, align=Align.RIGHT, is_restless=True),
)


def belongs(place: Place, task: Task) -> bool:
    """Whether a task is shown at a place."""
    return (
        place.cluster in {"", task.cluster}
        and place.is_of(About.SERVICE, task.service_key)
        and place.is_of(About.INSTANCE, task.instance)
        and place.is_of(About.DEPLOYMENT, task.deployment)
        and place.is_of(About.REVISION, task.definition)
        and place.is_of(About.SCHEDULE, task.schedule_key)
    )


def tasks_on(world: World, instance: str) -> list[str]:
    """The ids of all tasks that are or were on a host."""
    index = world.state.index
    return [*index.tasks_of_instance[instance], *index.stopped_of_instance[instance]]


def _ids(world: World, _place: Place) -> Iterable[str]:
    return list(world.state.tasks)


def _row(world: World, place: Place, key: str) -> Row | None:
    task = world.state.tasks.get(key)
    if task is None or not belongs(place, task):
        return None
    instance = world.state.instances.get(task.instance)
    is_known = known(world.state, task)
    cpu, memory = cells.summed(
        world.usage(task).values(),
        world.history.used(About.TASK, key, WIDTH),
        cpu_units=task.cpu_units,
        memory_mib=task.memory_mib,
    )
    restarts = sum(container.restart_count for container in task.containers)
    return row(
        key,
        (
            Cell(key[:SHORT], Tone.KEY, key),
            foreign(task.service or task.group),
            Cell(task.cluster),
            _status(task, is_known=is_known),
            cells.status(task.overall_health) if is_known else Cell("UNKNOWN", Tone.DIM),
            foreign(instance.name) if instance else BLANK,
            Cell(task.definition),
            foreign(what_holds(world, task), Tone.DIM if task.stopped else Tone.WARN),
            number(restarts, Tone.PLAIN if task.stopped else Tone.WARN) if restarts else BLANK,
            cpu,
            memory,
            cells.age(world.now(), task.started_at or task.created_at),
        ),
        dim=task.stopped or not is_known,
    )


def _status(task: Task, *, is_known: bool) -> Cell:
    place = _ORDER.index(task.last_status)
    if not is_known:
        return Cell("unknown", Tone.DIM, place)
    ends = task.desired_status is DesiredStatus.STOPPED and place < _ORDER.index(TaskStatus.STOPPING)
    text = f"{task.last_status.value} → STOPPED" if ends else task.last_status.value
    return Cell(text, cells.tone(task.last_status), place)


def what_holds(world: World, task: Task) -> str:
    """Why a task is not simply running: its host is silent, it stopped, it waits."""
    instance = world.state.instances.get(task.instance)
    if instance is not None and not known(world.state, task):
        heard_at = world.pulse(instance.id).heard_at or instance.connectivity_at
        silent = (
            f"{instance.name} silent for {duration(world.now() - heard_at)}"
            if heard_at
            else f"{instance.name} silent"
        )
        return f"{silent}, was {task.last_status.value}"
    return why_stopped(task) if task.stopped else task.why or held_by_probe(task)


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case Task():
            return (changed.id,)
        case ContainerInstance():
            return tasks_on(world, changed.id)
        case _:
            return ()


def _enter(world: World, _place: Place, key: str) -> Place | None:
    task = world.state.tasks.get(key)
    return Place("containers", task.cluster, Thing(About.TASK, key)) if task else None


VIEW = View(
    name="tasks",
    scope=Scope.TASKS,
    about=About.TASK,
    aliases=("task", "t"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No tasks here. A service keeps them, or run one: dockyard task run FAMILY",
    sort="status",
)
