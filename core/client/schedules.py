"""What people are told of a schedule: its next occasions, how its last runs went, and what is wrong with it. Pure."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from core.model.ids import SHORT
from core.model.schedule import MissedRuns, Run, RunResult
from core.schedule_expression import timing_of, zone_of

if TYPE_CHECKING:
    from core.model.schedule import Schedule
    from core.model.state import State


def wall_time(schedule: Schedule, at: float) -> str:
    """A moment as clocks of the schedule's time zone show it: `Fri 2026-11-27 03:00 CET`."""
    shown = datetime.fromtimestamp(at, zone_of(schedule.timezone))
    return shown.strftime("%a %Y-%m-%d %H:%M:%S %Z" if shown.second else "%a %Y-%m-%d %H:%M %Z")


def upcoming(schedule: Schedule, count: int) -> list[float]:
    """Its next occasions; none of one that is DISABLED, or over."""
    if schedule.next_at is None:
        return []
    return [schedule.next_at, *islice(timing_of(schedule).upcoming(schedule.next_at), count - 1)]


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
