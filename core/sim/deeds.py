"""What leaves for hosts, and what becomes of it: every action has its reason on disk, and is done once, in the right place."""

from __future__ import annotations

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
from core.model.names import by_digest
from core.model.service import Deployment
from core.model.state import Kind
from core.model.task import ContainerStatus, DesiredStatus, TaskStatus
from core.reports import Result, SeenState
from core.sim.restarts import check_starts
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.actions import Action
    from core.reports import ContainerSeen, Outcome
    from core.sim.hearing import Hearing
    from core.sim.leaving import Leaving
    from core.sim.machine import Machine
    from core.sim.world import World

_OVER: Final = ContainerStatus.STOPPED


class Deeds:
    """The checker's part for actions."""

    def __init__(
        self, world: World, hearing: Hearing, leaving: Leaving, had: Mapping[str, tuple[int, int]]
    ) -> None:
        """Nothing was done yet. `had` is what the instance had when a task was placed there: cpu units, MiB."""
        self._world: Final = world
        self._disk: Final = world.disk
        self._hearing: Final = hearing
        self._leaving: Final = leaving
        self._had: Final = had
        #: (task, container) -> what was created for it: once, and on one machine.
        self._made: Final[dict[tuple[str, str], str]] = {}
        #: (deployment, image) -> the version that its first container was made from.
        self._versions: Final[dict[tuple[str, str], str]] = {}
        #: (instance, target) of the actions of this engine that have left and of whose end it has not been told.
        self._under_way: Final[set[tuple[str, str]]] = set()

    def started(self) -> None:
        """An engine started: it knows nothing of what another one sent."""
        self._under_way.clear()

    def told(self, outcome: Outcome) -> None:
        """The engine is told of the end of an action."""
        self._under_way.discard((outcome.instance, outcome.action.target))

    def taken_away(self, task: str, container: str) -> None:
        """Somebody else removed a container: where nobody knew yet that it was there, it may be created again."""
        row = self._disk.task(task)
        known = row.container(container) if row is not None else None
        if known is not None and known.status is ContainerStatus.PENDING:
            self._made.pop((task, container), None)

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
        running = machine.running_tasks()
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
