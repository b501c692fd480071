"""The task state machine: one table, one `advance`; nothing else writes a task's last status. Pure.

Rule 1: a status only moves forward, and STOPPED is final. Rule 2: what the table doesn't name doesn't happen; a signal
that comes late (a container reported running after its task was told to stop) is passed over by the caller, who asks
`follows` first. The drawing in core/README.md is made from the table and held against it by a test.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.model.task import DesiredStatus, Health, StopCode, Task, TaskStatus
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Mapping


class Signal(StrEnum):
    """What moves a task on."""

    #: The scheduler chose an instance.
    PLACED = "placed"
    #: Every container has started (or, if not essential, has already finished).
    STARTED = "started"
    #: It is to stop and has, or may have, containers that are up.
    STOP_ORDERED = "stop ordered"
    #: None of its containers is up any more, and none will be.
    ENDED = "ended"


TRANSITIONS: Final[Mapping[TaskStatus, Mapping[Signal, TaskStatus]]] = MappingProxyType(
    {
        TaskStatus.PROVISIONING: {Signal.PLACED: TaskStatus.PENDING, Signal.ENDED: TaskStatus.STOPPED},
        TaskStatus.PENDING: {
            Signal.STARTED: TaskStatus.RUNNING,
            Signal.STOP_ORDERED: TaskStatus.STOPPING,
            Signal.ENDED: TaskStatus.STOPPED,
        },
        TaskStatus.RUNNING: {Signal.STOP_ORDERED: TaskStatus.STOPPING, Signal.ENDED: TaskStatus.STOPPED},
        TaskStatus.STOPPING: {Signal.ENDED: TaskStatus.STOPPED},
        TaskStatus.STOPPED: {},
    }
)

#: ECS's longest stopped reason (agent, TaskStateChange).
REASON_CHARACTERS: Final = 1024


class LifecycleError(AssertionError):
    """A defect of ours: the table has no such step. Names the task, its status and the signal."""


def follows(task: Task, signal: Signal) -> bool:
    """Whether the table has this step."""
    return signal in TRANSITIONS[task.last_status]


def advance(task: Task, signal: Signal, now: float) -> Task:
    """The task after a signal, with the time that belongs to the step. Raises LifecycleError, changing nothing."""
    after = TRANSITIONS[task.last_status].get(signal)
    if after is None:
        raise LifecycleError(f"task {task.id}: {signal.value!r} does not follow {task.last_status}")
    task = replace(task, last_status=after, version=task.version + 1)
    match after:
        case TaskStatus.RUNNING:
            return replace(task, started_at=now, why="")
        case TaskStatus.STOPPING:
            return replace(task, stopping_at=now, healthy_since=None)
        case TaskStatus.STOPPED:
            return replace(
                task,
                desired_status=DesiredStatus.STOPPED,
                stopped_at=now,
                stopping_at=task.stopping_at if task.stopping_at is not None else now,
                healthy_since=None,
                why="",
            )
        case _:
            return task


def order_stop(task: Task, now: float, code: StopCode, reason: str) -> Task:
    """Want the task stopped: the first reason stays. It is STOPPED at once where nothing was ever placed."""
    if task.desired_status is DesiredStatus.STOPPED:
        return task
    task = replace(
        task,
        desired_status=DesiredStatus.STOPPED,
        stop_code=task.stop_code or code,
        stopped_reason=task.stopped_reason or reason[:REASON_CHARACTERS],
        version=task.version + 1,
    )
    if not task.instance:
        return advance(task, Signal.ENDED, now)
    return advance(task, Signal.STOP_ORDERED, now)


def health_of(task: Task, checked: Mapping[str, bool]) -> Health:
    """ECS's health of a task. `checked` names its essential containers and says whether the definition has a check for them.

    Any UNHEALTHY makes it UNHEALTHY, else any UNKNOWN makes it UNKNOWN, else HEALTHY; containers without a check are
    left out, and with none left it is UNKNOWN (what ECS's agent does, amazon-ecs-agent #4094).
    """
    found = [_health(task, name) for name in sorted(checked) if checked[name]]
    for worst in (Health.UNHEALTHY, Health.UNKNOWN):
        if worst in found:
            return worst
    return Health.HEALTHY if found else Health.UNKNOWN


def _health(task: Task, container: str) -> Health:
    found = task.container(container)
    return found.health if found is not None else Health.UNKNOWN


def mermaid() -> str:
    """The table drawn as a Mermaid state diagram, for core/README.md."""
    lines = ["stateDiagram-v2", "    [*] --> PROVISIONING"]
    for status, steps in TRANSITIONS.items():
        for signal, after in steps.items():
            lines.append(f"    {status} --> {after}: {signal.value}")
    lines.append("    STOPPED --> [*]")
    return "\n".join(lines)
