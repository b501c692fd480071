"""The store of a simulated engine: what is on disk survives the engine, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import StoreError
from core.model.instance import Connectivity, ContainerInstance
from core.model.schedule import Schedule
from core.model.service import Deployment, Service
from core.model.state import Kind, State, kind_of
from core.model.task import Task
from core.model.task_definition import TaskDefinition

if TYPE_CHECKING:
    from core.commands import Answer, Command
    from core.model.state import Changes, Row


class Disk:
    """Rows, commands and answers, as far as they were committed."""

    def __init__(self) -> None:
        """Empty, and with room."""
        self.rows: dict[tuple[Kind, str], Row] = {}
        self.commands: dict[str, Command] = {}
        self.answers: dict[str, Answer] = {}
        self.full = False

    def submit(self, command: Command) -> None:
        """A client writes a command."""
        self.commands[command.id] = command

    def pending(self) -> list[Command]:
        """Commands without an answer, the oldest first."""
        return [c for c in self.commands.values() if c.id not in self.answers]

    def commit(self, changes: Changes) -> None:
        """Write a turn as a whole. Raises StoreError, writing nothing, while the disk is full."""
        if self.full:
            raise StoreError("database or disk is full")
        for row in changes.rows:
            self.rows[kind_of(row), row.key] = row
        for kind, key in changes.deleted:
            del self.rows[kind, key]
        for answer in changes.answers:
            self.answers[answer.command_id] = answer

    def load(self) -> State:
        """The state as a new engine reads it."""
        return State(self.rows.values())

    # -- reading ----------------------------------------------------------------------------------------------------

    def tasks(self) -> list[Task]:
        """All tasks."""
        return [row for row in self.rows.values() if isinstance(row, Task)]

    def task(self, key: str) -> Task | None:
        """One task."""
        row = self.rows.get((Kind.TASK, key))
        return row if isinstance(row, Task) else None

    def instances(self) -> list[ContainerInstance]:
        """All container instances, by name."""
        found = (row for row in self.rows.values() if isinstance(row, ContainerInstance))
        return sorted(found, key=lambda instance: instance.name)

    def instance(self, key: str) -> ContainerInstance | None:
        """One container instance."""
        row = self.rows.get((Kind.INSTANCE, key))
        return row if isinstance(row, ContainerInstance) else None

    def services(self) -> list[Service]:
        """All services, by name."""
        found = (row for row in self.rows.values() if isinstance(row, Service))
        return sorted(found, key=lambda service: service.name)

    def service(self, key: str) -> Service | None:
        """One service."""
        row = self.rows.get((Kind.SERVICE, key))
        return row if isinstance(row, Service) else None

    def deployments(self) -> list[Deployment]:
        """All deployments."""
        return [row for row in self.rows.values() if isinstance(row, Deployment)]

    def deployment(self, key: str) -> Deployment | None:
        """One deployment."""
        row = self.rows.get((Kind.DEPLOYMENT, key))
        return row if isinstance(row, Deployment) else None

    def definitions(self) -> list[TaskDefinition]:
        """All revisions, by family and number."""
        found = (row for row in self.rows.values() if isinstance(row, TaskDefinition))
        return sorted(found, key=lambda definition: (definition.family, definition.revision))

    def schedules(self) -> list[Schedule]:
        """All schedules, by name."""
        found = (row for row in self.rows.values() if isinstance(row, Schedule))
        return sorted(found, key=lambda schedule: schedule.name)

    def is_lost(self, instance: str) -> bool:
        """Whether an instance is given up."""
        row = self.instance(instance)
        return row is not None and row.connectivity is Connectivity.LOST

    def answers_now(self, instance: str) -> bool:
        """Whether an instance is taken to answer."""
        row = self.instance(instance)
        return row is not None and row.connectivity in {Connectivity.CONNECTED, Connectivity.RETURNING}
