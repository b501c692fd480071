"""Capacity: the hosts, whether they answer, and what is reserved and used on each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from core.client.following import Extent
from core.model.counts import counts
from core.model.instance import ContainerInstance, InstanceStatus
from core.model.task import Task
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
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
    Column("name", "NAME", minimum=8, maximum=24),
    Column("cluster", "CLUSTER", 8, maximum=16),
    Column("status", "STATUS", 2),
    Column("connected", "CONNECTED", 1, minimum=12, maximum=24),
    Column("tasks", "TASKS", 2, align=Align.RIGHT, of_tasks=True),
    Column("cpu", "CPU RES", 3, align=Align.RIGHT, of_tasks=True),
    Column("memory", "MEM RES", 3, align=Align.RIGHT, of_tasks=True),
    Column("cpu_used", "CPU", 4, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("memory_used", "MEM", 4, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("size", "OF", 6, align=Align.RIGHT),
    Column("problem", "PROBLEM", 2, minimum=12, maximum=60),
    Column("round_trip", "RTT", 5, align=Align.RIGHT, is_restless=True),
    Column("docker", "DOCKER", 6),
    Column("ports", "PORTS", 6, align=Align.RIGHT, of_tasks=True),
    Column("attributes", "ATTRIBUTES", 7, minimum=10, maximum=40),
    Column("url", "URL", 9, minimum=12, maximum=40),
)


def _belongs(place: Place, instance: ContainerInstance) -> bool:
    return place.cluster in {"", instance.cluster}


def _ids(world: World, place: Place) -> Iterable[str]:
    return [key for key, instance in world.state.instances.items() if _belongs(place, instance)]


def _row(world: World, place: Place, key: str) -> Row | None:
    state = world.state
    instance = state.instances.get(key)
    if instance is None or not _belongs(place, instance):
        return None
    tasks = state.tasks_on(key)
    pulse = world.pulse(key)
    is_live = instance.connected
    courses = world.history.used(About.INSTANCE, key, WIDTH)
    return row(
        key,
        (
            foreign(instance.name, Tone.KEY) if instance.name else BLANK,
            Cell(instance.cluster),
            cells.status(instance.status),
            connectivity(world, instance),
            number(counts(state, tasks).running),
            cells.share(sum(t.cpu_units for t in tasks), instance.cpu_units),
            cells.share(sum(t.memory_mib for t in tasks), instance.memory_mib),
            cells.percent(pulse.cpu_percent if is_live else None, courses[0]),
            cells.memory(pulse.memory_mib if is_live else None, courses[1], instance.memory_mib),
            _size(instance),
            foreign(instance.problem or "actions time out" * instance.impaired, Tone.BAD),
            _milliseconds(pulse.round_trip_s if is_live else None),
            foreign(instance.docker_version),
            number(sum(len(t.ports) for t in tasks) + len(instance.foreign_ports)),
            foreign(", ".join(f"{name}={value}" if value else name for name, value in instance.attributes)),
            foreign(instance.url),
        ),
        dim=not is_live,
    )


def connectivity(world: World, instance: ContainerInstance) -> Cell:
    """Whether a host answers, and since when it doesn't."""
    if instance.status is InstanceStatus.REGISTERING and not instance.connected:
        return Cell("not yet", Tone.BUSY)
    heard_at = world.pulse(instance.id).heard_at or instance.connectivity_at
    silent = "" if instance.connected or not heard_at else f" {duration(world.now() - heard_at)}"
    impaired = ", impaired" if instance.impaired and instance.connected else ""
    tone = Tone.WARN if impaired else cells.tone(instance.connectivity)
    return Cell(f"{instance.connectivity.value}{impaired}{silent}", tone)


def _size(instance: ContainerInstance) -> Cell:
    """What it has in all: `4 cpu 8.0G`."""
    if not instance.cpu_units:
        return BLANK
    text = f"{instance.cpu_units / 1024:g} cpu {cells.amount(instance.memory_mib)}"
    return Cell(text, sort=float(instance.cpu_units))


def _milliseconds(seconds: float | None) -> Cell:
    return BLANK if seconds is None else Cell(f"{seconds * 1000:.0f}ms", sort=seconds)


def _touched_by(_world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case ContainerInstance():
            return (changed.id,)
        case Task() if changed.instance:
            return (changed.instance,)
        case _:
            return ()


def _enter(world: World, _place: Place, key: str) -> Place | None:
    instance = world.state.instances.get(key)
    return Place("tasks", instance.cluster, Thing(About.INSTANCE, key)) if instance else None


VIEW = View(
    name="capacity",
    scope=Scope.CAPACITY,
    about=About.INSTANCE,
    aliases=("hosts", "host", "instances", "ca"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No capacity yet. Add a Docker host: A in :capacity, or dockyard capacity add NAME ssh://user@host",
    sort="name",
    needs=Extent.HOSTS,
)
