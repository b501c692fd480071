"""Events: what happened, the newest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.client.following import Extent
from core.events import Event, Subject
from tui.commands import Scope
from tui.listing.column import Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.view import Cell, View, foreign, nothing_touched, row
from tui.wording import moment, with_short_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("time", "TIME", minimum=8, maximum=14),
    Column("cluster", "CLUSTER", 3, maximum=16),
    Column("subject", "SUBJECT", 2, minimum=10, maximum=30),
    Column("message", "MESSAGE", 1, minimum=20, maximum=200),
)


#: Things to whose events a place can be narrowed.
_NARROWED: Final = {About.SERVICE: Subject.SERVICE, About.SCHEDULE: Subject.SCHEDULE}


def _belongs(place: Place, event: Event) -> bool:
    if place.cluster not in {"", event.cluster} and event.cluster:
        return False
    subject = _NARROWED.get(place.of.about) if place.of is not None else None
    if place.of is None or subject is None:
        return True
    return event.subject is subject and f"{event.cluster}/{event.name}" == place.of.key


def _ids(world: World, place: Place) -> Iterable[str]:
    return [str(number) for number, event in world.events.items() if _belongs(place, event)]


def _row(world: World, place: Place, key: str) -> Row | None:
    event = world.events.get(int(key))
    if event is None or not _belongs(place, event):
        return None
    tone = cells.tone(event.level)
    return row(
        key,
        (
            Cell(moment(event.at, world.now()), Tone.DIM, float(key)),
            foreign(event.cluster),
            foreign(
                with_short_ids(f"{event.subject.value} {event.name}" if event.name else event.subject.value)
            ),
            # ECS begins with what the column beside it says.
            foreign(
                with_short_ids(event.message.removeprefix(f"({event.subject.value} {event.name}) ")), tone
            ),
        ),
    )


def _enter(world: World, _place: Place, key: str) -> Place | None:
    event = world.events.get(int(key))
    return _subject(world, event) if event is not None else None


def _subject(world: World, event: Event) -> Place | None:
    """The view of what an event is about."""
    place = None
    match event.subject:
        case Subject.SERVICE:
            place = Place("tasks", event.cluster, Thing(About.SERVICE, f"{event.cluster}/{event.name}"))
        case Subject.SCHEDULE:
            place = Place("tasks", event.cluster, Thing(About.SCHEDULE, f"{event.cluster}/{event.name}"))
        case Subject.TASK:
            place = Place("containers", event.cluster, Thing(About.TASK, event.name))
        case Subject.INSTANCE:
            instance = world.state.instance_named(event.cluster, event.name)
            place = Place("tasks", event.cluster, Thing(About.INSTANCE, instance.id)) if instance else None
        case Subject.CLUSTER:
            place = Place("services", event.cluster)
        case Subject.DEFINITION:
            place = Place("revisions", "", Thing(About.FAMILY, event.name.partition(":")[0]))
        case Subject.ENGINE:
            pass
    return place


VIEW = View(
    name="events",
    scope=Scope.EVENTS,
    about=About.EVENT,
    aliases=("event", "ev"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=nothing_touched,
    enter=_enter,
    empty="Nothing has happened here yet.",
    sort="time",
    descending=True,
    needs=Extent.SERVICES,
)
