"""RunTask and StopTask. Pure.

A task started with a client token has an id that follows from it, so that the same request once more finds its tasks.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.commands import Answer, Verdict
from core.ecs import describe_task
from core.errors import Refusals, Refused
from core.events import Event, Subject
from core.fold.find import find_cluster, find_definition, find_task
from core.fold.members import said
from core.fold.new_task import new_task
from core.fold.placement_input import constraints_from, strategy_from, tags_from
from core.fold.provider_input import shares_asked
from core.fold.task_tags import tags_for_run
from core.lifecycle import order_stop
from core.model.ids import arn, derived_id
from core.model.tags import PropagateTags
from core.model.task import StopCode
from core.record import replace
from core.scheduler.providers import choose
from core.taskdef.normalise import cpu_units, memory_mib
from core.taskdef.overrides import override_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.fold.context import TurnContext
    from core.fold.inputs import RunTask, StartTask, StopTask
    from core.fold.members import TaskOverride
    from core.model.cluster import Cluster
    from core.model.state import State
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition
    from core.scheduler.placement import Placement

Output = dict[str, Any]

#: The most that one RunTask starts (ECS).
MOST: Final = 10
#: ECS's limit for the overrides' JSON.
OVERRIDES_CHARACTERS: Final = 8192
#: ECS's reason where StopTask gives none.
STOPPED_BY_USER: Final = "Task stopped by user"


def run_task(state: State, given: RunTask, turn: TurnContext) -> Output:
    """Start tasks once. With an engine they are placed in the same turn, and `run_task_answer` has the last word."""
    cluster = find_cluster(state, given.cluster)
    definition = find_definition(state, given.task_definition)
    group = group_of(given, definition)
    request = _request(given, definition)
    if given.client_token and (known := _known(state, cluster, given.client_token)):
        _must_be_same(known[0], group, given.started_by, request)
        return _output(state, known)
    if turn.by_engine and not state.index.instances_of_cluster[cluster.name]:
        raise _invalid("No Container Instances were found in your cluster.")
    return _output(state, made_tasks(state, given, turn))


def check_run(state: State, given: RunTask) -> None:
    """Raise Refused for what RunTask would refuse now, wherever its tasks may find a place."""
    refusals = Refusals()
    with refusals.kept():
        cluster = find_cluster(state, given.cluster)
    with refusals.kept():
        definition = find_definition(state, given.task_definition)
    refusals.conclude()
    group_of(given, definition)
    _request(given, definition)
    tags_for_run(given, definition, cluster.name)
    shares_asked(given, cluster)


def made_tasks(state: State, given: RunTask, turn: TurnContext, schedule: str = "") -> list[Task]:
    """The new tasks of a request, which wait for a place; `schedule` names whose run they are. Raises Refused, changing nothing."""
    cluster = find_cluster(state, given.cluster)
    definition = find_definition(state, given.task_definition)
    group = group_of(given, definition)
    request = _request(given, definition)
    shares = shares_asked(given, cluster)
    propagated = tags_for_run(given, definition, cluster.name)
    held: Counter[str] = Counter()
    tasks: list[Task] = []
    for number in range(given.count):
        provider = choose(shares, held)
        held[provider] += 1
        task = new_task(
            definition,
            cluster=cluster.name,
            group=group,
            started_by=given.started_by,
            chance=turn.chance,
            now=turn.now,
            request=request,
            propagated_tags=propagated,
        )
        task = replace(task, capacity_provider=provider, schedule=schedule)
        if given.client_token:
            task = replace(task, id=derived_id(cluster.name, given.client_token, str(number)))
        state.put(task)
        tasks.append(task)
    return tasks


def run_task_answer(
    state: State, command_id: str, made: Sequence[str], placements: Mapping[str, Placement]
) -> None:
    """Answer a RunTask or StartTask again after its tasks were to be placed.

    It tries once: what found no place is a failure in its answer, and leaves no task behind; but what is a capacity provider's
    waits until there is room (ECS).
    """
    placed = [state.tasks[t] for t in made if state.tasks[t].instance or state.tasks[t].capacity_provider]
    left = [t for t in made if not (state.tasks[t].instance or state.tasks[t].capacity_provider)]
    for task in left:
        state.delete(state.tasks[task])
    refusals = dict.fromkeys(refusal for task in left for refusal in placements[task].refusals)
    before = state.answered(command_id)
    assert before is not None, "the fold answers first"
    output = json.loads(before.output)
    failures = [
        {
            "arn": arn("container-instance", state.instances[instance].cluster, instance),
            "reason": refusal.code,
            "detail": refusal.one,
        }
        for instance, refusal in refusals
    ]
    output |= {"tasks": _output(state, placed)["tasks"], "failures": [*output["failures"], *failures]}
    state.answer(Answer(command_id, Verdict.ACCEPTED, before.answered_at, output=json.dumps(output)))


def stop_task(state: State, given: StopTask, turn: TurnContext) -> Output:
    """Want a task stopped; one that has stopped is returned as it is (ECS)."""
    cluster = find_cluster(state, given.cluster)
    task = find_task(state, cluster, given.task)
    stopping = order_stop(task, turn.now, StopCode.USER_INITIATED, given.reason or STOPPED_BY_USER)
    if stopping != task:
        state.put(stopping)
        text = f"Task {task.id} is told to stop: {stopping.stopped_reason}"
        state.say(Event(turn.now, Subject.TASK, task.id, text, cluster.name))
    return {"task": describe_task(state, stopping)}


def group_of(given: RunTask | StartTask, definition: TaskDefinition) -> str:
    """The group that was asked for, or the family's (ECS). Raises Refused for one of a service."""
    if given.group.startswith("service:"):
        raise _invalid("group: the prefix service: is the services' own.")
    return given.group or f"family:{definition.family}"


