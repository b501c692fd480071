"""How far what an operator asked for has come, judged from the state: what `--wait` waits for and prints. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from core.client.leaving import held_on
from core.client.stage import Stage
from core.client.stopped import why_stopped
from core.model.ids import SHORT
from core.model.instance import Connectivity, InstanceStatus
from core.model.probe import TargetState
from core.model.service import DeploymentStatus, RolloutState, ServiceStatus
from core.model.task import TaskStatus
from core.model.task_definition import PAUSE_CONTAINER
from core.record import replace
from core.scheduler.completion import enough, told_bake

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.model.service import Deployment, Service
    from core.model.state import State
    from core.model.task import Task


#: How the problem of an instance begins whose key, or certificate, is not trusted: a step of core.errors.STEPS.
_UNTRUSTED: Final = "host key: "
#: How many of the reasons that hold a draining instance's tasks a line tells.
_BLOCKERS_TOLD: Final = 4


def service_stable(state: State, key: str, now: Callable[[], float], deployment: str = "") -> Stage:
    """A service at rest: one deployment, COMPLETED, and as many tasks running as wanted (ECS's ServicesStable).

    With `deployment`, that one: when it fails, or another takes its place, the wait has failed; where it may be completed
    early, that is enough. `now` is the moment of the look.
    """
    service = state.services.get(key)
    if service is None or service.status is ServiceStatus.INACTIVE:
        return Stage(f"{key.rpartition('/')[2]} is gone", failed=True)
    if service.status is ServiceStatus.DRAINING:
        return Stage(f"{service.name} is being deleted", failed=True)
    primary = state.primary_of(key)
    asked = state.deployments.get(deployment)
    if asked is not None and asked.rollout_state is RolloutState.FAILED:
        return Stage(f"{service.name}: deployment {asked.id} failed: {asked.rollout_reason}", failed=True)
    if deployment and (primary is None or primary.id != deployment):
        return Stage(f"{service.name}: another deployment took this one's place", failed=True)
    if primary is not None and primary.rollout_state is RolloutState.FAILED:
        return Stage(f"{service.name}: {primary.rollout_reason}", failed=True)
    tasks = [t for t in state.tasks_of_service(key) if t.wanted]
    baking = told_bake(service, primary, now()) if primary is not None else ""
    text = f"{service.name}: {_counts(state, service, tasks, baking)}"
    running = sum(_runs(state, t) for t in tasks)
    older = any(d.status is DeploymentStatus.ACTIVE for d in state.deployments_of(key))
    complete = not older and primary is not None and _is_complete(primary)
    # A DAEMON's task on a lost host is neither counted nor given up: it serves again when the host is back.
    counted = service.daemon or running == len(tasks) == service.desired_count
    stable = complete and service.steady and counted and not _unasked(tasks)
    return Stage(text, done=stable or _early(state, service, tasks, asked))


def service_gone(state: State, key: str) -> Stage:
    """A deleted service whose tasks have ended."""
    service = state.services.get(key)
    left = len(state.index.tasks_of_service[key])
    if service is None or service.status is ServiceStatus.INACTIVE:
        return Stage(f"{key.rpartition('/')[2]} is deleted", done=True)
    return Stage(f"{service.name}: {_tasks(left)} to stop")


def tasks_running(state: State, ids: Sequence[str]) -> Stage:
    """Tasks that all run. One that has stopped before is a failure."""
    tasks = [state.tasks[i] for i in ids if i in state.tasks]
    stopped = [t for t in tasks if t.stopped]
    if stopped or len(tasks) < len(ids):
        why = "; ".join(f"{t.id[:SHORT]} stopped: {why_stopped(t)}" for t in stopped)
        return Stage(why or "some of the tasks are gone", failed=True)
    running = sum(_runs(state, t) for t in tasks)
    return Stage(f"{running}/{_tasks(len(ids))} running{_whys(tasks)}", done=running == len(ids))


def task_placed(state: State, key: str) -> Stage:
    """A task that has its instance. One that stops without is a failure."""
    task = state.tasks.get(key)
    return _begun(key[:SHORT], task, begun=task is not None and bool(task.instance))


def container_started(state: State, key: str, name: str) -> Stage:
    """A container of a task that was started. One whose task stops before is a failure."""
    task = state.tasks.get(key)
    container = task.container(name) if task is not None else None
    begun = container is not None and container.started_at is not None
    return _begun(f"{name}/{key[:SHORT]}", task, begun=begun)


def _begun(label: str, task: Task | None, *, begun: bool) -> Stage:
    if task is None:
        return Stage(f"{label} is gone", failed=True)
    if task.stopped and not begun:
        return Stage(f"{label} never ran: {why_stopped(task)}", failed=True)
    return Stage(f"{label}: {task.last_status}{_because(task.why)}", done=begun)


def tasks_stopped(state: State, ids: Sequence[str]) -> Stage:
    """Tasks that have all ended; a container that ended in an error is for the caller to judge."""
    left = [state.tasks[i] for i in ids if i in state.tasks and not state.tasks[i].stopped]
    return Stage(f"{len(ids) - len(left)}/{_tasks(len(ids))} stopped{_whys(left)}", done=not left)


def instance_empty(state: State, key: str, now: Callable[[], float]) -> Stage:
    """A draining instance without tasks; until then, what holds those that are left. `now` is the moment of the look."""
    instance = state.instances.get(key)
    if instance is None:
        return Stage("the instance is gone", done=True)
    left = state.tasks_on(key)
    if instance.status is not InstanceStatus.DRAINING:
        return Stage(f"{instance.name} is {instance.status} again", failed=True)
    held = held_on(state, key, now()).most_common(_BLOCKERS_TOLD)
    told = [f"{n} × {why}" if n > 1 else why for why, n in held]
    return Stage(f"{instance.name}: {_tasks(len(left))} left{_because('; '.join(told))}", done=not left)


def instance_joined(state: State, cluster: str, name: str) -> Stage:
    """An instance that is registered, answers, and takes tasks: it is marked as ours."""
    instance = state.instance_named(cluster, name)
    if instance is None:
        return Stage(f"{name}: the engine has not read the config yet")
    if instance.connectivity is Connectivity.QUARANTINED:
        return Stage(f"{name}: {instance.problem}", failed=True)
    joined = instance.status is not InstanceStatus.REGISTERING and instance.connected
    if joined and instance.marked:
        return Stage(
            f"{name} is {instance.status}: {instance.cpu_units} cpu units, {instance.memory_mib} MiB",
            done=True,
        )
    return Stage(f"{name} is {instance.status}" + (f": {instance.problem}" if instance.problem else ""))


def instance_added(state: State, cluster: str, name: str) -> Stage:
    """The same of one that was added just now: while it is not trusted nothing will change, and its problem says what to do."""
    stage = instance_joined(state, cluster, name)
    instance = state.instance_named(cluster, name)
    untrusted = instance is not None and instance.problem.startswith(_UNTRUSTED)
    return replace(stage, failed=stage.failed or (untrusted and not stage.done))


def instance_gone(state: State, key: str, name: str) -> Stage:
    """An instance that left the cluster."""
    if key not in state.instances:
        return Stage(f"{name} is deregistered", done=True)
    left = state.tasks_on(key)
    if not left:
        return Stage(f"{name}: removing what is left there")
    return Stage(f"{name}: {_tasks(len(left))} left{_whys(left)}")


def exit_code(task: Task) -> int | None:
    """The first exit code that is not 0 among a stopped task's containers; None when one never ran or never said."""
    codes = [c.exit_code for c in task.containers if c.name != PAUSE_CONTAINER]
    if any(code is None for code in codes):
        return None
    return next((code for code in codes if code), 0)


def _is_complete(deployment: Deployment) -> bool:
    return deployment.rollout_state is RolloutState.COMPLETED


def _early(state: State, service: Service, tasks: Sequence[Task], asked: Deployment | None) -> bool:
    """Whether a deployment was completed early and is good enough still: its service may have been scaled, or be probed otherwise, since."""
    if service.early_success is None or asked is None or not _is_complete(asked):
        return False
    mine = [t for t in tasks if t.deployment == asked.id and t.healthy_since is not None and _runs(state, t)]
    return len(mine) - _unasked(mine) >= enough(service, service.desired_count)


def _runs(state: State, task: Task) -> bool:
    """Whether a task is RUNNING, and known to be: on an instance that answers."""
    instance = state.instances.get(task.instance)
    return task.last_status is TaskStatus.RUNNING and instance is not None and instance.connected


def _counts(state: State, service: Service, tasks: Sequence[Task], baking: str) -> str:
    primary = state.primary_of(service.key)
    mine = [t for t in tasks if primary is None or t.deployment == primary.id]
    running = sum(_runs(state, t) for t in mine)
    parts = [f"{running}/{service.desired_count} running"]
    others = len(tasks) - len(mine)
    parts += [f"{others} of an older deployment"] if others else []
    held = _reasons([t for t in mine if not _runs(state, t)])
    unasked = _unasked(mine)
    asked = f"{_tasks(unasked)} not probed yet" if unasked else ""
    whys = (held, asked, baking) if baking else (held or service.why, asked)
    return ", ".join(parts) + _because("; ".join(why for why in whys if why))


def _unasked(tasks: Sequence[Task]) -> int:
    """How many run of which their probe has said nothing yet."""
    return sum(
        t.target_health is not None
        and t.target_health.state is TargetState.INITIAL
        and t.last_status is TaskStatus.RUNNING
        for t in tasks
    )


def _whys(tasks: Sequence[Task]) -> str:
    return _because(_reasons(tasks))


def _reasons(tasks: Sequence[Task]) -> str:
    """What holds them, the commonest first."""
    reasons = Counter(
        t.why or str(t.last_status).lower() for t in tasks if t.last_status is not TaskStatus.RUNNING
    )
    told = [f"{n} {why}" if n > 1 else why for why, n in reasons.most_common(3)]
    return "; ".join(told)


def _because(why: str) -> str:
    return f" ({why})" if why else ""


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"
