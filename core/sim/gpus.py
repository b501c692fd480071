"""What is demanded of GPUs, by a count of our own: no two tasks hold the same one, and each has as many as it asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.commands import Action, Verdict
from core.model.ids import last_part
from core.model.task_definition import ALL_GPUS
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.engine import Turn
    from core.model.task import Task
    from core.sim.disk import Disk
    from core.sim.machine import Machine
    from core.sim.world import World


class Overridden:
    """Holds runs to the GPUs that their overrides ask for."""

    def __init__(self, disk: Disk) -> None:
        """Nothing is asked yet."""
        self._disk: Final = disk

    def committed(self, turn: Turn) -> None:
        """Check the tasks of the runs that a turn accepted."""
        for answer in turn.changes.answers:
            command = self._disk.commands[answer.command_id]
            if command.action != Action.RUN_TASK or answer.verdict is not Verdict.ACCEPTED:
                continue
            overrides = json.loads(command.input).get("overrides", {}).get("containerOverrides", ())
            for wanted in (override["resourceRequirements"][0]["value"] for override in overrides):
                for shown in json.loads(answer.output)["tasks"]:
                    task = self._disk.task(last_part(shown["taskArn"]))
                    held = task is None or _has(task.gpu_count, wanted)
                    demand(held, "a run has other GPUs than its overrides say", task, wanted)


def _has(count: int, wanted: str) -> bool:
    """Whether a task asks for no fewer GPUs than one of its containers."""
    return count == ALL_GPUS or (wanted != "ALL" and count >= int(wanted))


def check_gpus(world: World, task: Task, gpus: Sequence[str], there: Iterable[Task]) -> None:
    """A task was placed on an instance with these GPUs, beside others."""
    held = [gpu for t in there for gpu in t.gpus]
    demand(len(held) == len(set(held)), "a GPU is given twice", task.id, sorted(held))
    wanted = _wanted(task, gpus)
    demand(
        len(task.gpus) == wanted and set(task.gpus) <= set(gpus), "a task lacks its GPUs", task.id, task.gpus
    )
    if wanted:
        world.count("a task has GPUs")


def has_gpus_for(task: Task, machine: Machine, there: Iterable[Task]) -> bool:
    """Whether a machine has the GPUs that a task asks for, beside those that hold some or wait for that machine alone."""
    left = len(machine.gpus) - sum(len(t.gpus) or _wanted(t, machine.gpus) for t in there)
    return not task.gpu_count or (bool(machine.gpus) and left >= _wanted(task, machine.gpus))


def _wanted(task: Task, gpus: Sequence[str]) -> int:
    return len(gpus) if task.gpu_count == ALL_GPUS else task.gpu_count
