"""What an input says about placement, and its tags, checked as ECS does and turned into values. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import Refused
from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType
from core.model.tags import is_managed
from core.scheduler.query import compile_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.fold.members import Constraint, Strategy, Tag
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


def tags_from(given: Sequence[Tag]) -> tuple[tuple[str, str], ...]:
    """Tags, each key once and none of AWS's own. Raises Refused."""
    keys = [tag.key for tag in given]
    check_tag_keys(keys)
    if len(set(keys)) < len(keys):
        raise _invalid("tags: a key may be given once.")
    return tuple((tag.key, tag.value) for tag in given)


def check_tag_keys(keys: Iterable[str]) -> None:
    """None of AWS's own. Raises Refused."""
    if any(is_managed(key) for key in keys):
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
