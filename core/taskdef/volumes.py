"""The volumes of a task: their names on a host, the bodies that create them, those that must be there already. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.labels import volume_labels
from core.model.names import name_on_host
from core.model.task_definition import TaskDefinition, Volume, VolumeKind
from core.taskdef.run_context import owner

if TYPE_CHECKING:
    from core.taskdef.run_context import RunContext

Json = dict[str, Any]


def volume_name(volume: Volume, definition: TaskDefinition, task: str) -> str:
    """The volume's name on the host: its own when it is shared, one of this task's alone otherwise."""
    return (
        volume.name if volume.kind is VolumeKind.SHARED else name_on_host(task, definition.name, volume.name)
    )


def volume_bodies(definition: TaskDefinition, context: RunContext) -> tuple[Json, ...]:
    """The bodies of `POST /volumes/create` for what must exist before the task's containers are created.

    Creating a volume that exists is no error in Docker. A shared volume without autoprovision is not made here: ECS
    fails the task when it is missing, see `expected_volumes`.
    """
    own = volume_labels(owner(definition, "", context))
    return tuple(
        {
            "Name": volume_name(volume, definition, context.task),
            "Driver": volume.driver,
            "DriverOpts": _driver_options(volume, context),
            "Labels": dict(volume.labels) | (own if volume.kind is VolumeKind.TASK else {}),
        }
        for volume in definition.volumes
        if volume.kind is VolumeKind.TASK or (volume.kind is VolumeKind.SHARED and volume.autoprovision)
    )


def _driver_options(volume: Volume, context: RunContext) -> dict[str, str]:
    if volume.file_system:
        return context.exports[volume.file_system].driver_options(volume.root_directory)
    return dict(volume.driver_options)


def expected_volumes(definition: TaskDefinition) -> tuple[str, ...]:
    """The shared volumes that must be on the host already."""
    return tuple(v.name for v in definition.volumes if v.kind is VolumeKind.SHARED and not v.autoprovision)
