"""What the scheduler planned, folded into the state: tasks are created, placed, told to stop; services say how they are. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from core import lifecycle
from core.events import Level
from core.fold.deployments import give_up
from core.fold.new_task import new_task
from core.fold.rebalancing import end_move, even_out, rests_until, still_moving, with_stand_ins
from core.fold.service_events import (
    IMPAIRED,
    OVERPROTECTED,
    REPEATED_AFTER_S,
    STEADY,
    STUCK,
    UNPLACED,
    complain,
    ids_told,
    keeps_failing,
    repeats_at,
    say,
    why_unplaced,
)
from core.fold.task_tags import tags_for_service
from core.lifecycle import Signal
from core.model.instance import InstanceStatus
from core.model.service import Replace, ServiceStatus
from core.model.task import Health, StopCode
from core.model.task_request import constraints_of, pinned, pinned_to
from core.scheduler.backoff import after_failed_checks, patience_s
from core.scheduler.breaker import counted, opened
from core.scheduler.completion import bakes, wakes_at
from core.scheduler.daemon import Post, plan_daemon
from core.scheduler.filters import suits
from core.scheduler.need import Need, need_of, need_of_service
from core.scheduler.placement import Placement, place
from core.scheduler.probes import probe_of
from core.scheduler.providers import choose, provider_of
from core.scheduler.reconcile import ServicePlan, reconcile
from core.scheduler.rollout import rollout
from core.scheduler.standing import Case, Standing, rule_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.scheduler.patience import Patience
    from core.scheduler.room import Room, Rooms

#: ECS's reasons for replacing an unhealthy task; for a load balancer it names the target group, here the probe.
FAILED_CHECKS: Final = "Task failed container health checks"
FAILED_PROBE: Final = "Task failed health checks in (probe {}): {}"
#: How long after a failed start other instances go first: as long as SwarmKit counts failures (manager/scheduler/nodeinfo.go).
SHUNNED_S: Final = 300.0


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


# -- placement ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of placing: task id -> its batch's placement, and whether there are batches that were not tried for want of time."""

    results: Mapping[str, Placement]
    is_cut: bool


def place_waiting(
    state: State,
    cluster: str,
    rooms: Rooms,
    patience: Patience,
    now: float,
    chance: Random,
    most: float = math.inf,
) -> Placed:
    """Place the cluster's waiting tasks, like ones as a batch, the longest waiting first.

    A task that may run on one instance alone goes first, and keeps its room there from the others (ECS: a daemon's resources).
    Services' batches are tried until `most` instances were looked at, those first that were not tried for the longest time; what
    RunTask and StartTask ask for is answered at once.
    """
    waiting = [state.tasks[key] for key in state.index.unplaced_of_cluster[cluster]]
    likes: defaultdict[tuple[str, ...], list[Task]] = defaultdict(list)
    for task in sorted(waiting, key=lambda t: (t.created_at, t.id)):
        like = (task.group, task.deployment, task.definition, task.request, task.capacity_provider)
        likes[like].append(task)
    batches = [(_asked(state, batch), batch) for batch in likes.values()]
    patience.begin({asked for asked, _ in batches}, now)
    batches.sort(key=lambda one: (not pinned_to(one[1][0].request), patience.tried_at(one[0])))
    results: dict[str, Placement] = {}
    kept: set[str] = set()
    is_cut = False
    for asked, batch in batches:
        passed_over = bool(batch[0].service) and patience.passes_over(asked)
        if passed_over or (batch[0].service and most <= 0):
            is_cut = is_cut or not passed_over
            kept.update(_keep_room(state, batch, rooms))
            continue
        candidates = _candidates(state, cluster, batch[0])
        if batch[0].service:
            # What is tried every time must not use up what the others are tried by.
            most -= len(candidates)
        placement = _place_batch(state, cluster, batch, [rooms[i.id] for i in candidates], now, chance)
        if placement.unplaced:
            patience.in_vain(asked)
            kept.update(_keep_room(state, batch, rooms))
        results.update((task.id, placement) for task in batch)
        gpus = dict(placement.gpus)
        for task_id, instance in placement.placed:
            given = gpus.get(task_id, ())
            task = replace(state.tasks[task_id], instance=instance, gpus=given, why="")
            state.put(lifecycle.advance(task, Signal.PLACED, now))
        _tell_unplaced(state, batch[0], placement, now)
        _tell_started(state, batch[0], placement, now)
    for instance in kept:
        rooms.forget(instance)  # counted afresh, without what only waits for it
    return Placed(results, is_cut)


