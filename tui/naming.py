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
    (About.STACK, "services"),
    (About.INSTANCE, "tasks"),
}


def name_of(world: World, thing: Thing) -> str:
    """The name by which a thing is shown."""
    match thing.about:
        case About.SERVICE | About.CONTAINER | About.SCHEDULE | About.STACK:
            name = thing.key.rpartition("/")[2]
        case About.TASK | About.COMMAND:
            name = thing.key[:SHORT]
        case About.INSTANCE:
            instance = world.state.instances.get(thing.key)
            name = instance.name if instance is not None else thing.key[:SHORT]
        case About.ENGINE | About.SCREEN:
            name = ""
        case About.RUN:
            run = world.own.runs.get(thing.key)
            name = run.told if run is not None else thing.key
        case _:
            name = thing.key
    return plain(name)


def cluster_of(world: World, place: Place) -> str:
    """The one cluster that all of a view is about; empty where there are several, or none."""
    return place.cluster or (cluster_of_thing(world, place.of) if place.of is not None else "")


def cluster_of_thing(world: World, thing: Thing) -> str:
    """The cluster that a thing is of; empty where it is of none."""
    state, key = world.state, thing.key
    match thing.about:
        case About.CLUSTER:
            return key
        case About.SERVICE | About.SCHEDULE | About.STACK:
            return key.partition("/")[0]
        case About.TASK | About.CONTAINER if task := state.tasks.get(key.partition("/")[0]):
            return task.cluster
        case About.INSTANCE if instance := state.instances.get(key):
            return instance.cluster
        case About.DEPLOYMENT if deployment := state.deployments.get(key):
            return deployment.cluster
        case _:
            return ""


def crumb(world: World, place: Place) -> str:
    """A place in the line of crumbs."""
    if place.of is None or place.of.about is About.SCREEN:
        return place.view
    name = name_of(world, place.of) or place.of.about.value
    return name if (place.of.about, place.view) in _INSIDE else f"{name} {place.view}"
