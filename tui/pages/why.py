"""`w`: why a thing is as it is, from the thing outwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age, count_of
from core.client.explained_service import explain_service
from core.client.explanation import explanation
from core.client.leaving import held_on
from core.client.progress import service_stable
from core.model.instance import InstanceStatus
from core.safe_text import plain
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


def _drain_end(instance: ContainerInstance, now: float) -> str:
    if instance.drain_deadline is None:
        return "The drain has no deadline: D sets one, or activates it."
    left_s = instance.drain_deadline - now
    if left_s <= 0:
        return "Its deadline is over: what is left is stopped."
    return f"In {age(left_s)} what is left is stopped."


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
        yield from sentences(
            [f"It is being drained and takes no new tasks. {_drain_end(instance, world.now())}"]
        )
        left = len(world.state.tasks_on(instance.id))
        yield from sentences([f"{count_of(left, 'task')} left on it:" if left else "It is empty."])
        for why_left, count in held_on(world.state, instance.id, world.now()).most_common():
            yield ((f"  {count} × ", Tone.PLAIN), (plain(why_left), Tone.WARN))
    if instance.removed_from_config:
        yield from sentences(["The config file names it no longer: it goes when it is empty."])
    if not instance.connected:
        yield from sentences(
            [
                "Nothing is known of its tasks while it is silent; they are not taken for running.",
                f"Each step on the way to it: dockyard capacity doctor {instance.name}",
            ]
        )
