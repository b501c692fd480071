"""What is decided of the members of EventBridge Scheduler's CreateSchedule and UpdateSchedule, in ECS's camelCase. Pure.

What a target may say is decided with RunTask (requests.py): a schedule's runs are RunTask's.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions.decision import Decision, honoured, no_effect, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_ECS: Final = refused("a schedule here runs tasks and nothing else")

CREATE_SCHEDULE: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "name": honoured("beside `cluster`: a schedule is one of a cluster's"),
        "scheduleExpression": honoured("`cron()` of six fields, `rate()` and `at()`"),
        "scheduleExpressionTimezone": honoured(
            "UTC where it is not said; daylight saving as EventBridge has it"
        ),
        "startDate": honoured("seconds since the epoch, or ISO 8601"),
        "endDate": honoured("seconds since the epoch, or ISO 8601"),
        "description": honoured(),
        "state": honoured(),
        "clientToken": no_effect("the same request once more is the same schedule", harmless=()),
        "groupName": no_effect("schedules are grouped by their clusters", harmless=("default",)),
        "kmsKeyArn": no_effect("there is no AWS KMS here"),
        "flexibleTimeWindow": honoured(
            "OFF where it is not said; with FLEXIBLE the schedule's name and the occasion decide on the moment, "
            "which is told beforehand and lies before the next occasion and the endDate"
        ),
        "flexibleTimeWindow.mode": honoured(),
        "flexibleTimeWindow.maximumWindowInMinutes": honoured("1 to 1440, with FLEXIBLE"),
        "actionAfterCompletion": honoured(
            "DELETE once the last run's tasks have their places: of `at()` then, else when the endDate has passed; "
            "its tasks run on"
        ),
        "target": honoured(
            "it is RunTask's input itself, without `arn` and `ecsParameters` around it; "
            "tasks that find no place wait for one"
        ),
        "target.arn": refused("name the cluster in `cluster`"),
        "target.roleArn": no_effect("there is no AWS account behind a schedule"),
        "target.input": refused("say `overrides` in the target, as RunTask has them"),
        "target.deadLetterConfig": refused(
            "a run that failed is told in events, in `schedule describe` and in `status`"
        ),
        "target.retryPolicy": refused(
            "say `maximumEventAgeInSeconds` beside the target: so late an occasion may be run, "
            "and so long its tasks may wait for a place"
        ),
        "target.ecsParameters": refused(
            "say its members in the target, as RunTask has them: `taskDefinition`, `count`"
        ),
        "target.eventBridgeParameters": _NOT_ECS,
        "target.eventBridgePutEventsV2Parameters": _NOT_ECS,
        "target.eventBridgePutRawEventsParameters": _NOT_ECS,
        "target.kinesisParameters": _NOT_ECS,
        "target.sageMakerPipelineParameters": _NOT_ECS,
        "target.sqsParameters": _NOT_ECS,
    }
)

#: EventBridge puts what is left out back to its default; here it stays as it is, as with UpdateService.
UPDATE_SCHEDULE: Final[Mapping[str, Decision]] = CREATE_SCHEDULE
