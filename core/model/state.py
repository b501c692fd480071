"""The state: every row by kind and key, with its indexes, changed in a turn and kept or undone as a whole.

The engine alone writes it. A turn's changes are gathered as they are made; when they are on disk the engine keeps them,
and when the commit fails it undoes them and plays the same inputs again. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from core.commands import Answer
from core.events import Event
from core.model.cluster import Cluster
from core.model.family import Family
from core.model.instance import Connectivity, ContainerInstance
from core.model.schedule import Schedule
from core.model.service import Deployment, DeploymentStatus, Service, ServiceStatus
from core.model.task import StopCode, Task
from core.model.task_definition import TaskDefinition
from core.record import Record, replace

Row = Cluster | ContainerInstance | TaskDefinition | Service | Deployment | Task | Schedule | Family


class Kind(StrEnum):
    """The kinds of rows, and the names of their tables."""

    CLUSTER = "clusters"
    INSTANCE = "instances"
    DEFINITION = "definitions"
    SERVICE = "services"
    DEPLOYMENT = "deployments"
    TASK = "tasks"
    SCHEDULE = "schedules"
    FAMILY = "families"


ROW_TYPES: Final[Mapping[Kind, type[Row]]] = MappingProxyType(
    {
        Kind.CLUSTER: Cluster,
        Kind.INSTANCE: ContainerInstance,
        Kind.DEFINITION: TaskDefinition,
        Kind.SERVICE: Service,
        Kind.DEPLOYMENT: Deployment,
        Kind.TASK: Task,
        Kind.SCHEDULE: Schedule,
        Kind.FAMILY: Family,
    }
)
_KIND_OF: Final[Mapping[type[Row], Kind]] = MappingProxyType({row: kind for kind, row in ROW_TYPES.items()})


def kind_of(row: Row) -> Kind:
    """The kind a row is of."""
    return _KIND_OF[type(row)]


class Changes(Record):
    """What one commit writes: rows as they are now, keys that went, and what is only ever added."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    events: tuple[Event, ...] = ()
    answers: tuple[Answer, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.rows or self.deleted or self.events or self.answers)

    def touch(self, kind: Kind) -> bool:
        """Whether rows of a kind are among them."""
        table = ROW_TYPES[kind]
        return any(isinstance(row, table) for row in self.rows) or any(
            gone is kind for gone, _ in self.deleted
        )


class Index:
    """Keys of rows grouped by what they have in common; a group is read in sorted order by those who decide."""

    __slots__ = ("_groups",)

    def __init__(self) -> None:
        """Start empty."""
        # Of a hundred keys a set takes three times the memory of a dict.
        self._groups: dict[str, dict[str, None]] = {}

    def add(self, group: str, key: str) -> None:
        """Put a key into a group; the empty group is kept nowhere."""
        if not group:
            return
        members = self._groups.get(group)
        if members is None:
            self._groups[group] = {key: None}
        else:
            members[key] = None

    def discard(self, group: str, key: str) -> None:
        """Take a key out of a group."""
        members = self._groups.get(group)
        if members is not None:
            members.pop(key, None)
            if not members:
                del self._groups[group]

    def __getitem__(self, group: str) -> Collection[str]:
        """The keys of a group, not to be kept beyond the turn."""
        return self._groups.get(group, ())

    def all(self) -> list[str]:
        """The keys of all groups, sorted."""
        return sorted(key for members in self._groups.values() for key in members)


