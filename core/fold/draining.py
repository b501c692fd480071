"""The end of a drain that was given a deadline: what is still on the instance is stopped. Pure.

ECS's drain has no end, and so has ours unless the operator asks for one; then standalone tasks and protected ones are stopped as
well, and so are a service's whose bounds let none go. A DAEMON's task leaves by itself when everything else has (core.scheduler.daemon).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.events import Event, Level, Subject
from core.lifecycle import order_stop
from core.model.instance import InstanceStatus
from core.model.task import StopCode

if TYPE_CHECKING:
    from core.model.state import State
    from core.model.task import Task

#: Why a task was stopped at a drain's deadline; the instance's name goes in.
DEADLINE_PASSED: Final = "The deadline of draining container instance {} passed"


def end_drain(state: State, key: str, now: float) -> None:
    """Stop what is left on an instance if its drain's deadline has come. Once more it finds nothing left to stop."""
    instance = state.instances.get(key)
    if instance is None or instance.status is not InstanceStatus.DRAINING:
        return
    if instance.drain_deadline is None or instance.drain_deadline > now:
        return
    left = [task for task in state.tasks_on(key) if task.wanted and not _daemon(state, task)]
    reason = DEADLINE_PASSED.format(instance.name)
    for task in left:
        # The operator set the deadline: like StopTask it goes before the bounds of the tasks' services.
        state.put(order_stop(task, now, StopCode.USER_INITIATED, reason))
    if left:
        count = "1 task was left and is" if len(left) == 1 else f"{len(left)} tasks were left and are"
        text = f"Container instance {instance.name}: the deadline of its drain passed; {count} told to stop."
        state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster, Level.WARN))


def _daemon(state: State, task: Task) -> bool:
    service = state.services.get(task.service_key)
    return service is not None and service.daemon
