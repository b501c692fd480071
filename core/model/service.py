"""A service, which keeps a number of tasks, and its deployments, each the rollout of one task definition."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from core.model.auto_scaling import UNSCALED, AutoScaling, Scaled
from core.model.capacity_provider import ProviderShare
from core.model.probe import Probe
from core.model.tags import PropagateTags, Tag, stack_of
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

#: ECS's quota of tasks in a service.
MOST_TASKS: Final = 5_000


class ServiceStatus(StrEnum):
    """ECS's service states."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


class SchedulingStrategy(StrEnum):
    """How a service counts its tasks."""

    REPLICA = "REPLICA"
    DAEMON = "DAEMON"


class Replace(StrEnum):
    """What happens to a service's tasks on a LOST instance. `ask` never turns into `yes` by itself."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


class DeploymentStatus(StrEnum):
    """The newest deployment is PRIMARY, an older one with tasks ACTIVE, one without INACTIVE."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class RolloutState(StrEnum):
    """How far a deployment is."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ThresholdType(StrEnum):
    """What the circuit breaker's threshold is: a percentage of the desired count, within ECS's bounds or without, or a number."""

    BOUNDED_PERCENT = "BOUNDED_PERCENT"
    UNBOUNDED_PERCENT = "UNBOUNDED_PERCENT"
    COUNT = "COUNT"


class CircuitBreaker(Record):
    """Gives up a rolling update whose tasks keep failing, and with `rollback` goes back to what was completed before."""

    enabled: bool = False
    rollback: bool = False
    threshold_type: ThresholdType = ThresholdType.BOUNDED_PERCENT
    threshold: int = 50
    reset_on_healthy_task: bool = True


class SourceCleanup(StrEnum):
    """Whether the older deployments' tasks must be gone before a deployment is completed early, or go afterwards (ECS)."""

    BLOCKING = "BLOCKING"
    DEFERRED = "DEFERRED"


class EarlySuccess(Record):
    """ECS's earlySuccessCriteria: a deployment is good enough with so many percent of the desired tasks healthy, rounded up."""

    healthy_percent: int
    cleanup: SourceCleanup


class StrategyType(StrEnum):
    """ECS's placement strategies."""

    RANDOM = "random"
    SPREAD = "spread"
    BINPACK = "binpack"


class PlacementStrategy(Record):
    """One strategy; those after it in the list break its ties. `field` is `instanceId`, `attribute:NAME`, `cpu` or `memory`."""

    type: StrategyType
    field: str = ""


class ConstraintType(StrEnum):
    """ECS's placement constraints."""

    DISTINCT_INSTANCE = "distinctInstance"
    MEMBER_OF = "memberOf"


class PlacementConstraint(Record):
    """A condition that an instance must meet; `expression` is in the cluster query language."""

    type: ConstraintType
    expression: str = ""


class Moving(NamedTuple):
    """A task (id) that moves to even its service out, the instance (id) it goes to, and the task in its place once there is one."""

    task: str
    target: str
    stand_in: str = ""


