"""Why a service is as it is: what it wants and has, how far its deployments are, which tasks go and why, what ended lately. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from core.client.stopped import why_stopped
from core.client.suitability import hosts_asked, hosts_told, strategy_told
from core.model.ids import SHORT
from core.model.service import DeploymentStatus, ServiceStatus, rolled_back_from
from core.model.task import Health, StopCode, TaskStatus
from core.scheduler import auto_scaling, breaker
from core.scheduler.backoff import held_until
from core.scheduler.bounds import bounds
from core.scheduler.completion import told_bake, told_early
from core.scheduler.probes import told_probe, told_target, unfit
from core.scheduler.standing import Case, Standing, healthy, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.model.auto_scaling import AutoScaling
    from core.model.service import Deployment, Service
    from core.model.state import State
    from core.model.task import Task
    from core.vitals import ServicePulse

#: How many tasks are told one by one.
TASKS_TOLD: Final = 10
#: How many kinds of ends are told.
ENDS_TOLD: Final = 5
#: Ends that nobody asked for.
_BY_THEMSELVES: Final = frozenset(
    {StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED, StopCode.INFRASTRUCTURE_HEALTH}
)


def explain_service(
    state: State, service: Service, now: float, scaling: ServicePulse | None = None
) -> Iterator[str]:
    """The chain of reasons, from the service to its tasks and their hosts.

    `now` is the moment of the look, `scaling` what auto scaling last made of the service, where an engine knows.
    """
    primary = state.primary_of(service.key)
    tasks = state.tasks_of_service(service.key)
    cases = [
        Case(t, service, state.instances.get(t.instance), primary.id if primary else "", now) for t in tasks
    ]
    yield from _numbers(service, cases)
    yield _state(service)
    if service.probe is not None:
        definition = state.definitions.get(service.definition)
        problem = unfit(service.probe, definition) if definition is not None else ""
        if problem:
            yield f"Its probe {service.probe} is not made, for {problem}; its tasks count as without one."
        else:
            yield f"Its tasks are probed by {told_probe(service.probe)}."
    if service.auto_scaling is not None:
        yield from _scaling(service, service.auto_scaling, now, scaling)
    left = rolled_back_from(state.deployments_of(service.key))
    if left is not None:
        yield f"It was {left.told_left()}"
    for deployment in state.deployments_of(service.key):
        if deployment.status is not DeploymentStatus.INACTIVE:
            yield from _deployment(service, deployment, now)
    yield from _going(cases)
    yield from _waiting(state, service, [t for t in tasks if t.wanted and not t.instance])
    yield from _starting(cases)
    yield from _ailing(state, cases, now)
    yield from _ended(state, service, now)


def _numbers(service: Service, cases: Sequence[Case]) -> Iterator[str]:
    wanted = [c for c in cases if c.task.wanted]
    running = sum(c.task.last_status is TaskStatus.RUNNING and c.answers for c in wanted)
    unknown = sum(c.instance is not None and not c.answers for c in wanted)
    seen = f"{running} running and {sum(map(healthy, cases))} healthy" + (
        f", {unknown} unknown" if unknown else ""
    )
    if service.daemon:
        yield f"Service {service.name} runs {service.definition} on each host that suits it, {service.desired_count} now; {seen}."
        return
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    percents = f"{service.minimum_healthy_percent} to {service.maximum_percent} %"
    count = "1 task" if service.desired_count == 1 else f"{service.desired_count} tasks"
    yield f"Service {service.name} wants {count} of {service.definition}, has {seen}."
    yield (
        f"While tasks are exchanged at least {limits.floor} stay healthy and at most {limits.cap} live ({percents}); "
        f"new ones are placed by: {strategy_told(service.placement_strategy)}."
    )


def _state(service: Service) -> str:
    if service.status is not ServiceStatus.ACTIVE:
        return f"It is {service.status.value}: it was deleted and stops its tasks."
    if service.why:
        return f"What it waits for: {service.why}."
    return "It is steady." if service.steady else "The engine has not planned it since its last change."


def _scaling(service: Service, scaling: AutoScaling, now: float, pulse: ServicePulse | None) -> Iterator[str]:
    """What auto scaling keeps it at, how it was when it last looked, and when it did something."""
    yield f"Auto scaling: {auto_scaling.told(scaling)}."
    if pulse is None:
        yield "  No engine tells what its tasks use now."
    else:
        use = {"CPU": pulse.cpu_percent, "memory": pulse.memory_percent}
        figures = ", ".join(f"{name} {used:.0f} %" for name, used in use.items() if used is not None)
        of = f"{pulse.measured} of {pulse.tasks} running tasks were measured"
        yield f"  {now - pulse.at:.0f} s ago: {f'{figures} of what is reserved; ' if figures else ''}{of}."
        yield f"  {pulse.why[:1].upper()}{pulse.why[1:]}."
    for what, at in (("out", service.scaled.out_at), ("in", service.scaled.in_at)):
        if at is not None:
            yield f"  It last scaled {what} {now - at:.0f} s ago."


def _deployment(service: Service, deployment: Deployment, now: float) -> Iterator[str]:
    counted = f"{deployment.running_count} running, {deployment.pending_count} pending"
    yield (
        f"Deployment {deployment.id} of {deployment.definition} is {deployment.status.value} and "
        f"{deployment.rollout_state.value}, {counted}."
    )
    if deployment.probe != service.probe:
        own = f"are probed by {told_probe(deployment.probe)}" if deployment.probe else "have no probe"
        yield f"  Its tasks {own}, as before."
    if deployment.failed_tasks:
        last = f", the last: {deployment.last_failure}" if deployment.last_failure else ""
        yield f"  Its last {deployment.failed_tasks} tasks in a row failed{last}."
    if service.circuit_breaker.enabled and deployment.in_progress:
        most = breaker.threshold(service.circuit_breaker, service.desired_count)
        yield f"  Its circuit breaker counts {deployment.failures} of {most} failures."
    if baking := told_bake(service, deployment, now):
        yield f"  It {baking}."
    if deployment.in_progress and service.early_success is not None:
        yield f"  It is completed {told_early(service.early_success)}."
    retry_at = held_until(deployment, now)
    if retry_at is not None:
        yield f"  It starts nothing for another {retry_at - now:.0f} s."


def _going(cases: Sequence[Case]) -> Iterator[str]:
    """The tasks that don't stay, by the rule that says so."""
    by_reason: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        rule = rule_for(case)
        if rule.standing is not Standing.KEEP:
            by_reason[f"({rule.standing.value}): {rule.reason}"].append(case)
    for reason, found in by_reason.items():
        names = ", ".join(f"{c.task.id[:SHORT]}{_on(c)}" for c in found[:TASKS_TOLD])
        more = f" and {len(found) - TASKS_TOLD} more" if len(found) > TASKS_TOLD else ""
        yield f"To go: {names}{more} {reason}."


