"""A command, folded: read, checked as a whole, carried out, answered. A refused command changes nothing. Pure."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action, Answer, Verdict
from core.errors import Refused
from core.fold import (
    attributes,
    clusters,
    config,
    definitions,
    instances,
    protection,
    rebalancing,
    schedules,
    services,
    start_task,
    tagging,
    tasks,
)
from core.fold.reading import action_of, document_of, input_of
from core.fold.tasks import run_task_answer
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.commands import Command
    from core.fold.context import TurnContext
    from core.model.state import State

__all__ = ["carried_out", "fold_command", "run_task_answer"]

Output = dict[str, Any]

#: Each checks everything before it changes anything. The second argument is the action's model in inputs.py.
_FOLDS: Final[Mapping[Action, Callable[[State, Any, TurnContext], Output]]] = MappingProxyType(
    {
        Action.CREATE_CLUSTER: clusters.create_cluster,
        Action.DELETE_CLUSTER: clusters.delete_cluster,
        Action.PUT_CLUSTER_CAPACITY_PROVIDERS: clusters.put_capacity_providers,
        Action.DEREGISTER_TASK_DEFINITION: definitions.deregister_task_definition,
        Action.DELETE_TASK_DEFINITIONS: definitions.delete_task_definitions,
        Action.CREATE_SERVICE: services.create_service,
        Action.UPDATE_SERVICE: services.update_service,
        Action.DELETE_SERVICE: services.delete_service,
        Action.STOP_SERVICE_DEPLOYMENT: services.stop_service_deployment,
        Action.RUN_TASK: tasks.run_task,
        Action.START_TASK: start_task.start_task,
        Action.STOP_TASK: tasks.stop_task,
        Action.UPDATE_TASK_PROTECTION: protection.update_task_protection,
        Action.UPDATE_CONTAINER_INSTANCES_STATE: instances.update_state,
        Action.DEREGISTER_CONTAINER_INSTANCE: instances.deregister,
        Action.PUT_ATTRIBUTES: attributes.put_attributes,
        Action.DELETE_ATTRIBUTES: attributes.delete_attributes,
        Action.TAG_RESOURCE: tagging.tag_resource,
        Action.UNTAG_RESOURCE: tagging.untag_resource,
        Action.DECLARE_INSTANCE_LOST: instances.declare_lost,
        Action.ACCEPT_INSTANCE: instances.accept,
        Action.CONFIRM_REPLACEMENT: services.confirm_replacement,
        Action.ROLLBACK_SERVICE: services.rollback_service,
        Action.REBALANCE_SERVICE: rebalancing.rebalance_service,
        Action.APPLY_CONFIG: config.apply_config,
        Action.CREATE_SCHEDULE: schedules.create_schedule,
        Action.UPDATE_SCHEDULE: schedules.update_schedule,
        Action.DELETE_SCHEDULE: schedules.delete_schedule,
        Action.RUN_SCHEDULE: schedules.run_schedule,
    }
)


def fold_command(state: State, command: Command, turn: TurnContext) -> None:
    """Carry a command out, or refuse it, and answer it."""
    try:
        output = carried_out(state, command, turn)
    except Refused as refused:
        answer = Answer(command.id, Verdict.REFUSED, turn.now, code=refused.code, message=refused.message)
    else:
        answer = Answer(command.id, Verdict.ACCEPTED, turn.now, output=json.dumps(output))
    state.answer(answer)


def carried_out(state: State, command: Command, turn: TurnContext) -> Output:
    """What a command's answer says, once the state is as it asks. Raises Refused, with the state as it was."""
    turn = replace(turn, submitted_by=command.submitted_by)
    action = action_of(command)
    document = document_of(command)
    if action is Action.REGISTER_TASK_DEFINITION:
        return definitions.register_task_definition(state, document, turn)
    given, warnings = input_of(action, document)
    output = _FOLDS[action](state, given, turn)
    told = [*warnings, *output.get("warnings", ())]
    return output | {"warnings": told} if told else output
