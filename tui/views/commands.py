"""Commands: who asked for what, when, and the answer; the newest first. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.client.following import Extent
from core.commands import Verdict
from core.model.ids import SHORT
from tui.commands import Scope
from tui.listing.column import Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views.view import Cell, View, foreign, nothing_touched, row
from tui.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.store import Submitted
    from tui.listing.row import Row
    from tui.world import World

_SUBJECTS = (
    "service",
    "serviceName",
    "task",
    "containerInstance",
    "containerInstances",
    "taskDefinition",
    "clusterName",
    "family",
    "resourceArn",
)
_COLUMNS = (
    Column("time", "TIME", minimum=8, maximum=14),
    Column("by", "WHO", 3, minimum=6, maximum=24),
    Column("action", "ACTION", 1, minimum=12, maximum=34),
    Column("on", "ON", 2, minimum=8, maximum=30),
    Column("answer", "ANSWER", 1, minimum=10, maximum=120),
    Column("id", "ID", 5),
)


def input_of(text: str) -> dict[str, Any]:
    """A command's input; a client may have sent what is none."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _subject(given: dict[str, Any]) -> str:
    cluster = str(given.get("cluster") or "")
    for member in _SUBJECTS:
        if value := given.get(member):
            name = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            if member == "resourceArn":
                return name.partition("/")[2]
            return f"{cluster}/{name}" if cluster else name
    return cluster


def answer(submitted: Submitted) -> Cell:
    """How a command was answered, as far as it was."""
    if submitted.answer is None:
        return Cell("no answer yet", Tone.BUSY)
    if submitted.answer.verdict is Verdict.REFUSED:
        return foreign(f"refused: {submitted.answer.message}", Tone.BAD)
    return Cell("accepted", Tone.GOOD)


def _ids(world: World, _place: Place) -> Iterable[str]:
    return list(world.commands)


def _row(world: World, _place: Place, key: str) -> Row | None:
    submitted = world.commands.get(key)
    if submitted is None:
        return None
    command = submitted.command
    return row(
        key,
        (
            Cell(moment(command.submitted_at, world.now()), Tone.DIM, float(submitted.number)),
            foreign(command.submitted_by),
            foreign(command.action, Tone.KEY),
            foreign(_subject(input_of(command.input))),
            answer(submitted),
            Cell(key[:SHORT], Tone.DIM),
        ),
    )


def _enter(_world: World, place: Place, key: str) -> Place:
    return Place("describe", place.cluster, Thing(About.COMMAND, key))


VIEW = View(
    name="commands",
    scope=Scope.COMMANDS,
    about=About.COMMAND,
    aliases=("command", "audit", "cmd"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=nothing_touched,
    enter=_enter,
    empty="Nobody has asked for anything yet.",
    sort="time",
    descending=True,
    needs=Extent.SERVICES,
)
