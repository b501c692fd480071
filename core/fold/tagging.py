"""TagResource and UntagResource, of services: what an operator, or `apply`, knows them by. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from core.errors import Refused
from core.fold.find import find_cluster
from core.fold.placement_input import check_tag_keys, tags_from
from core.model.service import ServiceStatus
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import TagResource, UntagResource
    from core.model.service import Service
    from core.model.state import State

Output = dict[str, Any]

#: How many tags a resource may have (ECS).
MOST_TAGS: Final = 50


def tag_resource(state: State, given: TagResource, _turn: TurnContext) -> Output:
    """Give a service tags; one whose key it has already gets the new value (ECS)."""
    service = _find(state, given.resource_arn)
    tags = dict(service.tags) | dict(tags_from(given.tags))
    if len(tags) > MOST_TAGS:
        raise Refused(
            "LimitExceededException",
            f"tags: at most {MOST_TAGS} to a service; {service.name} would have {len(tags)}.",
        )
    state.put(replace(service, tags=tuple(tags.items())))
    return {}


def untag_resource(state: State, given: UntagResource, _turn: TurnContext) -> Output:
    """Take tags from a service, by their keys. A key that it hasn't is no error (ECS)."""
    service = _find(state, given.resource_arn)
    check_tag_keys(given.tag_keys)
    state.put(replace(service, tags=tuple(tag for tag in service.tags if tag[0] not in given.tag_keys)))
    return {}


def _find(state: State, resource: str) -> Service:
    """The service of an ARN, `arn:…:service/CLUSTER/NAME`; the region and the account in it may be anything. Raises Refused."""
    kind, *names = resource.split(":", 5)[-1].split("/") if resource.startswith("arn:") else ("",)
    if kind != "service" or not 1 <= len(names) <= 2:
        raise Refused(
            "InvalidParameterException",
            f"resourceArn: {shown(resource)} is not the ARN of a service; the tags of nothing else can be changed.",
        )
    # An ARN of the old form names no cluster, and means ECS's default one.
    cluster = find_cluster(state, names[0] if len(names) > 1 else "default")
    found = state.services.get(f"{cluster.name}/{names[-1]}")
    if found is None or found.status is ServiceStatus.INACTIVE:
        raise Refused(
            "ResourceNotFoundException",
            f"The specified resource could not be found. There is no service {shown(names[-1])} in {cluster.name}.",
        )
    return found
