"""Sums over a cluster's tasks, kept up to date change by change: a screen can't count 100,000 tasks at every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.model.counts import known
from core.model.instance import ContainerInstance
from core.model.task import Task, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row, State


@dataclass(slots=True)
class Totals:
    """Of one cluster's tasks that have not stopped: what an operator reads, so nothing on a silent host counts as running."""

    wanted: int = 0
    running: int = 0
    pending: int = 0
    cpu_units: int = 0
    memory_mib: int = 0

    def count(self, state: State, task: Task, sign: int) -> None:
        """Add a task as it stands in the state, or take it away."""
        self.wanted += sign * task.wanted
        self.running += sign * (task.wanted and task.last_status is TaskStatus.RUNNING and known(state, task))
        self.pending += sign * (task.last_status in {TaskStatus.PROVISIONING, TaskStatus.PENDING})
        self.cpu_units += sign * task.cpu_units
        self.memory_mib += sign * task.memory_mib


def tasks_touched(state: State, row: Row | None) -> Iterable[Task]:
    """The tasks whose part in the totals depends on a row, as they stand in the state."""
    match row:
        case Task() if not row.stopped:
            return (row,)
        case ContainerInstance():
            return state.tasks_on(row.id)
        case _:
            return ()
