"""The planner alone: placing tasks on many instances, against one scan of all instances for each task."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, timed
from core.model.task import TaskStatus
from core.record import replace
from core.scheduler.filters import refusal
from core.scheduler.need import Need
from core.scheduler.placement import place
from core.scheduler.room import Room
from tests.core.builders import instance, task

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTANCES: Final = 1000
TASKS: Final = 10_000
SCANNED: Final = 50


def measure() -> Iterator[Figure]:
    """Seconds for each task, so that the slower way need not be run to its end."""
    need = Need("service:web", cpu_units=16, memory_mib=32)
    like = replace(task("t", TaskStatus.PROVISIONING, on=""), cpu_units=16, memory_mib=32)
    tasks = [replace(like, id=f"{i:06}") for i in range(TASKS)]
    ours_s = timed(lambda: place(tasks, need, _rooms(), Random(1))) / TASKS
    rooms = _rooms()

    def scan() -> None:
        for one in tasks[:SCANNED]:
            fits = [room for room in rooms if refusal(room, need) is None]
            min(fits, key=lambda room: (room.groups["service:web"], room.instance.id)).charge(one)

    theirs_s = timed(scan) / SCANNED
    yield Figure(
        f"place a task, {INSTANCES} instances",
        ours_s,
        "a scan for each task",
        theirs_s,
        "≥ 50 × faster",
        inverse=True,
    )


def _rooms() -> list[Room]:
    made = [instance(f"{i:04}", cpu_units=16_384, memory_mib=65_536) for i in range(INSTANCES)]
    return [Room(one, one.cpu_units, one.memory_mib) for one in made]
