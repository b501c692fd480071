"""`d`: one thing in words: its facts, what belongs to it, and what happened to it last. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.listing.row import Tone
from tui.pages.described.capacity import describe_cluster, describe_instance
from tui.pages.described.commands import describe_command, describe_event
from tui.pages.described.definitions import describe_family, describe_revision
from tui.pages.described.engine import describe_engine
from tui.pages.described.forwards import describe_forward
from tui.pages.described.schedules import describe_schedule
from tui.pages.described.services import describe_deployment, describe_service
from tui.pages.described.stacks import describe_stack
from tui.pages.described.tasks import describe_container, describe_task
from tui.pages.text import sentences
from tui.place import About

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World

_PAGES: Final[Mapping[About, Callable[[World, str], Iterator[Line]]]] = {
    About.CLUSTER: describe_cluster,
    About.SERVICE: describe_service,
    About.TASK: describe_task,
    About.CONTAINER: describe_container,
    About.INSTANCE: describe_instance,
    About.FAMILY: describe_family,
    About.REVISION: describe_revision,
    About.DEPLOYMENT: describe_deployment,
    About.SCHEDULE: describe_schedule,
    About.STACK: describe_stack,
    About.EVENT: describe_event,
    About.COMMAND: describe_command,
    About.ENGINE: describe_engine,
    About.FORWARD: describe_forward,
}


def describe(world: World, thing: Thing) -> list[Line]:
    """The page of a thing; a sentence when it is gone."""
    return list(_PAGES[thing.about](world, thing.key)) or list(
        sentences([f"This {thing.about} is gone: there is nothing of it in the state any more."], Tone.WARN)
    )
