"""The order of a task's containers: who waits for whom, when one may be created, in which order they stop. Pure.

As the ECS agent does it: conditions gate the creation of a container, links imply START, volumesFrom implies CREATE,
a dependency that can never be met stops the task, and stopping goes the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.task import ContainerStatus, Health
from core.model.task_definition import Condition, Dependency
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.model.task import Task
    from core.model.task_definition import ContainerDefinition, TaskDefinition


class ContainerView(Record):
    """What the order needs to know of a container of a running task."""

    status: ContainerStatus
    exit_code: int | None = None
    health: Health = Health.UNKNOWN
    started_at: float | None = None


class Ready(Record):
    """It may be created now."""


class Waits(Record):
    """It waits. `until` is when its wait turns into Never by the dependency's startTimeout; None: no limit."""

    reason: str
    until: float | None = None


class Never(Record):
    """It can't ever be created: the task ends when it is essential."""

    reason: str


Verdict = Ready | Waits | Never


def views(task: Task) -> dict[str, ContainerView]:
    """A task's containers as the order looks at them."""
    return {c.name: ContainerView(c.status, c.exit_code, c.health, c.started_at) for c in task.containers}


def dependencies(container: ContainerDefinition) -> tuple[Dependency, ...]:
    """All a container waits for: dependsOn, and what its links and volumesFrom imply."""
    links = (Dependency(link.partition(":")[0], Condition.START) for link in container.links)
    mounts = (Dependency(mount.container, Condition.CREATE) for mount in container.volumes_from)
    return tuple(dict.fromkeys((*container.depends_on, *links, *mounts)))


def may_create(
    definition: TaskDefinition, name: str, views: Mapping[str, ContainerView], now: float
) -> Verdict:
    """Whether the container may be created, given what is known of the others; one not in `views` is PENDING.

    Never beats Waits, and of several waits the first in the definition's order is told.
    """
    container = definition.container(name)
    if container is None:
        return Never(f"{definition.name} has no container {name}")
    verdicts = [_met(definition, dependency, views, now) for dependency in dependencies(container)]
    for kind in (Never, Waits):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Ready()


def stop_order(definition: TaskDefinition) -> tuple[tuple[str, ...], ...]:
    """Waves of container names to stop: a container stops when all that depend on it have stopped."""
    waiting = {container.name: _names_awaited(container) for container in definition.containers}
    waves: list[tuple[str, ...]] = []
    while waiting:
        needed = set[str]().union(*waiting.values())
        # A ring can't be registered; should one be read from elsewhere, all of it stops at once.
        wave = tuple(name for name in waiting if name not in needed) or tuple(waiting)
        waves.append(wave)
        waiting = {name: awaited for name, awaited in waiting.items() if name not in wave}
    return tuple(waves)


def ring(awaited: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The first ring of containers that wait for each other, empty where there is none."""
    settled: set[str] = set()
    for start in awaited:
        trail: list[str] = []
        if found := _walk(start, awaited, trail, settled):
            return found
    return ()


def _walk(
    name: str, awaited: Mapping[str, frozenset[str]], trail: list[str], settled: set[str]
) -> tuple[str, ...]:
    if name in trail:
        return (*trail[trail.index(name) :], name)
    if name in settled:
        return ()
    trail.append(name)
    for other in sorted(awaited.get(name, ())):
        if found := _walk(other, awaited, trail, settled):
            return found
    trail.pop()
    settled.add(name)
    return ()


def _names_awaited(container: ContainerDefinition) -> frozenset[str]:
    return frozenset(dependency.container for dependency in dependencies(container)) - {container.name}


def _met(
    definition: TaskDefinition, dependency: Dependency, views: Mapping[str, ContainerView], now: float
) -> Verdict:
    other = definition.container(dependency.container)
    if other is None:
        return Never(f"it depends on {dependency.container}, which does not exist")
    view = views.get(other.name, ContainerView(ContainerStatus.PENDING))
    match dependency.condition:
        case Condition.CREATE:
            verdict = _created(other.name, view)
        case Condition.START:
            verdict = _started(other.name, view)
        case Condition.COMPLETE:
            verdict = _completed(other.name, view)
        case Condition.SUCCESS:
            verdict = _succeeded(other.name, view)
        case Condition.HEALTHY:
            verdict = _healthy(other.name, view)
    timed = dependency.condition not in {Condition.CREATE, Condition.START}
    return _within_start_timeout(verdict, other, view, now) if timed else verdict


def _ran(view: ContainerView) -> bool:
    return view.started_at is not None or view.exit_code is not None


def _created(name: str, view: ContainerView) -> Verdict:
    if view.status is ContainerStatus.PENDING:
        return Waits(f"waits for {name} to be created")
    return Ready()


def _started(name: str, view: ContainerView) -> Verdict:
    match view.status:
        case ContainerStatus.RUNNING:
            return Ready()
        case ContainerStatus.STOPPED:
            return Ready() if _ran(view) else Never(f"{name} did not start")
        case _:
            return Waits(f"waits for {name} to start")


def _completed(name: str, view: ContainerView) -> Verdict:
    if view.status is not ContainerStatus.STOPPED:
        return Waits(f"waits for {name} to complete")
    return Ready() if _ran(view) else Never(f"{name} did not start")


def _succeeded(name: str, view: ContainerView) -> Verdict:
    if view.status is not ContainerStatus.STOPPED:
        return Waits(f"waits for {name} to succeed")
    if not _ran(view):
        return Never(f"{name} did not start")
    return Ready() if view.exit_code == 0 else Never(f"{name} exited with {view.exit_code}, not 0")


def _healthy(name: str, view: ContainerView) -> Verdict:
    if view.status is ContainerStatus.STOPPED:
        return Never(f"{name} stopped before it was healthy")
    if view.status is ContainerStatus.RUNNING and view.health is Health.HEALTHY:
        return Ready()
    return Waits(f"waits for {name} to be healthy")


def _within_start_timeout(
    verdict: Verdict, other: ContainerDefinition, view: ContainerView, now: float
) -> Verdict:
    """ECS counts a dependency's startTimeout from its own start."""
    if not isinstance(verdict, Waits) or other.start_timeout_s is None or view.started_at is None:
        return verdict
    until = view.started_at + other.start_timeout_s
    if now < until:
        return Waits(verdict.reason, until)
    return Never(f"{other.name} did not get there within its startTimeout of {other.start_timeout_s} s")
