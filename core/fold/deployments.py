"""A service's deployments begin: the newest is PRIMARY, the one before it ACTIVE until its tasks are gone. Pure."""

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


def begin_deployment(state: State, service: Service, turn: TurnContext, words: str = "") -> Deployment:
    """Begin a deployment of the service's task definition. `words` end its event, in place of ECS's usual ones."""
    older = state.deployments_of(service.key)
    newest_at = older[0].created_at + _APART_S if older else turn.now
    began_at = max(turn.now, newest_at)
    for deployment in older:
        if deployment.status is DeploymentStatus.PRIMARY:
            state.put(
                replace(deployment, status=DeploymentStatus.ACTIVE, desired_count=0, updated_at=turn.now)
            )
    name = new_deployment_id(turn.chance)
    begun = Deployment(
        id=name,
        cluster=service.cluster,
        service=service.name,
        definition=service.definition,
        rollout_reason=f"ECS deployment {name} in progress.",
        desired_count=service.desired_count,
        created_at=began_at,
        updated_at=began_at,
    )
    state.put(begun)
    text = f"(service {service.name}) (deployment {name}) {words or 'deployment in progress.'}"
    event_name = "SERVICE_DEPLOYMENT_IN_PROGRESS"
    state.say(Event(turn.now, Subject.SERVICE, service.name, text, service.cluster, event_name=event_name))
    return begun


def last_good(state: State, service: Service) -> Deployment | None:
    """The newest deployment that was completed with another task definition than the present one."""
    for deployment in state.deployments_of(service.key):
        other = deployment.definition != service.definition
        if other and deployment.rollout_state is RolloutState.COMPLETED:
            return deployment
    return None
