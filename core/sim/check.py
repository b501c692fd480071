"""The safety invariants, judged after every step by the rows on disk and by what really runs on the machines.

Nothing here uses the scheduler's own sums, standings or limits: who measures with the measured one's ruler finds nothing.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from core.actions import (
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.commands import Action as CommandAction
from core.commands import Command
from core.ecs import describe_task
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.names import by_digest
from core.model.probe import TargetState
from core.model.service import Deployment, ServiceStatus
from core.model.state import Kind, kind_of
from core.model.task import ContainerStatus, DesiredStatus, Health, StopCode, Task, TaskStatus
from core.reports import HostReport, Outcome, Result, SeenState, Utilisation
from core.sim import daemons
from core.sim.daemons import is_daemon
from core.sim.gpus import Overridden, check_gpus
from core.sim.hearing import Hearing
from core.sim.leaving import Leaving
from core.sim.machine import INSTALLATION
from core.sim.probed import Probed
from core.sim.promises import Promises
from core.sim.restarts import check_restarts, check_starts
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
    from core.reports import ContainerSeen, ProbeResult
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
        self._overridden: Final = Overridden(world.disk)
        #: (task, container) -> what was created for it: once, and on one machine.
        self._made: Final[dict[tuple[str, str], str]] = {}
        #: What the instance had when a task was placed there: cpu units, MiB. It may have become a smaller one since.
        self._had: Final[dict[str, tuple[int, int]]] = {}
        #: (deployment, image) -> the version that its first container was made from.
        self._versions: Final[dict[tuple[str, str], str]] = {}
        #: (instance, target) of the actions of this engine that have left and of whose end it has not been told.
        self._under_way: Final[set[tuple[str, str]]] = set()

    def started(self) -> None:
        """An engine started: it knows nothing of what another one sent."""
        self._hearing.started()
        self._under_way.clear()
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
                self._under_way.discard((word.instance, word.action.target))
                self._leaving.told(word)
                if isinstance(word.action, MarkHost) and word.result is Result.DONE:
                    self._hearing.marked(word.instance)
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
        """Somebody else removed a container: where nobody knew yet that it was there, it may be created again."""
        row = self._disk.task(task)
        known = row.container(container) if row is not None else None
        if known is not None and known.status is ContainerStatus.PENDING:
            self._made.pop((task, container), None)

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
        self._occasions.committed(turn.changes.rows, before)
        self._revisions.committed(turn, before)
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

    # -- what leaves, and what becomes of it ------------------------------------------------------------------------

    def dispatching(self, instance: str, action: Action) -> None:
        """An action leaves only after its reason is on disk, and only to a host that was observed."""
        answers = self._disk.answers_now(instance)
        demand(answers, "an action leaves before it is on disk that its host answers", action)
        free = (instance, action.target) not in self._under_way
        demand(free, "an action leaves while another on its target is under way", action)
        self._under_way.add((instance, action.target))
        seen = self._hearing.observed(instance)
        demand(seen, "an action leaves for a host not observed since the engine awoke", action)
        match action:
            case CreateContainer() | StartContainer():
                demand(
                    self._is_wanted(action.task, instance),
                    "an action leaves before its task is on disk",
                    action,
                )
            case StopContainer() | RemoveContainer():
                demand(not self._is_wanted(action.task, instance), "a wanted container is stopped", action)
            case PullImage():
                images = {c.image for t in self._disk.tasks() if t.instance == instance for c in t.containers}
                demand(action.image in images, "an image is pulled that no task on disk needs", action)
            case RemoveImage():
                self._check_not_needed(instance, action)
            case MarkHost():
                row = self._disk.instance(instance)
                demand(row is not None and not row.marked, "a host is marked again", action)
            case UnmarkHost():
                row = self._disk.instance(instance)
                held = any(t.instance == instance and not t.stopped for t in self._disk.tasks())
                demand(
                    row is not None and row.removed_from_config and not held,
                    "a host that stays loses its marker",
                    action,
                )

    def _check_not_needed(self, instance: str, action: RemoveImage) -> None:
        """An image goes only when no task that is to run there, on disk, is to run that version of it."""
        for task in self._disk.tasks():
            if task.instance != instance or task.last_status is TaskStatus.STOPPED:
                continue
            row = self._disk.rows.get((Kind.DEPLOYMENT, task.deployment))
            pinned = row.digest_of(action.image) if isinstance(row, Deployment) else ""
            runs = [c for c in task.containers if c.image == action.image and c.status is not _OVER]
            needs = any((c.image_digest or pinned) in {"", action.digest} for c in runs)
            demand(not needs, "an image is removed that a task needs", action, task.id)
        self._world.count("an image was removed")

    def _is_wanted(self, task_id: str, instance: str) -> bool:
        task = self._disk.task(task_id)
        return task is not None and task.instance == instance and task.desired_status is DesiredStatus.RUNNING

    def carried_out(self, machine: Machine, outcome: Outcome) -> None:
        """Check what was really done on a machine."""
        now = self._world.timeline.now
        for name in machine.foreign:
            container = machine.docker.containers.get(name)
            untouched = container is not None and container.state(now) is SeenState.RUNNING
            demand(untouched, "a foreign container was touched", machine.name, name, outcome.action)
        kept = all(by_digest(image, digest) in machine.docker.images for image, digest in machine.theirs)
        demand(kept, "an image that was there before us was removed", machine.name, outcome.action)
        action, done = outcome.action, outcome.result is Result.DONE
        if outcome.result is Result.FAILED and isinstance(
            action, StopContainer | RemoveContainer | UnmarkHost
        ):
            self._leaving.refused.add(machine.name)
        if isinstance(action, CreateContainer) and done and outcome.seen is not None:
            made = f"{machine.name} {outcome.seen.runtime_id}"
            first = self._made.setdefault((action.task, action.container), made)
            # A create that was given up may be carried out after all, and late: nobody starts it when its task is unwanted.
            task = self._disk.task(action.task)
            late = task is None or task.desired_status is DesiredStatus.STOPPED
            demand(first == made or late, "a task's container was created twice", action.name, first, made)
            self._check_version(action, outcome.seen)
        elif isinstance(action, StartContainer) and done:
            self._check_started(machine, action.task)
            check_starts(machine, action.name, self._disk.task(action.task))
        elif "port is already allocated" in outcome.error:
            theirs = any(f":{port} " in outcome.error for port in machine.foreign.values())
            demand(theirs, "a host port was given twice", machine.name, outcome.error)

    def _check_version(self, action: CreateContainer, seen: ContainerSeen) -> None:
        """All containers of a deployment run the same version of an image, however its tag moves."""
        definition = self._world.definition(action.definition)
        asked = definition.container(action.container) if definition is not None else None
        if asked is None or not asked.version_consistency or not action.deployment:
            return
        first = self._versions.setdefault((action.deployment, asked.image), seen.image_digest)
        rule = "two versions of an image run in one deployment"
        demand(first == seen.image_digest != "", rule, action.name, first, seen.image_digest)
        if seen.image_digest != self._world.version_of(asked.image):
            self._world.count("a version was kept while its tag moved")

    def _check_started(self, machine: Machine, task_id: str) -> None:
        """What runs on a machine fits on it, and is not called STOPPED."""
        running = self._running(machine)
        task = self._disk.task(task_id)
        ended = task is None or task.last_status is TaskStatus.STOPPED
        over = task_id in running and ended and task_id not in self._leaving.given_up
        demand(not over, "a container was started after its task was called STOPPED", task_id)
        rows = [row for row in map(self._disk.task, running) if row is not None]
        cpu, memory = sum(t.cpu_units for t in rows), sum(t.memory_mib for t in rows)
        had = [self._had[row.id] for row in rows]
        most_cpu = max([machine.docker.cpu_units, *(units for units, _ in had)])
        most_memory = max([machine.docker.memory_mib, *(mib for _, mib in had)])
        demand(cpu <= most_cpu, "more cpu is used than there is", machine.name, cpu)
        demand(memory <= most_memory, "more memory is used than there is", machine.name, memory)

    def _running(self, machine: Machine | None) -> list[str]:
        """The tasks of which a container really runs on a machine."""
        return [] if machine is None else machine.running_tasks()
