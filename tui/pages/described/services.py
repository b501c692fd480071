"""A service, and a deployment of one, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.events import Subject
from core.model.capacity_provider import shares_told
from core.model.counts import counts
from core.model.service import DeploymentStatus
from core.model.tags import propagation_told, tags_told
from core.scheduler import auto_scaling, breaker
from core.scheduler.bounds import bounds
from core.scheduler.completion import bake_time_told, reason_told, told_bake, told_early
from core.scheduler.probes import told_probe
from tui.counting import running
from tui.listing.row import Tone
from tui.pages.described.shared import ago, events_table, tasks_table
from tui.pages.text import facts, section, table
from tui.views import cells
from tui.views.view import Cell
from tui.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.service import Service
    from tui.pages.text import Line
    from tui.world import World


def describe_service(world: World, key: str) -> Iterator[Line]:
    """A service."""
    service = world.state.services.get(key)
    if service is None:
        return
    yield from _service_facts(world, service)
    yield from section("Deployments")
    yield from table(
        ("ID", "STATUS", "TASK DEF", "ROLLOUT", "RUNNING", "PENDING", "FAILED", "REASON"),
        (
            (
                d.id,
                cells.status(d.status),
                d.definition,
                cells.status(d.rollout_state),
                cells.part(d.running_count, d.desired_count),
                d.pending_count,
                d.failed_tasks,
                reason_told(service, d, world.now()) or None,
            )
            for d in world.state.deployments_of(key)
            if d.status is not DeploymentStatus.INACTIVE
        ),
    )
    yield from section("Tasks")
    yield from tasks_table(world, world.state.tasks_of_service(key))
    mine = (
        e for e in world.events.values() if e.subject is Subject.SERVICE and f"{e.cluster}/{e.name}" == key
    )
    yield from events_table(world, mine)


def _service_facts(world: World, service: Service) -> Iterator[Line]:
    tasks = world.state.tasks_of_service(service.key)
    found = counts(world.state, tasks)
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    yield from facts(
        {
            "Service": Cell(service.name, Tone.KEY),
            "Cluster": service.cluster,
            "Status": cells.status(service.status),
            "Task definition": service.definition,
            "Strategy": service.scheduling_strategy.value,
            "Running": cells.part(running(world.state, tasks), service.desired_count),
            "Pending": found.pending,
            "Unknown": Cell(str(found.unknown), Tone.WARN) if found.unknown else "",
            "Why": Cell(service.why, Tone.WARN) if service.why else "",
            "Bounds": f"{service.minimum_healthy_percent} to {service.maximum_percent} percent:"
            f" at least {limits.floor} healthy, at most {limits.cap} live",
            "Probe": told_probe(service.probe),
            **_scaling(world, service),
            "Circuit breaker": breaker.told(service.circuit_breaker),
            "Bake time": bake_time_told(service),
            "Early success": told_early(service.early_success),
            "Placement": ", ".join(f"{s.type.value} {s.field}".strip() for s in service.placement_strategy),
            "Capacity providers": shares_told(service.capacity_provider_strategy),
            "Constraints": ", ".join(
                f"{c.type.value} {c.expression}".strip() for c in service.placement_constraints
            ),
            "Replace lost tasks": service.replace.value,
            "Stack": service.stack,
            "Tags": tags_told(service.tags),
            "Tags of new tasks": propagation_told(service.propagate_tags, managed=service.managed_tags),
            "Created": ago(world, service.created_at),
        }
    )


def _scaling(world: World, service: Service) -> dict[str, str]:
    """Its bounds and targets, and what came of them when it was last judged; nothing where it has none."""
    if service.auto_scaling is None:
        return {}
    pulse = world.scaling(service)
    return {
        "Auto scaling": auto_scaling.told(service.auto_scaling),
        "Use": pulse.why if pulse is not None else "",
    }


def describe_deployment(world: World, key: str) -> Iterator[Line]:
    """A deployment."""
    deployment = world.state.deployments.get(key)
    if deployment is None:
        return
    service = world.state.services.get(deployment.service_key)
    yield from facts(
        {
            "Deployment": Cell(deployment.id, Tone.KEY),
            "Service": deployment.service_key,
            "Task definition": deployment.definition,
            "Status": cells.status(deployment.status),
            "Rollout": cells.status(deployment.rollout_state),
            "Reason": deployment.rollout_reason,
            "Bake time": told_bake(service, deployment, world.now()) if service is not None else "",
            "Running": cells.part(deployment.running_count, deployment.desired_count),
            "Pending": deployment.pending_count,
            "Failed in a row": deployment.failed_tasks,
            "Last failure": Cell(deployment.last_failure, Tone.BAD) if deployment.last_failure else "",
            "Next attempt": moment(deployment.retry_at, world.now())
            if deployment.retry_at and deployment.in_progress
            else "",
            "Created": ago(world, deployment.created_at),
        }
    )
    yield from section("Tasks")
    tasks = world.state.tasks_of_service(deployment.service_key)
    yield from tasks_table(world, [task for task in tasks if task.deployment == key])
