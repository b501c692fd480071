"""From what is known of its containers to the task: it starts, ripens, fails, ends. Pure.

A container's row only moves forward, through one run after another where its restart policy says so
(core.scheduler.restart); the task's status moves through core.lifecycle alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core import lifecycle
from core.events import Event, Level, Subject
from core.lifecycle import Signal
from core.model.names import container_name
from core.model.probe import TargetHealth, TargetState
from core.model.task import Container, ContainerStatus, DesiredStatus, Health, StopCode, Task, TaskStatus
from core.record import replace
from core.reports import SeenState
from core.scheduler.backoff import after_failure
from core.scheduler.breaker import counted
from core.scheduler.probes import probe_of
from core.scheduler.restart import is_over, ran_s, restarted, restarts
from core.taskdef.bindings import with_shared_ports
from core.taskdef.order import Never, may_create, views

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.instance import ContainerInstance
    from core.model.probe import Probe
    from core.model.service import Deployment, Service
    from core.model.settings import Settings
    from core.model.state import State
    from core.model.task_definition import TaskDefinition
    from core.observed import HostView
    from core.reports import ContainerSeen

_STATUS_OF: Final = {
    SeenState.CREATED: ContainerStatus.CREATED,
    SeenState.RUNNING: ContainerStatus.RUNNING,
    SeenState.EXITED: ContainerStatus.STOPPED,
    SeenState.REMOVING: ContainerStatus.STOPPED,
}
_RANK: Final = {status: rank for rank, status in enumerate(ContainerStatus)}


def judge(state: State, view: HostView, task: Task, now: float, settings: Settings) -> None:
    """Bring one task up to what is known of its containers, and say what that means for its service."""
    definition = state.definitions[task.definition]
    was = task
    task = _seen(task, definition, view, now)
    if task.desired_status is DesiredStatus.RUNNING:
        task = _run_on(task, definition, now)
        if not task.wanted and task.restarting:
            # Its end is known in the same moment (its host went down with all of it): then nothing of it is restarted.
            task = _seen(replace(task, containers=was.containers), definition, view, now)
    # After it, for only what runs is healthy: nothing new may be seen of a task that has just come to run.
    task = _health(task, definition, probe_of(state, task), now)
    if task.desired_status is DesiredStatus.STOPPED and all_down(task, view):
        task = lifecycle.advance(task, Signal.ENDED, now)
    if task == was:
        return
    state.put(task)
    _tell_restarts(state, was, task, view, now)
    if was.wanted and not task.wanted:
        # How long it was healthy is what was known before: what has ended passes no check.
        _failed_by_itself(state, replace(task, healthy_since=was.healthy_since), now, settings)


def _seen(task: Task, definition: TaskDefinition, view: HostView, now: float) -> Task:
    """The containers as last seen; each only moves forward."""
    seen = tuple(_container(task, definition, c, view, now) for c in task.containers)
    containers = with_shared_ports(definition, tuple(_checked(definition, c) for c in seen))
    return task if containers == task.containers else replace(task, containers=containers)


def _container(
    task: Task, definition: TaskDefinition, container: Container, view: HostView, now: float
) -> Container:
    name = container_name(task, container.name)
    seen = view.containers.get(name)
    if seen is None:
        gone = container.status in {ContainerStatus.CREATED, ContainerStatus.RUNNING} and view.settled(name)
        return _gone(task, container, now) if gone else container
    waits = container.restarting and task.wanted
    if is_over(container, seen) and (waits or container.status is ContainerStatus.RUNNING):
        return container
    asked = definition.container(container.name)
    if asked is not None and restarts(asked.restart_policy, task, container, seen):
        return restarted(container, seen)
    return _moved_on(container, seen)


def _gone(task: Task, container: Container, now: float) -> Container:
    """One that was there, and is no more."""
    never_ran = container.status is ContainerStatus.CREATED and not container.restarting and not task.wanted
    return replace(
        container,
        status=ContainerStatus.STOPPED,
        reason=container.reason or ("" if never_ran else "The container no longer exists on its host"),
        finished_at=None if never_ran else now,
        health=Health.UNKNOWN,
    )


def _moved_on(container: Container, seen: ContainerSeen) -> Container:
    """Within one run: as seen, but never back."""
    status = _STATUS_OF[seen.state]
    if _RANK[status] < _RANK[container.status]:
        status = container.status
    exited = seen.state is SeenState.EXITED
    return replace(
        container,
        status=status,
        runtime_id=seen.runtime_id,
        image_digest=seen.image_digest or container.image_digest,
        health=seen.health if seen.state is SeenState.RUNNING else Health.UNKNOWN,
        exit_code=seen.exit_code if exited else container.exit_code,
        oom_killed=seen.oom_killed or container.oom_killed,
        reason=container.reason or _reason(seen),
        network_bindings=seen.network_bindings or container.network_bindings,
        started_at=seen.started_at if seen.started_at is not None else container.started_at,
        finished_at=seen.finished_at if exited else container.finished_at,
    )


def _checked(definition: TaskDefinition, container: Container) -> Container:
    """Only a check of the definition's own says how a container is: one that its image brings is not asked for (ECS)."""
    asked = definition.container(container.name)
    if asked is None or asked.health_check is not None or container.health is Health.UNKNOWN:
        return container
    return replace(container, health=Health.UNKNOWN)


