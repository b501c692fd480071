"""What people call a thing: its name where it has one, else the start of its id. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.ids import SHORT
from core.safe_text import plain
from tui.place import About, Place

if TYPE_CHECKING:
    from tui.place import Thing
    from tui.world import World

#: Views that one reaches by entering a thing: its name says enough.
_INSIDE = {
    (About.SERVICE, "tasks"),
    (About.TASK, "containers"),
    (About.FAMILY, "revisions"),
    (About.SCHEDULE, "tasks"),
    (About.INSTANCE, "tasks"),
}


def name_of(world: World, thing: Thing) -> str:
    """The name by which a thing is shown."""
    match thing.about:
        case About.SERVICE | About.CONTAINER | About.SCHEDULE:
            name = thing.key.rpartition("/")[2]
        case About.TASK | About.COMMAND:
            name = thing.key[:SHORT]
        case About.INSTANCE:
            instance = world.state.instances.get(thing.key)
            name = instance.name if instance is not None else thing.key[:SHORT]
        case About.RUN:
            run = world.own.runs.get(thing.key)
            name = run.told if run is not None else thing.key
        case _:
            name = thing.key
    return plain(name)


def crumb(world: World, place: Place) -> str:
    """A place in the line of crumbs."""
    if place.of is None:
        return place.view
    name = name_of(world, place.of)
    return name if (place.of.about, place.view) in _INSIDE else f"{name} {place.view}"
