"""What a command line asks the engine for, once it is read: the inputs of CreateService, RunTask and CreateSchedule.

Verbs submit them; the terminal UI's forms, which write such a command line, submit the same.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from core.cli.autoscale import autoscale_given
from core.cli.files import read_bytes
from core.cli.placement import placement_given
from core.cli.probe import check_named
from core.cli.service_options import options_given
from core.client.names import find_definition
from core.config import DEFAULT_CLUSTER
from core.errors import UsageError
from core.model.service import SchedulingStrategy

if TYPE_CHECKING:
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]


def create_service(state: State, given: Json) -> Json:
    """CreateService, from the options of `service create`. Raises Refused, UsageError."""
    scaling = autoscale_given(given)
    tags = [{"key": key, "value": value} for key, value in given["tags"]]
    options = options_given(given)
    check_named(options, given["name"])
    return {
        "cluster": given["cluster"] or DEFAULT_CLUSTER,
        "serviceName": given["name"],
        "taskDefinition": find_definition(state, given["task_definition"]).name,
        **_counted(given["scheduling_strategy"], given["desired_count"], scaling),
        **({"tags": tags} if tags else {}),
        **options,
        **({"launchType": given["launch_type"]} if given["launch_type"] else {}),
    }


def _counted(scheduling_strategy: str, desired_count: int | None, scaling: Json) -> Json:
    """A REPLICA service has one task unless more are asked for; what a DAEMON is not to be asked the engine says."""
    asked: Json = {"autoScaling": scaling} if scaling else {}
    if desired_count is not None:
        asked["desiredCount"] = desired_count
    if scheduling_strategy == SchedulingStrategy.DAEMON:
        return {"schedulingStrategy": scheduling_strategy, **asked}
    return asked or {"desiredCount": 1}


def run_task(state: State, given: Json) -> Json:
    """RunTask, from the options of `task run`. Raises Refused, UsageError."""
    revision = find_definition(state, given["definition"])
    optional = {
        "group": given["group"],
        "startedBy": given["started_by"],
        "overrides": overrides_given(revision, given),
        **tags_given(given),
        **placement_given(given),
    }
    return {
        "cluster": given["cluster"] or DEFAULT_CLUSTER,
        "taskDefinition": revision.name,
        "count": given["count"],
        **{name: value for name, value in optional.items() if value},
    }


def create_schedule(state: State, given: Json) -> Json:
    """CreateSchedule, from the options of `schedule create`. Raises Refused, UsageError."""
    return {
        "cluster": given["cluster"] or DEFAULT_CLUSTER,
        "name": given["name"],
        "scheduleExpression": given["expression"],
        "target": {"count": given["count"], **target_given(state, given["definition"], given)},
        **({"state": "DISABLED"} if given["disabled"] else {}),
        **when_given(given),
    }


def when_given(given: Json) -> Json:
    """When a schedule runs and by which policies, as far as it was said."""
    age_s = given["maximum_event_age"]
    optional = {
        "scheduleExpressionTimezone": given["timezone"],
        "startDate": given["start_date"],
        "endDate": given["end_date"],
        "description": given["description"],
        "overlap": given["overlap"],
        "missedRuns": given["missed_runs"],
        "flexibleTimeWindow": _window(given["flexible_time_window"]),
        "actionAfterCompletion": given["action_after_completion"],
        "maximumEventAgeInSeconds": round(age_s) if age_s is not None else None,
    }
    return {name: value for name, value in optional.items() if value is not None}


def _window(minutes: float | None) -> Json | None:
    if minutes is None:
        return None
    return {"mode": "FLEXIBLE", "maximumWindowInMinutes": int(minutes)} if minutes else {"mode": "OFF"}


def target_given(state: State, definition: str, given: Json) -> Json:
    """The target as far as it was said; the definition as it was said: a family stays a family."""
    overridden = given["overrides"] or given["environment"] or given["command"] is not None
    optional = {
        "group": given["group"],
        "overrides": overrides_given(find_definition(state, definition), given) if overridden else {},
        **placement_given(given),
    }
    said = {name: value for name, value in optional.items() if value}
    return {"taskDefinition": definition, **said, **tags_given(given)}


def tags_given(given: Json) -> Json:
    """What the options say of its tasks' tags, as RunTask's members."""
    said = {
        "tags": [{"key": key, "value": value} for key, value in given["tags"]] or None,
        "propagateTags": given["propagate_tags"],
        "enableECSManagedTags": given["managed_tags"],
    }
    return {member: value for member, value in said.items() if value is not None}


def overrides_given(definition: TaskDefinition, given: Json) -> Json:
    """ECS's overrides: the given document, and for one container what --env and --command say."""
    overrides: Json = _document(given["overrides"]) if given["overrides"] else {}
    if not given["environment"] and given["command"] is None:
        return overrides
    container = given["container"] or definition.containers[0].name
    own: Json = {"name": container}
    if given["environment"]:
        own["environment"] = [{"name": name, "value": value} for name, value in given["environment"]]
    if given["command"] is not None:
        own["command"] = _words(given["command"])
    others = [o for o in overrides.get("containerOverrides", ()) if o.get("name") != container]
    return {**overrides, "containerOverrides": [*others, own]}


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--command: {error}") from error


def _document(text: str) -> Json:
    try:
        document = json.loads(text if text.lstrip().startswith("{") else read_bytes(text))
    except ValueError as error:
        raise UsageError(f"--overrides: {error}") from error
    if not isinstance(document, dict):
        raise UsageError('--overrides: must be a JSON object, like {"containerOverrides": […]}')
    return document
