"""Names that are made, not chosen: a container's name follows from its task, so that doing twice is doing once. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.model.task import Task

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9-]")


def container_name(task: Task, container: str) -> str:
    """The name of a task's container on its host: `ecs-FAMILY-REVISION-CONTAINER-TASKID`.

    ECS's agent ends the name in random digits; here they are the task's id, so that a retry meets the name it made before.
    """
    family, _, revision = task.definition.rpartition(":")
    parts = (_NOT_IN_NAMES.sub("", part) for part in (family, revision, container))
    return "-".join(("ecs", *parts, task.id))
