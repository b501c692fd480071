"""A command and an event in words. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui.listing.row import Tone
from tui.pages.text import facts, section, sentences
from tui.views.commands import answer, input_of
from tui.views.view import Cell
from tui.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.pages.text import Line
    from tui.world import World


def describe_command(world: World, key: str) -> Iterator[Line]:
    """A command and its answer."""
    submitted = world.commands.get(key)
    if submitted is None:
        return
    yield from facts(
        {
            "Command": Cell(key, Tone.KEY),
            "Action": submitted.command.action,
            "Submitted": f"{moment(submitted.command.submitted_at, world.now())} by {submitted.command.submitted_by}",
            "Answer": answer(submitted),
        }
    )
    yield from section("Input")
    yield from sentences(
        json.dumps(input_of(submitted.command.input), indent=2, ensure_ascii=False).splitlines()
    )
    if submitted.answer is not None and submitted.answer.output:
        yield from section("Output")
        yield from sentences(
            json.dumps(input_of(submitted.answer.output), indent=2, ensure_ascii=False).splitlines()
        )


def describe_event(world: World, key: str) -> Iterator[Line]:
    """An event."""
    event = world.events.get(int(key))
    if event is not None:
        yield from facts({"Time": moment(event.at, world.now()), "Subject": f"{event.subject} {event.name}"})
        yield from sentences([event.message])
