"""Tasks counted as an operator must read them: what is on a silent host is unknown, not running. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.counts import known
from core.model.task import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import State
    from core.model.task import Task


def running(state: State, tasks: Iterable[Task]) -> int:
    """How many are known to run; ECS's own count goes by the last known status."""
    return sum(task.last_status is TaskStatus.RUNNING and known(state, task) for task in tasks)
