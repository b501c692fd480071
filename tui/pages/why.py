"""`w`: why a thing is as it is, from the thing outwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.explained_service import explain_service
from core.client.explanation import explanation
from core.client.progress import service_stable
from core.model.instance import InstanceStatus
from tui.faults import engine_faults
from tui.listing.row import Tone
from tui.pages.text import sentences
from tui.place import About
from tui.views.capacity import connectivity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World


def why(world: World, thing: Thing) -> list[Line]:
    """The reasons, the nearest first."""
    lines = list(sentences(engine_faults(world), Tone.BAD))
    state = world.state
    match thing.about:
        case About.SERVICE if service := state.services.get(thing.key):
            lines += _service(world, service)
        case About.TASK if task := state.tasks.get(thing.key):
            lines += sentences(explanation(state, task, world.now()))
        case About.INSTANCE if instance := state.instances.get(thing.key):
            lines += _instance(world, instance)
        case _:
            lines += sentences([f"This {thing.about} is gone."], Tone.WARN)
    return lines


def _service(world: World, service: Service) -> Iterator[Line]:
    stage = service_stable(world.state, service.key, world.now)
    yield from sentences([stage.text], Tone.GOOD if stage.done else Tone.WARN)
    yield from sentences(explain_service(world.state, service, world.now(), world.scaling(service)))


def _instance(world: World, instance: ContainerInstance) -> Iterator[Line]:
    state = connectivity(world, instance)
    yield ((f"{instance.name} is {instance.status.value} and ", Tone.PLAIN), (state.text, state.tone))
    if instance.problem:
        yield from sentences([instance.problem], Tone.BAD)
    if instance.impaired:
        yield from sentences(
            ["Three actions in a row ran into their deadline: it takes no new tasks until one succeeds."]
        )
    if instance.status is InstanceStatus.DRAINING:
        left = len(world.state.tasks_on(instance.id))
        yield from sentences([f"It is being drained: {left} tasks are left, and it takes no new ones."])
    if instance.removed_from_config:
        yield from sentences(["The config file names it no longer: it goes when it is empty."])
    if not instance.connected:
        yield from sentences(
            [
                "Nothing is known of its tasks while it is silent; they are not taken for running.",
                f"Each step on the way to it: dockyard capacity doctor {instance.name}",
            ]
        )
