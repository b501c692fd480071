"""What the scheduler planned, folded into the state: tasks are created and told to stop; services say how they are. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from core import lifecycle
from core.events import Level
from core.fold.deployments import give_up
from core.fold.new_task import new_task
from core.fold.rebalancing import even_out, rests_until, still_moving, with_stand_ins
from core.fold.service_events import (
    IMPAIRED,
    OVERPROTECTED,
    REPEATED_AFTER_S,
    STEADY,
    STUCK,
    complain,
    ids_told,
    keeps_failing,
    repeats_at,
    say,
)
from core.fold.task_tags import tags_for_service
from core.model.instance import InstanceStatus
from core.model.service import Replace, ServiceStatus
from core.model.task import Health
from core.model.task_request import pinned
from core.record import replace
from core.scheduler.backoff import after_failed_checks, patience_s
from core.scheduler.breaker import counted, opened
from core.scheduler.completion import bakes, wakes_at
from core.scheduler.daemon import Post, plan_daemon
from core.scheduler.filters import suits
from core.scheduler.need import need_of_service
from core.scheduler.probes import probe_of
from core.scheduler.providers import choose
from core.scheduler.reconcile import ServicePlan, reconcile
from core.scheduler.rollout import rollout
from core.scheduler.standing import Case, Standing, rule_for

if TYPE_CHECKING:
    from random import Random

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.scheduler.room import Rooms

#: ECS's reasons for replacing an unhealthy task; for a load balancer it names the target group, here the probe.
FAILED_CHECKS: Final = "Task failed container health checks"
FAILED_PROBE: Final = "Task failed health checks in (probe {}): {}"


def keep_service(
    state: State, service: Service, rooms: Rooms, now: float, chance: Random, longest_s: float
) -> ServicePlan:
    """Plan one service and fold the plan. `longest_s` is the longest pause of one whose tasks keep failing."""
    primary = state.primary_of(service.key)
    if primary is not None and service.status is ServiceStatus.ACTIVE and opened(service, primary):
        give_up(state, service, primary, now)
        service = state.services[service.key]
    service = still_moving(state, service)
    tasks = state.tasks_of_service(service.key)
    if service.daemon:
        plan = _plan_daemon(state, service, tasks, rooms, now)
        service = replace(service, desired_count=plan.desired or 0)
    else:
        deployments = state.deployments_of(service.key)
        plan = reconcile(service, deployments, tasks, state.instances, now, rooms)
    for stop in plan.stops:
        reason = (
            _failed_checks(state, service, stop.task, now, longest_s) if stop.failed_checks else stop.reason
        )
        state.put(lifecycle.order_stop(stop.task, now, stop.code, reason))
    if plan.stops:
        ids = ids_told([s.task.id for s in plan.stops])
        say(state, service, now, f"has stopped {len(plan.stops)} running tasks: {ids}.", "TASKS_STOPPED")
    for instance in plan.violated:
        name = state.instances[instance].name
        text = f"stops its task on {name}, which no longer meets what it requires of an instance."
        say(state, service, now, text, "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED", Level.WARN)
    service = _start(state, service, plan, now, chance)
    _conclude(state, service, plan, rooms, now, chance)
    service = state.services[service.key]
    baked_at = wakes_at(service, state.primary_of(service.key), now)
    moments = (plan.wake_at, rests_until(service, now), repeats_at(service), baked_at)
    return replace(plan, wake_at=min((at for at in moments if at is not None), default=None))


def _failed_checks(state: State, service: Service, task: Task, now: float, longest_s: float) -> str:
    """Count a task whose checks failed against its deployment, which may have to wait before the next. Which checks they were."""
    reason, probe = FAILED_CHECKS, probe_of(state, task)
    if probe is not None and task.probe_fails and task.health is not Health.UNHEALTHY:
        assert task.target_health is not None
        reason = FAILED_PROBE.format(probe, task.target_health.description)
    deployment = state.deployments.get(task.deployment)
    if deployment is not None:
        within_s = patience_s(state.definitions[task.definition], probe, service.health_check_grace_s)
        failed = counted(after_failed_checks(deployment, task, now, longest_s, within_s), now)
        told = f"on {state.instances[task.instance].name}, {reason}"[: lifecycle.REASON_CHARACTERS]
        state.put(replace(failed, last_failure=told))
    return reason


def _plan_daemon(state: State, service: Service, tasks: list[Task], rooms: Rooms, now: float) -> ServicePlan:
    primary = state.primary_of(service.key)
    if primary is None:
        return ServicePlan(steady=not tasks, desired=0)
    definition = state.definitions[service.definition]
    need = need_of_service(service, definition)
    posts = {
        i.id: Post(i, suits(i, need, rooms), _busy(state, i)) for i in state.instances_of(service.cluster)
    }
    return plan_daemon(service, primary, tasks, posts, now)


def _busy(state: State, instance: ContainerInstance) -> bool:
    """Whether other tasks than daemons' are on an instance that drains: a daemon is the last to leave (ECS)."""
    if instance.status is not InstanceStatus.DRAINING:
        return False
    services = (state.services.get(task.service_key) for task in state.tasks_on(instance.id))
    return any(service is None or not service.daemon for service in services)


