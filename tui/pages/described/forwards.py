"""A port forward in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import size_of
from core.model.ids import SHORT
from tui.listing.row import Tone
from tui.pages.text import facts
from tui.plans.plan import twin
from tui.views.view import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.pages.text import Line
    from tui.world import World


def describe_forward(world: World, key: str) -> Iterator[Line]:
    """Where it leads, what goes through, and how to have it without this screen."""
    found = world.own.forwards.get(key)
    if found is None:
        return
    forward, place = found.forward, found.place
    yield from facts(
        {
            "Listens at": key,
            "Leads to": f"port {forward.ports.remote} of {place.label}",
            "Task": place.task,
            "Host": place.instance.name,
            "Connections": f"{forward.open_count} open, {forward.total} in all",
            "Sent": size_of(forward.sent_bytes),
            "Received": size_of(forward.received_bytes),
            "Problem": Cell(forward.problem, Tone.BAD),
            "As a command": twin(
                *("task", "port-forward", place.task[:SHORT], f"{forward.port}:{forward.ports.remote}"),
                *("--container", place.container),
            ),
        }
    )
