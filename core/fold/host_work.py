"""What a host's tasks wait for, as its plan says it, in their rows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.fold.images import note_needed
from core.model.task import TaskStatus
from core.record import replace

if TYPE_CHECKING:
    from core.model.state import State
    from core.scheduler.sweep import HostPlan


def tell_work(state: State, instance: str, plan: HostPlan, now: float) -> None:
    """Say of each task on a host what it waits for, and since when it pulls; and which of its images are needed."""
    if plan.images_needed is not None:
        note_needed(state, instance, plan.images_needed, now)
    for task in state.tasks_on(instance):
        why = plan.whys.get(task.id, "")
        pulls_since = task.pull_started_at
        if pulls_since is None and task.id in plan.pulling:
            pulls_since = now
        if (task.why, task.pull_started_at) != (why, pulls_since):
            state.put(replace(task, why=why, pull_started_at=pulls_since))


def tell_waiting(state: State, instance: str, most: int) -> None:
    """Say of each task on a host that as many actions as may run do so on others."""
    for task in state.tasks_on(instance):
        if task.last_status is TaskStatus.PENDING and not task.why:
            state.put(replace(task, why=f"waits while {most} other actions run"))
