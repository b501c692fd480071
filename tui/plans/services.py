"""Scaling, restarting, rolling back and deleting services; updating is a form. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.commands import Action
from core.model.service import MOST_TASKS, SchedulingStrategy, ServiceStatus
from core.scheduler.auto_scaling import told
from core.scheduler.bounds import bounds
from core.scheduler.rollout import last_good
from tui.plans.plan import Plan, Request, listed, tasks_text, twin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from core.model.service import Deployment, Service
    from core.model.state import State

_COUNT: Final = re.compile(r"[+-]?[0-9]{1,9}")


def services_of(state: State, keys: Iterable[str]) -> list[Service]:
    """The services that still are there."""
    found = [state.services[key] for key in keys if key in state.services]
    return [service for service in found if service.status is ServiceStatus.ACTIVE]


def scale(state: State, keys: Iterable[str], typed: str) -> Plan:
    """Set the desired count to what was typed: a number, or `+2` and `-1`."""
    services = services_of(state, keys)
    lines: list[str] = []
    requests: list[Request] = []
    for service in services:
        count = _count(service, typed)
        if service.scheduling_strategy is SchedulingStrategy.DAEMON:
            lines.append(f"{service.name} is a DAEMON: it runs one task on each host")
        elif count is None:
            lines.append("Type a number of tasks, or +N and -N for more and fewer")
        elif count > MOST_TASKS:
            lines.append(
                f"{service.name}: {count} is too many, a service keeps {MOST_TASKS} tasks at the most"
            )
        elif count == service.desired_count:
            lines.append(f"{service.name}: {count} as it is")
        else:
            lines += _scaled(service, count)
            requests.append(
                Request(
                    Action.UPDATE_SERVICE,
                    of_service(service) | {"desiredCount": count},
                    f"Service {service.name} is scaled to {count}",
                    twin("service", "scale", service.name, str(count), cluster=service.cluster),
                )
            )
    # What is asked for is said once, not of each of them.
    lines = list(dict.fromkeys(lines))
    return Plan(f"Scale {names_of(services)}", tuple(lines), tuple(requests), "Scale", moves_tasks=True)


def _count(service: Service, typed: str) -> int | None:
    text = typed.strip()
    if _COUNT.fullmatch(text) is None:
        return None
    number = int(text)
    return max(0, service.desired_count + number) if text[0] in "+-" else number


def _scaled(service: Service, count: int) -> list[str]:
    change = count - service.desired_count
    verb = f"starts {tasks_text(change)}" if change > 0 else f"stops {tasks_text(-change)}"
    lines = [f"{service.name}: {service.desired_count} → {count}, {verb}"]
    if service.auto_scaling is not None:
        lines.append(f"  auto scaling is on and goes on from there: {told(service.auto_scaling)}")
    return lines


def restart(state: State, keys: Iterable[str]) -> Plan:
    """Replace all tasks by new ones of the same definition."""
    services = services_of(state, keys)
    return Plan(
        f"Restart {names_of(services)}",
        tuple(f"{service.name}: {exchange(state, service)}" for service in services),
        tuple(
            Request(
                Action.UPDATE_SERVICE,
                of_service(service) | {"forceNewDeployment": True},
                f"Service {service.name} is restarting",
                twin("service", "restart", service.name, cluster=service.cluster),
            )
            for service in services
        ),
        "Restart",
        moves_tasks=True,
    )


def exchange(state: State, service: Service, staying: int = 0) -> str:
    """How its tasks are exchanged: how many, between which bounds, and how many of them at once."""
    count = sum(task.wanted for task in state.tasks_of_service(service.key)) - staying
    if service.daemon:
        return f"replaces {tasks_text(count)}, on each host the old one before the new one starts"
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    at_once = min(limits.cap - limits.floor, service.desired_count)
    return (
        f"replaces {tasks_text(count)}, at most {max(1, at_once)} at once;"
        f" at least {limits.floor} stay healthy, at most {limits.cap} live"
    )


def _of_then(service: Service, good: Deployment) -> str:
    """What else than the definition makes the difference."""
    return " with the images of then" if good.definition == service.definition else ""


def roll_back(state: State, keys: Iterable[str]) -> Plan:
    """Go back to what was deployed completely before."""
    services = services_of(state, keys)
    lines: list[str] = []
    requests: list[Request] = []
    for service in services:
        primary = state.primary_of(service.key)
        digests = primary.image_digests if primary is not None else ()
        good = last_good(state.deployments_of(service.key), service.definition, digests)
        if good is None:
            lines.append(
                f"{service.name}: no other task definition than {service.definition} was ever deployed completely"
            )
            continue
        staying = sum(t.wanted and t.deployment == good.id for t in state.tasks_of_service(service.key))
        stay = f"keeps {tasks_text(staying)} of it, " if staying else ""
        lines.append(
            f"{service.name}: {service.definition} → {good.definition}{_of_then(service, good)}, {stay}"
            f"{exchange(state, service, staying)}"
        )
        requests.append(
            Request(
                Action.ROLLBACK_SERVICE,
                of_service(service) | {"taskDefinition": good.definition},
                f"Service {service.name} rolls back to {good.definition}",
                twin("service", "rollback", service.name, "--to", good.definition, cluster=service.cluster),
            )
        )
    return Plan(
        f"Roll back {names_of(services)}", tuple(lines), tuple(requests), "Roll back", moves_tasks=True
    )


def delete(state: State, keys: Iterable[str]) -> Plan:
    """Delete services and stop their tasks."""
    services = services_of(state, keys)
    return Plan(
        f"Delete {names_of(services)}",
        tuple(
            f"{service.key}: stops {tasks_text(len(state.tasks_of_service(service.key)))}, which nothing replaces"
            for service in services
        ),
        tuple(
            Request(
                Action.DELETE_SERVICE,
                of_service(service) | {"force": True},
                f"Service {service.name} is being deleted",
                twin("service", "rm", service.name, "--force", "--yes", cluster=service.cluster),
            )
            for service in services
        ),
        "Delete",
        destroys=True,
        moves_tasks=True,
    )


def of_service(service: Service) -> dict[str, Any]:
    """How a command names a service."""
    return {"cluster": service.cluster, "service": service.name}


def names_of(services: list[Service]) -> str:
    """Services, for a title."""
    return listed([service.name for service in services]) or "a service that is gone"
