"""What a DAEMON service needs next: one task on each instance that suits it, no more, and none elsewhere. Pure.

Nothing is exchanged for something else here, as in reconcile.py: each instance is a question of its own. A new revision stops the
old task of an instance before it starts its own (ECS: maximumPercent is 100), for as many at once as minimumHealthyPercent allows.
A task on a LOST instance is left as it is: there is no other place for it, and it serves again when the instance is back.

Source: ECS Developer Guide, "Daemon"; the daemon's task is the first on an instance and the last to leave a draining one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from core.model.instance import Connectivity, InstanceStatus
from core.model.service import ServiceStatus
from core.model.task import TaskStatus
from core.model.task_request import pinned_to
from core.record import Record
from core.scheduler.backoff import back_off, given_up, held_until
from core.scheduler.bounds import bounds
from core.scheduler.completion import enough
from core.scheduler.reconcile import ServicePlan, Start, Stop, scaled
from core.scheduler.standing import Case, healthy, live, unhealthy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.model.instance import ContainerInstance
    from core.model.service import Deployment, Service
    from core.model.task import Task

_AWAY = frozenset({Connectivity.LOST, Connectivity.QUARANTINED})
_STARTING = frozenset({TaskStatus.PROVISIONING, TaskStatus.PENDING})


class Post(Record):
    """An instance of the cluster, as a DAEMON service sees it."""

    instance: ContainerInstance
    #: Whether it meets what the task definition requires and the constraints of both.
    suits: bool
    #: Whether tasks that are no daemon's are on it still.
    busy: bool

    @property
    def away(self) -> bool:
        """Whether nothing can be said or done about it."""
        return self.instance.connectivity in _AWAY

    @property
    def open(self) -> bool:
        """Whether a task may be started on it now."""
        ready = self.instance.status is InstanceStatus.ACTIVE and self.instance.connected
        return self.suits and ready and self.instance.marked and not self.instance.impaired

    @property
    def wanted(self) -> bool:
        """Whether a task should be on it. One that drains keeps its daemon until everything else has left."""
        draining = self.instance.status is InstanceStatus.DRAINING
        stays = self.instance.status is InstanceStatus.ACTIVE or (draining and self.busy)
        return self.suits and stays and not self.away


def plan_daemon(
    service: Service,
    primary: Deployment,
    tasks: Sequence[Task],
    posts: Mapping[str, Post],
    now: float,
) -> ServicePlan:
    """Plan one DAEMON service. `tasks` are those that have not stopped, `posts` the cluster's instances by id."""
    at: defaultdict[str, list[Case]] = defaultdict(list)
    for task in tasks:
        where = task.instance or pinned_to(task.request)
        found = posts.get(where)
        at[where].append(Case(task, service, found.instance if found else None, primary.id, now))
    wanted = [i for i, post in sorted(posts.items()) if post.wanted and (post.open or at[i])]
    if service.status is not ServiceStatus.ACTIVE:
        wanted = []
    kept = {instance: _kept(at[instance]) for instance in wanted}
    paused = primary.failed or held_until(primary, now) is not None
    # Where anything of the service may still be up, the new task waits until it is seen gone.
    free = [instance for instance in wanted if posts[instance].open and not at[instance]]
    starts = () if paused else tuple(Start(primary.id, instance=instance) for instance in free)
    stops = (
        *_unwanted(primary, at, posts, kept),
        *_exchanged(service, primary, kept, paused=paused),
    )
    served = [case for case in kept.values() if case is not None]
    leaving = [c for i, cases in at.items() for c in cases if live(c) and not c.task.wanted]
    extra = sum(len(cases) for i, cases in at.items() if i not in kept and not _is_away(posts, i))
    settled = all(healthy(c) and c.task.deployment == primary.id and not unhealthy(c) for c in served)
    new = sum(healthy(c) and c.task.deployment == primary.id for c in served)
    steady = len(served) == len(wanted) and settled and not (starts or stops or leaving or extra or paused)
    return ServicePlan(
        starts=starts,
        stops=stops,
        steady=steady,
        early=service.early_success is not None and new >= enough(service, len(wanted)),
        sources_left=_sources_left(primary, at, posts),
        why="" if steady else _why(primary, wanted, kept, leaving, now),
        wake_at=_wake_at(primary, served, len(wanted), now),
        desired=len(wanted),
        violated=tuple(
            stop.task.instance
            for stop in stops
            if (p := posts.get(stop.task.instance)) is not None and not p.suits
        ),
    )


