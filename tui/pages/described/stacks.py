"""A stack in words: its services and its schedules. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.schedules import next_told, problem_of
from tui.counting import running
from tui.listing.row import Tone
from tui.pages.text import facts, section, table
from tui.views import cells
from tui.views.schedules import state_cell
from tui.views.stacks import stack_named
from tui.views.view import Cell, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.pages.text import Line
    from tui.world import World


def describe_stack(world: World, key: str) -> Iterator[Line]:
    """A stack."""
    stack, state = stack_named(world, key), world.state
    if stack is None:
        return
    steady = sum(service.steady for service in stack.services)
    yield from facts(
        {
            "Stack": Cell(stack.name, Tone.KEY),
            "Cluster": stack.cluster,
            "Steady": cells.part(steady, len(stack.services)) if stack.services else "",
            "Tag": f"dockyard:stack={stack.name}",
        }
    )
    if stack.services:
        yield from section("Services")
    yield from table(
        ("SERVICE", "STATUS", "RUNNING", "TASK DEF", "WHY"),
        (
            (
                service.name,
                cells.status(service.status),
                cells.part(running(state, state.tasks_of_service(service.key)), service.desired_count),
                service.definition,
                foreign(service.why, Tone.WARN),
            )
            for service in stack.services
        ),
    )
    if stack.schedules:
        yield from section("Schedules")
    yield from table(
        ("SCHEDULE", "STATE", "EXPRESSION", "NEXT", "WHY"),
        (
            (
                schedule.name,
                state_cell(schedule),
                schedule.expression,
                next_told(schedule) or None,
                foreign(problem_of(state, schedule), Tone.BAD),
            )
            for schedule in stack.schedules
        ),
    )
