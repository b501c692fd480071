"""RegisterTaskDefinition, DeregisterTaskDefinition and DeleteTaskDefinitions, and when a deleted revision is gone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_task_definition
from core.errors import Refused
from core.events import Event, Subject
from core.model.family import Family
from core.model.ids import arn, last_part
from core.model.task_definition import TaskDefinition, TaskDefinitionStatus
from core.record import replace
from core.scheduler.query import compile_expression
from core.taskdef.parse import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

    from core.fold.context import TurnContext
    from core.fold.inputs import DeleteTaskDefinitions, DeregisterTaskDefinition
    from core.model.state import State


#: ECS's words.
_MISSING: Final = (
    "The specified task definition does not exist. Specify a valid account, family, revision and try again."
)
_STILL_ACTIVE: Final = (
    "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
)


def register_task_definition(state: State, document: dict[str, Any], turn: TurnContext) -> dict[str, Any]:
    """Register the next revision of a family. What was adapted to plain Docker is in its `warnings`."""
    parsed = definition_from(document)
    check_file_systems(parsed, turn.settings.file_systems)
    definition = replace(
        parsed,
        revision=_last_revision(state, parsed.family) + 1,
        status=TaskDefinitionStatus.ACTIVE,
        registered_at=turn.now,
        registered_by=turn.submitted_by,
    )
    state.put(definition)
    _say(state, definition, turn.now, "was registered")
    return describe_task_definition(definition)


def definition_from(document: Mapping[str, Any]) -> TaskDefinition:
    """The definition in a document, when it can be registered. Raises Refused."""
    definition = parse(document)
    for index, constraint in enumerate(definition.placement_constraints):
        try:
            compile_expression(constraint.expression)
        except Refused as refused:
            path = f"placementConstraints[{index}].expression"
            raise Refused(refused.code, f"{path}: {refused.message}") from refused
    return definition


def check_file_systems(definition: TaskDefinition, mapped: Collection[str]) -> None:
    """Whether the config says where each EFS file system of a definition is. Raises Refused."""
    problems = [
        f"volumes[{index}].efsVolumeConfiguration: Amazon EFS is not reachable from here. Say which NFS export stands for "
        f'{volume.file_system}, in the config: [efs.{volume.file_system}] export = "HOST:/PATH"; or use host.sourcePath.'
        for index, volume in enumerate(definition.volumes)
        if volume.file_system and volume.file_system not in mapped
    ]
    if problems:
        raise Refused("ClientException", " ".join(problems), problems)


def deregister_task_definition(
    state: State, given: DeregisterTaskDefinition, turn: TurnContext
) -> dict[str, Any]:
    """Make a revision INACTIVE: what runs on it runs on, and nothing new is started from it."""
    name = last_part(given.task_definition)
    if ":" not in name:
        raise Refused("ClientException", f"Revision is missing. Name one, as in {name}:1.")
    definition = state.definitions.get(name)
    if definition is None:
        raise Refused("ClientException", _MISSING)
    if not definition.active:
        raise Refused(
            "ClientException",
            "The specified task definition is inactive. Specify an active task definition and try again.",
        )
    definition = replace(definition, status=TaskDefinitionStatus.INACTIVE, deregistered_at=turn.now)
    state.put(definition)
    pinned = sorted(s.name for s in state.schedules.values() if s.definition == definition.name)
    used = f"; schedules run it: {', '.join(pinned)}" if pinned else ""
    _say(state, definition, turn.now, f"was deregistered{used}")
    return {"taskDefinition": describe_task_definition(definition)["taskDefinition"]}


def delete_task_definitions(state: State, given: DeleteTaskDefinitions, turn: TurnContext) -> dict[str, Any]:
    """Let INACTIVE revisions go: each is there, DELETE_IN_PROGRESS, for as long as anything uses it (`forget_deleted`).

    What can't be deleted is a failure beside the others; asked for once more, a deletion is answered as before (ECS).
    """
    names = list(dict.fromkeys(last_part(identifier) for identifier in given.task_definitions))
    if bare := next((name for name in names if ":" not in name), ""):
        raise Refused("InvalidParameterException", f"Revision is missing. Name one, as in {bare}:1.")
    shown: list[dict[str, Any]] = []
    failures: list[dict[str, str]] = []
    for name in names:
        definition = state.definitions.get(name)
        if definition is None or definition.active:
            reason = _MISSING if definition is None else _STILL_ACTIVE
            failures.append({"arn": arn("task-definition", name), "reason": reason})
            continue
        if not definition.leaving:
            status = TaskDefinitionStatus.DELETE_IN_PROGRESS
            definition = replace(definition, status=status, delete_requested_at=turn.now)
            state.put(definition)
            _say(state, definition, turn.now, "is being deleted: it goes when nothing uses it any more")
        shown.append(describe_task_definition(definition)["taskDefinition"])
    return {"taskDefinitions": shown, "failures": failures}


def forget_deleted(state: State, now: float) -> None:
    """Take away the deleted revisions that nothing uses any more.

    A stopped task is described by its definition; a deployment, also an earlier one, is what its service may go back to.
    """
    leaving = sorted(definition.name for definition in state.definitions.values() if definition.leaving)
    if not leaving:
        return
    used = _used(state)
    for name in leaving:
        if name not in used:
            definition = state.definitions[name]
            state.put(Family(definition.family, _last_revision(state, definition.family)))
            state.delete(definition)
            _say(state, definition, now, "was deleted")


def _used(state: State) -> AbstractSet[str]:
    """Every name by which a row asks for a definition; a schedule's may be a family's, which is no revision's."""
    tables = (state.tasks, state.deployments, state.services, state.schedules)
    return {row.definition for table in tables for row in table.values()}


def _last_revision(state: State, family: str) -> int:
    """The highest that there ever was, 0 where there was none: the family's row has it when the revision is gone."""
    known = state.families.get(family)
    revisions = (state.definitions[key].revision for key in state.index.revisions_of_family[family])
    return max((known.last_revision if known is not None else 0, *revisions))


def _say(state: State, definition: TaskDefinition, now: float, what: str) -> None:
    text = f"Task definition {definition.name} {what}."
    state.say(Event(now, Subject.DEFINITION, definition.name, text))
