"""Stacks: how much of each there is, whether it is steady, and what holds it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.schedules import problem_of
from core.client.stacks import stack_of, stacks
from core.model.schedule import Schedule
from core.model.service import Service
from tui.commands import Scope
from tui.counting import running
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells, schedules, services
from tui.views.view import Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.client.stacks import Stack
    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=10, maximum=40),
    Column("cluster", "CLUSTER", 8, maximum=16, tells_apart=True),
    Column("services", "SERVICES", 2, align=Align.RIGHT),
    Column("steady", "STEADY", 1, align=Align.RIGHT),
    Column("running", "RUNNING", 1, align=Align.RIGHT),
    Column("schedules", "SCHEDULES", 2, align=Align.RIGHT),
    Column("why", "WHY", 1, minimum=14, maximum=60),
)


def stack_named(world: World, key: str) -> Stack | None:
    """The stack of that key; None when nothing is of it any more."""
    cluster, _, name = key.partition("/")
    return stack_of(world.state, cluster, name)


def _ids(world: World, _place: Place) -> Iterable[str]:
    return [stack.key for stack in stacks(world.state)]


def _row(world: World, place: Place, key: str) -> Row | None:
    stack = stack_named(world, key)
    if stack is None or place.cluster not in {"", stack.cluster}:
        return None
    state = world.state
    live = sum(running(state, state.tasks_of_service(service.key)) for service in stack.services)
    return row(
        key,
        (
            Cell(stack.name, Tone.KEY),
            Cell(stack.cluster),
            number(len(stack.services)),
            cells.part(sum(service.steady for service in stack.services), len(stack.services)),
            cells.part(live, sum(service.desired_count for service in stack.services)),
            number(len(stack.schedules)),
            foreign(_why(world, stack), Tone.WARN),
        ),
    )


def _why(world: World, stack: Stack) -> str:
    """What holds the first that something holds, and of how many more it is to be said."""
    told = [f"{service.name}: {service.why}" for service in stack.services if service.why]
    told += [
        f"{schedule.name}: {problem}"
        for schedule in stack.schedules
        if (problem := problem_of(world.state, schedule))
    ]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return f"{told[0]}{more}" if told else ""


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    if isinstance(changed, Service | Schedule):
        found: Iterable[Service | Schedule] = (changed,)
    else:
        state = world.state
        found = (
            *(
                state.services[key]
                for key in services.VIEW.touched_by(world, changed)
                if key in state.services
            ),
            *(
                state.schedules[key]
                for key in schedules.VIEW.touched_by(world, changed)
                if key in state.schedules
            ),
        )
    return {f"{each.cluster}/{each.stack}" for each in found if each.stack}


def _enter(world: World, _place: Place, key: str) -> Place | None:
    stack = stack_named(world, key)
    if stack is None:
        return None
    return Place("services" if stack.services else "schedules", stack.cluster, Thing(About.STACK, key))


VIEW = View(
    name="stacks",
    scope=Scope.STACKS,
    about=About.STACK,
    aliases=("stack", "st"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No stacks here. Files make one: N, or dockyard apply --stack NAME FILE",
    sort="name",
)
