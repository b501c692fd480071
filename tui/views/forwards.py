"""Port forwards of this screen: where they listen, what they lead to, and how much goes through. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import size_of
from core.client.following import Extent
from core.model.ids import SHORT
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import Cell, View, foreign, nothing_touched, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("here", "HERE", minimum=15, maximum=30),
    Column("port", "PORT", 1, align=Align.RIGHT),
    Column("container", "CONTAINER", 1, minimum=8, maximum=24),
    Column("task", "TASK", 4, minimum=8),
    Column("host", "HOST", 2, minimum=6, maximum=20),
    Column("open", "OPEN", 3, align=Align.RIGHT),
    Column("total", "TOTAL", 5, align=Align.RIGHT),
    Column("sent", "SENT", 5, minimum=7, align=Align.RIGHT),
    Column("received", "RECEIVED", 5, minimum=7, align=Align.RIGHT),
    Column("age", "AGE", 6, align=Align.RIGHT),
    Column("problem", "PROBLEM", 1, minimum=16, maximum=60),
)


def _ids(world: World, place: Place) -> Iterable[str]:
    return [
        key for key, each in world.own.forwards.items() if place.cluster in {"", each.place.instance.cluster}
    ]


def _row(world: World, place: Place, key: str) -> Row | None:
    found = world.own.forwards.get(key)
    if found is None or place.cluster not in {"", found.place.instance.cluster}:
        return None
    forward = found.forward
    return row(
        key,
        (
            Cell(key, Tone.KEY),
            number(forward.ports.remote),
            foreign(found.place.container),
            Cell(found.place.task[:SHORT]),
            foreign(found.place.instance.name),
            number(forward.open_count, Tone.GOOD if forward.open_count else Tone.DIM),
            number(forward.total, Tone.DIM),
            Cell(size_of(forward.sent_bytes), sort=forward.sent_bytes),
            Cell(size_of(forward.received_bytes), sort=forward.received_bytes),
            cells.age(world.now(), found.since),
            foreign(forward.problem, Tone.BAD),
        ),
    )


def _enter(world: World, place: Place, key: str) -> Place | None:
    found = world.own.forwards.get(key)
    if found is None or found.place.task not in world.state.tasks:
        return None
    return Place("containers", place.cluster, Thing(About.TASK, found.place.task))


VIEW = View(
    name="forwards",
    scope=Scope.FORWARDS,
    about=About.FORWARD,
    aliases=("forward", "pf"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=nothing_touched,
    enter=_enter,
    empty="No port is forwarded. F on a task or container forwards one; it ends with this screen.",
    sort="here",
    needs=Extent.SERVICES,
)
