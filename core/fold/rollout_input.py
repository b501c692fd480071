"""What a deploymentConfiguration asks for: when a rolling update is given up, and when it is completed early. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Refused
from core.model.service import CircuitBreaker, EarlySuccess

if TYPE_CHECKING:
    from core.fold.members import DeploymentCircuitBreaker, EarlySuccessCriteria
    from core.model.service import Service

_EARLY = "deploymentConfiguration.earlySuccessCriteria"


def breaker_from(given: DeploymentCircuitBreaker | None, otherwise: CircuitBreaker) -> CircuitBreaker:
    """The circuit breaker as it was asked for, as a whole (ECS)."""
    if given is None:
        return otherwise
    asked = given.threshold_configuration
    return CircuitBreaker(given.enable, given.rollback, asked.type, asked.value, given.reset_on_healthy_task)


def early_success_from(
    given: EarlySuccessCriteria | None, otherwise: EarlySuccess | None
) -> EarlySuccess | None:
    """The early success criteria as they were asked for, as a whole; None where they are off. Raises Refused."""
    if given is None:
        return otherwise
    if not given.enable:
        return None
    if given.healthy_percent is None:
        raise _invalid(
            "healthyPercent: is missing; so many percent of the desired tasks complete a deployment."
        )
    if given.source_service_revision_cleanup is None:
        raise _invalid(
            "sourceServiceRevisionCleanup: is missing; BLOCKING completes a deployment when the older ones' tasks are "
            "gone, DEFERRED before."
        )
    return EarlySuccess(given.healthy_percent, given.source_service_revision_cleanup)


def check_early_success(service: Service) -> None:
    """Fewer tasks than the floor complete nothing (ECS). Raises Refused."""
    early = service.early_success
    if early is not None and early.healthy_percent < service.minimum_healthy_percent:
        raise _invalid(
            f"healthyPercent: {early.healthy_percent} is less than minimumHealthyPercent, which is "
            f"{service.minimum_healthy_percent}."
        )


def _invalid(sentence: str) -> Refused:
    return Refused("InvalidParameterException", f"{_EARLY}.{sentence}")
