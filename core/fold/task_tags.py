"""Which tags a new task has: those asked for with it, those of its task definition or its service, and ECS's own. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Refused
from core.fold.placement_input import tags_from
from core.model.tags import MOST_TAGS, PropagateTags, managed_tags

if TYPE_CHECKING:
    from core.fold.inputs import RunTask, StartTask
    from core.model.service import Service
    from core.model.tags import Tag
    from core.model.task_definition import TaskDefinition


def tags_for_service(service: Service, definition: TaskDefinition) -> tuple[Tag, ...]:
    """What a service's new task has. Its other tasks keep what they were made with (ECS)."""
    managed = managed_tags(service.cluster, service.name) if service.managed_tags else ()
    match service.propagate_tags:
        case PropagateTags.SERVICE:
            return (*service.tags, *managed)
        case PropagateTags.TASK_DEFINITION:
            return (*definition.tags, *managed)
        case PropagateTags.NONE:
            return managed


def tags_for_run(given: RunTask | StartTask, definition: TaskDefinition, cluster: str) -> tuple[Tag, ...]:
    """What a task that is run has beside the tags asked for, which go before its definition's. Raises Refused for too many (ECS)."""
    own = dict(tags_from(given.tags))
    propagates = given.propagate_tags == PropagateTags.TASK_DEFINITION
    propagated = tuple(tag for tag in definition.tags if tag[0] not in own) if propagates else ()
    if len(own) + len(propagated) > MOST_TAGS:
        raise Refused(
            "InvalidParameterException",
            f"tags: at most {MOST_TAGS} to a task; with those of {definition.name} it would have {len(own) + len(propagated)}.",
        )
    return (*propagated, *(managed_tags(cluster) if given.enable_ecs_managed_tags else ()))
