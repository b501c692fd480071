"""Where tasks of stories may be, by a count of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.sim.config_file import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.service import PlacementConstraint
    from core.model.task import Task
    from core.sim.machine import Machine
    from core.sim.world import World


def in_zone(constraints: Iterable[PlacementConstraint], machine: Machine) -> bool:
    """Whether a machine meets the expressions that operators of stories write."""
    zone = machine.name[-1]
    meets = {"": True, "attribute:zone in [1, 2, 3]": zone in "123", "attribute:zone != 1": zone != "1"}
    return all(meets[constraint.expression] for constraint in constraints)


def in_group(task: Task, machine: Machine) -> bool:
    """Whether a machine is one of the task's capacity provider."""
    return not task.capacity_provider or machine.name[-1] in GROUPS[task.capacity_provider]


def on_lost(world: World, task: Task) -> bool:
    """Whether nobody can know what became of a task."""
    return world.disk.is_lost(task.instance)
