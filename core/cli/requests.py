"""What a command line asks the engine for, once it is read: the inputs of CreateService, RunTask, StartTask and others.

Verbs submit them; the terminal UI's forms, which write such a command line, submit the same.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

from core.cli.autoscale import autoscale_given
from core.cli.files import read_bytes
from core.cli.placement import placement_given
from core.cli.probe import check_named
from core.cli.service_options import options_given
from core.client.names import find_definition, find_instance, find_schedule
from core.config import DEFAULT_CLUSTER
from core.errors import UsageError
from core.model.ids import last_part
from core.model.service import SchedulingStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import State
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]
#: What `schedule update --without` takes away: members of the target, and of its overrides for one container.
_OF_TARGET: Final = {
    "overrides": "overrides",
    "group": "group",
    "tag": "tags",
    "placement-strategy": "placementStrategy",
    "placement-constraint": "placementConstraints",
    "capacity-provider": "capacityProviderStrategy",
    "launch-type": "launchType",
}
_OF_CONTAINER: Final = {"command": "command", "env": "environment"}
TAKEN_AWAY: Final = (*_OF_CONTAINER, *_OF_TARGET)
#: Of these a target has one at the most.
_EITHER: Final = frozenset({"capacityProviderStrategy", "launchType"})


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


def start_task(state: State, given: Json) -> Json:
    """StartTask, from the options of `task start`: on each host once, however often it is named. Raises Refused, UsageError."""
    revision = find_definition(state, given["definition"])
    found = (find_instance(state, host, given["cluster"]) for host in given["hosts"])
    instances = list({instance.id: instance for instance in found}.values())
    clusters = {instance.cluster for instance in instances}
    if len(clusters) > 1:
        raise UsageError(f"--on: these hosts are of several clusters: {', '.join(sorted(clusters))}")
    optional = {
        "group": given["group"],
        "startedBy": given["started_by"],
        "overrides": overrides_given(revision, given),
        **tags_given(given),
    }
    return {
        "cluster": instances[0].cluster,
        "containerInstances": [instance.id for instance in instances],
        "taskDefinition": revision.name,
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


def update_schedule(state: State, given: Json) -> Json:
    """UpdateSchedule, from the options of `schedule update`. Raises Refused, UsageError."""
    schedule = find_schedule(state, given["name"], given["cluster"])
    asked = when_given(given)
    if given["expression"] is not None:
        asked["scheduleExpression"] = given["expression"]
    standing = json.loads(schedule.target)
    said = target_given(state, given["definition"] or schedule.definition, given, standing.get("overrides"))
    if given["count"] is not None:
        said["count"] = given["count"]
    if given["definition"] or given["without"] or len(said) > 1:
        asked["target"] = _retargeted(state, standing, said, given)
    if not asked:
        raise UsageError("Nothing to change: name at least one option")
    return {"cluster": schedule.cluster, "name": schedule.name, **asked}


def _retargeted(state: State, standing: Json, said: Json, given: Json) -> Json:
    """A target as a whole, for UpdateSchedule takes it so: what is not said stays, but for what is taken away."""
    gone = {_OF_TARGET[name] for name in given["without"] if name in _OF_TARGET}
    if said.keys() & _EITHER:  # one takes the other's place
        gone |= _EITHER
    target = {member: value for member, value in standing.items() if member not in gone} | said
    of_container = {_OF_CONTAINER[name] for name in given["without"] if name in _OF_CONTAINER}
    if of_container and "overrides" in target:
        container = given["container"] or overridden_container(target["overrides"])
        container = container or find_definition(state, said["taskDefinition"]).containers[0].name
        target["overrides"] = _taken_away(target["overrides"], container, of_container)
    return {member: value for member, value in target.items() if value != {}}


def _taken_away(overrides: Json, container: str, members: Iterable[str]) -> Json:
    """Overrides without these members of one container; what says nothing any more goes too."""
    kept = [
        {m: value for m, value in override.items() if override["name"] != container or m not in members}
        for override in overrides.get("containerOverrides", ())
    ]
    of_containers = [override for override in kept if len(override) > 1]
    others = {member: value for member, value in overrides.items() if member != "containerOverrides"}
    return others | ({"containerOverrides": of_containers} if of_containers else {})


def default_providers(state: State, given: Json, declared: Iterable[str] = ()) -> Json:
    """PutClusterCapacityProviders, from the options of its verb; it keeps all providers that the cluster has. Raises UsageError.

    Where no engine has taken the config up, `declared` are those that it names: it is folded with the command.
    """
    if bool(given["default_strategy"]) == given["no_default"]:
        raise UsageError("Say --default-capacity-provider, or --no-default to take the default away")
    name = last_part(given["name"])
    standing = state.clusters.get(name)
    known = {provider.name for provider in standing.capacity_providers} if standing is not None else set()
    return {
        "cluster": name,
        "capacityProviders": sorted(known.union(declared)),
        "defaultCapacityProviderStrategy": list(given["default_strategy"]),
    }


def create_cluster(_state: State, given: Json) -> Json:
    """CreateCluster, from the options of `cluster create`."""
    tags = [{"key": key, "value": value} for key, value in given["tags"]]
    default = list(given["default_strategy"])
    return {
        "clusterName": given["name"],
        **({"tags": tags} if tags else {}),
        **({"defaultCapacityProviderStrategy": default} if default else {}),
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


def target_given(state: State, definition: str, given: Json, overrides: Json | None = None) -> Json:
    """The target as far as it was said, upon overrides that stand; the definition as it was said: a family stays a family."""
    overridden = given["overrides"] or given["environment"] or given["command"] is not None
    optional = {
        "group": given["group"],
        "overrides": overrides_given(find_definition(state, definition), given, overrides)
        if overridden
        else {},
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


def overrides_given(definition: TaskDefinition, given: Json, standing: Json | None = None) -> Json:
    """ECS's overrides: the given document, else what stands, and for one container what --env and --command say."""
    overrides: Json = _document(given["overrides"]) if given["overrides"] else standing or {}
    if not given["environment"] and given["command"] is None:
        return overrides
    container = given["container"] or overridden_container(standing or {}) or definition.containers[0].name
    of_containers = overrides.get("containerOverrides", ())
    own = next((dict(o) for o in of_containers if o.get("name") == container), {"name": container})
    if given["environment"]:
        own["environment"] = [{"name": name, "value": value} for name, value in given["environment"]]
    if given["command"] is not None:
        own["command"] = _words(given["command"])
    others = [o for o in of_containers if o.get("name") != container]
    return {**overrides, "containerOverrides": [*others, own]}


def overridden_container(overrides: Json) -> str:
    """The one container that overrides are about; empty where they are about none, or several."""
    names = [override["name"] for override in overrides.get("containerOverrides", ())]
    return names[0] if len(names) == 1 else ""


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
