"""Where each task of a service stands: an ordered list of rules, the first that matches wins. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from core.model.instance import InstanceStatus
from core.model.service import Replace, ServiceStatus
from core.model.task import DesiredStatus, Health, TaskStatus
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.task import Task


class Standing(StrEnum):
    """What a service makes of one of its tasks."""

    #: It counts towards the desired count.
    KEEP = "keep"
    #: It serves for now and goes when another has taken its place.
    MOVE = "move"
    #: It went with its instance: it counts neither as live nor as healthy, and is replaced.
    GIVEN_UP = "given up"
    #: It was told to stop.
    LEAVING = "leaving"


class Case(Record):
    """A task with what its standing depends on. `instance` is None while it is placed nowhere."""

    task: Task
    service: Service
    instance: ContainerInstance | None
    #: The id of the service's newest deployment.
    primary: str
    now: float

    @property
    def lost(self) -> bool:
        """Whether its instance is LOST."""
        return self.instance is not None and self.instance.lost

    @property
    def answers(self) -> bool:
        """Whether what is known of the task is true now."""
        return self.instance is not None and self.instance.connected


class Rule(Record):
    """`reason` is said to operators who ask why."""

    reason: str
    applies: Callable[[Case], bool]
    standing: Standing


def _may_be_replaced(case: Case) -> bool:
    if case.service.replace is Replace.ASK:
        return case.task.instance in case.service.replace_confirmed
    return case.service.replace is Replace.YES


def unhealthy(case: Case) -> bool:
    """Whether its checks fail, are seen to fail now, and are past the service's grace period (ECS: also for container checks).

    What its probe says counts as a load balancer's check does: beside the containers' own.
    """
    started_at = case.task.started_at if case.task.started_at is not None else case.now
    in_grace = case.now < started_at + case.service.health_check_grace_s
    fails = case.task.health is Health.UNHEALTHY or case.task.probe_fails
    return case.answers and fails and not in_grace


def protected(task: Task, now: float) -> bool:
    """Whether a task was protected from scale-in, and still is."""
    return task.protected_until is not None and task.protected_until > now


def shielded(case: Case) -> bool:
    """Whether scaling in, deployments and draining leave a task alone: while it is protected, but for one that fails its checks.

    ECS leaves it to StopTask, failed checks and a lost host to end it; here the deletion of its service does as well.
    """
    if case.task.protected_until is None:
        return False  # nearly always, and asked for every task
    active = case.service.status is ServiceStatus.ACTIVE
    return active and protected(case.task, case.now) and not unhealthy(case)


def held_up(case: Case) -> bool:
    """Whether it can't start where it is, or not again; if its instance acts again before another has taken its place, it stays."""
    task = case.task
    again = task.last_status is TaskStatus.RUNNING and task.restarting and task.healthy_since is None
    starts = task.last_status is TaskStatus.PENDING or again
    return case.instance is not None and case.instance.impaired and starts


def _moves(case: Case) -> bool:
    moving = case.service.moving
    return bool(moving) and any(each.task == case.task.id for each in moving)


RULES: Final = (
    Rule("was told to stop", lambda c: c.task.desired_status is DesiredStatus.STOPPED, Standing.LEAVING),
    Rule(
        "its instance is lost and the service replaces",
        lambda c: c.lost and _may_be_replaced(c),
        Standing.GIVEN_UP,
    ),
    Rule("its instance is lost and the service waits for it", lambda c: c.lost, Standing.KEEP),
    Rule("belongs to an older deployment", lambda c: c.task.deployment != c.primary, Standing.MOVE),
    Rule(
        "its instance is draining",
        lambda c: c.instance is not None and c.instance.status is InstanceStatus.DRAINING,
        Standing.MOVE,
    ),
    Rule(
        "moves to even its service out",
        _moves,
        Standing.MOVE,
    ),
    Rule("fails its health check", unhealthy, Standing.MOVE),
    Rule("waits for an instance whose actions time out", held_up, Standing.MOVE),
    Rule("serves", lambda _: True, Standing.KEEP),
)


def means_the_same(one: ContainerInstance, other: ContainerInstance) -> bool:
    """Whether tasks stand on an instance as they did when its row was another: what the rules ask of it is unchanged."""
    return (one.status, one.connectivity, one.impaired) == (other.status, other.connectivity, other.impaired)


def rule_for(case: Case) -> Rule:
    """The first rule that applies; the last one always does."""
    return next(rule for rule in RULES if rule.applies(case))


def live(case: Case) -> bool:
    """Whether the task counts for the cap: until it is seen gone, except on a LOST instance."""
    return not case.task.stopped and not case.lost


def healthy(case: Case) -> bool:
    """Whether the task counts for the floor: it runs, is meant to, is seen, and its checks pass."""
    return (
        case.task.wanted
        and case.answers
        and case.task.last_status is TaskStatus.RUNNING
        and case.task.healthy_since is not None
    )
