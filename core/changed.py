"""What is to be planned again: the services, schedules, instances and clusters that the rows which changed concern. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.model.cluster import Cluster
from core.model.instance import ContainerInstance, InstanceStatus
from core.model.schedule import Schedule
from core.model.service import Deployment, Service
from core.model.task import Task
from core.scheduler.standing import means_the_same

if TYPE_CHECKING:
    from core.model.state import Row, State
    from core.scheduler.room import Rooms


@dataclass(slots=True)
class Changed:
    """Keys of what is to be planned (again)."""

    services: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)
    clusters: set[str] = field(default_factory=set)
    schedules: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything to plan."""
        return bool(self.services or self.instances or self.clusters or self.schedules)

    def update(self, other: Changed) -> None:
        """Add what another one names."""
        self.services |= other.services
        self.instances |= other.instances
        self.clusters |= other.clusters
        self.schedules |= other.schedules

    def note(self, state: State, rooms: Rooms, old: Row | None, new: Row | None) -> None:
        """Add what a row concerns that is no longer what it was; the room on its instance is to be counted again."""
        for row in (old, new):
            match row:
                case Task():
                    self._task(state, rooms, row)
                case ContainerInstance():
                    self._instance(rooms, row.id)
                    self.clusters.add(row.cluster)
                case Service():
                    self.services.add(row.key)
                    self.clusters.add(row.cluster)
                case Deployment():
                    self.services.add(row.service_key)
                case Schedule():
                    self.schedules.add(row.key)
                case Cluster():
                    self.clusters.add(row.name)
                case _:
                    pass
        if isinstance(new, ContainerInstance) and not (
            isinstance(old, ContainerInstance) and means_the_same(old, new)
        ):
            self.services.update(t.service_key for t in state.tasks_on(new.id) if t.service)
        self._probed_otherwise(state, old, new)
        for row in (old, new):
            if isinstance(row, ContainerInstance) and not _suits_the_same(old, new):
                self.services.update(state.index.daemons_of_cluster[row.cluster])
                self.services.update(state.index.evened_of_cluster[row.cluster])

    def _probed_otherwise(self, state: State, old: Row | None, new: Row | None) -> None:
        """Where tasks are other targets now, while their own rows may be as they were."""
        if isinstance(old, Deployment) and isinstance(new, Deployment) and old.probe != new.probe:
            own = (t for t in state.tasks_of_service(new.service_key) if t.deployment == new.id)
            self.instances.update(t.instance for t in own if t.instance)

    def _task(self, state: State, rooms: Rooms, task: Task) -> None:
        if task.service_key in state.services:
            self.services.add(task.service_key)
        if task.schedule_key in state.schedules:
            self.schedules.add(task.schedule_key)
        self.clusters.add(task.cluster)
        if task.instance:
            self._instance(rooms, task.instance)
            self._daemons_on(state, task)

    def _daemons_on(self, state: State, task: Task) -> None:
        """Whose daemon waits until this task has left a draining instance."""
        instance = state.instances.get(task.instance)
        if instance is not None and instance.status is InstanceStatus.DRAINING:
            self.services.update(state.index.daemons_of_cluster[instance.cluster])

    def _instance(self, rooms: Rooms, instance: str) -> None:
        rooms.forget(instance)
        self.instances.add(instance)


def _suits_the_same(old: Row | None, new: Row | None) -> bool:
    """Whether a DAEMON service may go on as it was planned for an instance's row."""
    if not (isinstance(old, ContainerInstance) and isinstance(new, ContainerInstance)):
        return False
    before, after = (old.cluster, old.attributes, old.marked), (new.cluster, new.attributes, new.marked)
    return before == after and means_the_same(old, new)