def _candidates(state: State, cluster: str, like: Task) -> list[ContainerInstance]:
    """Where a task may go at all."""
    only = pinned_to(like.request)
    if not only:
        return state.instances_of(cluster)
    instance = state.instances.get(only)
    return [instance] if instance is not None and instance.cluster == cluster else []


def _keep_room(state: State, batch: list[Task], rooms: Rooms) -> set[str]:
    """Charge tasks that wait for one instance to it already; which instances that were."""
    charged: set[str] = set()
    for task in batch:
        instance = pinned_to(task.request)
        if instance in state.instances and not state.tasks[task.id].instance:
            rooms[instance].charge(task)
            charged.add(instance)
    return charged


def _asked(state: State, batch: list[Task]) -> tuple[object, ...]:
    """What a batch asks for: the same once more would find no more place than a moment ago."""
    service = state.services.get(batch[0].service_key)
    terms = (service.placement_constraints, service.placement_strategy) if service is not None else ()
    first = batch[0]
    place = (pinned_to(first.request), first.capacity_provider)
    return (first.service_key, first.definition, *place, len(batch), *terms)


def _place_batch(
    state: State, cluster: str, batch: list[Task], candidates: list[Room], now: float, chance: Random
) -> Placement:
    first = batch[0]
    service = state.services.get(first.service_key)
    if service is not None:
        constraints, strategy = service.placement_constraints, service.placement_strategy
    else:
        constraints, strategy = constraints_of(first.request)
    definition, shunned = state.definitions[first.definition], shunned_by(state, first, now)
    provider = provider_of(state.clusters.get(cluster), first.capacity_provider)
    need: Need = need_of(first, definition, constraints, strategy, provider=provider, shunned=shunned)
    if pinned_to(first.request) and service is None:
        need = replace(
            need, expressions=(), distinct=False
        )  # StartTask: who names the instance has chosen (ECS)
    return place(batch, need, candidates, chance)


def shunned_by(state: State, task: Task, now: float) -> frozenset[str]:
    """Where tasks of its deployment failed to start lately.

    What fails on one host alone (its disk is full, it reaches no registry) leaves it the emptiest, and so the first to be
    chosen again for ever.
    """
    failed = (state.tasks[key] for key in state.index.failed_starts_of_deployment[task.deployment])
    return frozenset(
        t.instance for t in failed if t.stopped_at is not None and now - t.stopped_at < SHUNNED_S
    )


def _tell_unplaced(state: State, like: Task, placement: Placement, now: float) -> None:
    only = pinned_to(like.request)
    why = f"can't be placed: {placement.why}"
    if only and only not in state.instances:
        why = "can't be placed: the container instance it was to run on is gone"
    for task_id in placement.unplaced:
        state.put(replace(state.tasks[task_id], why=why))
    service = state.services.get(like.service_key)
    if placement.unplaced and service is not None and not service.daemon and pinned_to(like.request):
        end_move(state, service, placement.unplaced, why, now)
        return
    if placement.unplaced and service is None and only and only not in state.instances:
        for task_id in placement.unplaced:  # StartTask's: no other place will do
            task = state.tasks[task_id]
            state.put(lifecycle.order_stop(task, now, StopCode.TASK_FAILED_TO_START, f"It {why}"))
        return
    if placement.unplaced and like.service:
        complain(
            state,
            like.service_key,
            now,
            UNPLACED,
            why_unplaced(state, placement),
            "SERVICE_TASK_PLACEMENT_FAILURE",
        )


def _tell_started(state: State, like: Task, placement: Placement, now: float) -> None:
    if placement.placed and like.service:
        ids = ids_told([task_id for task_id, _ in placement.placed])
        service = state.services[like.service_key]
        say(state, service, now, f"has started {len(placement.placed)} tasks: {ids}.", "TASKS_STARTED")
