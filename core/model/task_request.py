"""What RunTask was asked beside the definition: a task's `request`, canonical JSON in ECS's shape, read. Pure.

It is empty where nothing was asked. What has a column of its own (group, startedBy, …) is read there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType

if TYPE_CHECKING:
    from core.model.task import Task


def overrides_of(request: str) -> dict[str, Any]:
    """The overrides in a request, empty where there are none."""
    given: dict[str, Any] = _given(request).get("overrides", {})
    return given


def tags_of(request: str) -> list[dict[str, str]]:
    """The tags in a request, in ECS's shape."""
    given: list[dict[str, str]] = _given(request).get("tags", [])
    return given


def tags_of_task(task: Task) -> dict[str, str]:
    """All tags of a task: what was asked for with it stands before what was propagated to it (ECS).

    Once they were changed by themselves, they are what they were changed to.
    """
    if task.changed_tags is not None:
        return dict(task.changed_tags)
    return dict(task.propagated_tags) | {tag["key"]: tag["value"] for tag in tags_of(task.request)}


def constraints_of(request: str) -> tuple[tuple[PlacementConstraint, ...], tuple[PlacementStrategy, ...]]:
    """The placement constraints and the strategy in a request."""
    given = _given(request)
    return (
        tuple(
            PlacementConstraint(ConstraintType(c["type"]), c.get("expression", ""))
            for c in given.get("placementConstraints", ())
        ),
        tuple(
            PlacementStrategy(StrategyType(s["type"]), s.get("field", ""))
            for s in given.get("placementStrategy", ())
        ),
    )


def pinned(instance: str, **asked: Any) -> str:
    """The request of a task that may run on one instance alone: a DAEMON's, one that moves, or one of StartTask."""
    kept = {"containerInstance": instance} | {name: value for name, value in asked.items() if value}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def pinned_to(request: str) -> str:
    """The only instance (id) that a task may be placed on; empty where the scheduler chooses."""
    given: str = _given(request).get("containerInstance", "")
    return given


def _given(request: str) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(request) if request else {}
    return given