def _reason(seen: ContainerSeen) -> str:
    if seen.state is not SeenState.EXITED:
        return ""
    if seen.oom_killed:
        return "OutOfMemoryError: Container killed due to memory usage"
    return seen.error[: lifecycle.REASON_CHARACTERS]


def _health(task: Task, definition: TaskDefinition, probe: Probe | None, now: float) -> Task:
    checked = {c.name: c.health_check is not None for c in definition.containers if c.essential}
    health = lifecycle.health_of(task, checked)
    target = _target_health(task, probe)
    fails = any(checked.values()) and health is not Health.HEALTHY
    if fails or _restarts_essential(task, definition) or task.last_status is not TaskStatus.RUNNING:
        since = None
    else:
        since = _healthy_since(task, target, checked=any(checked.values()), now=now)
    if (health, target, since) == (task.health, task.target_health, task.healthy_since):
        return task
    return replace(task, health=health, target_health=target, healthy_since=since)


def _healthy_since(task: Task, target: TargetHealth | None, *, checked: bool, now: float) -> float | None:
    """Since when a task is healthy that runs and fails no check of its containers; `checked` says whether they have any."""
    state = target.state if target is not None else None
    if state is TargetState.UNHEALTHY:
        return None
    passes = checked if state is None else state is TargetState.HEALTHY
    if passes and task.healthy_since is None:
        return now
    # Without a check it is time that makes it healthy: see `ripen`. And a probe that has not spoken yet changes nothing: of a
    # new task, nor of one that served before its service had a probe.
    return task.healthy_since


def _target_health(task: Task, probe: Probe | None) -> TargetHealth | None:
    """What its probe says of a task: of one whose probed container comes to run, or comes to run again, nothing yet."""
    if probe is None:
        return None
    if task.last_status is not TaskStatus.RUNNING:
        return task.target_health
    found = task.container(probe.container)
    again = found is not None and found.restarting
    return TargetHealth() if again or task.target_health is None else task.target_health


def probed(task: Task, definition: TaskDefinition, probe: Probe, said: TargetHealth, now: float) -> Task:
    """The task after its probe has spoken."""
    return _health(replace(task, target_health=said), definition, probe, now)


def _restarts_essential(task: Task, definition: TaskDefinition) -> bool:
    """Whether an essential container is down and to be started again: until then the task serves nobody."""
    asked = (definition.container(c.name) for c in task.containers if c.restarting)
    return any(each is not None and each.essential for each in asked)


def ripen(
    state: State, service: Service, now: float, settings: Settings, answers: Callable[[str], bool]
) -> float | None:
    """A service's tasks without a health check are healthy after running for a while (ECS: 40 s). When the next one is.

    Those that came to have a probe, or have none any more, since they were last judged are brought up to that as well.
    `answers` says of an instance whether what is known of its tasks is true.
    """
    after_s = settings.healthy_after_s if service.healthy_after_s is None else service.healthy_after_s
    moments: list[float] = []
    for standing in state.tasks_of_service(service.key):
        task = _with_its_probe(state, standing, now)
        if task.healthy_since is not None or not task.wanted or not answers(task.instance):
            continue
        ripe_at = None if task.target_health else _ripe_at(task, state.definitions[task.definition], after_s)
        if ripe_at is not None and now < ripe_at:
            moments.append(ripe_at)
        elif ripe_at is not None:
            state.put(replace(task, healthy_since=now))
    return min(moments, default=None)


def _with_its_probe(state: State, task: Task, now: float) -> Task:
    """A task that runs, after its deployment was given a probe or lost it."""
    if task.last_status is not TaskStatus.RUNNING:
        return task
    probe = probe_of(state, task)
    if (probe is None) == (task.target_health is None):
        return task
    task = _health(task, state.definitions[task.definition], probe, now)
    state.put(task)
    return task


def _ripe_at(task: Task, definition: TaskDefinition, after_s: float) -> float | None:
    """When running alone makes a task healthy, since its last restart in place; None where its health check says it."""
    if task.last_status is not TaskStatus.RUNNING or task.started_at is None:
        return None
    essential = [c for c in definition.containers if c.essential]
    if any(c.health_check is not None for c in essential) or _restarts_essential(task, definition):
        return None
    own = (task.container(c.name) for c in essential)
    again = (c.started_at for c in own if c is not None and c.restart_count and c.started_at is not None)
    return max((task.started_at, *again)) + after_s


