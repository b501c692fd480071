"""Tags: pairs of key and value, by which an operator knows what there is; and which of them tasks come to have."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A key and its value.
Tag = tuple[str, str]

#: The tag that says which stack a service or a schedule is of; `dockyard apply --stack` writes it.
STACK_TAG: Final = "dockyard:stack"
#: ECS's managed tags, which no one else may give.
CLUSTER_NAME_TAG: Final = "aws:ecs:clusterName"
SERVICE_NAME_TAG: Final = "aws:ecs:serviceName"
#: How many tags a resource may have, those of AWS's own not counted (ECS).
MOST_TAGS: Final = 50


class PropagateTags(StrEnum):
    """Whose tags a new task has beside those asked for with it (ECS's propagateTags)."""

    NONE = "NONE"
    SERVICE = "SERVICE"
    TASK_DEFINITION = "TASK_DEFINITION"


def propagation_told(propagate: PropagateTags, *, managed: bool) -> str:
    """What new tasks are tagged with, for people; empty where nothing is said of it."""
    whose = {PropagateTags.SERVICE: "the service's", PropagateTags.TASK_DEFINITION: "the task definition's"}
    parts = [
        *([whose[propagate]] if propagate in whose else []),
        *(["ECS's managed ones"] if managed else []),
    ]
    return " and ".join(parts)


def stack_of(tags: Iterable[Tag]) -> str:
    """The stack that tags put something into; empty for none."""
    return next((value for key, value in tags if key == STACK_TAG), "")


def tags_told(tags: Iterable[Tag]) -> str:
    """Tags in a line, for people; the one that says the stack stands by itself."""
    return ", ".join(f"{key}={value}" for key, value in tags if key != STACK_TAG)


def is_managed(key: str) -> bool:
    """Whether a tag is one of AWS's own, which no one else may give or take."""
    return key.lower().startswith("aws:")


def managed_tags(cluster: str, service: str = "") -> tuple[Tag, ...]:
    """What ECS itself tags a task with under enableECSManagedTags."""
    of_service = ((SERVICE_NAME_TAG, service),) if service else ()
    return ((CLUSTER_NAME_TAG, cluster), *of_service)
