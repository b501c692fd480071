"""Names that are made, not chosen: a container's name follows from its task, so that doing twice is doing once. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.model.task import Task

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9-]")


def container_name(task: Task, container: str) -> str:
    """The name of a task's container on its host."""
    return name_on_host(task.id, task.definition, container)


def name_on_host(task_id: str, definition: str, part: str) -> str:
    """The name of a task's container or volume: `ecs-FAMILY-REVISION-PART-TASKID`; `definition` is `family:revision`.

    ECS's agent ends the name in random digits; here they are the task's id, so that a retry meets the name it made before.
    """
    family, _, revision = definition.rpartition(":")
    return "-".join(("ecs", *(name_part(text) for text in (family, revision, part)), task_id))


def split_image(image: str) -> tuple[str, str]:
    """An image's name and its tag or digest, `latest` where it names none."""
    name, at, digest = image.partition("@")
    if at:
        return name, digest
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        return image, "latest"
    return name, tag


def by_digest(image: str, digest: str) -> str:
    """What names exactly one version of an image: `REPOSITORY@DIGEST`; the image's own name where no digest is known."""
    return f"{split_image(image)[0]}@{digest}" if digest else image


def name_part(text: str) -> str:
    """A family's, container's or volume's name as far as it stands in a name on a host."""
    return _NOT_IN_NAMES.sub("", text)
