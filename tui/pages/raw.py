"""`y`: one thing as JSON, as ECS's Describe calls would return it. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from core import ecs
from core.client.stacks import describe_stack
from core.events import Subject
from tui.listing.row import Tone
from tui.pages.text import sentences
from tui.place import About
from tui.views.stacks import stack_named

if TYPE_CHECKING:
    from core.model.service import Service
    from tui.pages.text import Line, Piece
    from tui.place import Thing
    from tui.world import World

_MEMBER: Final = re.compile(r'(\s*)("(?:[^"\\]|\\.)*")(:)(.*)')


def raw(world: World, thing: Thing) -> list[Line]:
    """The JSON of a thing, one line each; a sentence when it is gone."""
    shown = as_json(world, thing)
    if shown is None:
        return list(sentences([f"This {thing.about} is gone."], Tone.WARN))
    text = json.dumps(shown, indent=4, ensure_ascii=False)
    return [_coloured(line) for ((line, _),) in sentences(text.splitlines())]


def as_json(world: World, thing: Thing) -> dict[str, Any] | None:
    """A thing in ECS's shape; None when it is gone."""
    state, key, shown = world.state, thing.key, None
    watched = world.engine is not None and world.engine.watches
    match thing.about:
        case About.CLUSTER if cluster := state.clusters.get(key):
            shown = ecs.describe_cluster(state, cluster, watched=watched)
        case About.SERVICE if service := state.services.get(key):
            shown = _service(world, service, watched=watched)
        case About.STACK if stack := stack_named(world, key):
            shown = {
                "stack": describe_stack(stack),
                "services": [_service(world, service, watched=watched) for service in stack.services],
                "schedules": [ecs.describe_schedule(state, schedule) for schedule in stack.schedules],
            }
        case About.TASK if task := state.tasks.get(key):
            shown = ecs.describe_task(state, task, watched=watched)
        case About.CONTAINER if task := state.tasks.get(key.partition("/")[0]):
            containers = ecs.describe_task(state, task)["containers"]
            shown = next((each for each in containers if each["name"] == key.partition("/")[2]), None)
        case About.INSTANCE if instance := state.instances.get(key):
            shown = ecs.describe_container_instance(state, instance, watched=watched)
        case About.REVISION if definition := state.definitions.get(key):
            shown = ecs.describe_task_definition(definition)
        case About.FAMILY if definition := state.latest_definition(key):
            shown = ecs.describe_task_definition(definition)
        case About.DEPLOYMENT if deployment := state.deployments.get(key):
            shown = ecs.describe_deployment(deployment, state.definitions.get(deployment.definition))
        case About.SCHEDULE if schedule := state.schedules.get(key):
            shown = ecs.describe_schedule(state, schedule)
        case _:
            pass
    return shown


def _service(world: World, service: Service, *, watched: bool) -> dict[str, Any]:
    newest = [e for _, e in sorted(world.events.items(), reverse=True) if e.subject is Subject.SERVICE]
    own = [e for e in newest if f"{e.cluster}/{e.name}" == service.key]
    return ecs.describe_service(world.state, service, own, watched=watched)


def _coloured(line: str) -> tuple[Piece, ...]:
    match = _MEMBER.fullmatch(line)
    if match is None:
        return ((line, Tone.PLAIN),)
    return ((match[1], Tone.PLAIN), (match[2], Tone.KEY), (match[3], Tone.DIM), (match[4], Tone.PLAIN))