@dataclass(slots=True)
class _Indexes:
    """Which rows belong together."""

    instances_of_cluster: Index = field(default_factory=Index)
    #: RETURNING instances: each turn asks whether one may be let in.
    returning_of_cluster: Index = field(default_factory=Index)
    services_of_cluster: Index = field(default_factory=Index)
    #: DAEMON services: what happens to any instance of their cluster concerns them.
    daemons_of_cluster: Index = field(default_factory=Index)
    #: Services that are always evened out: so does what happens to an instance.
    evened_of_cluster: Index = field(default_factory=Index)
    #: Deployments whose tasks are probed: where there is none, no instance is asked what is to be probed on it.
    probed_of_cluster: Index = field(default_factory=Index)
    revisions_of_family: Index = field(default_factory=Index)
    deployments_of_service: Index = field(default_factory=Index)
    #: Tasks that have not stopped.
    tasks_of_service: Index = field(default_factory=Index)
    tasks_of_instance: Index = field(default_factory=Index)
    tasks_of_cluster: Index = field(default_factory=Index)
    tasks_of_schedule: Index = field(default_factory=Index)
    #: Not stopped, on no instance yet, by cluster.
    unplaced_of_cluster: Index = field(default_factory=Index)
    #: Not stopped, and not simply running: what each look at their instance is about.
    unsettled_of_instance: Index = field(default_factory=Index)
    #: Stopped, by instance: their containers are still to be cleaned away.
    stopped_of_instance: Index = field(default_factory=Index)
    #: Tasks that stopped because they could not be started, by deployment.
    failed_starts_of_deployment: Index = field(default_factory=Index)
    schedules_of_cluster: Index = field(default_factory=Index)

    def entries(self, row: Row) -> Iterator[tuple[Index, str]]:
        # Tasks first: there are a hundred times more of them than of all the others.
        match row:
            case Task() if row.stopped:
                yield self.stopped_of_instance, row.instance
                if row.deployment and row.stop_code is StopCode.TASK_FAILED_TO_START:
                    yield self.failed_starts_of_deployment, row.deployment
            case Task():
                yield self.tasks_of_service, row.service_key
                yield self.tasks_of_instance, row.instance
                yield self.tasks_of_cluster, row.cluster
                yield self.tasks_of_schedule, row.schedule_key
                if not row.instance:
                    yield self.unplaced_of_cluster, row.cluster
                elif not row.settled:
                    yield self.unsettled_of_instance, row.instance
            case ContainerInstance():
                yield from self._of_instance(row)
            case Service():
                yield from self._of_service(row)
            case TaskDefinition():
                yield self.revisions_of_family, row.family
            case Deployment():
                yield self.deployments_of_service, row.service_key
                if row.probe is not None and row.status is not DeploymentStatus.INACTIVE:
                    yield self.probed_of_cluster, row.cluster
            case Schedule():
                yield self.schedules_of_cluster, row.cluster
            case Cluster() | Family():
                pass

    def _of_instance(self, row: ContainerInstance) -> Iterator[tuple[Index, str]]:
        yield self.instances_of_cluster, row.cluster
        if row.connectivity is Connectivity.RETURNING:
            yield self.returning_of_cluster, row.cluster

    def _of_service(self, row: Service) -> Iterator[tuple[Index, str]]:
        yield self.services_of_cluster, row.cluster
        if row.status is ServiceStatus.INACTIVE:
            return
        if row.daemon:
            yield self.daemons_of_cluster, row.cluster
        if row.zone_rebalancing:
            yield self.evened_of_cluster, row.cluster


