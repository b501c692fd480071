"""UpdateTaskProtection: a service's task is left alone by scale-in, deployments and draining for a while. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_protection
from core.errors import Refused
from core.events import Event, Subject
from core.fold.find import find_cluster
from core.model.ids import arn, last_part
from core.model.service import RolloutState
from core.record import replace
from core.scheduler.standing import protected

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import UpdateTaskProtection
    from core.model.cluster import Cluster
    from core.model.state import State
    from core.model.task import Task

Output = dict[str, Any]

#: ECS's default.
EXPIRES_IN_MINUTES: Final = 120


def update_task_protection(state: State, given: UpdateTaskProtection, turn: TurnContext) -> Output:
    """Protect tasks, again for the whole time, or no longer. Those that can't be are failures beside the others (ECS)."""
    cluster = find_cluster(state, given.cluster)
    if not given.protection_enabled and given.expires_in_minutes is not None:
        raise Refused(
            "InvalidParameterException",
            "expiresInMinutes: goes with protectionEnabled true, for what is not protected does not expire.",
        )
    minutes = given.expires_in_minutes or EXPIRES_IN_MINUTES
    until = turn.now + 60.0 * minutes if given.protection_enabled else None
    shown: list[Output] = []
    failures: list[Output] = []
    for identifier in dict.fromkeys(given.tasks):
        task = state.tasks.get(last_part(identifier))
        failure = _failure(state, cluster, task, turn.now, protecting=given.protection_enabled)
        if task is None or failure is not None:
            name = arn("task", cluster.name, last_part(identifier))
            failures.append({"arn": name, **(failure or {})})
            continue
        changed = replace(task, protected_until=until, version=task.version + 1)
        state.put(changed)
        words = (
            f"is protected from scale-in for {minutes} minutes"
            if until
            else "is protected from scale-in no longer"
        )
        text = f"(service {task.service}) (task {task.id}) {words}."
        state.say(Event(turn.now, Subject.SERVICE, task.service, text, task.cluster))
        shown.append(describe_protection(changed, turn.now))
    return {"protectedTasks": shown, "failures": failures}


def _failure(
    state: State, cluster: Cluster, task: Task | None, now: float, *, protecting: bool
) -> Output | None:
    """Why a task can't be protected, in ECS's word and ours."""
    if task is None or task.cluster != cluster.name:
        return {"reason": "MISSING"}
    service = state.services.get(task.service_key)
    if service is None:
        return {"reason": "TASK_NOT_VALID", "detail": "It belongs to no service: nothing scales it in."}
    if not task.wanted:
        return {"reason": "TASK_NOT_VALID", "detail": "It has stopped, or is about to."}
    if service.daemon:
        return {
            "reason": "TASK_NOT_VALID",
            "detail": f"{service.name} is a DAEMON: it runs one task on each instance, and is not scaled in.",
        }
    if protecting and _blocks(state, task, now):
        return {
            "reason": "DEPLOYMENT_BLOCKED",
            "detail": f"Protected tasks of an older deployment are all that {service.name} waits for.",
        }
    return None


def _blocks(state: State, task: Task, now: float) -> bool:
    """Whether protection of older tasks is all that keeps the service's deployment from its end (ECS)."""
    primary = state.primary_of(task.service_key)
    if (
        primary is None
        or primary.id == task.deployment
        or primary.rollout_state is not RolloutState.IN_PROGRESS
    ):
        return False
    tasks = [t for t in state.tasks_of_service(task.service_key) if t.wanted]
    older = [t for t in tasks if t.deployment != primary.id]
    new = [t for t in tasks if t.deployment == primary.id and t.healthy_since is not None]
    return len(new) >= primary.desired_count and all(protected(t, now) for t in older)
