"""CreateSchedule, UpdateSchedule and DeleteSchedule, and our RunSchedule. Pure; its occasions are in schedule_runs.py."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_schedule, describe_task
from core.errors import Refused
from core.events import Event, Subject
from core.fold.find import find_cluster, find_schedule
from core.fold.members import said
from core.fold.placement_input import tags_from
from core.fold.schedule_runs import run_now, target_of, unplaced
from core.fold.tasks import check_run
from core.lifecycle import order_stop
from core.model.ids import last_part
from core.model.schedule import Schedule
from core.model.task import StopCode
from core.schedule_expression import At, read_moment, timing_of
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import CreateSchedule, OneSchedule, UpdateSchedule
    from core.fold.members import Moment, ScheduleTarget
    from core.model.state import State
    from core.schedule_expression import Timing

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
    "tags",
)
#: A clock that went back by more than so much was wrong before: what it had seen to holds nothing up.
_BACK_S: Final = 3600.0


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
    """The schedule that a request asks for. Raises Refused for one that could not run, or never would."""
    cluster = find_cluster(state, given.cluster)
    schedule = Schedule(
        cluster=cluster.name,
        name=given.name,
        expression=_one_spaced(given.schedule_expression),
        timezone=given.schedule_expression_timezone,
        definition=last_part(given.target.task_definition),
        target=_target(given.target),
        description=given.description,
        state=given.state,
        start_at=_moment("startDate", given.start_date),
        end_at=_moment("endDate", given.end_date),
        missed_runs=given.missed_runs,
        overlap=given.overlap,
        maximum_event_age_s=given.maximum_event_age_in_seconds,
        tags=tags_from(given.tags),
        created_by=turn.submitted_by,
        created_at=turn.now,
        updated_at=turn.now,
    )
    check_run(state, target_of(schedule))
    return _timed(schedule, turn.now)


def update_schedule(state: State, given: UpdateSchedule, turn: TurnContext) -> Output:
    """Change a schedule. Another time, or ENABLED again, counts from now: nothing is missed while it is DISABLED."""
    cluster = find_cluster(state, given.cluster)
    schedule = find_schedule(state, cluster, given.name)
    asked: dict[str, Any] = {
        "expression": given.schedule_expression and _one_spaced(given.schedule_expression),
        "timezone": given.schedule_expression_timezone,
        "definition": given.target and last_part(given.target.task_definition),
        "target": given.target and _target(given.target),
        "description": given.description,
        "state": given.state,
        "missed_runs": given.missed_runs,
        "overlap": given.overlap,
        "maximum_event_age_s": given.maximum_event_age_in_seconds,
    }
    changed = replace(schedule, **{name: value for name, value in asked.items() if value is not None})
    if given.start_date is not None:
        changed = replace(changed, start_at=_moment("startDate", given.start_date))
    if given.end_date is not None:
        changed = replace(changed, end_at=_moment("endDate", given.end_date))
    if changed.target != schedule.target:
        check_run(state, target_of(changed))
    if _WHEN(changed) != _WHEN(schedule):
        changed = _timed(changed, turn.now)
    if changed != schedule:
        changed = replace(changed, updated_at=turn.now)
        state.put(changed)
        turned = {"ENABLED": "was enabled", "DISABLED": "was disabled"}[changed.state.value]
        _say(state, changed, turn.now, turned if changed.state is not schedule.state else "was changed")
    return {"schedule": describe_schedule(state, changed)}


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
    left = len(state.index.tasks_of_schedule[schedule.key])
    tasks = "1 task of it runs on" if left == 1 else f"{left} tasks of it run on"
    _say(state, schedule, turn.now, f"was deleted; {tasks}" if left else "was deleted")
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


def _timed(schedule: Schedule, now: float) -> Schedule:
    """The schedule with its next occasion. Raises Refused for an expression that can't be read, or that is over."""
    timing = timing_of(schedule)
    if schedule.start_at is not None and schedule.end_at is not None and schedule.end_at <= schedule.start_at:
        raise _invalid("endDate: must be later than startDate.")
    if not schedule.enabled:
        return replace(schedule, next_at=None)
    next_at = timing.first_from(now)
    if next_at is not None and next_at <= schedule.done_at < now + _BACK_S:
        next_at = timing.next_after(schedule.done_at)
    if next_at is None:
        raise _invalid(_over(schedule, timing, now))
    return replace(schedule, next_at=next_at)


def _over(schedule: Schedule, timing: Timing, now: float) -> str:
    """Why a schedule without a next occasion has none."""
    never = "it would never run."
    if isinstance(timing.expression, At):
        if timing.next_after(-math.inf) is None:
            return f"scheduleExpression: {schedule.expression} names a time that daylight saving skips in {schedule.timezone}."
        return f"scheduleExpression: {schedule.expression} is over: {never}"
    if schedule.end_at is not None and schedule.end_at <= now:
        return f"endDate: has passed: {never}"
    if schedule.end_at is not None:
        return f"scheduleExpression: {schedule.expression} has no occasion before the endDate: {never}"
    return f"scheduleExpression: {schedule.expression} is over: {never}"


def _target(given: ScheduleTarget) -> str:
    return json.dumps(said(given), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _one_spaced(expression: str) -> str:
    """One form for the same expression, as it is shown."""
    return " ".join(expression.split())


def _moment(member: str, given: Moment) -> float | None:
    """A date in seconds since the epoch; None for none. Raises Refused."""
    if isinstance(given, str) and not given.strip():
        return None
    try:
        return read_moment(given)
    except ValueError:
        raise _invalid(
            f"{member}: {shown(given)} is no date; it takes such as 2027-01-31T03:00:00Z."
        ) from None


def _say(state: State, schedule: Schedule, now: float, what: str) -> None:
    text = f"Schedule {schedule.name} {what}."
    state.say(Event(now, Subject.SCHEDULE, schedule.name, text, schedule.cluster))


def _invalid(message: str) -> Refused:
    return Refused("ValidationException", message)
