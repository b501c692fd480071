"""What an input says about placement, and its tags, checked as ECS does and turned into values. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import Refused
from core.model.capacity_provider import ProviderShare
from core.model.ids import last_part
from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType
from core.scheduler.query import compile_expression
from core.taskdef.shape import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.fold.members import Constraint, ProviderShareInput, Strategy, Tag
    from core.model.cluster import Cluster
    from core.model.task_definition import TaskDefinition

#: ECS's limit, the task definition's constraints included.
CONSTRAINTS: Final = 10


def constraints_from(
    given: Sequence[Constraint], definition: TaskDefinition
) -> tuple[PlacementConstraint, ...]:
    """Placement constraints whose expressions can be read. Raises Refused."""
    if len(given) + len(definition.placement_constraints) > CONSTRAINTS:
        raise _invalid(
            f"placementConstraints: there may be {CONSTRAINTS}, those of task definition {definition.name} included."
        )
    for index, constraint in enumerate(given):
        path = f"placementConstraints[{index}].expression"
        if constraint.type is ConstraintType.DISTINCT_INSTANCE and constraint.expression:
            raise _invalid(f"{path}: distinctInstance takes none.")
        if constraint.type is ConstraintType.MEMBER_OF:
            if not constraint.expression:
                raise _invalid(f"{path}: is missing; memberOf needs one, such as attribute:zone == a.")
            compile_expression(constraint.expression)
    return tuple(PlacementConstraint(c.type, c.expression) for c in given)


def strategy_from(given: Sequence[Strategy]) -> tuple[PlacementStrategy, ...]:
    """A placement strategy whose fields mean something. Raises Refused."""
    return tuple(PlacementStrategy(s.type, _field(s, index)) for index, s in enumerate(given))


def providers_from(given: Sequence[ProviderShareInput], cluster: Cluster) -> tuple[ProviderShare, ...]:
    """A capacity provider strategy whose providers the cluster has, and which leads somewhere. Raises Refused."""
    shares = tuple(ProviderShare(last_part(g.capacity_provider), g.weight, g.base) for g in given)
    known = tuple(provider.name for provider in cluster.capacity_providers)
    for index, share in enumerate(shares):
        path = f"capacityProviderStrategy[{index}].capacityProvider"
        if share.provider not in known:
            guess = nearest(share.provider, known)
            there = f"there is {', '.join(known)}" if known else "the config names none for it"
            hint = f"did you mean {guess}?" if guess else f"{there}."
            raise _invalid(
                f"{path}: cluster {cluster.name} has no capacity provider {share.provider}; {hint}"
            )
    names = [share.provider for share in shares]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _invalid(f"capacityProviderStrategy: {twice[0]} is named more than once.")
    if sum(share.base > 0 for share in shares) > 1:
        raise _invalid("capacityProviderStrategy: one item alone may have a base.")
    if shares and not any(share.weight for share in shares):
        raise _invalid("capacityProviderStrategy: at least one item must have a weight that is not 0.")
    return shares


def tags_from(given: Sequence[Tag]) -> tuple[tuple[str, str], ...]:
    """Tags, each key once and none of AWS's own. Raises Refused."""
    keys = [tag.key for tag in given]
    check_tag_keys(keys)
    if len(set(keys)) < len(keys):
        raise _invalid("tags: a key may be given once.")
    return tuple((tag.key, tag.value) for tag in given)


def check_tag_keys(keys: Iterable[str]) -> None:
    """None of AWS's own. Raises Refused."""
    if any(key.lower().startswith("aws:") for key in keys):
        raise _invalid("aws: prefixed tag key names are not allowed for external use.")


def _field(strategy: Strategy, index: int) -> str:
    field = strategy.field
    match strategy.type:
        case StrategyType.RANDOM:
            return ""
        case StrategyType.BINPACK:
            if field.lower() in {"cpu", "memory"}:
                return field.lower()
            wanted = "binpack goes by cpu or memory"
        case StrategyType.SPREAD:
            if field in {"instanceId", "host"}:
                return "instanceId"
            if field.startswith("attribute:") and field != "attribute:":
                return field
            wanted = "spread goes by instanceId or attribute:NAME"
    raise _invalid(f'placementStrategy[{index}].field: {wanted}, not "{field}".')


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
