"""What one service needs next: which tasks to start and which to stop, so that it comes closer to what is wanted. Pure.

One algorithm serves scaling, rolling updates, draining, unhealthy and lost tasks alike, because all of them are the same
question: every task has a standing (standing.py), and between the floor and the cap (bounds.py)

    start  as many as are missing and as the cap has room for (none while the deployment backs off);
    stop   what moves, when its replacement is healthy: healthy tasks beyond the desired count go, never below the floor;
           and where the cap leaves no room, as many as must make room, never below the floor.

So a replacement comes first wherever the cap allows, and the old task goes first only within the floor.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from core.model.instance import InstanceStatus
from core.model.service import DeploymentStatus
from core.model.task import StopCode, TaskStatus
from core.record import Record
from core.scheduler.backoff import back_off, given_up, held_until
from core.scheduler.bounds import Bounds, bounds
from core.scheduler.completion import enough, sources_go
from core.scheduler.scale_in import in_order, least_useful
from core.scheduler.standing import Case, Standing, healthy, held_up, live, rule_for, shielded, unhealthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.model.instance import ContainerInstance
    from core.model.service import Deployment, Service
    from core.model.task import Task
    from core.scheduler.room import Rooms

#: ECS's reason for the stops of scale-in and of a deployment.
SCALING: Final = "Scaling activity initiated by (deployment {})"

_STARTING: Final = frozenset({TaskStatus.PROVISIONING, TaskStatus.PENDING})


class Start(Record):
    """One task to start. `supersedes` names the lost task whose place it takes, `moves` the one that moves, `instance` the only
    place it may have.
    """

    deployment: str
    supersedes: str = ""
    instance: str = ""
    moves: str = ""


class Stop(Record):
    """One task to stop, and what is said of it."""

    task: Task
    code: StopCode
    reason: str
    #: Its checks failed, which is the reason then: the circuit breaker counts it.
    failed_checks: bool = False


class ServicePlan(Record):
    """What to do for one service now, and when to look again even if nothing happens."""

    starts: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()
    #: Every wanted task is kept and healthy, there are as many as desired, and nothing else is left.
    steady: bool = False
    #: Its newest deployment has as many healthy tasks as complete it early.
    early: bool = False
    #: Tasks of older deployments are left, and waited for.
    sources_left: bool = False
    #: What holds the service, in words; empty when nothing does.
    why: str = ""
    #: The bounds leave nowhere to go.
    stuck: bool = False
    #: More tasks are protected than are wanted.
    overprotected: bool = False
    wake_at: float | None = None
    #: How many tasks a DAEMON service comes to; None where the operator says it.
    desired: int | None = None
    #: The instances (ids) from which a DAEMON's task goes because they suit it no more.
    violated: tuple[str, ...] = ()


class Situation(Record):
    """A service's tasks by standing, and what follows from their numbers. LEAVING ones are live until they are seen gone."""

    service: Service
    primary: Deployment
    now: float
    keep: tuple[Case, ...]
    move: tuple[Case, ...]
    given_up: tuple[Case, ...]
    leaving: tuple[Case, ...]
    #: Tasks that count for the floor, and those of them that are kept.
    healthy_count: int
    healthy_kept: int
    #: Tasks that count for the cap.
    live_count: int

    @property
    def limits(self) -> Bounds:
        """The floor and the cap."""
        s = self.service
        return bounds(s.desired_count, s.minimum_healthy_percent, s.maximum_percent)

    @property
    def missing(self) -> int:
        """How many tasks of the newest deployment are still to be started."""
        return max(0, self.service.desired_count - len(self.keep))

    @property
    def room(self) -> int:
        """How many may be started under the cap."""
        return max(0, self.limits.cap - self.live_count)

    @property
    def is_steady(self) -> bool:
        """Whether there are as many healthy tasks as desired, and no others that are waited for."""
        others = self.move or self.given_up or self.stopping
        return not others and len(self.keep) == self.healthy_kept == self.service.desired_count

    @property
    def is_early(self) -> bool:
        """Whether enough of the newest deployment's tasks are healthy to complete it early."""
        may_be = self.service.early_success is not None
        return may_be and self.healthy_kept >= enough(self.service, self.service.desired_count)

    @property
    def sources_left(self) -> bool:
        """Whether tasks of older deployments are left, other than those that are to stop on a LOST instance."""
        cases = (*self.keep, *self.move, *self.given_up, *self.stopping)
        return any(case.task.deployment != self.primary.id for case in cases)

    @property
    def at_rest(self) -> bool:
        """Whether it is steady and nothing is left of it on a LOST instance either."""
        return self.is_steady and not self.leaving

    @property
    def held_until(self) -> float | None:
        """Until when the newest deployment starts nothing, because its tasks keep failing."""
        return held_until(self.primary, self.now)

    @property
    def starts_nothing(self) -> bool:
        """Whether the newest deployment may start nothing now: it backs off, or was given up."""
        return self.primary.failed or self.held_until is not None

    @property
    def stopping(self) -> tuple[Case, ...]:
        """The LEAVING tasks that are waited for: those on a LOST instance end when it is back, if ever."""
        return tuple(c for c in self.leaving if live(c))

    @property
    def replaced(self) -> bool:
        """Whether there are enough healthy tasks of the newest deployment: nothing else is needed any more."""
        return self.healthy_kept >= self.service.desired_count

    @property
    def guarding(self) -> bool:
        """Whether the newest deployment fails and the old one's tasks are needed to hold the floor."""
        fails = self.primary.failed or self.primary.failed_tasks > 0
        return fails and self.healthy_count < self.limits.floor


