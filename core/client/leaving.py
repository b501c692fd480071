"""Why a task is still on a host that drains, or would be: the one thing that holds it, in a sentence's half. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from core.model.service import ServiceStatus
from core.model.task import TaskStatus
from core.scheduler.reconcile import reconcile
from core.scheduler.standing import Case, shielded

if TYPE_CHECKING:
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task


def held_on(state: State, instance: str, now: float) -> Counter[str]:
    """What holds the tasks of a draining instance, and how many of them each.

    Tasks of one service that nothing tells apart are held by the same: it is worked out once, for a service may be large.
    """
    told: dict[object, str] = {}
    held: Counter[str] = Counter()
    for task in state.tasks_on(instance):
        service = state.services.get(task.service_key)
        case = None if service is None else Case(task, service, state.instances.get(instance), "", now)
        is_shielded = case is not None and task.wanted and shielded(case)
        alike = (task.service_key, task.wanted, task.wanted or task.why, is_shielded and task.protected_until)
        if alike not in told:
            told[alike] = why_left(state, task, now)
        held[told[alike]] += 1
    return held


def why_left(state: State, task: Task, now: float) -> str:
    """What holds a task on its draining host."""
    if not task.wanted:
        return f"stops{f': {task.why}' if task.why else ''}"
    service = state.services.get(task.service_key)
    if service is None:
        return f"belongs to no service: it stays until it ends{_or_deadline(state, task, now)}"
    if service.daemon:
        return "is a DAEMON's, the last to leave"
    if shielded(Case(task, service, state.instances.get(task.instance), "", now)):
        left_s = (task.protected_until or now) - now
        return f"is protected from scale-in for another {left_s / 60:.0f} min"
    return _held_by_service(state, service, now)


def _or_deadline(state: State, task: Task, now: float) -> str:
    instance = state.instances.get(task.instance)
    if instance is None or instance.drain_deadline is None:
        return " or is stopped"
    left_s = instance.drain_deadline - now
    # No finer than minutes: who waits is told each sentence that is another one.
    left = "within a minute" if left_s < 60 else f"in {left_s / 60:.0f} min"
    return f", or the drain's deadline stops it {left}"


def _held_by_service(state: State, service: Service, now: float) -> str:
    tasks = state.tasks_of_service(service.key)
    waiting = next((t.why for t in tasks if t.wanted and not t.instance and t.why), "")
    if waiting:
        return f"its replacement {waiting}"
    plan = reconcile(service, state.deployments_of(service.key), tasks, state.instances, now)
    if plan.stuck:
        return (
            f"{service.name} must keep {service.minimum_healthy_percent} % and may have {service.maximum_percent} % of "
            f"{service.desired_count}: neither a stop nor a start is allowed"
        )
    coming = [t for t in tasks if t.wanted and t.last_status in {TaskStatus.PROVISIONING, TaskStatus.PENDING}]
    if coming:
        why = next((t.why for t in coming if t.why), "")
        return f"its replacement is starting{f': {why}' if why else ''}"
    if service.status is ServiceStatus.ACTIVE and service.why:
        return f"{service.name}: {service.why}"
    return "waits for its service's turn"
