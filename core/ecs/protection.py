"""A task's protection from scale-in as GetTaskProtection shows it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.model.ids import arn
from core.scheduler.standing import protected

if TYPE_CHECKING:
    from core.model.task import Task


def describe_protection(task: Task, now: float) -> dict[str, Any]:
    """ECS's ProtectedTask; what has expired is not enabled any more."""
    shown: dict[str, Any] = {
        "taskArn": arn("task", task.cluster, task.id),
        "protectionEnabled": protected(task, now),
    }
    return shown | ({"expirationDate": task.protected_until} if protected(task, now) else {})