class State:
    """All rows. `put` and `delete` change it at once and remember what was; `keep` or `undo` ends the turn."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Start with these rows, each of a key of its own."""
        self.clusters: dict[str, Cluster] = {}
        self.instances: dict[str, ContainerInstance] = {}
        self.definitions: dict[str, TaskDefinition] = {}
        self.services: dict[str, Service] = {}
        self.deployments: dict[str, Deployment] = {}
        self.tasks: dict[str, Task] = {}
        self.schedules: dict[str, Schedule] = {}
        self.families: dict[str, Family] = {}
        self.index: Final = _Indexes()
        self._tables: Final[Mapping[Kind, dict[str, Any]]] = MappingProxyType(
            {
                Kind.CLUSTER: self.clusters,
                Kind.INSTANCE: self.instances,
                Kind.DEFINITION: self.definitions,
                Kind.SERVICE: self.services,
                Kind.DEPLOYMENT: self.deployments,
                Kind.TASK: self.tasks,
                Kind.SCHEDULE: self.schedules,
                Kind.FAMILY: self.families,
            }
        )
        #: The rows this turn changed, as they were before it (None: not there).
        self._before: dict[tuple[Kind, str], Row | None] = {}
        #: The same keys with the rows as they were, gathered anew after each look: what the planner has not seen yet.
        self._fresh: dict[tuple[Kind, str], Row | None] = {}
        self._events: list[Event] = []
        self._answers: list[Answer] = []
        for row in rows:
            self._tables[_KIND_OF[type(row)]][row.key] = row
            self._reindex(None, row)

    # -- changing -----------------------------------------------------------------------------------------------

    def put(self, row: Row) -> None:
        """Add a row or replace the one of its key; an equal row changes nothing.

        An instance's version rises by one with every change, whatever version the given row has (ECS).
        """
        known = self.instances.get(row.key) if isinstance(row, ContainerInstance) else None
        if isinstance(row, ContainerInstance) and known is not None:
            unchanged = replace(row, version=known.version) == known
            row = known if unchanged else replace(row, version=known.version + 1)
        self.adopt(row)

    def adopt(self, row: Row) -> None:
        """Take a row over as the store has it."""
        kind = kind_of(row)
        table = self._tables[kind]
        old = table.get(row.key)
        if old is row or old == row:
            return
        self._before.setdefault((kind, row.key), old)
        self._fresh.setdefault((kind, row.key), old)
        self._reindex(old, row)
        table[row.key] = row

    def delete(self, row: Row) -> None:
        """Take a row away."""
        kind = kind_of(row)
        old = self._tables[kind].pop(row.key)
        self._before.setdefault((kind, row.key), old)
        self._fresh.setdefault((kind, row.key), old)
        self._reindex(old, None)

    def say(self, event: Event) -> None:
        """Add an event."""
        self._events.append(event)

    def answer(self, answer: Answer) -> None:
        """Answer a command; a later answer to the same command in this turn replaces the earlier."""
        self._answers = [a for a in self._answers if a.command_id != answer.command_id]
        self._answers.append(answer)

    def answered(self, command_id: str) -> Answer | None:
        """What this turn answered to a command so far."""
        return next((a for a in self._answers if a.command_id == command_id), None)

    # -- a turn's end -------------------------------------------------------------------------------------------

    def take_fresh(self) -> list[tuple[Row | None, Row | None]]:
        """The rows changed since this was last asked, as they were and as they are."""
        fresh, self._fresh = self._fresh, {}
        return [(old, self._tables[kind].get(key)) for (kind, key), old in fresh.items()]

    def changes(self) -> Changes:
        """What this turn has to write."""
        rows: list[Row] = []
        deleted: list[tuple[Kind, str]] = []
        for (kind, key), old in self._before.items():
            now = self._tables[kind].get(key)
            if now is None:
                if old is not None:
                    deleted.append((kind, key))
            elif now != old:
                rows.append(now)
        return Changes(tuple(rows), tuple(deleted), tuple(self._events), tuple(self._answers))

    def keep(self) -> None:
        """The changes are on disk: forget what was."""
        self._before.clear()
        self._fresh.clear()
        self._events = []
        self._answers = []

    def undo(self) -> None:
        """The changes could not be written: be as the turn found it."""
        for (kind, key), old in self._before.items():
            table = self._tables[kind]
            self._reindex(table.get(key), old)
            if old is None:
                table.pop(key, None)
            else:
                table[key] = old
        self.keep()

    def _reindex(self, old: Row | None, new: Row | None) -> None:
        before = tuple(self.index.entries(old)) if old is not None else ()
        after = tuple(self.index.entries(new)) if new is not None else ()
        if before == after:
            # As nearly always: a row that changes stays among the same others.
            return
        if old is not None:
            for index, group in before:
                index.discard(group, old.key)
        if new is not None:
            for index, group in after:
                index.add(group, new.key)

    # -- reading ------------------------------------------------------------------------------------------------

    def tasks_of_service(self, service_key: str) -> list[Task]:
        """The service's tasks that have not stopped, by id."""
        return [self.tasks[key] for key in sorted(self.index.tasks_of_service[service_key])]

    def tasks_of_schedule(self, schedule_key: str) -> list[Task]:
        """The tasks of a schedule's runs that have not stopped, by id."""
        return [self.tasks[key] for key in sorted(self.index.tasks_of_schedule[schedule_key])]

    def tasks_on(self, instance: str) -> list[Task]:
        """The tasks placed on an instance that have not stopped, by id."""
        return [self.tasks[key] for key in sorted(self.index.tasks_of_instance[instance])]

    def instances_of(self, cluster: str) -> list[ContainerInstance]:
        """The cluster's instances, by id."""
        return [self.instances[key] for key in sorted(self.index.instances_of_cluster[cluster])]

    def instance_named(self, cluster: str, name: str) -> ContainerInstance | None:
        """The cluster's instance of that name or id."""
        for instance in self.instances_of(cluster):
            if name in {instance.name, instance.id}:
                return instance
        return None

    def deployments_of(self, service_key: str) -> list[Deployment]:
        """The service's deployments: the PRIMARY one, then what was before it."""
        return sorted(self._deployments_of(service_key), key=lambda d: (-d.primary_at, d.id))

    def primary_of(self, service_key: str) -> Deployment | None:
        """The service's PRIMARY deployment; None of a service that isn't there."""
        found = self._deployments_of(service_key)
        return next((d for d in found if d.status is DeploymentStatus.PRIMARY), None)

    def latest_definition(self, family: str) -> TaskDefinition | None:
        """The family's highest ACTIVE revision (what ECS takes when no revision is named)."""
        found = [self.definitions[key] for key in self.index.revisions_of_family[family]]
        active = [d for d in found if d.active]
        return max(active, key=lambda d: d.revision, default=None)

    def _deployments_of(self, service_key: str) -> list[Deployment]:
        return [self.deployments[key] for key in self.index.deployments_of_service[service_key]]
