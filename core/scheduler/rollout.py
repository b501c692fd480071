"""How far a service's deployments are: counts, completion, the end of old ones. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.service import DeploymentStatus, RolloutState
from core.model.task import TaskStatus
from core.record import Record, replace
from core.scheduler.breaker import forgiven
from core.scheduler.completion import is_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.service import Deployment, Service
    from core.model.task import Task
    from core.scheduler.reconcile import ServicePlan

#: Old deployments kept for rolling back and for reading.
INACTIVE_KEPT: Final = 10


class Rollout(Record):
    """The deployments as they are now (newest first), those that may be forgotten, and whether one was just completed."""

    deployments: tuple[Deployment, ...]
    forgotten: tuple[Deployment, ...] = ()
    completed: Deployment | None = None


def last_good(
    deployments: Sequence[Deployment], definition: str, digests: tuple[tuple[str, str], ...] = ()
) -> Deployment | None:
    """Of a service's deployments, what was before it first, the newest completed one that runs something else than this.

    That is another definition, or other versions of its images than those of `digests`, of which none may be known yet.
    """
    for deployment in deployments:
        other_images = bool(deployment.image_digests) and deployment.image_digests != digests
        something_else = deployment.definition != definition or other_images
        if something_else and deployment.rollout_state is RolloutState.COMPLETED:
            return deployment
    return None


def last_completed(deployments: Sequence[Deployment]) -> Deployment | None:
    """Of a service's deployments, what was before it first, the newest that was completed."""
    return next((d for d in deployments if d.rollout_state is RolloutState.COMPLETED), None)


def rollout(
    service: Service, deployments: Sequence[Deployment], tasks: Sequence[Task], plan: ServicePlan, now: float
) -> Rollout:
    """Bring the deployments up to their tasks. `tasks` are those that have not stopped, with what the plan changed."""
    updated = [_counted(d, service, tasks, now) for d in deployments]
    completed = None
    for i, deployment in enumerate(updated):
        if deployment.status is DeploymentStatus.PRIMARY and deployment.in_progress:
            updated[i] = _judged(service, deployment, plan, now)
            completed = updated[i] if not updated[i].in_progress else None
    inactive = [d for d in updated if d.status is DeploymentStatus.INACTIVE]
    digests = next((d.image_digests for d in updated if d.status is DeploymentStatus.PRIMARY), ())
    kept = last_good(inactive, service.definition, digests)
    forgotten = tuple(d for d in inactive[INACTIVE_KEPT:] if d is not kept)
    return Rollout(tuple(d for d in updated if d not in forgotten), forgotten, completed)


def _judged(service: Service, deployment: Deployment, plan: ServicePlan, now: float) -> Deployment:
    """The newest deployment as far as it is: from good enough over baked to completed, at once where nothing is to wait for."""
    good_enough = plan.steady or plan.early
    if good_enough and deployment.baking_since is None:
        deployment = replace(deployment, baking_since=now, updated_at=now)
    if not (good_enough and is_over(service, deployment, now, sources_left=plan.sources_left)):
        return deployment
    return replace(
        deployment,
        baking_since=None,
        rollout_state=RolloutState.COMPLETED,
        rollout_reason=f"ECS deployment {deployment.id} completed.",
        updated_at=now,
    )


def _counted(deployment: Deployment, service: Service, tasks: Sequence[Task], now: float) -> Deployment:
    own = [t for t in tasks if t.deployment == deployment.id]
    status = deployment.status
    if status is not DeploymentStatus.PRIMARY:
        status = DeploymentStatus.ACTIVE if own else DeploymentStatus.INACTIVE
    forgive = forgiven(service.circuit_breaker, deployment, own)
    recovered = deployment.failed_tasks and any(
        t.healthy_since is not None and t.healthy_since >= (deployment.backoff_at or 0.0) for t in own
    )
    changed = replace(
        deployment,
        status=status,
        desired_count=service.desired_count if status is DeploymentStatus.PRIMARY else 0,
        pending_count=sum(t.wanted and t.last_status is not TaskStatus.RUNNING for t in own),
        running_count=sum(t.last_status is TaskStatus.RUNNING for t in own),
        failed_tasks=0 if recovered else deployment.failed_tasks,
        last_failure="" if recovered else deployment.last_failure,
        failures=0 if forgive else deployment.failures,
        failed_at=None if forgive else deployment.failed_at,
    )
    return deployment if changed == deployment else replace(changed, updated_at=now)
