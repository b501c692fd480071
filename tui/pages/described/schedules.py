"""A schedule in words: when it runs, by which policies, and what became of its last runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from core.client.schedules import problem_of, upcoming, wall_time, window_told
from core.config.durations import format_duration
from core.events import Subject
from core.model.ids import SHORT
from core.model.schedule import AfterCompletion
from core.model.tags import tags_told
from tui.listing.row import Tone
from tui.pages.described.shared import ago, events_table, tasks_table
from tui.pages.text import facts, section, sentences, table
from tui.views import cells
from tui.views.schedules import state_cell
from tui.views.view import Cell, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.schedule import Schedule
    from tui.pages.text import Line
    from tui.world import World

_NEXT_SHOWN = 5


def describe_schedule(world: World, key: str) -> Iterator[Line]:
    """A schedule."""
    schedule = world.state.schedules.get(key)
    if schedule is None:
        return
    yield from _schedule_facts(world, schedule)
    yield from section("Next runs")
    following = upcoming(schedule, _NEXT_SHOWN)
    if not following:
        yield from sentences(["none"], Tone.DIM)
    flexible = bool(schedule.window_minutes)
    yield from table(
        ("AT", "RUN AT", "IN") if flexible else ("AT", "IN"),
        (
            (
                wall_time(schedule, run.at),
                *((wall_time(schedule, run.planned_at),) if flexible else ()),
                duration(run.planned_at - world.now()),
            )
            for run in following
        ),
    )
    yield from section("Last runs")
    yield from table(
        ("DUE", "RESULT", "TASKS", "REASON"),
        (
            (
                f"by hand {wall_time(schedule, run.at)}"
                if run.by_hand
                else wall_time(schedule, run.scheduled_at),
                cells.status(run.result),
                ", ".join(task[:SHORT] for task in run.tasks) or None,
                foreign(run.reason),
            )
            for run in schedule.runs
        ),
    )
    yield from section("Tasks")
    yield from tasks_table(world, world.state.tasks_of_schedule(key))
    mine = (
        e for e in world.events.values() if e.subject is Subject.SCHEDULE and f"{e.cluster}/{e.name}" == key
    )
    yield from events_table(world, mine)


def _schedule_facts(world: World, schedule: Schedule) -> Iterator[Line]:
    problem = problem_of(world.state, schedule)
    deletes = schedule.after_completion is AfterCompletion.DELETE
    yield from facts(
        {
            "Schedule": Cell(schedule.name, Tone.KEY),
            "Cluster": schedule.cluster,
            "Description": schedule.description,
            "State": state_cell(schedule),
            "Expression": schedule.expression,
            "Time zone": schedule.timezone,
            "Begins": wall_time(schedule, schedule.start_at) if schedule.start_at is not None else "",
            "Ends": wall_time(schedule, schedule.end_at) if schedule.end_at is not None else "",
            "Flexible time window": window_told(schedule),
            "After completion": schedule.after_completion.value if deletes else "",
            "Task definition": schedule.definition,
            "Overlap": schedule.overlap.value,
            "Missed runs": f"{schedule.missed_runs.value}, up to {format_duration(schedule.maximum_event_age_s)} late",
            "Stack": schedule.stack,
            "Tags": tags_told(schedule.tags),
            "Why": Cell(problem, Tone.BAD) if problem else "",
            "Created": ago(world, schedule.created_at),
        }
    )
