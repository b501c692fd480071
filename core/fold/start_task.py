"""StartTask: the caller names the instances. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ecs import describe_task
from core.fold.find import find_cluster, find_definition, registered
from core.fold.new_task import new_task
from core.fold.placement_input import tags_from
from core.fold.task_tags import tags_for_run
from core.fold.tasks import group_of, overrides_from
from core.model.ids import arn, last_part
from core.model.task_request import pinned

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import StartTask
    from core.model.state import State

Output = dict[str, Any]


def start_task(state: State, given: StartTask, turn: TurnContext) -> Output:
    """Start one task on each instance that is named, once. No constraint and no strategy is asked; room is, and what Docker can do.

    With an engine they are placed in the same turn, and `run_task_answer` has the last word. What is no instance is a failure
    beside the others (ECS).
    """
    cluster = find_cluster(state, given.cluster)
    definition = find_definition(state, given.task_definition)
    group = group_of(given, definition)
    overrides = overrides_from(given.overrides, definition)
    tags = [{"key": key, "value": value} for key, value in tags_from(given.tags)]
    propagated = tags_for_run(given, definition, cluster.name)
    tasks: list[Output] = []
    failures: list[Output] = []
    for identifier in dict.fromkeys(given.container_instances):
        instance = registered(state, cluster, identifier)
        if instance is None:
            name = arn("container-instance", cluster.name, last_part(identifier))
            failures.append({"arn": name, "reason": "MISSING"})
            continue
        task = new_task(
            definition,
            cluster=cluster.name,
            group=group,
            started_by=given.started_by,
            chance=turn.chance,
            now=turn.now,
            request=pinned(instance.id, overrides=overrides, tags=tags, referenceId=given.reference_id),
            propagated_tags=propagated,
        )
        state.put(task)
        tasks.append(describe_task(state, task))
    return {"tasks": tasks, "failures": failures}
