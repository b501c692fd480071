"""The safety invariants, judged after every step by the rows on disk and by what really runs on the machines.

Nothing here uses the scheduler's own sums, standings or limits: who measures with the measured one's ruler finds nothing.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from core.actions import (
    MarkHost,
)
from core.commands import Action as CommandAction
from core.commands import Command
from core.ecs import describe_task
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.probe import TargetState
from core.model.service import Deployment, ServiceStatus
from core.model.state import Kind, kind_of
from core.model.task import ContainerStatus, DesiredStatus, Health, StopCode, Task, TaskStatus
from core.reports import HostReport, Outcome, Result, Utilisation
from core.sim import daemons
from core.sim.daemons import is_daemon
from core.sim.deeds import Deeds
from core.sim.gpus import Overridden, check_gpus
from core.sim.groups import Shared
from core.sim.hearing import Hearing
from core.sim.leaving import Leaving
from core.sim.machine import INSTALLATION
from core.sim.probed import Probed
from core.sim.promises import Promises
from core.sim.restarts import check_restarts
from core.sim.revisions import Revisions
from core.sim.rollouts import Rollouts
from core.sim.scaling import Scaling
from core.sim.schedules import Occasions
from core.sim.violation import demand
from core.sim.world import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.actions import Action
    from core.engine import Turn
    from core.fold.config import Declared
    from core.model.probe import Target
    from core.model.state import Row
    from core.reports import ProbeResult
    from core.sim.machine import Machine
    from core.sim.world import Rows, World

_ORDER: Final = ("PROVISIONING", "PENDING", "RUNNING", "STOPPING", "STOPPED")
_OVER: Final = ContainerStatus.STOPPED
_OURS_TO_STOP: Final = frozenset({StopCode.SERVICE_SCHEDULER_INITIATED, StopCode.INFRASTRUCTURE_HEALTH})


class Checker(Watcher):
    """Listens to a world and raises Violation."""

    def __init__(self, world: World) -> None:
        """Nothing happened yet."""
        self._world: Final = world
        self._disk: Final = world.disk
        self._hearing: Final = Hearing(world)
        self._promises: Final = Promises()
        self._probed: Final = Probed(world)
        self._leaving: Final = Leaving(world, self._hearing)
        self._occasions: Final = Occasions(world)
        self._scaling: Final = Scaling(world)
        self._rollouts: Final = Rollouts(world)
        self._revisions: Final = Revisions(world)
        self._shared: Final = Shared(world)
        self._overridden: Final = Overridden(world.disk)
        #: What the instance had when a task was placed there: cpu units, MiB. It may have become a smaller one since.
        self._had: Final[dict[str, tuple[int, int]]] = {}
        self._deeds: Final = Deeds(world, self._hearing, self._leaving, self._had)

    def started(self) -> None:
        """An engine started: it knows nothing of what another one sent."""
        self._hearing.started()
        self._deeds.started()
        self._scaling.started()

    def turning(self) -> None:
        """A turn begins."""
        self._hearing.turning()
        self._leaving.turning()

    def told(self, word: HostReport | Outcome | Utilisation | Declared | Command) -> None:
        """The engine is told of a look, of the end of an action, of what is used, of the config or of a command."""
        match word:
            case Utilisation():
                self._scaling.told(word)
            case Outcome():
                self._deeds.told(word)
                self._leaving.told(word)
                if isinstance(word.action, MarkHost) and word.result is Result.DONE:
                    self._hearing.marked(word.instance, word.finished_at)
            case HostReport():
                self._hearing.take(word)
            case Command() if word.action == CommandAction.ACCEPT_INSTANCE:
                self._hearing.accepted(json.loads(word.input)["containerInstance"])
            case _:
                self._leaving.told(word)

    def probed(self, target: Target, result: ProbeResult) -> None:
        """A target was checked."""
        self._probed.take(target, result)

    def taken_away(self, task: str, container: str) -> None:
        """Somebody else removed a container."""
        self._deeds.taken_away(task, container)

    def dispatching(self, instance: str, action: Action) -> None:
        """An action leaves."""
        self._deeds.dispatching(instance, action)

    def carried_out(self, machine: Machine, outcome: Outcome) -> None:
        """An action was carried out on a machine, whether the engine hears of it or not."""
        self._deeds.carried_out(machine, outcome)

    # -- a commit ---------------------------------------------------------------------------------------------------

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check everything that a turn changed."""
        self._hearing.note_cut_off(before)
        self._check_store()
        declared = self._promises.take(self._disk, turn.changes.answers)
        for moved in self._scaling.committed(turn, before):
            self._promises.moved(moved)
        self._probed.committed(turn.changes.rows)
        services: set[str] = set()
        for row in turn.changes.rows:
            old = before.get((kind_of(row), row.key))
            if isinstance(row, Task):
                self._check_task(old if isinstance(old, Task) else None, row)
                services.add(row.service_key)
            elif isinstance(row, ContainerInstance) and isinstance(old, ContainerInstance):
                self._check_instance(old, row, declared=row.id in declared)
            elif isinstance(row, Deployment) and isinstance(old, Deployment):
                self._count_rollout(old, row)
        for key in turn.changes.deleted:
            gone = before.get(key)
            if isinstance(gone, Task):
                ended = gone.last_status is TaskStatus.STOPPED or not gone.instance
                demand(ended, "a task that had not stopped was forgotten", gone.id)
        for service in sorted(services - {""}):
            self._check_bounds(service, turn.changes.rows, before)
        self._leaving.committed(turn, before)
        self._rollouts.committed(turn, before)
        for over in self._occasions.committed(turn.changes.rows, turn.changes.deleted, before):
            self._promises.over(over)
        self._revisions.committed(turn, before)
        self._shared.committed(turn, before)
        self._overridden.committed(turn)
        broken = self._promises.broken(self._disk)
        demand(not broken, "an accepted command is lost", broken)

    def _check_store(self) -> None:
        """What the engine believes is what is on disk."""
        if self._world.process is None:
            return
        state = self._world.process.engine.state
        tables = (
            state.clusters,
            state.instances,
            state.definitions,
            state.services,
            state.deployments,
            state.tasks,
            state.schedules,
            state.families,
        )
        believed = [row for table in tables for row in table.values()]
        rows = self._disk.rows
        same = len(believed) == len(rows) and all(rows.get((kind_of(r), r.key)) == r for r in believed)
        demand(same, "the state is not what is on disk")

    def _check_task(self, old: Task | None, task: Task) -> None:
        was = TaskStatus.PROVISIONING if old is None else old.last_status
        if old is not None:
            forward = _ORDER.index(task.last_status) >= _ORDER.index(was)
            demand(forward, "a status went back", task.id, was, task.last_status)
            withdrawn = old.desired_status is DesiredStatus.STOPPED is not task.desired_status
            demand(not withdrawn, "desired STOPPED was withdrawn", task.id)
            demand(old.instance in {"", task.instance}, "a task moved", task.id)
            check_restarts(self._world, old, task)
            self._probed.check(old, task)
            if was is not task.last_status:
                self._world.count(f"{was} -> {task.last_status}")
            self._check_protected(old, task)
        if task.why.startswith("waits while") and (old is None or old.why != task.why):
            self._world.count("work waits for its turn")
        if task.instance and (old is None or not old.instance):
            self._check_placed(task)
        if task.last_status is TaskStatus.STOPPED is not was:
            runs = task.id in self._running(self._world.machine_of(task.instance))
            demand(not runs, "a task is called STOPPED and runs", task.id)

    def _check_protected(self, old: Task, task: Task) -> None:
        """Neither scaling nor a deployment nor a drain ends a task before its protection does."""
        ordered = old.desired_status is DesiredStatus.RUNNING is not task.desired_status
        service = self._disk.service(task.service_key)
        protected = task.protected_until is not None and task.protected_until > self._world.timeline.now
        if ordered and protected and service is not None and service.status is ServiceStatus.ACTIVE:
            scaled = task.stopped_reason.startswith("Scaling activity")
            demand(not scaled, "a protected task was stopped", task.id, task.stopped_reason)

    def _check_placed(self, task: Task) -> None:
        """A new task is where it may be, and nothing there is promised twice."""
        instance = self._disk.instance(task.instance)
        assert instance is not None
        takes = (
            instance.status is InstanceStatus.ACTIVE
            and instance.connectivity is Connectivity.CONNECTED
            and not instance.impaired
        )
        demand(takes, "a task was placed on an instance that takes none", task.id, instance)
        self._had[task.id] = (instance.cpu_units, instance.memory_mib)
        there = [
            t
            for t in self._disk.tasks()
            if t.instance == instance.id and t.last_status is not TaskStatus.STOPPED
        ]
        cpu, memory = sum(t.cpu_units for t in there), sum(t.memory_mib for t in there)
        demand(cpu <= instance.cpu_units, "cpu is overcommitted", instance.name, cpu)
        demand(memory <= instance.memory_mib, "memory is overcommitted", instance.name, memory)
        ports = [(p.port, p.protocol) for t in there for p in t.ports]
        demand(len(ports) == len(set(ports)), "a host port is given twice", instance.name, sorted(ports))
        check_gpus(self._world, task, instance.gpus, there)
        left = self._superseded_on(instance.id)
        demand(not left, "work was placed beside a superseded copy that still runs", task.id, left)

    def _superseded_on(self, instance: str) -> list[str]:
        """The tasks that still run on an instance though another has taken their place.

        While another Docker answers at the address, or was marked there as the instance, nothing runs on the instance as far
        as anybody can know.
        """
        machine, row = self._world.machine_of(instance), self._disk.instance(instance)
        if machine is None or row is None or machine.stranger is not None:
            return []
        if row.marked and machine.docker.markers.get(INSTALLATION) != instance:
            return []
        running = (self._disk.task(task) for task in self._running(machine))
        stopping = (t for t in running if t is not None and t.desired_status is DesiredStatus.STOPPED)
        return [task.id for task in stopping if task.superseded_by]

    # -- the bounds of a service ------------------------------------------------------------------------------------

    def _check_bounds(self, key: str, changed: Iterable[Row], before: Rows) -> None:
        service = self._disk.service(key)
        if service is None:
            return
        rows = [t for t in self._disk.tasks() if t.service_key == key]
        floor = math.ceil(service.desired_count * service.minimum_healthy_percent / 100)
        cap = math.floor(service.desired_count * service.maximum_percent / 100)
        healthy = sum(self._serves(t) for t in rows)
        live = sum(
            t.last_status is not TaskStatus.STOPPED and not self._disk.is_lost(t.instance) for t in rows
        )
        for task in changed:
            if not isinstance(task, Task) or task.service_key != key:
                continue
            old = before.get((Kind.TASK, task.id))
            if is_daemon(service):
                if old is None:
                    daemons.check_started(self._world, task)
                elif isinstance(old, Task) and self._taken_from_service(old, task):
                    daemons.check_exchanged(self._world, service, task, healthy)
            elif old is None:
                text = f"{service.name} has {live} live tasks, the cap is {cap}"
                demand(live <= cap, "a task was started above the cap", task.id, text)
            elif isinstance(old, Task) and self._taken_from_service(old, task):
                text = f"{service.name} has {healthy} healthy tasks left, the floor is {floor}"
                demand(healthy >= floor, "a healthy task was stopped below the floor", task.id, text)

    def _serves(self, task: Task) -> bool:
        """Whether it is known to be healthy."""
        return (
            task.desired_status is DesiredStatus.RUNNING
            and task.last_status is TaskStatus.RUNNING
            and task.healthy_since is not None
            and self._disk.answers_now(task.instance)
        )

    def _taken_from_service(self, old: Task, task: Task) -> bool:
        """Whether the scheduler stopped a task that served until now."""
        served = old.last_status is TaskStatus.RUNNING and old.healthy_since is not None
        still = all(c.status is ContainerStatus.RUNNING for c in task.containers)
        return (
            old.desired_status is DesiredStatus.RUNNING is not task.desired_status
            and served
            and still
            and task.health is not Health.UNHEALTHY
            and not (task.target_health and task.target_health.state is TargetState.UNHEALTHY)
            and task.stop_code in _OURS_TO_STOP
            and self._disk.answers_now(task.instance)
        )

    def _count_rollout(self, old: Deployment, new: Deployment) -> None:
        if old.rollout_state is not new.rollout_state:
            why = " by its breaker" if "circuit breaker" in new.rollout_reason else ""
            self._world.count(f"a deployment is {new.rollout_state}{why}")

    # -- instances --------------------------------------------------------------------------------------------------

    def _check_instance(self, old: ContainerInstance, new: ContainerInstance, *, declared: bool) -> None:
        if old.impaired is not new.impaired:
            self._world.count("a host is impaired" if new.impaired else "an impaired host acts again")
        if old.connectivity is new.connectivity:
            return
        self._world.count(f"{old.connectivity} -> {new.connectivity}")
        tasks = [
            t for t in self._disk.tasks() if t.instance == new.id and t.last_status is not TaskStatus.STOPPED
        ]
        if new.connectivity is Connectivity.LOST and not declared:
            self._hearing.check_loss(old, new)
        if new.connectivity in {Connectivity.DISCONNECTED, Connectivity.LOST}:
            self._check_unknown(tasks)
        if new.connectivity is Connectivity.CONNECTED:
            left = self._superseded_on(new.id)
            demand(not left, "an instance takes work beside a superseded copy", new.name, left)
        if new.connectivity is Connectivity.RETURNING and any(self._waits_for_stand_in(t) for t in tasks):
            self._world.count("a host returned before its replacement was healthy")

    def _waits_for_stand_in(self, task: Task) -> bool:
        stand_in = self._disk.task(task.superseded_by)
        return bool(task.superseded_by) and (stand_in is None or not self._serves(stand_in))

    def _check_unknown(self, tasks: Iterable[Task]) -> None:
        """What is on a host that doesn't answer is never shown as known."""
        if self._world.process is None:
            return
        for task in tasks:
            shown = describe_task(self._world.process.engine.state, task)
            known = shown["observedStatus"] != "UNKNOWN" or shown["connectivity"] == "CONNECTED"
            demand(not known, "a task on a silent host is shown as known", task.id)

    def _running(self, machine: Machine | None) -> list[str]:
        """The tasks of which a container really runs on a machine."""
        return [] if machine is None else machine.running_tasks()
