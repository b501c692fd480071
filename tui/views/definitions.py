"""Task definitions, by family: the latest revision of each and who uses it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.schedule import Schedule
from core.model.service import Service, ServiceStatus
from core.model.task_definition import TaskDefinition
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from core.model.state import State
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("family", "FAMILY", minimum=10, maximum=36),
    Column("latest", "LATEST", 1, align=Align.RIGHT),
    Column("revisions", "ACTIVE", 4, align=Align.RIGHT),
    Column("containers", "CONTAINERS", 3, minimum=10, maximum=40),
    Column("used_by", "USED BY", 2, minimum=10, maximum=40),
    Column("age", "REGISTERED", 3, align=Align.RIGHT),
)


def users(state: State, *, family: str = "", name: str = "") -> list[str]:
    """The services and schedules that run a family, or name one revision of it."""

    def runs(definition: str) -> bool:
        return definition == name if name else definition.partition(":")[0] == family

    services = (s for s in state.services.values() if s.status is ServiceStatus.ACTIVE)
    schedules = state.schedules.values()
    return [
        *sorted(service.key for service in services if runs(service.definition)),
        *sorted(f"schedule {schedule.key}" for schedule in schedules if runs(schedule.definition)),
    ]


def _ids(world: World, _place: Place) -> Iterable[str]:
    return sorted({definition.family for definition in world.state.definitions.values()})


def _row(world: World, _place: Place, family: str) -> Row | None:
    state = world.state
    revisions = [state.definitions[name] for name in state.index.revisions_of_family[family]]
    if not revisions:
        return None
    latest = state.latest_definition(family) or max(revisions, key=lambda d: d.revision)
    active = sum(d.active for d in revisions)
    return row(
        family,
        (
            Cell(family, Tone.KEY),
            number(latest.revision),
            number(active, Tone.PLAIN if active else Tone.DIM),
            foreign(", ".join(c.name for c in latest.containers)),
            cells.joined(users(state, family=family)),
            cells.age(world.now(), latest.registered_at),
        ),
        dim=not active,
    )


def _touched_by(_world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case TaskDefinition():
            return (changed.family,)
        case Service() | Schedule():
            return (changed.definition.partition(":")[0],)
        case _:
            return ()


def _enter(_world: World, place: Place, family: str) -> Place:
    return Place("revisions", place.cluster, Thing(About.FAMILY, family))


VIEW = View(
    name="definitions",
    scope=Scope.DEFINITIONS,
    about=About.FAMILY,
    aliases=("taskdefs", "taskdef", "td", "families"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No task definitions yet. Register one from its ECS JSON: N here, or dockyard taskdef register FILE",
    sort="family",
)
