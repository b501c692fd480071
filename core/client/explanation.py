"""Why a task is as it is, in sentences: what it waits for, what holds it, why it is here and not there, or why it stopped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.client.leaving import why_left
from core.client.stopped import why_stopped
from core.client.suitability import hosts_asked, hosts_told, placed_by
from core.model.counts import known
from core.model.ids import SHORT
from core.model.instance import InstanceStatus
from core.scheduler.probes import told_target
from core.scheduler.standing import Case, Standing, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.state import State
    from core.model.task import Task

#: How many of the tasks that ended before are told of.
EARLIER_TOLD: Final = 3


def explanation(state: State, task: Task, now: float) -> Iterator[str]:
    """The chain of reasons, from the task outwards. `now` is the moment of the look."""
    short = task.id[:SHORT]
    if task.stopped:
        code = f" ({task.stop_code.value})" if task.stop_code else ""
        yield f"Task {short} has stopped{code}: {why_stopped(task)}."
        if task.superseded_by:
            yield f"Task {task.superseded_by[:SHORT]} took its place when its host was lost."
        return
    yield f"Task {short} is {task.last_status.value}, wanted {task.desired_status.value}" + (
        f": {task.why}." if task.why else "."
    )
    if task.target_health is not None:
        yield f"Its service's probe says: {told_target(state, task, now)}."
    yield from _place(state, task, now)
    yield from _of_service(state, task, now)


def _place(state: State, task: Task, now: float) -> Iterator[str]:
    instance = state.instances.get(task.instance)
    if instance is None:
        yield f"It has no host yet; the cluster {task.cluster} has {_capacity(state, task.cluster)}."
    elif not known(state, task):
        yield (
            f"Its host {instance.name} is {instance.connectivity.value}, so that is how it was last seen, not how it is"
            + (f": {instance.problem}." if instance.problem else ".")
        )
    elif instance.status is InstanceStatus.DRAINING:
        yield f"Its host {instance.name} is DRAINING; what holds it there: {why_left(state, task, now)}."
        if instance.drain_deadline is not None and instance.drain_deadline > now:
            yield f"What is left on {instance.name} in {instance.drain_deadline - now:.0f} s is stopped."
    if not task.wanted:
        return
    words = hosts_asked(state, task)
    by = placed_by(state, task)
    if instance is not None:
        yield f"It is on {instance.name}" + (f" ({by})" if by else "") + "; as the hosts are now:"
    elif by:
        yield f"It asks for {task.cpu_units} CPU units, {task.memory_mib} MiB{_ports(task)} ({by}); as the hosts are now:"
    for word in hosts_told(task, words):
        yield f"  {word}"


def _ports(task: Task) -> str:
    return "".join(f", host port {p.port}/{p.protocol}" for p in task.ports)


def _of_service(state: State, task: Task, now: float) -> Iterator[str]:
    service = state.services.get(task.service_key)
    if service is None:
        return
    primary = state.primary_of(service.key)
    case = Case(task, service, state.instances.get(task.instance), primary.id if primary else "", now)
    rule = rule_for(case)
    if rule.standing is not Standing.KEEP:
        yield f"For its service {service.name} it is to go ({rule.standing.value}): {rule.reason}."
    if service.why:
        yield f"Its service {service.name}: {service.why}."
    deployment = state.deployments.get(task.deployment)
    if deployment is not None and deployment.rollout_reason:
        yield f"Its deployment {deployment.id} is {deployment.rollout_state.value}: {deployment.rollout_reason}"
    yield from _before(state, task, now)


def _before(state: State, task: Task, now: float) -> Iterator[str]:
    """What it came in the place of, as far as that is still known."""
    for lost in state.tasks.values():
        if lost.superseded_by == task.id:
            yield f"It takes the place of task {lost.id[:SHORT]}, whose host was lost."
    earlier = [
        t
        for t in state.tasks.values()
        if t.stopped and t.service_key == task.service_key and t.created_at < task.created_at
    ]
    if earlier:
        earlier.sort(key=lambda t: (-(t.stopped_at or 0.0), t.id))
        yield f"Tasks of {task.service} that ended and are still known, {len(earlier)} made before it; the last:"
    for other in earlier[:EARLIER_TOLD]:
        ago_s = now - (other.stopped_at or now)
        yield f"  {other.id[:SHORT]}, {ago_s:.0f} s ago: {why_stopped(other)}"


def _capacity(state: State, cluster: str) -> str:
    instances = state.instances_of(cluster)
    if not instances:
        return "no capacity"
    ready = [i.name for i in instances if i.connected and i.status is InstanceStatus.ACTIVE]
    return f"{len(ready)} of {len(instances)} hosts connected and ACTIVE"
