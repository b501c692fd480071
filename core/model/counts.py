"""Tasks counted as ECS counts them, and beside it those of which nothing is known now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from core.model.task import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import State
    from core.model.task import Task

_PENDING: Final = frozenset({TaskStatus.PROVISIONING, TaskStatus.PENDING})


class Counts(NamedTuple):
    """`running` and `pending` go by the last known status, as in ECS; the `unknown` are among them."""

    running: int = 0
    pending: int = 0
    unknown: int = 0


def known(state: State, task: Task, *, watched: bool = True) -> bool:
    """Whether a task's last status is true now: it ended, waits to be placed, or its instance answers.

    `watched`: an engine keeps the state true. Where none does, no instance is known to answer.
    """
    instance = state.instances.get(task.instance)
    return task.stopped or not task.instance or (watched and instance is not None and instance.connected)


def counts(state: State, tasks: Iterable[Task], *, watched: bool = True) -> Counts:
    """Count tasks that have not stopped; `watched` as in `known`."""
    running = pending = unknown = 0
    for task in tasks:
        running += task.last_status is TaskStatus.RUNNING
        pending += task.last_status in _PENDING
        unknown += not known(state, task, watched=watched)
    return Counts(running, pending, unknown)