class Service(Record):
    """A service as the operator wants it; how it goes is in its deployments and tasks."""

    cluster: str
    name: str
    definition: str
    desired_count: int
    status: ServiceStatus = ServiceStatus.ACTIVE
    scheduling_strategy: SchedulingStrategy = SchedulingStrategy.REPLICA
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: CircuitBreaker = CircuitBreaker()
    #: How long a deployment that is good enough is watched before it is completed.
    bake_time_minutes: int = 0
    #: None: a deployment is good enough when all its tasks are healthy and the older ones gone.
    early_success: EarlySuccess | None = None
    health_check_grace_s: float = 0.0
    #: Without a container health check a task counts as healthy after running for so long; None takes the engine's setting.
    healthy_after_s: float | None = None
    #: The check that the engine itself makes of its tasks; with one, running for long makes none of them healthy. What runs is
    #: checked as its deployment says, of which the PRIMARY one says the same.
    probe: Probe | None = None
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    placement_strategy: tuple[PlacementStrategy, ...] = ()
    capacity_provider_strategy: tuple[ProviderShare, ...] = ()
    replace: Replace = Replace.YES
    #: The stored question under `replace = ask`: the instances (ids) that are lost, and those the operator said yes to.
    replace_asked: tuple[str, ...] = ()
    replace_confirmed: tuple[str, ...] = ()
    #: ECS's availabilityZoneRebalancing ENABLED: whenever it is steady and uneven it is evened out, over zones, then hosts.
    zone_rebalancing: bool = False
    #: While it is evened out: how many tasks may be on their way at once (0: it isn't), and which move now.
    rebalance_at_once: int = 0
    moving: tuple[Moving, ...] = ()
    #: After it was given up, before when it does not begin again by itself.
    rebalance_again_at: float | None = None
    #: None: the desired count is the operator's alone.
    auto_scaling: AutoScaling | None = None
    scaled: Scaled = UNSCALED
    tags: tuple[Tag, ...] = ()
    #: What its new tasks are tagged with: its own tags or its task definition's, and ECS's managed ones.
    propagate_tags: PropagateTags = PropagateTags.NONE
    managed_tags: bool = False
    client_token: str = ""
    created_by: str = ""
    created_at: float = 0.0
    #: What holds the service now, in words; empty in the steady state.
    why: str = ""
    steady: bool = False
    #: The last of the rate-limited event texts, without its details, so that it isn't repeated until it is resolved.
    last_complaint: str = ""
    #: When that, or the steady state, was last told.
    told_at: float = 0.0

    @property
    def key(self) -> str:
        """What identifies this row."""
        return f"{self.cluster}/{self.name}"

    @property
    def auto_scaled(self) -> bool:
        """Whether its desired count follows what its tasks use."""
        return self.auto_scaling is not None and self.status is ServiceStatus.ACTIVE

    @property
    def daemon(self) -> bool:
        """Whether it keeps one task on each instance that suits it."""
        return self.scheduling_strategy is SchedulingStrategy.DAEMON

    @property
    def stack(self) -> str:
        """The stack it is of; empty where it is of none."""
        return stack_of(self.tags)


class Deployment(Record):
    """One rollout of one task definition within a service."""

    id: str
    cluster: str
    service: str
    definition: str
    status: DeploymentStatus = DeploymentStatus.PRIMARY
    rollout_state: RolloutState = RolloutState.IN_PROGRESS
    rollout_reason: str = ""
    desired_count: int = 0
    #: Kept for readers; the planner counts tasks itself.
    pending_count: int = 0
    running_count: int = 0
    #: Consecutive failures, reset when a task becomes healthy (ECS: failedTasks).
    failed_tasks: int = 0
    #: Why the last of them stopped, in words.
    last_failure: str = ""
    #: What the circuit breaker counts, and when the last of it was.
    failures: int = 0
    failed_at: float | None = None
    #: Since when it has been good enough to be completed; None before, and when it is completed or superseded.
    baking_since: float | None = None
    #: How often in a row starting again had to be slowed down, when last, and until when nothing is started.
    backoff_step: int = 0
    backoff_at: float | None = None
    retry_at: float | None = None
    #: What the tags of its images stood for when the first of its tasks pulled them: pairs of image and digest.
    image_digests: tuple[tuple[str, str], ...] = ()
    #: How its tasks are probed: an update that brings both another definition and another probe leaves it its own.
    probe: Probe | None = None
    created_at: float = 0.0
    #: When it last became the PRIMARY one: at first when it was created, later when the service was rolled back to it.
    primary_at: float = 0.0
    updated_at: float = 0.0

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.id

    def digest_of(self, image: str) -> str:
        """The digest that its tasks run an image by; empty where none is known."""
        return next((digest for name, digest in self.image_digests if name == image), "")

    @property
    def in_progress(self) -> bool:
        """Whether it is neither completed nor failed yet."""
        return self.rollout_state is RolloutState.IN_PROGRESS

    @property
    def failed(self) -> bool:
        """Whether it was given up: it starts nothing more."""
        return self.rollout_state is RolloutState.FAILED

    @property
    def rolling_back(self) -> bool:
        """Whether it was made the PRIMARY one again and has not been completed since."""
        return self.primary_at > self.created_at and self.in_progress

    @property
    def service_key(self) -> str:
        """The key of its service."""
        return f"{self.cluster}/{self.service}"

    def told_left(self) -> str:
        """That the service went back from it, and why: what failed last, or that an operator stopped it. `rolled back from web:3: …`."""
        return f"rolled back from {self.definition}: {self.last_failure or self.rollout_reason}"


def rolled_back_from(deployments: Sequence[Deployment]) -> Deployment | None:
    """The one that failed or was stopped, where the newest is one that the service went back to and stayed with. They come newest first."""
    if len(deployments) < 2:  # the one that it went back to, and the one that it left
        return None
    newest, left = deployments[:2]
    return left if left.failed and newest.primary_at > newest.created_at else None
