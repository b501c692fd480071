"""What several descriptions have in common: tables of tasks and events, moments and durations. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.model.counts import known
from core.model.ids import SHORT
from core.model.task import Health
from tui.listing.row import Tone
from tui.pages.text import section, sentences, table
from tui.views import cells
from tui.views.tasks import what_holds
from tui.views.view import Cell, foreign
from tui.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.events import Event
    from core.model.task import Task
    from tui.pages.text import Line
    from tui.world import World

_EVENTS_SHOWN: Final = 10
_TASKS_SHOWN: Final = 100


def tasks_table(world: World, tasks: Iterable[Task]) -> Iterator[Line]:
    """Tasks, a line each."""
    found = list(tasks)
    shown = found[:_TASKS_SHOWN]
    if not shown:
        yield from sentences(["none"], Tone.DIM)
    instances = world.state.instances
    yield from table(
        ("TASK", "GROUP", "TASK DEF", "STATUS", "HEALTH", "HOST", "WHY"),
        (
            (
                task.id[:SHORT],
                task.group,
                task.definition,
                cells.status(task.last_status) if known(world.state, task) else Cell("unknown", Tone.DIM),
                cells.status(task.overall_health if known(world.state, task) else Health.UNKNOWN),
                instances[task.instance].name if task.instance in instances else None,
                foreign(what_holds(world, task), Tone.DIM if task.stopped else Tone.WARN),
            )
            for task in shown
        ),
    )
    if len(found) > len(shown):
        yield from sentences(
            [f"and {len(found) - len(shown)} more: the table of tasks has them all"], Tone.DIM
        )


def events_table(world: World, mine: Iterable[Event]) -> Iterator[Line]:
    """The newest of some events."""
    newest = deque(mine, maxlen=_EVENTS_SHOWN)
    if newest:
        yield from section("Events, the newest first")
        yield from table(
            ("TIME", "MESSAGE"),
            ((moment(e.at, world.now()), Cell(e.message, cells.tone(e.level))) for e in reversed(newest)),
        )


def ago(world: World, at: float | None) -> str:
    """A moment, and how long ago it was; empty for None."""
    return f"{moment(at, world.now())} ({duration(world.now() - at)} ago)" if at else ""


def took(start: float | None, end: float | None) -> str:
    """How long something took, if it began."""
    if start is None:
        return ""
    return "under way" if end is None else f"took {end - start:.1f} s"
