"""A schedule as EventBridge Scheduler's GetSchedule shows it, its members in ECS's camelCase, with its runs. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.ecs.parts import present, tags_shown
from core.model.ids import arn

if TYPE_CHECKING:
    from core.model.schedule import Run, Schedule
    from core.model.state import State

Json = dict[str, Any]


def describe_schedule(state: State, schedule: Schedule) -> Json:
    """The schedule. Beyond GetSchedule: `missedRuns`, `overlap`, `runningTasksCount`, `tags`, and `runs`, the newest first.

    `nextScheduledAt` is its next occasion, `nextRunAt` when in its flexible time window that one is to be run.
    """
    window = {"maximumWindowInMinutes": schedule.window_minutes} if schedule.window_minutes else {}
    return {
        "scheduleArn": arn("schedule", schedule.cluster, schedule.name),
        "name": schedule.name,
        "clusterArn": arn("cluster", schedule.cluster),
        "scheduleExpression": schedule.expression,
        "scheduleExpressionTimezone": schedule.timezone,
        "state": schedule.state.value,
        "target": json.loads(schedule.target),
        "missedRuns": schedule.missed_runs.value,
        "overlap": schedule.overlap.value,
        "flexibleTimeWindow": {"mode": ("FLEXIBLE" if window else "OFF"), **window},
        "actionAfterCompletion": schedule.after_completion.value,
        "maximumEventAgeInSeconds": schedule.maximum_event_age_s,
        "tags": tags_shown(schedule.tags),
        "creationDate": schedule.created_at,
        "lastModificationDate": schedule.updated_at,
        "runningTasksCount": len(state.index.tasks_of_schedule[schedule.key]),
        "runs": [_run(schedule, run) for run in schedule.runs],
    } | present(
        description=schedule.description,
        startDate=schedule.start_at,
        endDate=schedule.end_at,
        nextScheduledAt=schedule.next_at,
        nextRunAt=schedule.planned_at,
        createdBy=schedule.created_by,
    )


def _run(schedule: Schedule, run: Run) -> Json:
    return {
        "scheduledAt": run.scheduled_at,
        "at": run.at,
        "result": run.result.value,
        "byHand": run.by_hand,
        "taskArns": [arn("task", schedule.cluster, task) for task in run.tasks],
    } | present(reason=run.reason, plannedAt=run.planned_at, endedAt=run.ended_at)
