"""Auto scaling: what the checker demands of each step, by what the engine was told and by a count of its own."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from core.model.service import DeploymentStatus, Service, ServiceStatus
from core.model.state import Kind
from core.model.task import DesiredStatus, TaskStatus
from core.sim.load import share_of
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engine import Turn
    from core.model.task import Task
    from core.reports import Utilisation
    from core.sim.world import Rows, World

#: So many periods must have been low, as CloudWatch's alarms of target tracking count them (AWS).
_LOW_PERIODS: Final = 15
#: How much later than it was decided a step may be on disk.
_LATE_S: Final = 1.0


class Scaling:
    """Remembers of which tasks the engine was told what they use, and when each service was scaled in."""

    def __init__(self, world: World) -> None:
        """Nothing happened yet."""
        self._world: Final = world
        self._began_at = world.timeline.now
        #: Task id -> when it was measured, as this engine was told.
        self._measured: Final[defaultdict[str, list[float]]] = defaultdict(list)
        self._scaled_in: Final[dict[str, float]] = {}

    def started(self) -> None:
        """An engine started: it knows nothing of what another one was told."""
        self._began_at = self._world.timeline.now
        self._measured.clear()

    def told(self, measured: Utilisation) -> None:
        """The engine is told what a host's tasks use."""
        for task in {task for task, _ in measured.containers}:
            self._measured[task].append(measured.at)

    def committed(self, turn: Turn, before: Rows) -> Iterator[Service]:
        """Check the steps of a turn; the services that were moved."""
        for row in turn.changes.rows:
            old = before.get((Kind.SERVICE, row.key))
            if not isinstance(row, Service) or not isinstance(old, Service):
                continue
            out = row.scaled.out_at not in {None, old.scaled.out_at}
            into = row.scaled.in_at not in {None, old.scaled.in_at}
            if out or into:
                self._check_bounds(row)
                yield row
            if out:
                self._scaled_in.pop(row.key, None)
                self._world.count("scaled out")
            elif into:
                self._check_scale_in(row)
                self._world.count("scaled in")
                self._scaled_in[row.key] = self._world.timeline.now

    def _check_bounds(self, service: Service) -> None:
        scaling = service.auto_scaling
        demand(scaling is not None, "a service was scaled that is not auto-scaled", service.key)
        if scaling is not None:
            within = scaling.min_capacity <= service.desired_count <= max(1, scaling.max_capacity)
            demand(within, "a service was scaled out of its bounds", service.key, service.desired_count)

    def _check_scale_in(self, service: Service) -> None:
        """It was known for the whole window what every task used; nothing is rolled out, and nothing cools down."""
        now, period_s = self._world.timeline.now, self._world.settings.auto_scaling_period_s
        awake_s = now - self._began_at
        known_s = (_LOW_PERIODS - 1) * period_s
        demand(awake_s >= known_s, "a service was scaled in on missing data", service.key, awake_s)
        for task in self._running(service):
            gap_s = self._longest_gap(task, now, now - _LOW_PERIODS * period_s)
            text = f"nothing was known of it for {gap_s:.1f} s, periods are {period_s:g} s"
            demand(gap_s <= 2 * period_s + _LATE_S, "a service was scaled in on missing data", task.id, text)
        rolling = [
            d.id
            for d in self._world.disk.deployments()
            if d.service_key == service.key and d.in_progress and d.status is DeploymentStatus.PRIMARY
        ]
        demand(not rolling, "a service was scaled in during a deployment", service.key, rolling)
        last = self._scaled_in.get(service.key)
        policies = service.auto_scaling.policies if service.auto_scaling is not None else ()
        cooldown_s = max((p.scale_in_cooldown_s for p in policies if not p.disable_scale_in), default=0)
        cool = last is None or now - last >= cooldown_s - _LATE_S
        demand(cool, "a service was scaled in before the last time had cooled down", service.key, last)

    def _running(self, service: Service) -> list[Task]:
        return [
            t
            for t in self._world.disk.tasks()
            if t.service_key == service.key
            and t.last_status is TaskStatus.RUNNING
            and t.desired_status is DesiredStatus.RUNNING
            and (t.started_at or 0.0) < self._world.timeline.now - _LATE_S
        ]

    def _longest_gap(self, task: Task, now: float, since: float) -> float:
        """How long nothing was heard of a task at the longest, since a moment or since it started."""
        began_at = max(since, task.started_at or 0.0)
        moments = sorted({began_at, now, *(at for at in self._measured[task.id] if began_at < at < now)})
        return max(later - sooner for sooner, later in pairwise(moments))


def unrest(world: World, service: Service, running: int) -> Iterator[str]:
    """Whether auto scaling leaves a service, at rest with so many tasks, with too few for what it has to do."""
    scaling = service.auto_scaling
    if scaling is None or service.status is not ServiceStatus.ACTIVE or scaling.scale_out_suspended:
        return
    percent = 100 * share_of(world, service.key)
    short = [p.metric for p in scaling.policies if percent > p.target_percent * 1.001]
    tracked = [
        metric
        for metric in short
        if "CPU" not in metric or all(t.cpu_units for t in world.disk.tasks() if t.service_key == service.key)
    ]
    if tracked and running and running == service.desired_count < scaling.max_capacity:
        yield f"service {service.name} has {running} tasks at {percent:.0f} %, and auto scaling adds none"
