"""What is said of a service, in ECS's words, and how often the same is said. Pure.

Source: ECS Developer Guide, "Service event messages": a message is not repeated until it is resolved or six hours old.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.events import Event, Level, Subject
from core.model.service import ServiceStatus
from core.record import replace
from core.scheduler.backoff import held_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.model.service import Service
    from core.model.state import State
    from core.scheduler.placement import Placement

#: ECS's sentence about bounds that leave nowhere to go (Developer Guide, service event messages).
STUCK: Final = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)
#: How many ids one event names.
IDS_TOLD: Final = 10
#: ECS's sentence about tasks that find no place; the reason follows.
UNPLACED: Final = "was unable to place a task because no container instance met all of its requirements."
#: What ECS says of the instance that came nearest, by the reason of its refusal.
NEAREST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "RESOURCE:CPU": "has insufficient CPU units available.",
        "RESOURCE:MEMORY": "has insufficient memory available.",
        "RESOURCE:PORTS": "is already using a port required by your task.",
        "ATTRIBUTE": "is missing an attribute required by your task.",
    }
)
#: ECS's sentence about more protected tasks than are wanted; the deployment's id goes in.
OVERPROTECTED: Final = (
    "was unable to reach steady state because task set ({}) was unable to scale in. "
    "Reason: The number of protected tasks are more than the desired count of tasks."
)
STEADY: Final = "has reached a steady state."
#: ECS's sentence about a service whose tasks keep failing, and how many failures in a row slow it down until it is said.
IMPAIRED: Final = "is unable to consistently start tasks successfully."
IMPAIRED_AFTER: Final = 3
#: What still holds, a steady state as well, is said again after so long (ECS: about every six hours).
REPEATED_AFTER_S: Final = 6 * 3600.0


def repeats_at(service: Service) -> float | None:
    """When what was said of a service last is said again, should it still be so; None where there is nothing to repeat."""
    holds = service.status is ServiceStatus.ACTIVE and (service.steady or service.last_complaint)
    return service.told_at + REPEATED_AFTER_S if holds else None


def keeps_failing(state: State, service: Service, now: float) -> str:
    """How the last of several failures in a row ended for which a service's newest deployment waits now; empty without them."""
    primary = state.primary_of(service.key)
    if primary is None or primary.failed or held_until(primary, now) is None:
        return ""
    failures = min(primary.failed_tasks, primary.backoff_step)
    return primary.last_failure if failures >= IMPAIRED_AFTER else ""


def complain(
    state: State, service_key: str, now: float, text: str, details: str = "", event_name: str = ""
) -> None:
    """Say what holds a service, once until it is resolved or six hours old, however its details change (ECS)."""
    service = state.services[service_key]
    if service.last_complaint == text:
        return
    state.put(replace(service, last_complaint=text, told_at=now))
    say(state, service, now, text + details, event_name, Level.WARN)


def ids_told(tasks: list[str]) -> str:
    """ECS's `(task ID) (task ID)`; a long list is cut, for nobody reads forty ids."""
    told = " ".join(f"(task {task})" for task in tasks[:IDS_TOLD])
    left = len(tasks) - IDS_TOLD
    return f"{told} and {left} more" if left > 0 else told


def say(
    state: State, service: Service, now: float, text: str, event_name: str, level: Level = Level.INFO
) -> None:
    message = f"(service {service.name}) {text}"
    state.say(Event(now, Subject.SERVICE, service.name, message, service.cluster, level, event_name))


def why_unplaced(state: State, placement: Placement) -> str:
    """ECS's words about the instance that comes nearest, and ours about all of them."""
    if placement.nearest is None:
        return " Reason: No Container Instances were found in your cluster."
    instance, refusal = placement.nearest
    words = NEAREST.get(refusal.code, f'encountered error "{refusal.code}".')
    name = state.instances[instance].name
    return f" The closest matching container-instance {name} {words} Reason: {placement.why}."
