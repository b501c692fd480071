"""Faults: everything that an operator should look at, of whatever kind, as `dockyard status` tells it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.events import Subject
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import BLANK, Cell, View, foreign, nothing_touched, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.faults import Fault
    from tui.listing.row import Row
    from tui.world import World

_ABOUT: Final = {
    Subject.ENGINE: About.ENGINE,
    Subject.INSTANCE: About.INSTANCE,
    Subject.SERVICE: About.SERVICE,
    Subject.SCHEDULE: About.SCHEDULE,
}
_COLUMNS = (
    Column("kind", "KIND", 1),
    Column("cluster", "CLUSTER", 3, maximum=16),
    Column("name", "NAME", minimum=8, maximum=30),
    Column("since", "SINCE", 2, align=Align.RIGHT, is_restless=True),
    Column("why", "WHY", 1, minimum=24, maximum=120),
)


def _belongs(place: Place, fault: Fault) -> bool:
    """What ails the engine ails every cluster."""
    return place.cluster in {"", fault.cluster} or not fault.cluster


def _ids(world: World, place: Place) -> Iterable[str]:
    return [key for key, fault in world.faults.found().items() if _belongs(place, fault)]


def _row(world: World, place: Place, key: str) -> Row | None:
    fault = world.faults.found().get(key)
    if fault is None or not _belongs(place, fault):
        return None
    return row(
        key,
        (
            Cell(_ABOUT[fault.kind].value, Tone.BAD),
            Cell(fault.cluster) if fault.cluster else BLANK,
            foreign(fault.name, Tone.KEY),
            cells.age(world.now(), world.faults.since(key)),
            foreign(fault.why),
        ),
    )


def _thing(row_id: str) -> Thing:
    kind, _, key = row_id.partition(" ")
    return Thing(_ABOUT[Subject(kind)], key)


def _enter(_world: World, _place: Place, key: str) -> Place:
    """Of the engine alone: all others are entered as their own tables do it."""
    return Place("describe", "", Thing(About.ENGINE, key))


VIEW = View(
    name="faults",
    scope=Scope.FAULTS,
    about=None,
    aliases=("fault", "f", "problems"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=nothing_touched,
    enter=_enter,
    empty="Nothing is wrong: the engine runs, no host is silent, and no service or schedule fails.",
    sort="since",
    thing=_thing,
    follows=lambda world: world.faults.found(),
)
