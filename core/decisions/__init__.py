"""The record of decisions: for every action of ECS's (and EventBridge's), and every member of their inputs, what Dockyard does. Pure.

`DECISIONS` is by operation, then by member; a dot leads into an object, lists are looked into
(`containerDefinitions.portMappings.hostPort`). What is said here is said nowhere else: refusals and warnings take their
words from it, and docs/ecs.md is made of it (`python -m core.decisions.page > docs/ecs.md`). Tests hold it against ECS's own model.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions.actions import ACTIONS
from core.decisions.decision import Decision, Kind
from core.decisions.requests import (
    CREATE_CLUSTER,
    CREATE_SERVICE,
    PUT_CLUSTER_CAPACITY_PROVIDERS,
    RUN_TASK,
    START_TASK,
    TAG_RESOURCE,
    UNTAG_RESOURCE,
    UPDATE_SERVICE,
)
from core.decisions.schedules import CREATE_SCHEDULE, UPDATE_SCHEDULE
from core.decisions.task_definition import TASK_DEFINITION

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACTIONS", "DECISIONS", "TASK_DEFINITION", "Decision", "Kind", "decision_of"]

DECISIONS: Final[Mapping[str, Mapping[str, Decision]]] = MappingProxyType(
    {
        "RegisterTaskDefinition": TASK_DEFINITION,
        "CreateService": CREATE_SERVICE,
        "UpdateService": UPDATE_SERVICE,
        "RunTask": RUN_TASK,
        "StartTask": START_TASK,
        "CreateCluster": CREATE_CLUSTER,
        "PutClusterCapacityProviders": PUT_CLUSTER_CAPACITY_PROVIDERS,
        "TagResource": TAG_RESOURCE,
        "UntagResource": UNTAG_RESOURCE,
        "CreateSchedule": CREATE_SCHEDULE,
        "UpdateSchedule": UPDATE_SCHEDULE,
    }
)


def decision_of(operation: str, member: str) -> Decision | None:
    """What was decided of a member: by itself, or with an object that is left out as a whole; None where nothing was."""
    decisions = DECISIONS[operation]
    if member in decisions:
        return decisions[member]
    parts = member.split(".")
    outer = (decisions.get(".".join(parts[:length])) for length in range(len(parts) - 1, 0, -1))
    return next((decision for decision in outer if decision and decision.left_out), None)
