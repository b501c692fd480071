"""Which containers a task has, and where they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.errors import HostError
from core.model.ids import SHORT
from core.model.names import container_name
from core.model.task import ContainerStatus
from core.model.task_definition import PAUSE_CONTAINER

if TYPE_CHECKING:
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task import Task

_TO_COME: Final = frozenset({ContainerStatus.PENDING, ContainerStatus.CREATED})


@dataclass(frozen=True, slots=True)
class Place:
    """One container of one task, and the instance it is on. `label` tells it from others on a screen."""

    instance: ContainerInstance
    task: str
    container: str
    name_on_host: str
    #: Whether it may be restarted in place.
    restarts: bool = False
    #: The name on its host of the container whose network it has, where that is not its own (awsvpc).
    address_of: str = ""
    #: When it was last started, and ended; None where it wasn't. It stays the same place meanwhile.
    started_at: float | None = field(default=None, compare=False)
    ended_at: float | None = field(default=None, compare=False)
    #: It was never started, and is still to be.
    awaited: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        """`web/3f2a91c0`."""
        return f"{self.container}/{self.task[:SHORT]}"


def places(state: State, task: Task, container: str | None = None) -> list[Place]:
    """The containers of a task that was placed; one of them where it is named. Raises HostError."""
    instance = state.instances.get(task.instance)
    if instance is None:
        where = "its instance is gone" if task.instance else "it has no instance yet"
        raise HostError(f"task {task.id[:SHORT]} has no containers to reach: {where}")
    by_name = {container.name: container for container in task.containers}
    own = [name for name in by_name if name != PAUSE_CONTAINER]
    if container is not None and container not in own:
        raise HostError(f"task {task.id[:SHORT]} has no container {container}; it has {', '.join(own)}")
    wanted = own if container is None else [container]
    definition = state.definitions.get(task.definition)
    asked = definition.containers if definition is not None else ()
    restarted = {each.name for each in asked if each.restart_policy is not None}
    shared = container_name(task, PAUSE_CONTAINER) if PAUSE_CONTAINER in by_name else ""
    return [
        Place(
            instance,
            task.id,
            name,
            container_name(task, name),
            name in restarted,
            shared,
            by_name[name].started_at,
            by_name[name].finished_at,
            awaited=task.wanted and by_name[name].started_at is None and by_name[name].status in _TO_COME,
        )
        for name in wanted
    ]