def _start(state: State, service: Service, plan: ServicePlan, now: float, chance: Random) -> Service:
    """Make the tasks that are to start. The service, which knows what comes in the place of what moves."""
    stand_ins: dict[str, str] = {}
    held = _held(state, service, now) if service.capacity_provider_strategy else Counter()
    for start in plan.starts:
        deployment = state.deployments[start.deployment]
        definition = state.definitions[deployment.definition]
        task = new_task(
            definition,
            cluster=service.cluster,
            group=f"service:{service.name}",
            service=service.name,
            deployment=deployment.id,
            started_by=deployment.id,
            chance=chance,
            now=now,
            request=pinned(start.instance) if start.instance else "",
            propagated_tags=tags_for_service(service, definition),
        )
        if not start.instance and (provider := choose(service.capacity_provider_strategy, held)):
            held[provider] += 1
            task = replace(task, capacity_provider=provider)
        state.put(task)
        if start.supersedes:
            state.put(replace(state.tasks[start.supersedes], superseded_by=task.id))
        if start.moves:
            stand_ins[start.moves] = task.id
    return with_stand_ins(service, stand_ins)


def _held(state: State, service: Service, now: float) -> Counter[str]:
    """How many tasks each capacity provider has that stay: what goes is replaced, by the strategy as it is now."""
    primary = state.primary_of(service.key)
    cases = (
        Case(task, service, state.instances.get(task.instance), primary.id if primary else "", now)
        for task in state.tasks_of_service(service.key)
    )
    return Counter(c.task.capacity_provider for c in cases if rule_for(c).standing is Standing.KEEP)


def _conclude(
    state: State, service: Service, plan: ServicePlan, rooms: Rooms, now: float, chance: Random
) -> None:
    """How the service and its deployments are after the plan."""
    tasks = state.tasks_of_service(service.key)
    result = rollout(service, state.deployments_of(service.key), tasks, plan, now)
    for deployment in result.deployments:
        state.put(deployment)
    for deployment in result.forgotten:
        state.delete(deployment)
    if result.completed is not None and service.status is ServiceStatus.ACTIVE:
        text = f"(deployment {result.completed.id}) deployment completed."
        say(state, service, now, text, "SERVICE_DEPLOYMENT_COMPLETED")
    status = service.status
    if status is ServiceStatus.DRAINING and not tasks:
        status = ServiceStatus.INACTIVE
    active = status is ServiceStatus.ACTIVE
    service = even_out(state, service, plan, rooms, now, chance)
    # What was found just now to sit better elsewhere is planned in the next turn: until then it is no more at rest than after.
    steady = plan.steady and not service.moving
    stale = now >= service.told_at + REPEATED_AFTER_S
    tells = steady and active and (stale or not service.steady)
    if tells:
        say(state, service, now, STEADY, "SERVICE_STEADY_STATE")
    changed = replace(
        service,
        status=status,
        why=_why(state, service, plan, now),
        steady=steady,
        # A complaint that has become old is made again by who finds that it still holds: the row's change brings them here.
        last_complaint="" if steady or stale else service.last_complaint,
        told_at=now if tells else service.told_at,
        replace_asked=_questions(state, service, tasks),
    )
    state.put(changed)
    _ask(state, service, changed, now)
    if plan.overprotected and active:
        primary = state.primary_of(service.key)
        complain(state, service.key, now, OVERPROTECTED.format(primary.id if primary is not None else ""))
    elif plan.stuck:
        complain(state, service.key, now, STUCK)
    elif active and not changed.last_complaint and (failure := keeps_failing(state, service, now)):
        complain(state, service.key, now, IMPAIRED, f" The last: {failure}", "SERVICE_TASK_START_IMPAIRED")


def _why(state: State, service: Service, plan: ServicePlan, now: float) -> str:
    """What the service waits for, in words."""
    parts = [f"{len(service.moving)} to move" if plan.steady and service.moving else plan.why]
    primary = state.primary_of(service.key)
    if primary is not None and primary.in_progress and bakes(service, primary, now):
        parts.append("its deployment bakes")
    return ", ".join(part for part in parts if part)


def _questions(state: State, service: Service, tasks: list[Task]) -> tuple[str, ...]:
    """Under `replace = ask`: the lost instances about which the operator is asked."""
    if service.replace is not Replace.ASK:
        return ()
    held = {t.instance for t in tasks if t.wanted and t.instance in state.instances}
    return tuple(sorted(i for i in held if state.instances[i].lost and i not in service.replace_confirmed))


def _ask(state: State, before: Service, service: Service, now: float) -> None:
    for instance in sorted(set(service.replace_asked) - set(before.replace_asked)):
        name = state.instances[instance].name
        text = (
            f"has tasks on {name}, which is lost, and asks before it replaces them: "
            f"dockyard service replace {service.name} {name} yes"
        )
        say(state, service, now, text, "", Level.WARN)
