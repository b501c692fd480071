"""Small parts that several of ECS's shapes have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.capacity_provider import ProviderShare
    from core.model.service import PlacementConstraint, PlacementStrategy

Json = dict[str, Any]

#: ECS's word for capacity that is not AWS's.
LAUNCH_TYPE: Final = "EXTERNAL"


def dashed(digits: str) -> str:
    """32 hex digits in the form of a UUID, as ECS writes the ids of containers and service events."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def tags_shown(tags: Iterable[tuple[str, str]]) -> list[Json]:
    """ECS's tags."""
    return [{"key": key, "value": value} for key, value in tags]


def constraints_shown(constraints: Iterable[PlacementConstraint]) -> list[Json]:
    """ECS's placement constraints."""
    return [
        {"type": c.type.value} | ({"expression": c.expression} if c.expression else {}) for c in constraints
    ]


def strategy_shown(strategy: Iterable[PlacementStrategy]) -> list[Json]:
    """ECS's placement strategy."""
    return [{"type": s.type.value} | ({"field": s.field} if s.field else {}) for s in strategy]


def shares_shown(shares: Iterable[ProviderShare]) -> list[Json]:
    """ECS's capacity provider strategy."""
    return [{"capacityProvider": s.provider, "weight": s.weight, "base": s.base} for s in shares]


def present(**members: Any) -> Json:
    """The members that have a value: ECS leaves out the others."""
    return {name: value for name, value in members.items() if value is not None and value != ""}
