"""The revisions of a task definition. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.schedule import Schedule
from core.model.service import Service
from core.model.task_definition import TaskDefinition
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.definitions import users
from tui.views.view import Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "REVISION", minimum=8, maximum=36),
    Column("status", "STATUS", 2),
    Column("images", "IMAGES", 1, minimum=16, maximum=60, keeps_end=True),
    Column("cpu", "CPU", 4, align=Align.RIGHT),
    Column("memory", "MEM", 4, align=Align.RIGHT),
    Column("used_by", "USED BY", 2, minimum=10, maximum=40),
    Column("warnings", "ADAPTED", 5, align=Align.RIGHT),
    Column("age", "REGISTERED", 3, align=Align.RIGHT),
    Column("by", "BY", 6, maximum=24),
)


def _ids(world: World, place: Place) -> Iterable[str]:
    return [name for name, each in world.state.definitions.items() if place.is_of(About.FAMILY, each.family)]


def _row(world: World, place: Place, name: str) -> Row | None:
    definition = world.state.definitions.get(name)
    if definition is None or not place.is_of(About.FAMILY, definition.family):
        return None
    return row(
        name,
        (
            Cell(name, Tone.KEY),
            Cell(definition.status.value, Tone.GOOD if definition.active else Tone.DIM),
            foreign(", ".join(c.image for c in definition.containers)),
            number(definition.reserved_cpu_units),
            cells.memory(definition.reserved_memory_mib),
            cells.joined(users(world.state, name=name)),
            number(len(definition.warnings), Tone.WARN if definition.warnings else Tone.DIM),
            cells.age(world.now(), definition.registered_at),
            foreign(definition.registered_by, Tone.DIM),
        ),
        dim=not definition.active,
    )


def _touched_by(_world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case TaskDefinition():
            return (changed.name,)
        case Service() | Schedule():
            return (changed.definition,)
        case _:
            return ()


def _enter(_world: World, place: Place, name: str) -> Place:
    return Place("describe", place.cluster, Thing(About.REVISION, name))


VIEW = View(
    name="revisions",
    scope=Scope.REVISIONS,
    about=About.REVISION,
    aliases=("revision", "rev"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No revisions yet. Register one from its ECS JSON: N here, or dockyard taskdef register FILE",
    sort="name",
    descending=True,
)
