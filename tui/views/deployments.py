"""Deployments: the rollouts of services, the newest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.service import Deployment, DeploymentStatus
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("id", "DEPLOYMENT", minimum=8, maximum=28, keeps_end=True),
    Column("cluster", "CLUSTER", 6, maximum=16, tells_apart=True),
    Column("service", "SERVICE", 2, minimum=8, maximum=30),
    Column("status", "STATUS", 2, minimum=8),
    Column("rollout", "ROLLOUT", 1, minimum=11),
    Column("definition", "TASK DEF", 1, minimum=8, maximum=24, keeps_end=True),
    Column("desired", "DESIRED", 5, align=Align.RIGHT),
    Column("pending", "PENDING", 5, align=Align.RIGHT),
    Column("running", "RUNNING", 3, align=Align.RIGHT),
    Column("failed", "FAILED", 4, align=Align.RIGHT),
    Column("reason", "REASON", 2, minimum=12, maximum=60),
    Column("age", "AGE", 1, align=Align.RIGHT),
)


def _belongs(place: Place, deployment: Deployment) -> bool:
    return place.cluster in {"", deployment.cluster} and place.is_of(About.SERVICE, deployment.service_key)


def _ids(world: World, place: Place) -> Iterable[str]:
    return [key for key, deployment in world.state.deployments.items() if _belongs(place, deployment)]


def _row(world: World, place: Place, key: str) -> Row | None:
    deployment = world.state.deployments.get(key)
    if deployment is None or not _belongs(place, deployment):
        return None
    return row(
        key,
        (
            Cell(key, Tone.KEY),
            Cell(deployment.cluster),
            Cell(deployment.service),
            cells.status(deployment.status),
            cells.status(deployment.rollout_state),
            Cell(deployment.definition),
            number(deployment.desired_count),
            number(deployment.pending_count, Tone.BUSY if deployment.pending_count else Tone.PLAIN),
            number(deployment.running_count),
            number(deployment.failed_tasks, Tone.BAD if deployment.failed_tasks else Tone.DIM),
            foreign(deployment.last_failure or deployment.rollout_reason),
            cells.age(world.now(), deployment.created_at),
        ),
        dim=deployment.status is DeploymentStatus.INACTIVE,
    )


def _touched_by(_world: World, changed: StateRow) -> Iterable[str]:
    return (changed.id,) if isinstance(changed, Deployment) else ()


def _enter(world: World, _place: Place, key: str) -> Place | None:
    deployment = world.state.deployments.get(key)
    return Place("tasks", deployment.cluster, Thing(About.DEPLOYMENT, key)) if deployment else None


VIEW = View(
    name="deployments",
    scope=Scope.DEPLOYMENTS,
    about=About.DEPLOYMENT,
    aliases=("deployment", "dep"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No deployments here: each change of a service's task definition makes one.",
    sort="age",
)
