"""RegisterTaskDefinition and DeregisterTaskDefinition. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.ecs import describe_task_definition
from core.errors import Refused
from core.events import Event, Subject
from core.model.ids import last_part
from core.model.task_definition import TaskDefinition, TaskDefinitionStatus
from core.scheduler.query import compile_expression
from core.taskdef.parse import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from core.fold.context import TurnContext
    from core.fold.inputs import DeregisterTaskDefinition
    from core.model.state import State


def register_task_definition(state: State, document: dict[str, Any], turn: TurnContext) -> dict[str, Any]:
    """Register the next revision of a family. What was adapted to plain Docker is in its `warnings`."""
    parsed = definition_from(document)
    check_file_systems(parsed, turn.settings.file_systems)
    definition = replace(
        parsed,
        revision=_next_revision(state, parsed.family),
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
        raise Refused(
            "ClientException",
            "The specified task definition does not exist. Specify a valid account, family, revision and try again.",
        )
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


def _next_revision(state: State, family: str) -> int:
    """One above the highest there ever was: rows stay when a revision is deregistered, so no number comes twice."""
    revisions = (state.definitions[key].revision for key in state.index.revisions_of_family[family])
    return max(revisions, default=0) + 1


def _say(state: State, definition: TaskDefinition, now: float, what: str) -> None:
    text = f"Task definition {definition.name} {what}."
    state.say(Event(now, Subject.DEFINITION, definition.name, text))
