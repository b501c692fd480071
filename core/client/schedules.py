"""What people are told of a schedule: its next occasions, how its last runs went, and what is wrong with it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.config.durations import format_duration
from core.model.ids import SHORT
from core.model.schedule import MissedRuns, Run, RunResult

if TYPE_CHECKING:
    from datetime import tzinfo

    from core.flexible_window import Occasion
    from core.model.schedule import Schedule
    from core.model.state import State


def wall_time(schedule: Schedule, at: float) -> str:
    """A moment as clocks of the schedule's time zone show it: `Fri 2026-11-27 03:00 CET`."""
    shown = datetime.fromtimestamp(at, _zone(schedule))
    return shown.strftime("%a %Y-%m-%d %H:%M:%S %Z" if shown.second else "%a %Y-%m-%d %H:%M %Z")


def upcoming(schedule: Schedule, count: int) -> list[Occasion]:
    """Its next occasions, and when in its flexible time window each is run; none of one that is DISABLED, or over."""
    from core import flexible_window  # noqa: PLC0415  # see _zone
    from core.schedule_expression import timing_of  # noqa: PLC0415  # as above

    return [] if schedule.next_at is None else flexible_window.upcoming(schedule, timing_of(schedule), count)


def next_told(schedule: Schedule) -> str:
    """Its next occasion, and when it is run where that is later: `Fri 2026-11-27 03:00 CET, at 03:41:07`; empty where none is."""
    if schedule.next_at is None:
        return ""
    occasion = wall_time(schedule, schedule.next_at)
    if schedule.planned_at in {None, schedule.next_at}:
        return occasion
    return f"{occasion}, at {_beside(schedule, schedule.planned_at, schedule.next_at)}"


def window_told(schedule: Schedule) -> str:
    """How long its flexible time window is at the most; empty where it is OFF."""
    return format_duration(schedule.window_minutes * 60) if schedule.window_minutes else ""


def _beside(schedule: Schedule, at: float, occasion: float) -> str:
    """A moment that stands beside its occasion: without the day where that is the same."""
    zone = _zone(schedule)
    moment, due = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(occasion, zone)
    return moment.strftime("%H:%M:%S" if moment.date() == due.date() else "%a %H:%M:%S")


def _zone(schedule: Schedule) -> tzinfo:
    """Its time zone. Whoever tells what is wrong asks here, and mostly where there are no schedules: that loads no zones and no cron."""
    from core.schedule_expression import zone_of  # noqa: PLC0415  # as said

    return zone_of(schedule.timezone)


def last_run(schedule: Schedule) -> Run | None:
    """What came of its latest occasion; None before the first."""
    return schedule.runs[0] if schedule.runs else None


def state_told(schedule: Schedule) -> str:
    """ENABLED or DISABLED, or that no occasion is left."""
    return "over" if schedule.over else schedule.state.value


def problem_of(state: State, schedule: Schedule) -> str:
    """What an operator should look at; empty when all is well, or nobody wants it to run."""
    if not schedule.enabled:
        return ""
    return _now(state, schedule) or _went_wrong(schedule) or _would_fail(state, schedule)


def _now(state: State, schedule: Schedule) -> str:
    """What holds it now."""
    latest = last_run(schedule)
    if latest is not None and latest.running and latest.reason:
        return f"its run of {wall_time(schedule, latest.scheduled_at)} waits: {latest.reason}"
    held = _held_by(state, schedule) if latest is not None and latest.result is RunResult.SKIPPED else ""
    return f"it skips its runs, for {held}" if held else ""


def _went_wrong(schedule: Schedule) -> str:
    """How the last run that ended went, where it did not go well."""
    ended = (r for r in schedule.runs if r.result not in {RunResult.RUNNING, RunResult.SKIPPED})
    before = next(ended, None)
    match before:
        case Run(result=RunResult.FAILED):
            how = "failed"
        case Run(result=RunResult.MISSED) if schedule.missed_runs is not MissedRuns.SKIP:
            how = "was missed"
        case _:
            return ""
    return f"its run of {wall_time(schedule, before.scheduled_at)} {how}: {before.reason}"


def _would_fail(state: State, schedule: Schedule) -> str:
    if schedule.next_at is None or _can_run(state, schedule.definition):
        return ""
    return f"its task definition {schedule.definition} is not ACTIVE: its next run will fail"


def _held_by(state: State, schedule: Schedule) -> str:
    """The task of an earlier run of which nobody knows whether it ends: its host does not answer."""
    for task in state.tasks_of_schedule(schedule.key):
        instance = state.instances.get(task.instance)
        if instance is not None and not instance.connected:
            return f"task {task.id[:SHORT]} of an earlier one is on {instance.name}, which is {instance.connectivity.value}"
    return ""


def _can_run(state: State, definition: str) -> bool:
    if ":" not in definition:
        return state.latest_definition(definition) is not None
    found = state.definitions.get(definition)
    return found is not None and found.active
