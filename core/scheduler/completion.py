"""When a deployment is complete: what is good enough, and for how long it bakes, watched, until then. Pure.

A deployment is good enough when its service is steady, or by ECS's earlySuccessCriteria once so many of its tasks are healthy. From
then on it bakes: it is IN_PROGRESS still, and what fails counts for the circuit breaker. It is completed when it is good enough at the
end of its bake time, or as soon as it is again. The time is not begun anew by what happens meanwhile, nor stopped by silence: Docker
starts none of our containers by itself, so that what ended unseen is seen when its host, or the engine, is back.

A deployment that the service was rolled back to was completed before, and there is nothing to go back to from it: it bakes no more.

Source: ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures" (the bake time of a rolling update, which
follows the scale-in there too) and "Complete Amazon ECS rolling deployments early with early success criteria" (its order of steps).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from core.model.service import DeploymentStatus, RolloutState, SourceCleanup

if TYPE_CHECKING:
    from core.model.service import Deployment, EarlySuccess, Service

_MINUTE_S = 60


def enough(service: Service, desired_count: int) -> int:
    """How many of its tasks must be healthy for a deployment that may be completed early; rounded up (ECS)."""
    percent = service.early_success.healthy_percent if service.early_success is not None else 100
    return -(-desired_count * percent // 100)


def bakes_until(service: Service, deployment: Deployment) -> float | None:
    """When the bake time of a deployment is over; None where it does not bake (yet)."""
    if deployment.baking_since is None:
        return None
    return deployment.baking_since + _bake_s(service, deployment)


def _bake_s(service: Service, deployment: Deployment) -> int:
    return 0 if deployment.rolling_back else service.bake_time_minutes * _MINUTE_S


def bakes(service: Service, deployment: Deployment, now: float) -> bool:
    """Whether its bake time is not over yet."""
    until = bakes_until(service, deployment)
    return until is not None and now < until


def sources_go(service: Service, deployment: Deployment, now: float) -> bool:
    """Whether older deployments' tasks need no others in their place: by the early success criteria, once it has baked.

    What is left of them is the floor's to say; the criteria ask for no fewer healthy tasks than that.
    """
    if service.early_success is None:
        return False
    until = bakes_until(service, deployment)
    baked = until is not None and now >= until
    return deployment.rollout_state is RolloutState.COMPLETED or (deployment.in_progress and baked)


def is_over(service: Service, deployment: Deployment, now: float, *, sources_left: bool) -> bool:
    """Whether a deployment that is good enough, and in progress, has nothing else to wait for."""
    until = bakes_until(service, deployment)
    early = service.early_success
    blocked = sources_left and early is not None and early.cleanup is SourceCleanup.BLOCKING
    return not blocked and until is not None and now >= until


def wakes_at(service: Service, deployment: Deployment | None, now: float) -> float | None:
    """When time alone completes the deployment of a service."""
    if deployment is None or not deployment.in_progress or deployment.status is not DeploymentStatus.PRIMARY:
        return None
    until = bakes_until(service, deployment)
    return until if until is not None and until > now else None


def told_early(early: EarlySuccess | None) -> str:
    """The early success criteria in words, for people; empty where there are none."""
    if early is None:
        return ""
    blocking = early.cleanup is SourceCleanup.BLOCKING
    older = "when older ones are gone" if blocking else "older ones go afterwards"
    return f"with {early.healthy_percent} % of the tasks healthy, {older}"


def bake_time_told(service: Service) -> str:
    """How long its deployments bake, for people; empty where they don't."""
    return f"{service.bake_time_minutes} min" if service.bake_time_minutes else ""


def told_bake(service: Service, deployment: Deployment, now: float) -> str:
    """How long a deployment bakes still, for people; empty where it does not."""
    until = bakes_until(service, deployment)
    if until is None or not _bake_s(service, deployment):
        return ""
    if now >= until:
        return "has baked, and waits to be good enough again"
    return f"bakes for another {ceil((until - now) / _MINUTE_S)} min"


def reason_told(service: Service, deployment: Deployment, now: float) -> str:
    """ECS's rolloutStateReason, and how long it bakes still, for people."""
    baking = told_bake(service, deployment, now)
    return f"{deployment.rollout_reason} It {baking}." if baking else deployment.rollout_reason