def situation(
    service: Service,
    primary: Deployment,
    tasks: Sequence[Task],
    instances: Mapping[str, ContainerInstance],
    now: float,
) -> Situation:
    """Sort a service's tasks, those that have not stopped, by their standing."""
    sorted_out: dict[Standing, list[Case]] = {standing: [] for standing in Standing}
    for task in tasks:
        case = Case(task, service, instances.get(task.instance), primary.id, now)
        sorted_out[rule_for(case).standing].append(case)
    keep, move, given_up, leaving = (tuple(sorted_out[standing]) for standing in Standing)
    healthy_kept = sum(map(healthy, keep))
    return Situation(
        service,
        primary,
        now,
        keep,
        move,
        given_up,
        leaving,
        healthy_count=healthy_kept + sum(map(healthy, move)),
        healthy_kept=healthy_kept,
        live_count=sum(map(live, (*keep, *move, *leaving))),
    )


def reconcile(
    service: Service,
    deployments: Sequence[Deployment],
    tasks: Sequence[Task],
    instances: Mapping[str, ContainerInstance],
    now: float,
    rooms: Rooms | None = None,
) -> ServicePlan:
    """Plan one service. `deployments` come newest first, `tasks` are those that have not stopped, by id.

    `rooms` say what instances have left: what goes from a service that is packed is chosen by it.
    """
    primary = next((d for d in deployments if d.status is DeploymentStatus.PRIMARY), None)
    if primary is None:
        return ServicePlan(steady=not tasks)
    now_is = situation(service, primary, tasks, instances, now)
    count = 0 if now_is.starts_nothing else min(now_is.missing, now_is.room)
    guard = _guard(now_is, [d for d in deployments if d is not primary])
    starts = (*_starts(now_is, count), *_guards(now_is, guard, now_is.room - count))
    stops = _stops(now_is, rooms)
    idle = not starts and not stops and not now_is.starts_nothing
    return ServicePlan(
        starts=starts,
        stops=stops,
        steady=idle and now_is.is_steady,
        early=now_is.is_early,
        sources_left=now_is.sources_left,
        why=_why(now_is),
        stuck=idle and _is_stuck(now_is),
        overprotected=_is_overprotected(now_is),
        wake_at=_wake_at(now_is, guard),
    )


