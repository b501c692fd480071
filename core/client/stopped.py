"""Why a task stopped, as people are told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.task import ContainerStatus
from core.model.task_definition import PAUSE_CONTAINER

if TYPE_CHECKING:
    from core.model.task import Task


def why_stopped(task: Task) -> str:
    """Why a task stopped, in a line: its own reason, and what the container that failed adds to it."""
    reasons = [
        f"{c.name}: {c.reason or f'exit code {c.exit_code}'}"
        for c in task.containers
        if c.name != PAUSE_CONTAINER
        and c.status is ContainerStatus.STOPPED
        and (c.reason or c.exit_code)
        and c.reason != task.stopped_reason
    ]
    return " – ".join([task.stopped_reason or "no reason known", *reasons])
