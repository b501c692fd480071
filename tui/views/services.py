"""Services: how many tasks each one wants, has and waits for, and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.following import Extent
from core.model.auto_scaling import ScalingMetric
from core.model.counts import counts, known
from core.model.instance import ContainerInstance
from core.model.service import Deployment, Service, ServiceStatus, rolled_back_from
from core.model.task import Task
from tui.commands import Scope
from tui.counting import running
from tui.listing.column import Align, Column
from tui.listing.row import Tone, by_text
from tui.place import About, Place, Thing
from tui.sparks import WIDTH
from tui.views import cells
from tui.views.view import BLANK, Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=10, maximum=30),
    Column("cluster", "CLUSTER", 8, maximum=16, tells_apart=True),
    Column("status", "STATUS", 5),
    Column("running", "RUNNING", 1, align=Align.RIGHT, of_tasks=True),
    Column("pending", "PENDING", 4, align=Align.RIGHT, of_tasks=True),
    Column("healthy", "HEALTHY", 3, align=Align.RIGHT, of_tasks=True),
    Column("definition", "TASK DEF", 3, minimum=8, maximum=24, keeps_end=True),
    Column("rollout", "ROLLOUT", 2, minimum=11),
    Column("why", "WHY", 2, minimum=16, maximum=48),
    Column("scaling", "BOUNDS", 5, minimum=5, maximum=16),
    Column("cpu", "CPU", 6, align=Align.RIGHT, has_spark=True, is_restless=True, of_tasks=True),
    Column("memory", "MEM", 6, align=Align.RIGHT, has_spark=True, is_restless=True, of_tasks=True),
    Column("age", "AGE", 7, align=Align.RIGHT, is_restless=True),
)


def _belongs(place: Place, service: Service) -> bool:
    return (
        service.status is not ServiceStatus.INACTIVE
        and place.cluster in {"", service.cluster}
        and place.is_of(About.STACK, f"{service.cluster}/{service.stack}")
    )


def _ids(world: World, place: Place) -> Iterable[str]:
    return [key for key, service in world.state.services.items() if _belongs(place, service)]


def _row(world: World, place: Place, key: str) -> Row | None:
    state = world.state
    service = state.services.get(key)
    if service is None or not _belongs(place, service):
        return None
    tasks = [state.tasks[task] for task in state.index.tasks_of_service[key]]
    found = counts(state, tasks)
    healthy = sum(t.wanted and t.healthy_since is not None and known(state, t) for t in tasks)
    primary = state.primary_of(key)
    # The service's own line tells it too, once its plan was made anew.
    unknown = f"{found.unknown} unknown" if found.unknown and "unknown" not in service.why else ""
    left = rolled_back_from(state.deployments_of(key))
    back = left.told_left() if left is not None and not service.why else ""
    is_left_alone = world.is_whole and world.engine is not None and not world.engine.running
    waits = "no engine runs" if is_left_alone and found.running != service.desired_count else ""
    cpu, memory = cells.summed(
        (used for task in tasks for used in world.usage(task).values()),
        world.history.used(About.SERVICE, key, WIDTH),
        cpu_units=sum(task.cpu_units for task in tasks),
        memory_mib=sum(task.memory_mib for task in tasks),
    )
    return row(
        key,
        (
            Cell(service.name, Tone.KEY),
            Cell(service.cluster),
            cells.status(service.status),
            cells.part(running(state, tasks), service.desired_count),
            number(found.pending, Tone.BUSY if found.pending else Tone.PLAIN),
            number(healthy, Tone.WARN if healthy < service.desired_count else Tone.PLAIN),
            Cell(service.definition),
            cells.status(primary.rollout_state) if primary else BLANK,
            foreign("; ".join(text for text in (unknown, service.why, back, waits) if text), Tone.WARN),
            _bounds(service),
            cpu,
            memory,
            cells.age(world.now(), service.created_at),
        ),
    )


def _bounds(service: Service) -> Cell:
    """Between what counts auto scaling moves the desired one, and what for: `2-10 cpu 60%`."""
    scaling = service.auto_scaling
    if scaling is None:
        return BLANK
    suspended = scaling.scale_in_suspended or scaling.scale_out_suspended
    targets = ", ".join(
        f"{'cpu' if policy.metric is ScalingMetric.CPU else 'mem'} {policy.target_percent:g}%"
        for policy in scaling.policies
    )
    text = " ".join(filter(None, (f"{scaling.min_capacity}-{scaling.max_capacity}", targets)))
    return Cell(f"{text}, suspended" if suspended else text)


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case Service():
            return (changed.key,)
        case Task() | Deployment():
            return (changed.service_key,)
        case ContainerInstance():
            return {t.service_key for t in world.state.tasks_on(changed.id)}
        case _:
            return ()


def _enter(world: World, _place: Place, key: str) -> Place | None:
    service = world.state.services.get(key)
    return Place("tasks", service.cluster, Thing(About.SERVICE, key)) if service else None


VIEW = View(
    name="services",
    scope=Scope.SERVICES,
    about=About.SERVICE,
    aliases=("service", "svc", "s"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No services here. Make one: N, or dockyard service create NAME --task-definition FAMILY --desired-count N",
    sort="name",
    sorts_by=lambda world, key: by_text(world.state.services[key].name),
    needs=Extent.SERVICES,
)