def _starts(now_is: Situation, count: int) -> tuple[Start, ...]:
    """New tasks: in the place of lost ones that have no replacement yet, what else is missing, then in the place of what moves."""
    standing_in = {case.task.id for case in now_is.keep}
    orphaned = [c.task.id for c in now_is.given_up if c.task.superseded_by not in standing_in]
    # What moves may have had to stop first: it is named until one has been started in its place.
    moving = [m for m in now_is.service.moving if m.stand_in not in standing_in]
    primary = now_is.primary.id
    starts = [Start(primary, task) for task in orphaned]
    starts += [Start(primary)] * (now_is.missing - len(orphaned) - len(moving))
    starts += [Start(primary, instance=m.target, moves=m.task) for m in moving]
    return tuple(starts[:count])


def _guard(now_is: Situation, older: Sequence[Deployment]) -> Deployment | None:
    """While the new revision fails, the one that serves: what dies of it is replaced by its own (ECS, November 2025)."""
    serving = {c.task.deployment for c in now_is.move}
    found = (d for d in older if d.id in serving and not d.failed)
    return next(found, None) if now_is.guarding else None


def _guards(now_is: Situation, guard: Deployment | None, room: int) -> tuple[Start, ...]:
    """Tasks of the old revision, up to the floor; it may have to wait as well, when its own tasks fail."""
    if guard is None or held_until(guard, now_is.now) is not None:
        return ()
    coming = sum(c.task.last_status in _STARTING for c in now_is.move)
    short = now_is.limits.floor - now_is.healthy_count - coming
    return (Start(guard.id),) * max(0, min(short, room))


def _stops(now_is: Situation, rooms: Rooms | None) -> tuple[Stop, ...]:
    """What goes now, in the order in which it may."""
    to_spare = now_is.healthy_count - now_is.limits.floor
    # Lost tasks: each when the one in its place is healthy, and all of them when nothing more is needed.
    stand_ins = {case.task.superseded_by for case in now_is.given_up}
    healthy_ids = {c.task.id for c in now_is.keep if c.task.id in stand_ins and healthy(c)}
    stops = [
        Stop(case.task, StopCode.INFRASTRUCTURE_HEALTH, _lost_reason(case))
        for case in now_is.given_up
        if now_is.replaced or case.task.superseded_by in healthy_ids
    ]
    # More than desired: scaled in, or a lost instance came back before its replacement was healthy.
    surplus = max(0, len(now_is.keep) - now_is.service.desired_count)
    spent = 0
    may_go = [case for case in now_is.keep if not shielded(case)] if surplus else []
    for case in islice(in_order(may_go, now_is.service.placement_strategy, rooms), surplus):
        if not healthy(case) or spent < to_spare:
            spent += healthy(case)
            stops.append(scaled(case, now_is.primary))
    # What moves: as many as there are healthy tasks beyond the desired count, or as must make room for what is missing.
    beyond = now_is.healthy_count - spent - now_is.service.desired_count
    lacking = 0 if now_is.starts_nothing else now_is.missing - now_is.room
    needed = max(beyond, lacking - len(now_is.stopping))
    released = not now_is.guarding and sources_go(now_is.service, now_is.primary, now_is.now)
    for case in sorted((c for c in now_is.move if not shielded(c)), key=least_useful):
        is_released = released and case.task.deployment != now_is.primary.id
        if healthy(case):
            if (needed > 0 or is_released) and spent < to_spare:
                spent += 1
                needed -= 1
                stops.append(scaled(case, now_is.primary))
        elif now_is.replaced or needed > 0 or is_released or _pointless(now_is, case):
            needed -= 1
            stops.append(scaled(case, now_is.primary))
    return tuple(stops)


def scaled(case: Case, primary: Deployment) -> Stop:
    """The end of a task that isn't needed any more, in ECS's words."""
    reason = SCALING.format(primary.id)
    return Stop(case.task, StopCode.SERVICE_SCHEDULER_INITIATED, reason, unhealthy(case))