def _on(case: Case) -> str:
    return f" on {case.instance.name}" if case.instance is not None else ""


def _waiting(state: State, service: Service, tasks: Sequence[Task]) -> Iterator[str]:
    if not tasks:
        return
    count = "1 task has" if len(tasks) == 1 else f"{len(tasks)} tasks have"
    if service.daemon:
        yield f"{count} no place: {tasks[0].why or 'not tried yet'}."
        return
    first = tasks[0]
    yield f"{count} no place; each needs {first.cpu_units} CPU units and {first.memory_mib} MiB. As the hosts are now:"
    for word in hosts_told(first, hosts_asked(state, first)):
        yield f"  {word}"


def _starting(cases: Sequence[Case]) -> Iterator[str]:
    """Those that are placed and don't run yet, with what each is waiting for."""
    coming = [
        c for c in cases if c.task.wanted and c.task.instance and c.task.last_status is TaskStatus.PENDING
    ]
    for case in coming[:TASKS_TOLD]:
        why = case.task.why or "its host has not said anything yet"
        yield f"Starting: {case.task.id[:SHORT]}{_on(case)}: {why}."


def _ailing(state: State, cases: Sequence[Case], now: float) -> Iterator[str]:
    """Those that run and are not healthy, or are on their way to it, with what is known of each."""
    running = [c for c in cases if c.task.wanted and c.task.last_status is TaskStatus.RUNNING and c.answers]
    for case in [c for c in running if not healthy(c)][:TASKS_TOLD]:
        said = told_target(state, case.task, now)
        health = (
            case.task.health.value
            if not said or case.task.health is Health.UNHEALTHY
            else f"its probe says {said}"
        )
        yield f"Running, not healthy: {case.task.id[:SHORT]}{_on(case)}: {health}."
    failing = [c for c in running if healthy(c) and c.task.target_health and c.task.target_health.failed]
    for case in failing[:TASKS_TOLD]:
        said = told_target(state, case.task, now)
        yield f"Its probe fails: {case.task.id[:SHORT]}{_on(case)}: {said}."


def _ended(state: State, service: Service, now: float) -> Iterator[str]:
    """What was restarted, and why: the ends that nobody asked for, of as far back as is known."""
    ended = [
        t
        for t in state.tasks.values()
        if t.stopped
        and t.service_key == service.key
        and t.stop_code in _BY_THEMSELVES
        # A service of this name that was deleted before had tasks of its own.
        and t.created_at >= service.created_at
    ]
    if not ended:
        return
    last_s = now - max(t.stopped_at or 0.0 for t in ended)
    yield f"{len(ended)} of its tasks that are still known ended unasked and were replaced, the last {last_s:.0f} s ago:"
    for why, count in Counter(map(why_stopped, ended)).most_common(ENDS_TOLD):
        yield f"  {count} × {why}"
