"""TagResource and UntagResource, of services and schedules: what an operator, or `apply`, knows them by. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.fold.find import find_cluster
from core.fold.placement_input import check_tag_keys, tags_from
from core.model.service import Service, ServiceStatus
from core.model.tags import MOST_TAGS
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import TagResource, UntagResource
    from core.model.schedule import Schedule
    from core.model.state import State

Output = dict[str, Any]


def tag_resource(state: State, given: TagResource, _turn: TurnContext) -> Output:
    """Give a resource tags; one whose key it has already gets the new value (ECS)."""
    tagged = _find(state, given.resource_arn)
    tags = dict(tagged.tags) | dict(tags_from(given.tags))
    if len(tags) > MOST_TAGS:
        kind = "service" if isinstance(tagged, Service) else "schedule"
        raise Refused(
            "LimitExceededException",
            f"tags: at most {MOST_TAGS} to a {kind}; {tagged.name} would have {len(tags)}.",
        )
    state.put(replace(tagged, tags=tuple(tags.items())))
    return {}


def untag_resource(state: State, given: UntagResource, _turn: TurnContext) -> Output:
    """Take tags from a resource, by their keys. A key that it hasn't is no error (ECS)."""
    tagged = _find(state, given.resource_arn)
    check_tag_keys(given.tag_keys)
    state.put(replace(tagged, tags=tuple(tag for tag in tagged.tags if tag[0] not in given.tag_keys)))
    return {}


def _find(state: State, resource: str) -> Service | Schedule:
    """What an ARN names, `arn:…:service/CLUSTER/NAME` or `arn:…:schedule/CLUSTER/NAME`; its region and account may be anything.

    Raises Refused.
    """
    kind, *names = resource.split(":", 5)[-1].split("/") if resource.startswith("arn:") else ("",)
    if kind not in {"service", "schedule"} or not 1 <= len(names) <= 2:
        raise Refused(
            "InvalidParameterException",
            f"resourceArn: {shown(resource)} is not the ARN of a service or a schedule; the tags of nothing else can be changed.",
        )
    # An ARN of the old form names no cluster, and means ECS's default one.
    cluster = find_cluster(state, names[0] if len(names) > 1 else "default")
    key = f"{cluster.name}/{names[-1]}"
    found = state.services.get(key) if kind == "service" else state.schedules.get(key)
    if found is None or (isinstance(found, Service) and found.status is ServiceStatus.INACTIVE):
        raise Refused(
            "ResourceNotFoundException",
            f"The specified resource could not be found. There is no {kind} {shown(names[-1])} in {cluster.name}.",
        )
    return found
