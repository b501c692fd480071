"""Which deployment is a service's PRIMARY one: written here alone, with the service's own task definition. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.events import Event, Subject
from core.model.ids import new_deployment_id
from core.model.service import Deployment, DeploymentStatus, RolloutState

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
    )
    _make_primary(state, service, fresh, turn, "deployment in progress.")


def roll_back_to(state: State, service: Service, deployment: Deployment, turn: TurnContext) -> None:
    """Make an earlier deployment the PRIMARY one again: what still runs of it stays (ECS: it turns IN_PROGRESS)."""
    service = replace(service, definition=deployment.definition)
    again = replace(
        deployment, failed_tasks=0, last_failure="", backoff_step=0, backoff_at=None, retry_at=None
    )
    _make_primary(state, service, again, turn, f"rolling back to {deployment.definition}.")


def _make_primary(
    state: State, service: Service, deployment: Deployment, turn: TurnContext, words: str
) -> None:
    state.put(service)
    before = state.primary_of(service.key)
    began_at = turn.now
    if before is not None:
        began_at = max(turn.now, before.primary_at + _APART_S)
        state.put(replace(before, status=DeploymentStatus.ACTIVE, desired_count=0, updated_at=turn.now))
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
    text = f"(service {service.name}) (deployment {deployment.id}) {words}"
    event_name = "SERVICE_DEPLOYMENT_IN_PROGRESS"
    state.say(Event(turn.now, Subject.SERVICE, service.name, text, service.cluster, event_name=event_name))