def _pointless(now_is: Situation, case: Case) -> bool:
    """Whether a task that moves doesn't even serve yet; on a draining host it goes at once (ECS), else unless it is needed."""
    draining = case.instance is not None and case.instance.status is InstanceStatus.DRAINING
    still_to_start = case.task.last_status in _STARTING and not held_up(case)
    return still_to_start and (draining or not now_is.guarding)


def _lost_reason(case: Case) -> str:
    name = case.instance.name if case.instance is not None else "?"
    return f"Container instance {name} was lost; the task was replaced."


def _is_stuck(now_is: Situation) -> bool:
    """Nothing is under way, something should move or start, and neither bound lets it."""
    under_way = now_is.stopping or now_is.healthy_count < len(now_is.keep) + len(now_is.move)
    return bool(now_is.missing) and now_is.room == 0 and not under_way


def _wake_at(now_is: Situation, guard: Deployment | None) -> float | None:
    """When time alone changes the plan: the end of a back-off, or of a task's grace period."""
    held = [now_is.held_until]  # also with nothing to start: a service that backs off is not steady
    if guard is not None:
        held.append(held_until(guard, now_is.now))
    moments = [end for end in held if end is not None]
    waiting = (
        now_is.move if len(now_is.keep) <= now_is.service.desired_count else (*now_is.move, *now_is.keep)
    )
    moments += [c.task.protected_until for c in waiting if shielded(c) and c.task.protected_until is not None]
    grace_s = now_is.service.health_check_grace_s
    if grace_s:
        ends = (c.task.started_at + grace_s for c in now_is.keep if c.task.started_at is not None)
        moments.extend(end for end in ends if end > now_is.now)
    return min(moments, default=None)


def _is_overprotected(now_is: Situation) -> bool:
    """Whether more tasks are protected than are wanted."""
    wanted = now_is.service.desired_count
    return len(now_is.keep) > wanted and sum(map(shielded, now_is.keep)) > wanted


def _held_by_protection(now_is: Situation) -> int:
    """How many tasks would go if they were not protected."""
    surplus = max(0, len(now_is.keep) - now_is.service.desired_count)
    return sum(map(shielded, now_is.move)) + min(surplus, sum(map(shielded, now_is.keep)))


def _why(now_is: Situation) -> str:
    """One line for the operator: what the service is waiting for."""
    if now_is.at_rest and not now_is.primary.failed:
        return ""
    parts: list[str] = []
    if now_is.primary.failed:
        parts.append(given_up(now_is.primary))
    elif now_is.missing and now_is.held_until is not None:
        parts.append(back_off(now_is.primary))
    elif now_is.missing > now_is.room:
        parts.append(f"{now_is.missing} to start, no room under {now_is.service.maximum_percent} %")
    running = [c for c in now_is.keep if c.task.last_status is TaskStatus.RUNNING and c.answers]
    failing = sum(map(unhealthy, now_is.move))
    unseen = [c for c in (*now_is.keep, *now_is.move) if c.instance is not None and not c.answers]
    unplaced = [c.task for c in now_is.keep if not c.task.instance and c.task.why]
    starting = sum(c.task.last_status in _STARTING for c in now_is.keep) - len(unplaced)
    for count, words in (
        # What the first of them waits for: what the others do is mostly the same.
        (len(unplaced), unplaced[0].why if unplaced else ""),
        (starting, "starting"),
        (sum(not healthy(c) for c in running), "not healthy yet"),
        (len(unseen), "unknown, on silent hosts"),
        (failing, "failing health checks"),
        (len(now_is.move) - failing, "to move"),
        (_held_by_protection(now_is), "protected from scale-in"),
        (len(now_is.given_up), "lost"),
        (len(now_is.stopping), "stopping"),
        (len(now_is.leaving) - len(now_is.stopping), "to stop on lost hosts"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return ", ".join(parts)