def _sources_left(primary: Deployment, at: Mapping[str, Sequence[Case]], posts: Mapping[str, Post]) -> bool:
    """Whether tasks of older deployments are left, also those that this plan stops; what is on an instance that is away isn't waited for."""
    waited = (case for i, cases in at.items() if not _is_away(posts, i) for case in cases)
    return any(live(case) and case.task.deployment != primary.id for case in waited)


def _is_away(posts: Mapping[str, Post], instance: str) -> bool:
    return instance in posts and posts[instance].away


def _kept(cases: Sequence[Case]) -> Case | None:
    """Of an instance's tasks the one that stays: of the newest deployment, the one that serves, the oldest."""
    candidates = [c for c in cases if c.task.wanted]
    ranked = sorted(
        candidates,
        key=lambda c: (c.task.deployment != c.primary, not healthy(c), c.task.created_at, c.task.id),
    )
    return ranked[0] if ranked else None


def _unwanted(
    primary: Deployment,
    at: Mapping[str, Sequence[Case]],
    posts: Mapping[str, Post],
    kept: Mapping[str, Case | None],
) -> Iterator[Stop]:
    """Tasks where none is wanted, or more than one; of those on an instance that is away, only what was not placed yet."""
    for instance, cases in sorted(at.items()):
        away = _is_away(posts, instance)
        for case in cases:
            stays = case is kept.get(instance) or (away and case.task.instance)
            if case.task.wanted and not stays:
                yield scaled(case, primary)


def _exchanged(
    service: Service, primary: Deployment, kept: Mapping[str, Case | None], *, paused: bool
) -> Iterator[Stop]:
    """Tasks that make room for one of the newest deployment, or for one that is well: the healthy ones down to the floor."""
    floor = bounds(len(kept), service.minimum_healthy_percent, 100).floor
    spare = sum(case is not None and healthy(case) for case in kept.values()) - floor
    for case in kept.values():
        if case is None or not (unhealthy(case) or (case.task.deployment != primary.id and not paused)):
            continue
        if not healthy(case):
            yield scaled(case, primary)
        elif spare > 0:
            spare -= 1
            yield scaled(case, primary)


def _wake_at(primary: Deployment, served: Sequence[Case], wanted: int, now: float) -> float | None:
    """When time alone changes the plan: the end of a back-off, or of a task's grace period."""
    moments = [held_until(primary, now)] if len(served) < wanted else []
    moments += [
        c.task.started_at + c.service.health_check_grace_s
        for c in served
        if c.service.health_check_grace_s and c.task.started_at is not None
    ]
    return min((at for at in moments if at is not None and at > now), default=None)


def _why(
    primary: Deployment,
    wanted: Sequence[str],
    kept: Mapping[str, Case | None],
    leaving: Sequence[Case],
    now: float,
) -> str:
    served = [case for case in kept.values() if case is not None]
    parts: list[str] = []
    if primary.failed:
        parts.append(given_up(primary))
    elif len(served) < len(wanted) and held_until(primary, now) is not None:
        parts.append(back_off(primary))
    older = sum(c.task.deployment != primary.id for c in served)
    starting = sum(c.task.last_status in _STARTING for c in served)
    unseen = sum(c.instance is not None and not c.answers for c in served)
    sick = sum(c.answers and c.task.last_status is TaskStatus.RUNNING and not healthy(c) for c in served)
    for count, words in (
        (len(wanted) - len(served), "to start"),
        (starting, "starting"),
        (sick, "not healthy yet"),
        (unseen, "unknown, on silent hosts"),
        (older, "to exchange"),
        (len(leaving), "stopping"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return ", ".join(parts)
