"""CreateSchedule, UpdateSchedule and DeleteSchedule, and our RunSchedule. Pure; its occasions are in schedule_runs.py."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_schedule, describe_task
from core.errors import Refusals, Refused
from core.events import Event, Subject
from core.fold.find import find_cluster, find_schedule
from core.fold.members import said
from core.fold.placement_input import tags_from
from core.fold.schedule_runs import left_told, run_now, run_of, unplaced
from core.fold.schedule_times import check_times, date_of, one_spaced, rewindowed, timed, window_of
from core.fold.tasks import check_run
from core.lifecycle import order_stop
from core.model.ids import last_part
from core.model.schedule import Schedule
from core.model.task import StopCode
from core.record import replace

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import CreateSchedule, OneSchedule, UpdateSchedule
    from core.fold.members import ScheduleTarget
    from core.model.state import State

Output = dict[str, Any]

#: What makes two requests for one name the same request.
_WANTED: Final = attrgetter(
    "expression",
    "timezone",
    "target",
    "description",
    "state",
    "start_at",
    "end_at",
    "missed_runs",
    "overlap",
    "maximum_event_age_s",
    "window_minutes",
    "after_completion",
    "tags",
)


def create_schedule(state: State, given: CreateSchedule, turn: TurnContext) -> Output:
    """Create a schedule; the same request once more returns what is there."""
    schedule = new_schedule(state, given, turn)
    standing = state.schedules.get(schedule.key)
    if standing is not None:
        if _WANTED(standing) != _WANTED(schedule):
            raise Refused("ConflictException", f"Schedule {schedule.name} already exists.")
        return {"schedule": describe_schedule(state, standing)}
    state.put(schedule)
    _say(state, schedule, turn.now, "was created")
    return {"schedule": describe_schedule(state, schedule)}


def new_schedule(state: State, given: CreateSchedule, turn: TurnContext) -> Schedule:
    """The schedule that a request asks for. Raises Refused with all for which it could not run, or never would."""
    refusals = Refusals()
    with refusals.kept():
        check_times(given)
    with refusals.kept():
        check_run(state, run_of(given.cluster, given.name, _target(given.target)))
    with refusals.kept():
        schedule = timed(_asked(given, turn), turn.now)
    refusals.conclude()
    return schedule


def _asked(given: CreateSchedule, turn: TurnContext) -> Schedule:
    return Schedule(
        cluster=last_part(given.cluster),
        name=given.name,
        expression=one_spaced(given.schedule_expression),
        timezone=given.schedule_expression_timezone,
        definition=last_part(given.target.task_definition),
        target=_target(given.target),
        description=given.description,
        state=given.state,
        start_at=date_of("startDate", given.start_date),
        end_at=date_of("endDate", given.end_date),
        missed_runs=given.missed_runs,
        overlap=given.overlap,
        maximum_event_age_s=given.maximum_event_age_in_seconds,
        window_minutes=window_of(given.flexible_time_window),
        after_completion=given.action_after_completion,
        tags=tags_from(given.tags),
        created_by=turn.submitted_by,
        created_at=turn.now,
        updated_at=turn.now,
    )


def update_schedule(state: State, given: UpdateSchedule, turn: TurnContext) -> Output:
    """Change a schedule. Another time, or ENABLED again, counts from now: nothing is missed while it is DISABLED."""
    cluster = find_cluster(state, given.cluster)
    schedule = find_schedule(state, cluster, given.name)
    refusals = Refusals()
    with refusals.kept():
        if given.target is not None and (target := _target(given.target)) != schedule.target:
            check_run(state, run_of(schedule.cluster, schedule.name, target))
    with refusals.kept():
        changed = _changed(schedule, given, turn.now)
    refusals.conclude()
    if changed != schedule:
        changed = replace(changed, updated_at=turn.now)
        state.put(changed)
        turned = {"ENABLED": "was enabled", "DISABLED": "was disabled"}[changed.state.value]
        _say(state, changed, turn.now, turned if changed.state is not schedule.state else "was changed")
    return {"schedule": describe_schedule(state, changed)}


def _changed(schedule: Schedule, given: UpdateSchedule, now: float) -> Schedule:
    asked: dict[str, Any] = {
        "expression": given.schedule_expression and one_spaced(given.schedule_expression),
        "timezone": given.schedule_expression_timezone,
        "definition": given.target and last_part(given.target.task_definition),
        "target": given.target and _target(given.target),
        "description": given.description,
        "state": given.state,
        "missed_runs": given.missed_runs,
        "overlap": given.overlap,
        "maximum_event_age_s": given.maximum_event_age_in_seconds,
        "after_completion": given.action_after_completion,
    }
    changed = replace(schedule, **{name: value for name, value in asked.items() if value is not None})
    if given.flexible_time_window is not None:
        changed = replace(changed, window_minutes=window_of(given.flexible_time_window))
    if given.start_date is not None:
        changed = replace(changed, start_at=date_of("startDate", given.start_date))
    if given.end_date is not None:
        changed = replace(changed, end_at=date_of("endDate", given.end_date))
    if _WHEN(changed) != _WHEN(schedule):
        return timed(changed, now, schedule)
    return rewindowed(changed, now) if changed.window_minutes != schedule.window_minutes else changed


#: What says when it runs: a change of these alone moves the next occasion.
_WHEN: Final = attrgetter("expression", "timezone", "start_at", "end_at", "state")


def delete_schedule(state: State, given: OneSchedule, turn: TurnContext) -> Output:
    """Delete a schedule. Tasks of its runs run on (EventBridge), but for those that found no place yet."""
    cluster = find_cluster(state, given.cluster)
    schedule = find_schedule(state, cluster, given.name)
    for task in unplaced(state, schedule):  # nobody would end their waiting any more
        reason = f"Schedule {schedule.name} was deleted before it found a place"
        state.put(order_stop(task, turn.now, StopCode.USER_INITIATED, reason))
    state.delete(schedule)
    _say(state, schedule, turn.now, f"was deleted{left_told(state, schedule)}")
    return {}


def run_schedule(state: State, given: OneSchedule, turn: TurnContext) -> Output:
    """Ours: a run now, beside what else runs of it and beside its occasions; also of a DISABLED schedule."""
    cluster = find_cluster(state, given.cluster)
    schedule = find_schedule(state, cluster, given.name)
    schedule, tasks = run_now(state, schedule, turn)
    state.put(schedule)
    return {
        "schedule": describe_schedule(state, schedule),
        "tasks": [describe_task(state, task) for task in tasks],
        "failures": [],
    }


def _target(given: ScheduleTarget) -> str:
    return json.dumps(said(given), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _say(state: State, schedule: Schedule, now: float, what: str) -> None:
    text = f"Schedule {schedule.name} {what}."
    state.say(Event(now, Subject.SCHEDULE, schedule.name, text, schedule.cluster))