def _request(given: RunTask, definition: TaskDefinition) -> str:
    """What was asked beside the definition, as the task keeps it; with a client token also what makes two requests alike."""
    constraints = constraints_from(given.placement_constraints, definition)
    strategy = strategy_from(given.placement_strategy)
    asked: Output = {
        "overrides": overrides_from(given.overrides, definition),
        "placementConstraints": [{"type": c.type, "expression": c.expression} for c in constraints],
        "placementStrategy": [{"type": s.type, "field": s.field} for s in strategy],
        "tags": [{"key": key, "value": value} for key, value in tags_from(given.tags)],
        "referenceId": given.reference_id,
    }
    if given.client_token:
        shares = [said(share) for share in given.capacity_provider_strategy or ()]
        asked |= {
            "capacityProviderStrategy": shares,
            "launchType": given.launch_type,
            "propagateTags": given.propagate_tags if given.propagate_tags != PropagateTags.NONE else "",
            "enableECSManagedTags": given.enable_ecs_managed_tags,
            "clientToken": given.client_token,
            "count": given.count,
            "taskDefinition": given.task_definition,
        }
    kept = {name: value for name, value in asked.items() if value}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if kept else ""


def overrides_from(given: TaskOverride, definition: TaskDefinition) -> Output:
    """The overrides, sizes in ECS's plain numbers. Raises Refused for a container that isn't there."""
    overrides = said(given)
    if len(json.dumps(overrides)) > OVERRIDES_CHARACTERS:
        raise _invalid(f"Container Overrides length must be at most {OVERRIDES_CHARACTERS}")
    for override in given.container_overrides or ():
        if definition.container(override.name) is None:
            raise _invalid(
                f"Override for container named {override.name} is not a container in the TaskDefinition."
            )
    for member, read in (("cpu", cpu_units), ("memory", memory_mib)):
        if member in overrides:
            amount = read(overrides[member])
            if not amount:
                raise _invalid(f"Invalid '{member}' setting for task: overrides.{member}.")
            overrides[member] = str(amount)
    if problems := list(dict.fromkeys(override_problems(definition, overrides))):
        raise _invalid(" ".join(problems))
    return overrides


def _known(state: State, cluster: Cluster, token: str) -> list[Task]:
    """The tasks that a client token started before."""
    names = (derived_id(cluster.name, token, str(number)) for number in range(MOST))
    return [state.tasks[name] for name in names if name in state.tasks]


def _must_be_same(task: Task, group: str, started_by: str, request: str) -> None:
    if (task.group, task.started_by, task.request) != (group, started_by, request):
        name = arn("task", task.cluster, task.id)
        raise Refused(
            "ConflictException",
            f"The RunTask request could not be processed: its clientToken was used with other parameters, for {name}.",
        )


def _output(state: State, tasks: Sequence[Task]) -> Output:
    return {"tasks": [describe_task(state, task) for task in tasks], "failures": []}


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
