"""Containers of tasks: what runs in each, how it is, and how it ended. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.counts import known
from core.model.ids import SHORT
from core.model.instance import ContainerInstance
from core.model.ports import ports_shown
from core.model.task import Container, ContainerStatus, Health, Task
from core.model.task_definition import PAUSE_CONTAINER
from tui.commands import Scope
from tui.listing.column import Align, Column
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import cells
from tui.views.tasks import belongs, tasks_on
from tui.views.view import BLANK, Cell, View, foreign, number, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=8, maximum=24),
    Column("task", "TASK", 3),
    Column("status", "STATUS", 1, minimum=7),
    Column("health", "HEALTH", 4, minimum=9),
    Column("image", "IMAGE", 2, minimum=16, maximum=40, keeps_end=True),
    Column("ports", "PORTS", 4, minimum=8, maximum=30),
    Column("exit", "EXIT", 2, align=Align.RIGHT),
    Column("reason", "REASON", 3, minimum=10, maximum=40),
    Column("restarts", "RESTARTS", 5, align=Align.RIGHT),
    Column("cpu", "CPU", 5, align=Align.RIGHT, is_restless=True),
    Column("memory", "MEM", 5, align=Align.RIGHT, is_restless=True),
    Column("digest", "DIGEST", 6, maximum=19),
    Column("age", "AGE", 6, align=Align.RIGHT, is_restless=True),
)


def _belongs(place: Place, task: Task) -> bool:
    return belongs(place, task) and place.is_of(About.TASK, task.id)


def _of_task(task: Task) -> list[str]:
    return [
        f"{task.id}/{container.name}" for container in task.containers if container.name != PAUSE_CONTAINER
    ]


def _ids(world: World, place: Place) -> Iterable[str]:
    tasks: Iterable[Task] = world.state.tasks.values()
    if place.of is not None and place.of.about is About.TASK:
        tasks = [world.state.tasks[place.of.key]] if place.of.key in world.state.tasks else []
    return (key for task in list(tasks) for key in _of_task(task))


def _row(world: World, place: Place, key: str) -> Row | None:
    task_id, _, name = key.partition("/")
    task = world.state.tasks.get(task_id)
    container = task.container(name) if task else None
    if task is None or container is None or not _belongs(place, task):
        return None
    is_known = known(world.state, task)
    cpu, memory = cells.summed(used for each, used in world.usage(task).items() if each == name)
    return row(
        key,
        (
            foreign(name, Tone.KEY),
            Cell(task.id[:SHORT]),
            cells.status(container.status) if is_known else Cell("unknown", Tone.DIM),
            cells.status(container.health if is_known else Health.UNKNOWN),
            foreign(container.image),
            _ports(container),
            _exit(container),
            foreign(
                "; ".join(
                    text for text in ("out of memory" * container.oom_killed, container.reason) if text
                ),
                Tone.WARN,
            ),
            number(container.restart_count, Tone.WARN) if container.restart_count else BLANK,
            cpu,
            memory,
            foreign(container.image_digest, Tone.DIM),
            cells.age(world.now(), container.started_at),
        ),
        dim=container.status is ContainerStatus.STOPPED or not is_known,
    )


def _ports(container: Container) -> Cell:
    bound = ((b.host_port, b.container_port, b.protocol) for b in container.network_bindings)
    return cells.joined(ports_shown(bound))


def _exit(container: Container) -> Cell:
    """`137 OOM`; of one that runs on without a process that was killed `OOM`, which sorts before all codes."""
    if container.exit_code is None:
        return Cell("OOM", Tone.BAD, -1) if container.oom_killed else BLANK
    text = f"{container.exit_code}{' OOM' * container.oom_killed}"
    is_bad = container.exit_code or container.oom_killed
    return Cell(text, Tone.BAD if is_bad else Tone.DIM, container.exit_code)


def _touched_by(world: World, changed: StateRow) -> Iterable[str]:
    match changed:
        case Task():
            return _of_task(changed)
        case ContainerInstance():
            return [key for task in tasks_on(world, changed.id) for key in _of_task(world.state.tasks[task])]
        case _:
            return ()


def _enter(_world: World, place: Place, key: str) -> Place | None:
    return Place("logs", place.cluster, Thing(About.CONTAINER, key))


VIEW = View(
    name="containers",
    scope=Scope.CONTAINERS,
    about=About.CONTAINER,
    aliases=("container", "c"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No containers yet: they appear when the task is placed on a host. w in the tasks says why it waits.",
    sort="name",
)
