"""PutAttributes and DeleteAttributes: what operators say of container instances, beside what the config says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.errors import Refused
from core.fold.find import find_cluster, registered
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.fold.context import TurnContext
    from core.fold.inputs import DeleteAttributes, PutAttributes
    from core.fold.members import Attribute
    from core.model.cluster import Cluster
    from core.model.instance import ContainerInstance
    from core.model.state import State

#: How many attributes of its own an instance may have (ECS).
LIMIT: Final = 10


def put_attributes(state: State, given: PutAttributes, _turn: TurnContext) -> dict[str, Any]:
    """Set attributes; they win over what a host says of itself."""
    cluster = find_cluster(state, given.cluster)
    _change(state, cluster, given.attributes, _with)
    return _output(given.attributes)


def delete_attributes(state: State, given: DeleteAttributes, _turn: TurnContext) -> dict[str, Any]:
    """Take attributes away; what the host itself says comes back with its next report."""
    cluster = find_cluster(state, given.cluster)
    _change(state, cluster, given.attributes, _without)
    return _output(given.attributes)


def _change(
    state: State,
    cluster: Cluster,
    attributes: Sequence[Attribute],
    step: Callable[[ContainerInstance, Attribute], ContainerInstance],
) -> None:
    changed: dict[str, ContainerInstance] = {}
    for attribute in attributes:
        instance = registered(state, cluster, attribute.target_id)
        if instance is None:
            raise Refused("TargetNotFoundException", f"Could not find ID {attribute.target_id}")
        changed[instance.id] = step(changed.get(instance.id, instance), attribute)
    for key, instance in changed.items():
        grown = len(instance.own_attributes) > len(state.instances[key].own_attributes)
        if grown and len(instance.own_attributes) > LIMIT:
            raise Refused(
                "AttributeLimitExceededException",
                f"Container instance {instance.name} may have {LIMIT} attributes of its own, not {len(instance.own_attributes)}.",
            )
    for instance in changed.values():
        state.put(instance)


def _with(instance: ContainerInstance, attribute: Attribute) -> ContainerInstance:
    given = {attribute.name: attribute.value}
    return replace(
        instance,
        own_attributes=tuple(sorted((dict(instance.own_attributes) | given).items())),
        attributes=tuple(sorted((dict(instance.attributes) | given).items())),
    )


def _without(instance: ContainerInstance, attribute: Attribute) -> ContainerInstance:
    own = dict(instance.own_attributes)
    if own.pop(attribute.name, None) is None:
        return instance
    return replace(
        instance,
        own_attributes=tuple(sorted(own.items())),
        attributes=tuple(pair for pair in instance.attributes if pair[0] != attribute.name),
    )


def _output(attributes: Sequence[Attribute]) -> dict[str, Any]:
    return {
        "attributes": [
            {"name": a.name, "value": a.value, "targetType": a.target_type, "targetId": a.target_id}
            for a in attributes
        ]
    }
