"""When a rolling update whose tasks keep failing is given up: ECS's deployment circuit breaker. Pure.

A failure is a task of the deployment that ended by itself before it was ever healthy, or while its deployment bakes, or that was
replaced for its failed health checks. ECS counts only what never reached RUNNING until one task has, and then failed health checks
alone, so that a container that exits a second after its start goes on for ever there.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from core.model.service import DeploymentStatus, ThresholdType
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.service import CircuitBreaker, Deployment, Service
    from core.model.task import Task

#: ECS's bounds of a BOUNDED_PERCENT threshold, in failures.
LEAST: Final = 3
MOST: Final = 200


def threshold(breaker: CircuitBreaker, desired_count: int) -> int:
    """How many failures open the breaker: at least one, and no fewer than ECS's least where that is asked for."""
    match breaker.threshold_type:
        case ThresholdType.COUNT:
            return max(1, breaker.threshold)
        case ThresholdType.UNBOUNDED_PERCENT:
            return max(1, ceil(breaker.threshold * desired_count / 100))
        case ThresholdType.BOUNDED_PERCENT:
            return min(MOST, max(LEAST, ceil(breaker.threshold * desired_count / 100)))


def opened(service: Service, deployment: Deployment) -> bool:
    """Whether a service's deployment has failed often enough to be given up."""
    breaker = service.circuit_breaker
    under_way = deployment.status is DeploymentStatus.PRIMARY and deployment.in_progress
    return breaker.enabled and under_way and deployment.failures >= threshold(breaker, service.desired_count)


def counted(deployment: Deployment, now: float) -> Deployment:
    """The deployment after another failure; one that is completed, or has failed, counts no more."""
    if not deployment.in_progress:
        return deployment
    return replace(deployment, failures=deployment.failures + 1, failed_at=now, updated_at=now)


def forgiven(breaker: CircuitBreaker, deployment: Deployment, own: Iterable[Task]) -> bool:
    """Whether a task that has become healthy since the last failure takes the failures back.

    While the deployment bakes none does: what fails then was healthy before, as what comes in its place will be.
    """
    if not breaker.reset_on_healthy_task or deployment.failed_at is None or not deployment.in_progress:
        return False
    if deployment.baking_since is not None:
        return False
    return any(t.healthy_since is not None and t.healthy_since > deployment.failed_at for t in own)


def told(breaker: CircuitBreaker) -> str:
    """A circuit breaker in words, for people."""
    if not breaker.enabled:
        return "off"
    match breaker.threshold_type:
        case ThresholdType.COUNT:
            after = f"{breaker.threshold} failures"
        case ThresholdType.UNBOUNDED_PERCENT:
            after = f"failures of {breaker.threshold} % of the tasks"
        case ThresholdType.BOUNDED_PERCENT:
            after = f"failures of {breaker.threshold} % of the tasks ({LEAST} to {MOST})"
    return f"{'rolls back' if breaker.rollback else 'stops the deployment'} after {after}"
