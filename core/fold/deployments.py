"""Which deployment is a service's PRIMARY one: written here alone, with the service's own definition and desired count. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.events import Event, Level, Subject
from core.model.ids import new_deployment_id
from core.model.probe import TargetHealth
from core.model.service import Deployment, DeploymentStatus, RolloutState
from core.record import replace
from core.scheduler.rollout import last_completed

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.model.service import Service
    from core.model.state import State

#: Deployments are ordered by their time: two that begin in one turn must not have the same.
_APART_S: Final = 0.001


def begin_deployment(state: State, service: Service, turn: TurnContext) -> None:
    """Begin a deployment of the service as it is now to be."""
    fresh = Deployment(
        id=new_deployment_id(turn.chance),
        cluster=service.cluster,
        service=service.name,
        definition=service.definition,
        probe=service.probe,
    )
    _make_primary(state, service, fresh, turn.now, "deployment in progress.")


def set_desired_count(state: State, service: Service, now: float) -> None:
    """Write a service whose desired count may be another one than before: its PRIMARY deployment has the same."""
    primary = state.primary_of(service.key)
    if primary is not None and primary.desired_count != service.desired_count:
        state.put(replace(primary, desired_count=service.desired_count, updated_at=now))
        service = replace(service, steady=False)
    state.put(service)


def probe_otherwise(state: State, before: Service, service: Service) -> None:
    """Have a service's deployments probed as it says now; not those that an update with a probe of its own left theirs.

    What failed by the old one slows nothing down any more, and of what it found nothing is known by one that asks something else:
    tasks that were healthy stay so until that has spoken.
    """
    if before.probe == service.probe:
        return
    changed = [d for d in state.deployments_of(service.key) if d.probe == before.probe]
    for deployment in changed:
        state.put(replace(_forgiven(deployment), probe=service.probe))
    if before.probe is None or service.probe is None or service.probe.asks_as(before.probe):
        return
    ids = {deployment.id for deployment in changed}
    for task in state.tasks_of_service(service.key):
        if task.deployment in ids and task.target_health is not None:
            state.put(replace(task, target_health=TargetHealth()))


def roll_back_to(state: State, service: Service, deployment: Deployment, now: float) -> None:
    """Make an earlier deployment the PRIMARY one again: what still runs of it stays (ECS: it turns IN_PROGRESS).

    The service is probed as it was with that deployment, as ECS goes back to a service revision with its load balancers.
    """
    words = f"rolling back to {deployment.definition}"
    if deployment.probe != service.probe:
        words += f", which is probed by {deployment.probe}" if deployment.probe else ", which has no probe"
    service = replace(service, definition=deployment.definition, probe=deployment.probe)
    _make_primary(state, service, replace(_forgiven(deployment), baking_since=None), now, f"{words}.")


def _forgiven(deployment: Deployment) -> Deployment:
    """A deployment of which nothing has failed."""
    return replace(
        deployment,
        failed_tasks=0,
        last_failure="",
        failures=0,
        failed_at=None,
        backoff_step=0,
        backoff_at=None,
        retry_at=None,
    )


def give_up(state: State, service: Service, deployment: Deployment, now: float) -> None:
    """End a deployment that keeps failing; its service goes back to what was completed before it, where that is wanted.

    A deployment that the service was rolled back to, and that fails as well, has nothing to go back to (ECS).
    """
    wanted = service.circuit_breaker.rollback and not deployment.rolling_back
    back = last_completed(state.deployments_of(service.key)) if wanted else None
    failure = (
        "tasks failed to start." if deployment.baking_since is None else "tasks failed while it was baking."
    )
    cause = f"rolling back to deploymentId {back.id}." if back is not None else failure
    text = f"deployment failed: {failure}"
    if deployment.last_failure:
        text = f"{text} The last: {deployment.last_failure}"
    _end(state, deployment, f"ECS deployment circuit breaker: {cause}", now)
    _say(state, service, deployment, now, text, "SERVICE_DEPLOYMENT_FAILED", Level.ERROR)
    if back is not None:
        roll_back_to(state, service, back, now)


def stop_deployment(
    state: State, service: Service, deployment: Deployment, back: Deployment | None, now: float
) -> None:
    """End a deployment because an operator said so; its service goes back to `back`, where there is one."""
    cause = f": rolling back to deploymentId {back.id}." if back is not None else "."
    _end(state, deployment, f"ECS deployment stopped by user{cause}", now)
    _say(
        state,
        service,
        deployment,
        now,
        "deployment stopped by user.",
        "SERVICE_DEPLOYMENT_FAILED",
        Level.WARN,
    )
    if back is not None:
        roll_back_to(state, service, back, now)


def _end(state: State, deployment: Deployment, reason: str, now: float) -> None:
    failed = replace(
        deployment,
        rollout_state=RolloutState.FAILED,
        rollout_reason=reason,
        baking_since=None,
        updated_at=now,
    )
    state.put(failed)


def _say(
    state: State,
    service: Service,
    deployment: Deployment,
    now: float,
    text: str,
    event_name: str,
    level: Level = Level.INFO,
) -> None:
    message = f"(service {service.name}) (deployment {deployment.id}) {text}"
    state.say(Event(now, Subject.SERVICE, service.name, message, service.cluster, level, event_name))


def _make_primary(state: State, service: Service, deployment: Deployment, now: float, words: str) -> None:
    # A deployment places all tasks anew: what was to be evened out is left to it.
    state.put(replace(service, rebalance_at_once=0, moving=(), steady=False))
    before = state.primary_of(service.key)
    began_at = now
    if before is not None:
        began_at = max(now, before.primary_at + _APART_S)
        superseded = replace(
            before, status=DeploymentStatus.ACTIVE, desired_count=0, baking_since=None, updated_at=now
        )
        state.put(superseded)
    state.put(
        replace(
            deployment,
            status=DeploymentStatus.PRIMARY,
            rollout_state=RolloutState.IN_PROGRESS,
            rollout_reason=f"ECS deployment {deployment.id} in progress.",
            desired_count=service.desired_count,
            created_at=deployment.created_at or began_at,
            primary_at=began_at,
            updated_at=began_at,
        )
    )
    _say(state, service, deployment, now, words, "SERVICE_DEPLOYMENT_IN_PROGRESS")
