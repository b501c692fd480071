"""What would follow from a change: the engine's own planning and placing, played on a copy of a cluster's rows. Pure.

There is no second planner here: a trial folds the change as the engine would, plans with core.fold.plans and places with the same
function, turn after turn until nothing changes. Only the hosts are imagined, as they are now, and willing: what is placed on a
connected host starts and is healthy in the next turn, what is told to stop there is gone in the next. Time stands still, so what
waits for a moment (a back-off, the end of a protection) waits on and says so.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from core.changed import Changed
from core.fold.placing import place_waiting
from core.fold.plans import keep_service
from core.lifecycle import Signal, advance
from core.model.service import ServiceStatus
from core.model.state import State
from core.model.task import Health, Task, TaskStatus
from core.record import Record, field, replace
from core.scheduler.bounds import bounds
from core.scheduler.patience import Patience
from core.scheduler.room import Rooms
from core.scheduler.standing import Case, healthy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.model.service import Service

#: A trial that is not at rest after so many turns is told as it is then. A rolling exchange of one task at a time takes three
#: turns for each; a service has 5,000 tasks at the most.
MOST_TURNS: Final = 20_000


class Served(Record):
    """How a service fared in a trial: healthy tasks before the change, at the least, and at the end, beside its floor."""

    name: str
    floor: int
    before: int
    lowest: int
    after: int
    desired: int
    #: What it waits for at the end; empty when it is steady.
    why: str

    @property
    def broken(self) -> bool:
        """Whether the change took it below its floor, or further below than it was."""
        return self.lowest < min(self.floor, self.before)


class Trial(Record):
    """The end of a trial: `after` are its rows."""

    after: State
    #: The tasks that are not as they were, as they were; None for those that were made.
    was: Mapping[str, Task | None]
    #: Only services that were planned; by name.
    served: tuple[Served, ...]
    #: False when it was cut off before everything came to rest.
    settled: bool
    #: Hosts that the change took away, by id: their names.
    gone: Mapping[str, str] = field(default_factory=dict)


class Abandoned(Exception):
    """Nobody wants to know any more: nothing went wrong."""


def try_change(
    state: State,
    cluster: str,
    change: Callable[[State], None],
    now: float,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Trial:
    """Make a change to a copy of a cluster and let everything follow. What the change raises (Refused) comes through.

    `is_wanted` is asked before each turn: a trial that it says no to ends as Abandoned.
    """
    return _Player(state, _copy(state, cluster), cluster, now).play(change, is_wanted)


def _copy(state: State, cluster: str) -> State:
    """The cluster's rows, which are frozen, in a state of their own.

    What has stopped is of no consequence, but for what failed to start: the hosts on which it did come last for a while.
    """
    index = state.index
    deployments = [d for d in state.deployments.values() if d.cluster == cluster]
    return State(
        (
            *(row for name, row in state.clusters.items() if name == cluster),
            *state.definitions.values(),
            *state.instances_of(cluster),
            *(state.services[key] for key in index.services_of_cluster[cluster]),
            *(state.schedules[key] for key in index.schedules_of_cluster[cluster]),
            *deployments,
            *(state.tasks[key] for key in index.tasks_of_cluster[cluster]),
            *(state.tasks[key] for d in deployments for key in index.failed_starts_of_deployment[d.id]),
        )
    )


class _Player:
    """Plays the engine's turns on a trial's rows."""

    def __init__(self, before: State, trial: State, cluster: str, now: float) -> None:
        self._before: Final = before
        self._trial: Final = trial
        self._cluster: Final = cluster
        self._now: Final = now
        self._chance: Final = Random(0)  # a trial: any of equally good hosts will do
        self._rooms: Final = Rooms(trial)
        self._changed = Changed()
        #: Tasks that may start, become healthy or end in the next turn.
        self._moving = set(trial.tasks)
        self._was: Final[dict[str, Task | None]] = {}
        self._lowest: Final[dict[str, int]] = {}

    def play(self, change: Callable[[State], None], is_wanted: Callable[[], bool]) -> Trial:
        """Change, then turns until nothing changes any more."""
        change(self._trial)
        settled = False
        for _ in range(MOST_TURNS):
            if not is_wanted():
                raise Abandoned
            self._note()
            if not self._changed and not self._moving:
                settled = True
                break
            self._plan()
            self._progress()
        self._trial.keep()
        served = tuple(
            self._served(self._trial.services[key])
            for key in sorted(self._lowest)
            if key in self._trial.services
        )
        gone = {
            host.id: host.name
            for host in self._before.instances_of(self._cluster)
            if host.id not in self._trial.instances
        }
        return Trial(self._trial, self._was, served, settled, gone)

    def _note(self) -> None:
        for old, row in self._trial.take_fresh():
            self._changed.note(self._trial, self._rooms, old, row)
            if isinstance(row, Task):
                self._was.setdefault(row.id, old if isinstance(old, Task) else None)
                self._moving.add(row.id)

    def _plan(self) -> None:
        changed, self._changed = self._changed, Changed()
        for key in sorted(changed.services):
            service = self._trial.services.get(key)
            if service is None or service.status is ServiceStatus.INACTIVE:
                continue
            # Nothing waits here after a failure: what fails and when it is tried again is not foretold.
            keep_service(self._trial, service, self._rooms, self._now, self._chance, 0.0)
            self._measure(
                key
            )  # as it is lowest: what was told to stop counts no more, what comes in its place not yet
        self._note()
        if self._trial.index.unplaced_of_cluster[self._cluster]:
            place_waiting(self._trial, self._cluster, self._rooms, Patience(), self._now, self._chance)

    def _progress(self) -> None:
        """What hosts that answer would have done by the next turn."""
        moving, self._moving = self._moving, set()
        for key in sorted(moving):
            task = self._trial.tasks.get(key)
            if task is not None:
                self._trial.put(self._next(task))

    def _next(self, task: Task) -> Task:
        instance = self._trial.instances.get(task.instance)
        if task.stopped or instance is None or not instance.connected:
            return task
        match task.last_status:
            case TaskStatus.STOPPING:
                return advance(task, Signal.ENDED, self._now)
            case TaskStatus.PENDING if not instance.impaired:
                return replace(advance(task, Signal.STARTED, self._now), healthy_since=self._now)
            case TaskStatus.RUNNING if task.healthy_since is None and not _fails(task):
                return replace(task, healthy_since=self._now)
            case _:
                return task

    def _measure(self, key: str) -> None:
        found = _healthy(self._trial, self._trial.services[key], self._now)
        self._lowest[key] = min(found, self._lowest.get(key, found))

    def _served(self, service: Service) -> Served:
        was = self._before.services.get(service.key, service)
        # What was asked for is no breach: of the floors before and after it is the lower one that counts.
        floor = min(
            bounds(s.desired_count, s.minimum_healthy_percent, s.maximum_percent).floor
            for s in (was, service)
        )
        before = _healthy(self._before, was, self._now)
        return Served(
            service.name,
            floor,
            before,
            min(before, self._lowest[service.key]),
            _healthy(self._trial, service, self._now),
            service.desired_count,
            service.why,
        )


def _fails(task: Task) -> bool:
    """Whether a check of it fails now: that it will pass is not foretold."""
    return task.health is Health.UNHEALTHY or task.probe_fails


def _healthy(state: State, service: Service, now: float) -> int:
    """How many of a service's tasks count for its floor."""
    return sum(
        healthy(Case(task, service, state.instances.get(task.instance), "", now))
        for task in state.tasks_of_service(service.key)
    )
