"""Clusters: what each one keeps, on how many hosts, and how many faults it has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.following import Extent
from core.model.cluster import Cluster
from core.model.family import Family
from core.model.service import ServiceStatus
from core.model.task_definition import TaskDefinition
from tui.commands import Scope
from tui.faults import cluster_faults
from tui.history import Gauge
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place
from tui.sparks import WIDTH
from tui.totals import Totals
from tui.use import use_of
from tui.views import cells
from tui.views.view import Cell, View, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=8),
    Column("services", "SERVICES", 2, align=Align.RIGHT),
    Column("running", "RUNNING", 1, align=Align.RIGHT, of_tasks=True),
    Column("pending", "PENDING", 1, align=Align.RIGHT, of_tasks=True),
    Column("hosts", "HOSTS", 1, align=Align.RIGHT),
    Column("cpu", "CPU RES", 3, align=Align.RIGHT, of_tasks=True),
    Column("memory", "MEM RES", 3, align=Align.RIGHT, of_tasks=True),
    Column("cpu_used", "CPU", 2, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("memory_used", "MEM", 2, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("faults", "FAULTS", 1, align=Align.RIGHT, of_tasks=True),
    Column("age", "AGE", 4, align=Align.RIGHT, is_restless=True),
)


def _ids(world: World, _place: Place) -> Iterable[str]:
    return sorted(world.state.clusters)


def _row(world: World, _place: Place, key: str) -> Row | None:
    state = world.state
    cluster = state.clusters.get(key)
    if cluster is None:
        return None
    instances = state.instances_of(key)
    totals = world.totals.get(key, Totals())
    services = [state.services[each] for each in state.index.services_of_cluster[key]]
    used = use_of(world, key)
    faults = sum(1 for _ in cluster_faults(world, key))
    return row(
        key,
        (
            Cell(key, Tone.KEY),
            number(sum(each.status is ServiceStatus.ACTIVE for each in services)),
            number(totals.running),
            number(totals.pending, Tone.BUSY if totals.pending else Tone.PLAIN),
            cells.part(sum(each.connected for each in instances), len(instances)),
            cells.share(totals.cpu_units, sum(i.cpu_units for i in instances)),
            cells.share(totals.memory_mib, sum(i.memory_mib for i in instances)),
            cells.percent(used.cpu_percent if used else None, world.history.gauge(key, Gauge.CPU, WIDTH)),
            cells.percent(
                used.memory_percent if used else None, world.history.gauge(key, Gauge.MEMORY, WIDTH)
            ),
            number(faults, Tone.BAD if faults else Tone.DIM),
            cells.age(world.now(), cluster.created_at),
        ),
    )


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case Cluster():
            return (changed.name,)
        case TaskDefinition():  # a schedule that has none to run is a fault
            schedules = world.state.schedules.values()
            return {s.cluster for s in schedules if s.definition.partition(":")[0] == changed.family}
        case Family():
            return ()
        case _:
            return (changed.cluster,)


def _enter(_world: World, _place: Place, key: str) -> Place:
    return Place("services", cluster=key)


VIEW = View(
    name="clusters",
    scope=Scope.CLUSTERS,
    about=About.CLUSTER,
    aliases=("cluster", "cl"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No clusters yet. The engine makes those of the config file when it starts: dockyard --no-ui",
    sort="name",
    needs=Extent.HOSTS,
)
