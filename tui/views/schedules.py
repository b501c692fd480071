"""Schedules: when each runs next, and how its last run went. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from core.client.schedules import last_run, next_told, problem_of
from core.model.instance import ContainerInstance
from core.model.schedule import Schedule
from core.model.task import Task
from core.model.task_definition import TaskDefinition
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import BLANK, Cell, View, foreign, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=10, maximum=30),
    Column("cluster", "CLUSTER", 8, maximum=16, tells_apart=True),
    Column("expression", "EXPRESSION", 1, minimum=12, maximum=32),
    Column("in", "IN", 2, align=Align.RIGHT, is_restless=True),
    Column("next", "NEXT", 5, minimum=20),
    Column("last", "LAST", 3, align=Align.RIGHT, is_restless=True),
    Column("result", "RESULT", 1, minimum=9),
    Column("state", "STATE", 3, minimum=8),
    Column("definition", "TASK DEF", 6, minimum=8, maximum=24, keeps_end=True),
    Column("why", "WHY", 2, minimum=14, maximum=48),
    Column("age", "AGE", 7, align=Align.RIGHT, is_restless=True),
)


def _ids(world: World, _place: Place) -> Iterable[str]:
    return list(world.state.schedules)


def _row(world: World, place: Place, key: str) -> Row | None:
    schedule = world.state.schedules.get(key)
    if schedule is None or place.cluster not in {"", schedule.cluster}:
        return None
    if not place.is_of(About.STACK, f"{schedule.cluster}/{schedule.stack}"):
        return None
    last = last_run(schedule)
    return row(
        key,
        (
            Cell(schedule.name, Tone.KEY),
            Cell(schedule.cluster),
            Cell(schedule.expression),
            _until(world, schedule),
            Cell(next_told(schedule), sort=schedule.planned_at) if schedule.next_at else BLANK,
            cells.age(world.now(), last.at) if last is not None else BLANK,
            cells.status(last.result) if last is not None else BLANK,
            state_cell(schedule),
            Cell(schedule.definition),
            foreign(problem_of(world.state, schedule), Tone.BAD),
            cells.age(world.now(), schedule.created_at),
        ),
        dim=not schedule.enabled,
    )


def _until(world: World, schedule: Schedule) -> Cell:
    """How long until it runs next, in its window; what is due and waits for an engine says so."""
    if schedule.planned_at is None:
        return BLANK
    left = schedule.planned_at - world.now()
    text, tone = ("due", Tone.BUSY) if left <= 0 else (duration(left), Tone.PLAIN)
    return Cell(text, tone, schedule.planned_at)


def state_cell(schedule: Schedule) -> Cell:
    """ENABLED or DISABLED, or that no occasion is left."""
    return Cell("over", Tone.DIM) if schedule.over else cells.status(schedule.state)


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case Schedule():
            return (changed.key,)
        case Task():
            return (changed.schedule_key,)
        case ContainerInstance():
            return {task.schedule_key for task in world.state.tasks_on(changed.id)}
        case TaskDefinition():
            schedules = world.state.schedules.values()
            return [s.key for s in schedules if s.definition.partition(":")[0] == changed.family]
        case _:
            return ()


def _enter(world: World, _place: Place, key: str) -> Place | None:
    schedule = world.state.schedules.get(key)
    return Place("tasks", schedule.cluster, Thing(About.SCHEDULE, key)) if schedule else None


VIEW = View(
    name="schedules",
    scope=Scope.SCHEDULES,
    about=About.SCHEDULE,
    aliases=("schedule", "sched", "cron"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No schedules here. Make one: N, or dockyard schedule create NAME --expression 'rate(1 day)' --task-definition FAMILY",
    sort="name",
)