def _run_on(task: Task, definition: TaskDefinition, now: float) -> Task:
    """A task that should run: has it started, has an essential container gone, can one never start?"""
    essential = {c.name for c in definition.containers if c.essential}
    gone = [c for c in task.containers if c.status is ContainerStatus.STOPPED and c.name in essential]
    gone += [
        c for c in task.containers if c.status is ContainerStatus.STOPPED and _holds_namespace(c, definition)
    ]
    if gone:
        return _essential_gone(task, gone[0], now)
    blocked = _never(task, definition, now)
    if blocked:
        return lifecycle.order_stop(task, now, StopCode.TASK_FAILED_TO_START, blocked)
    if lifecycle.follows(task, Signal.STARTED) and all(_has_started(c) for c in task.containers):
        return lifecycle.advance(task, Signal.STARTED, now)
    return task


def _holds_namespace(container: Container, definition: TaskDefinition) -> bool:
    """Whether it is the pause container, without which nothing of its task works."""
    return definition.container(container.name) is None


def _has_started(container: Container) -> bool:
    finished = container.status is ContainerStatus.STOPPED
    return container.status is ContainerStatus.RUNNING or finished


def _essential_gone(task: Task, container: Container, now: float) -> Task:
    ran = container.started_at is not None or container.exit_code is not None
    if ran:
        code, reason = StopCode.ESSENTIAL_CONTAINER_EXITED, "Essential container in task exited"
    else:
        code, reason = (
            StopCode.TASK_FAILED_TO_START,
            container.reason or "Essential container could not be started",
        )
    return lifecycle.order_stop(task, now, code, reason)


def _never(task: Task, definition: TaskDefinition, now: float) -> str:
    """Why an essential container that is still to start never can; empty while it may."""
    seen = views(task)
    for container in definition.containers:
        current = task.container(container.name)
        if current is None or current.status is not ContainerStatus.PENDING or not container.essential:
            continue
        verdict = may_create(definition, container.name, seen, now)
        if isinstance(verdict, Never):
            return verdict.reason
    return ""


def all_down(task: Task, view: HostView) -> bool:
    """Whether nothing of the task is up, and nothing that is under way or in doubt could bring it up."""
    for container in task.containers:
        name = container_name(task, container.name)
        if container.status is ContainerStatus.RUNNING or view.may_come_up(name):
            return False
        # Its row never goes back to RUNNING, but somebody else may have started it again; and one that was created, or that
        # its policy was to restart, may be started yet, by an order that hangs in the daemon: it is removed first.
        seen = view.containers.get(name)
        if seen is None:
            continue
        if seen.state in {SeenState.RUNNING, SeenState.CREATED} or is_over(container, seen):
            return False
    return True


def _tell_restarts(state: State, was: Task, task: Task, view: HostView, now: float) -> None:
    """Say of each container that is started again in place how its run ended."""
    for before, container in zip(was.containers, task.containers, strict=True):
        seen = view.containers.get(container_name(task, container.name))
        if container.restart_count == before.restart_count or seen is None:
            continue
        out_of_memory = ", out of memory," if seen.oom_killed else ""
        text = (
            f"(task {task.id}) container {container.name} exited with code {seen.exit_code}{out_of_memory} after "
            f"{ran_s(seen) or 0.0:.0f} s and is restarted in place (restart {container.restart_count})."
        )
        state.say(about_task(task, now, text))


def about_task(task: Task, now: float, text: str) -> Event:
    """What happened to a task, told of its service where it has one."""
    subject, name = (Subject.SERVICE, task.service) if task.service else (Subject.TASK, task.id)
    prefix = f"(service {task.service}) " if task.service else ""
    return Event(now, subject, name, prefix + text, task.cluster, Level.WARN)


def _failed_by_itself(state: State, task: Task, now: float, settings: Settings) -> None:
    """A service's task ended without our asking: its deployment counts it, and may have to wait before the next."""
    deployment = state.deployments.get(task.deployment)
    why = _why_stopped(task)
    if deployment is not None:
        failed = after_failure(deployment, task, now, settings.backoff_max_s)
        host = state.instances.get(task.instance)
        if _is_blamed(deployment, task, host, now):
            failed = counted(failed, now)
        where = f"on {host.name}, " if host is not None else ""
        state.put(replace(failed, last_failure=f"{where}{why}"[: lifecycle.REASON_CHARACTERS]))
    state.say(about_task(task, now, f"(task {task.id}) stopped: {why}"))


def _is_blamed(deployment: Deployment, task: Task, host: ContainerInstance | None, now: float) -> bool:
    """Whether the circuit breaker counts a task that ended by itself: of those that were healthy, what ends while it bakes.

    What a host that was silent is found to have lost when it answers again went down with the host.
    """
    was_silent = host is not None and host.connectivity_at == now
    return task.healthy_since is None or (deployment.baking_since is not None and not was_silent)


def _why_stopped(task: Task) -> str:
    """The task's reason, and what its containers add to it."""
    told = (_detail(c, task.stopped_reason) for c in task.containers)
    details = "; ".join(detail for detail in told if detail)
    return f"{task.stopped_reason} ({details})" if details else task.stopped_reason


def _detail(container: Container, said: str) -> str:
    """What a container adds to what was said of its task."""
    parts = [f"exit code {container.exit_code}"] if container.exit_code is not None else []
    if container.reason and container.reason != said:
        parts.append(container.reason)
    return f"{container.name}: {', '.join(parts)}" if parts else ""
