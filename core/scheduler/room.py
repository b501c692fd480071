"""What is left on an instance: derived from its tasks, again whenever one of them changed, never kept as running totals. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.model.task import TaskStatus
from core.model.task_definition import ALL_GPUS

if TYPE_CHECKING:
    from core.model.instance import ContainerInstance
    from core.model.ports import HostPort
    from core.model.state import State
    from core.model.task import Task
    from core.scheduler.query import Subject


def fellows(task: Task) -> str:
    """What a task is spread with: its deployment's tasks, else its group's.

    An older deployment's tasks are on their way out: counted too, they would push a rolling update's tasks all together onto
    the hosts that the old ones are not on.
    """
    return task.deployment or task.group


@dataclass(slots=True)
class Room:
    """An instance with what it has left: everything placed on it and not yet seen gone is charged (invariant 1)."""

    instance: ContainerInstance
    cpu_units: int
    memory_mib: int
    ports: list[HostPort] = field(default_factory=list)
    #: The GPUs that tasks hold.
    gpus_taken: frozenset[str] = frozenset()
    task_count: int = 0
    running_count: int = 0
    #: Tasks by group, the wanted ones: what distinctInstance and the query language look at.
    groups: Counter[str] = field(default_factory=Counter)
    #: The same by what they are spread with (`fellows`).
    spread: Counter[str] = field(default_factory=Counter)
    #: The instance as the query language sees it, made when it is first asked for and again after each charge.
    subject: Subject | None = None
    _values: dict[str, str] = field(default_factory=dict)

    def charge(self, task: Task) -> None:
        """Reserve what a task takes."""
        self.cpu_units -= task.cpu_units
        self.memory_mib -= task.memory_mib
        self.ports.extend(task.ports)
        if task.gpu_count:
            here = task.instance == self.instance.id
            self.gpus_taken |= frozenset(task.gpus if here else self.gpus_for(task.gpu_count))
        self.task_count += 1
        self.running_count += task.last_status is TaskStatus.RUNNING
        if task.wanted:
            self.groups[task.group] += 1
            self.spread[fellows(task)] += 1
        self.subject = None

    def discharge(self, task: Task) -> None:
        """Give back what a task took, all but its ports: of those there may be the same from others."""
        self.cpu_units += task.cpu_units
        self.memory_mib += task.memory_mib
        self.gpus_taken -= frozenset(task.gpus)
        self.task_count -= 1
        self.running_count -= task.last_status is TaskStatus.RUNNING
        if task.wanted:
            self.groups[task.group] -= 1
        self.subject = None

    def copy(self) -> Room:
        """The same room, to be charged for a trial."""
        return replace(self, ports=list(self.ports), groups=self.groups.copy())

    def value(self, attribute: str) -> str:
        """The value of an attribute; empty where it is absent. Remembered: it is asked for with every batch."""
        found = self._values.get(attribute)
        if found is None:
            found = self._values[attribute] = self.instance.attribute(attribute) or ""
        return found

    @property
    def gpus(self) -> tuple[str, ...]:
        """The GPUs that no task holds."""
        return tuple(gpu for gpu in self.instance.gpus if gpu not in self.gpus_taken)

    @property
    def gpus_told(self) -> str:
        """How many GPUs are free, and which, for people; empty where there are none."""
        which = f": {', '.join(self.gpus)}" if self.gpus else ""
        there = len(self.instance.gpus)
        return f"{len(self.gpus)} of {there} free{which}" if there else ""

    def gpus_for(self, count: int) -> tuple[str, ...]:
        """The GPUs that the next task which asks for so many would be given; fewer where there are no more."""
        return self.gpus if count == ALL_GPUS else self.gpus[:count]

    def takes(self, port: HostPort) -> bool:
        """Whether a host port is free here."""
        return not any(port.clashes(taken) for taken in self.ports)


def room_on(state: State, instance: ContainerInstance) -> Room:
    """Count an instance's room afresh."""
    room = Room(
        instance,
        instance.cpu_units,
        instance.memory_mib,
        [*instance.reserved_ports, *instance.foreign_ports],
    )
    for task in state.tasks_on(instance.id):
        room.charge(task)
    return room


class Rooms:
    """The rooms of all instances, each counted when it is first asked for after a change."""

    def __init__(self, state: State) -> None:
        """Count nothing yet."""
        self._state = state
        self._rooms: dict[str, Room] = {}

    def __getitem__(self, instance: str) -> Room:
        """The room on an instance."""
        room = self._rooms.get(instance)
        if room is None:
            room = self._rooms[instance] = room_on(self._state, self._state.instances[instance])
        return room

    def forget(self, instance: str) -> None:
        """Something on an instance changed."""
        self._rooms.pop(instance, None)

    def clear(self) -> None:
        """Count everything afresh."""
        self._rooms.clear()
