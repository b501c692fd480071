"""A task, and a container of one, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.stopped import why_stopped
from core.events import Subject
from core.model.counts import known
from core.model.ids import SHORT
from core.model.ports import ports_shown
from core.model.tags import tags_told
from core.model.task_definition import PAUSE_CONTAINER
from core.model.task_request import tags_of_task
from core.scheduler.probes import held_by_probe, told_target
from tui.listing.row import Tone
from tui.pages.described.shared import ago, events_table, took
from tui.pages.text import facts, section, table
from tui.views import cells
from tui.views.view import Cell, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.task import Task
    from tui.pages.text import Line
    from tui.world import World


def describe_task(world: World, key: str) -> Iterator[Line]:
    """A task."""
    task = world.state.tasks.get(key)
    if task is None:
        return
    yield from _task_facts(world, task)
    yield from section("Containers")
    used = world.usage(task)
    yield from table(
        ("NAME", "STATUS", "HEALTH", "IMAGE", "PORTS", "EXIT", "CPU", "MEM", "REASON"),
        (
            (
                c.name,
                c.status.value,
                cells.status(c.health),
                c.image,
                ", ".join(
                    ports_shown((b.host_port, b.container_port, b.protocol) for b in c.network_bindings)
                )
                or None,
                c.exit_code,
                *(cells.summed([used[c.name]]) if c.name in used else (None, None)),
                c.reason or None,
            )
            for c in task.containers
            if c.name != PAUSE_CONTAINER
        ),
    )
    mine = (e for e in world.events.values() if e.subject is Subject.TASK and e.name == key)
    yield from events_table(world, mine)


def _task_facts(world: World, task: Task) -> Iterator[Line]:
    instance = world.state.instances.get(task.instance)
    is_known = known(world.state, task)
    yield from facts(
        {
            "Task": Cell(task.id, Tone.KEY),
            "Cluster": task.cluster,
            "Group": task.group,
            "Started by": task.started_by,
            "Task definition": task.definition,
            "Last status": cells.status(task.last_status)
            if is_known
            else Cell(f"unknown, was {task.last_status.value}", Tone.DIM),
            "Desired status": task.desired_status.value,
            "Health": cells.status(task.overall_health),
            "Probe": _probe(world, task),
            "Why": Cell(task.why, Tone.WARN) if task.why else "",
            "Stopped": Cell(why_stopped(task), Tone.WARN) if task.stopped else "",
            "Stop code": task.stop_code.value if task.stop_code else "",
            "Replaced by": task.superseded_by[:SHORT],
            "Host": f"{instance.name} ({instance.url})" if instance else "",
            "Reserved": f"{task.cpu_units} cpu units, {task.memory_mib} MiB",
            "Tags": tags_told(tags_of_task(task).items()),
            "Created": ago(world, task.created_at),
            "Pull": took(task.pull_started_at, task.pull_stopped_at),
            "Started": ago(world, task.started_at),
            "Stopped at": ago(world, task.stopped_at),
        }
    )


def _probe(world: World, task: Task) -> Cell:
    said = task.target_health
    fails = said is not None and (said.failed or held_by_probe(task))
    return foreign(told_target(world.state, task, world.now()), Tone.WARN if fails else Tone.PLAIN)


def describe_container(world: World, key: str) -> Iterator[Line]:
    """A container; the key is `TASK/NAME`."""
    task_id, _, name = key.partition("/")
    task = world.state.tasks.get(task_id)
    container = task.container(name) if task else None
    if task is None or container is None:
        return
    yield from facts(
        {
            "Container": Cell(container.name, Tone.KEY),
            "Task": task.id,
            "Status": container.status.value,
            "Health": cells.status(container.health),
            "Image": container.image,
            "Digest": container.image_digest,
            "Docker id": container.runtime_id,
            "Exit code": "" if container.exit_code is None else str(container.exit_code),
            "Restarts in place": str(container.restart_count) if container.restart_count else "",
            "Out of memory": "yes" if container.oom_killed else "",
            "Reason": container.reason,
            "Started": ago(world, container.started_at),
            "Finished": ago(world, container.finished_at),
        }
    )
    definition = world.state.definitions.get(task.definition)
    asked = next((c for c in definition.containers if c.name == name), None) if definition else None
    if asked is not None:
        yield from section("Environment")
        yield from facts(dict(asked.environment))
