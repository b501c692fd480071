"""Revisions of task definitions in stories: the operator ends some, and the checker holds what ECS says of those that go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action, Verdict
from core.model.ids import last_part
from core.model.service import Deployment, Service
from core.model.state import Kind
from core.model.tags import CLUSTER_NAME_TAG, SERVICE_NAME_TAG, PropagateTags
from core.model.task import Task
from core.model.task_definition import TaskDefinition
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.engine import Turn
    from core.model.state import Row
    from core.sim.world import Rows, World

Json = dict[str, Any]


class Ending:
    """The operator's part: revisions are deregistered and deleted, mostly such as a newer one follows."""

    def __init__(self, world: World, chance: Random, register: Callable[[str], None]) -> None:
        """Nothing is asked yet. `register` registers another revision of a family."""
        self._world: Final = world
        self._chance: Final = chance
        self._register: Final = register

    def habits(self) -> list[tuple[Callable[[], None], int]]:
        """What is done, and how often against the operator's other habits."""
        return [(self._end, 3)]

    def _end(self) -> None:
        active = [d for d in self._world.disk.definitions() if d.active]
        latest = {d.family: d.name for d in active}
        older = [d for d in active if d.name != latest[d.family]]
        if not older or self._chance.random() < 0.4:
            # The family's highest number goes: the next one must be another all the same.
            older = active
            again_after_s = self._chance.uniform(100.0, 250.0)
        else:
            again_after_s = None
        if not older:
            return
        ended = self._chance.choice(older)
        self._world.submit(Action.DEREGISTER_TASK_DEFINITION, {"taskDefinition": ended.name})
        self._world.submit(Action.DELETE_TASK_DEFINITIONS, {"taskDefinitions": [ended.name]})
        if again_after_s is not None:
            self._world.timeline.after(again_after_s, lambda: self._register(ended.family))


def tags(chance: Random) -> list[Json]:
    """A definition's, or a service's."""
    return [{"key": "team", "value": chance.choice(("shop", "blog"))}] if chance.random() < 0.5 else []


def propagation(chance: Random) -> Json:
    """What a service says of its tasks' tags."""
    return {
        "propagateTags": chance.choice(tuple(PropagateTags)).value,
        "enableECSManagedTags": chance.random() < 0.5,
    }


class Revisions:
    """The checker's part: no number comes twice, nothing goes that is used, and a task's tags are what was asked."""

    def __init__(self, world: World) -> None:
        """None is registered yet."""
        self._world: Final = world
        self._disk: Final = world.disk
        self._registered: Final[set[str]] = set()
        self._deleted: Final[set[str]] = set()

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check what a commit says of revisions, and of whoever uses them."""
        for answer in turn.changes.answers:
            deletes = self._disk.commands[answer.command_id].action == Action.DELETE_TASK_DEFINITIONS
            if deletes and answer.verdict is Verdict.ACCEPTED:
                shown = json.loads(answer.output)["taskDefinitions"]
                self._deleted.update(last_part(definition["taskDefinitionArn"]) for definition in shown)
        for row in turn.changes.rows:
            old = before.get(_place(row))
            if isinstance(row, TaskDefinition) and old is None:
                demand(row.name not in self._registered, "a revision's number came twice", row.name)
                self._registered.add(row.name)
            elif isinstance(row, Task) and old is None:
                self._check_new(row, before)
        for key in turn.changes.deleted:
            gone = before.get(key)
            if isinstance(gone, TaskDefinition):
                demand(gone.name in self._deleted, "a revision went that nobody deleted", gone.name)
                used = [row.key for row in self._disk.rows.values() if _uses(row, gone.name)]
                demand(not used, "a revision went that is used", gone.name, used)
                self._world.count("a deleted revision is gone")

        kept = [d.name for d in self._disk.definitions() if d.name in self._deleted and not d.leaving]
        demand(not kept, "a revision was deleted and is offered", kept)

    def _check_new(self, task: Task, before: Rows) -> None:
        definition = before.get((Kind.DEFINITION, task.definition))
        there = self._disk.rows.get((Kind.DEFINITION, task.definition))
        demand(there is not None, "a task has no definition", task.id, task.definition)
        if not task.service:
            deleted = isinstance(definition, TaskDefinition) and definition.leaving
            demand(not deleted, "a deleted revision was run", task.id, task.definition)
        service = self._disk.service(task.service_key)
        if service is None or not isinstance(there, TaskDefinition):
            return
        wanted = {
            PropagateTags.NONE: (),
            PropagateTags.SERVICE: service.tags,
            PropagateTags.TASK_DEFINITION: there.tags,
        }[service.propagate_tags]
        managed = {CLUSTER_NAME_TAG: task.cluster, SERVICE_NAME_TAG: task.service}
        expected = dict(wanted) | (managed if service.managed_tags else {})
        demand(dict(task.propagated_tags) == expected, "a task has other tags", task.id, task.propagated_tags)
        if expected:
            self._world.count("a task was tagged")


def _uses(row: Row, name: str) -> bool:
    return isinstance(row, (Task, Deployment, Service)) and row.definition == name


def _place(row: Row) -> tuple[Kind, str]:
    kind = Kind.DEFINITION if isinstance(row, TaskDefinition) else Kind.TASK
    return kind, row.key
