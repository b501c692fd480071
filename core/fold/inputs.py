"""The inputs of all actions, as pydantic models with ECS's members.

Members of ECS's that nothing here serves are in unserved.py; what a member means is decided where its action is folded.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from core.commands import Action
from core.fold.members import (
    DEFAULT_CLUSTER,
    Attributes,
    AutoScalingInput,
    Capacity,
    ClientToken,
    Constraints,
    DeploymentConfiguration,
    DesiredCount,
    FlexibleTimeWindow,
    Identifier,
    Input,
    Moment,
    Name,
    OfCluster,
    ProbeInput,
    PropagateTagsOfRun,
    Provider,
    ProviderStrategy,
    Rebalancing,
    ScheduleExpression,
    ScheduleName,
    ScheduleTarget,
    Seconds,
    StartedBy,
    Strategies,
    TagKey,
    Tags,
    TaskOverride,
    Text,
)
from core.model.schedule import AfterCompletion, MissedRuns, Overlap, ScheduleState
from core.model.service import (
    Replace,
    SchedulingStrategy,
)
from core.model.tags import PropagateTags
from core.scheduler.balance import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The latest deadline of a drain: as long as ECS's managed draining lasts at the most, 48 hours.
LONGEST_DRAIN_S: Final = 172_800


class CreateCluster(Input):
    """CreateCluster."""

    cluster_name: Name = DEFAULT_CLUSTER
    capacity_providers: tuple[Identifier, ...] = ()
    default_capacity_provider_strategy: ProviderStrategy = ()
    tags: Tags = ()


class PutClusterCapacityProviders(Input):
    """PutClusterCapacityProviders. All three are required (ECS); an empty strategy is none."""

    cluster: Identifier
    capacity_providers: tuple[Identifier, ...]
    default_capacity_provider_strategy: ProviderStrategy


class DeleteCluster(Input):
    """DeleteCluster."""

    cluster: Identifier


class DeregisterTaskDefinition(Input):
    """DeregisterTaskDefinition."""

    task_definition: Identifier


class DeleteTaskDefinitions(Input):
    """DeleteTaskDefinitions."""

    task_definitions: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=10)]


class CreateService(OfCluster):
    """CreateService; `replace`, `healthyAfterSeconds`, `probe` and `autoScaling` are ours."""

    service_name: Name
    task_definition: Identifier
    desired_count: DesiredCount | None = None
    client_token: Annotated[str, Field(max_length=36)] = ""
    deployment_configuration: DeploymentConfiguration = DeploymentConfiguration()
    placement_constraints: Constraints = ()
    placement_strategy: Strategies = ()
    health_check_grace_period_seconds: Seconds = 0
    scheduling_strategy: SchedulingStrategy = SchedulingStrategy.REPLICA
    tags: Tags = ()
    propagate_tags: PropagateTags = PropagateTags.NONE
    enable_ecs_managed_tags: bool = False
    capacity_provider_strategy: ProviderStrategy | None = None
    launch_type: str = ""
    availability_zone_rebalancing: Rebalancing = "DISABLED"
    auto_scaling: AutoScalingInput | None = None
    replace: Replace = Replace.YES
    healthy_after_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    probe: ProbeInput | None = None


class UpdateService(OfCluster):
    """UpdateService; `replace`, `healthyAfterSeconds`, `probe` and `autoScaling` are ours. None leaves a thing as it is."""

    service: Identifier
    task_definition: Identifier | None = None
    desired_count: DesiredCount | None = None
    force_new_deployment: bool = False
    deployment_configuration: DeploymentConfiguration = DeploymentConfiguration()
    placement_constraints: Constraints | None = None
    placement_strategy: Strategies | None = None
    health_check_grace_period_seconds: Seconds | None = None
    capacity_provider_strategy: ProviderStrategy | None = None
    availability_zone_rebalancing: Rebalancing | None = None
    propagate_tags: PropagateTags | None = None
    enable_ecs_managed_tags: bool | None = None
    auto_scaling: AutoScalingInput | None = None
    replace: Replace | None = None
    healthy_after_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    probe: ProbeInput | None = None


class DeleteService(OfCluster):
    """DeleteService."""

    service: Identifier
    force: bool = False


class StopServiceDeployment(Input):
    """StopServiceDeployment. ABORT leaves the service where it is, as ECS's model has it."""

    service_deployment_arn: Identifier
    stop_type: Literal["ABORT", "ROLLBACK"] = "ROLLBACK"


class RollbackService(OfCluster):
    """Ours: a new deployment of what ran well before, or of the task definition named."""

    service: Identifier
    task_definition: Identifier | None = None


class RebalanceService(OfCluster):
    """Ours: even a service's tasks out, so many at once as is said (else a tenth of them); or, with `stop`, no further."""

    service: Identifier
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] | None = None
    stop: bool = False


class ConfirmReplacement(OfCluster):
    """Ours: the answer to a service that asks before it replaces what a lost instance held."""

    service: Identifier
    container_instance: Identifier
    replace: bool = True


class RunTask(OfCluster):
    """RunTask."""

    task_definition: Identifier
    count: Annotated[int, Field(ge=1, le=10)] = 1
    group: Text = ""
    started_by: StartedBy = ""
    overrides: TaskOverride = TaskOverride()
    placement_constraints: Constraints = ()
    placement_strategy: Strategies = ()
    capacity_provider_strategy: ProviderStrategy | None = None
    launch_type: str = ""
    tags: Tags = ()
    propagate_tags: PropagateTagsOfRun = "NONE"
    enable_ecs_managed_tags: bool = False
    client_token: ClientToken = ""
    reference_id: Annotated[str, Field(max_length=1024)] = ""


class StartTask(OfCluster):
    """StartTask."""

    container_instances: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=10)]
    task_definition: Identifier
    group: Text = ""
    started_by: StartedBy = ""
    overrides: TaskOverride = TaskOverride()
    tags: Tags = ()
    propagate_tags: PropagateTagsOfRun = "NONE"
    enable_ecs_managed_tags: bool = False
    reference_id: Annotated[str, Field(max_length=1024)] = ""


#: How late an occasion may be run (EventBridge: 60 s to a day).
EventAge = Annotated[int, Field(ge=60, le=86_400)]


class CreateSchedule(OfCluster):
    """EventBridge Scheduler's CreateSchedule, in camelCase; `missedRuns`, `overlap` and `tags` are ours."""

    name: ScheduleName
    schedule_expression: ScheduleExpression
    schedule_expression_timezone: Annotated[str, Field(min_length=1, max_length=50)] = "UTC"
    target: ScheduleTarget
    description: Annotated[str, Field(max_length=512)] = ""
    state: ScheduleState = ScheduleState.ENABLED
    start_date: Moment = ""
    end_date: Moment = ""
    missed_runs: MissedRuns = MissedRuns.RUN_ONCE
    overlap: Overlap = Overlap.ALLOW
    maximum_event_age_in_seconds: EventAge = 86_400
    flexible_time_window: FlexibleTimeWindow | None = None
    action_after_completion: AfterCompletion = AfterCompletion.NONE
    tags: Tags = ()


class UpdateSchedule(OfCluster):
    """UpdateSchedule. None leaves a thing as it is (EventBridge: at its default); an empty date takes it away."""

    name: ScheduleName
    schedule_expression: ScheduleExpression | None = None
    schedule_expression_timezone: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    target: ScheduleTarget | None = None
    description: Annotated[str, Field(max_length=512)] | None = None
    state: ScheduleState | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    missed_runs: MissedRuns | None = None
    overlap: Overlap | None = None
    maximum_event_age_in_seconds: EventAge | None = None
    flexible_time_window: FlexibleTimeWindow | None = None
    action_after_completion: AfterCompletion | None = None


class OneSchedule(OfCluster):
    """DeleteSchedule, and our RunSchedule: a run now, whatever its state and its overlap policy are."""

    name: ScheduleName


class UpdateTaskProtection(OfCluster):
    """UpdateTaskProtection. Two hours where it isn't said; 48 hours at the most (ECS)."""

    tasks: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=10)]
    protection_enabled: bool
    expires_in_minutes: Annotated[int, Field(ge=1, le=2880)] | None = None


class StopTask(OfCluster):
    """StopTask."""

    task: Identifier
    reason: Annotated[str, Field(max_length=1024)] = ""


class UpdateContainerInstancesState(OfCluster):
    """UpdateContainerInstancesState; `drainDeadlineSeconds` is ours: so long after this, what is left there is stopped."""

    container_instances: Annotated[tuple[Identifier, ...], Field(max_length=10)]
    status: str
    drain_deadline_seconds: Annotated[float, Field(ge=0, le=LONGEST_DRAIN_S)] | None = None


class DeregisterContainerInstance(OfCluster):
    """DeregisterContainerInstance."""

    container_instance: Identifier
    force: bool = False


class PutAttributes(OfCluster):
    """PutAttributes."""

    attributes: Attributes


class DeleteAttributes(OfCluster):
    """DeleteAttributes."""

    attributes: Attributes


class TagResource(Input):
    """TagResource."""

    resource_arn: Identifier
    tags: Tags


class UntagResource(Input):
    """UntagResource."""

    resource_arn: Identifier
    tag_keys: Annotated[tuple[TagKey, ...], Field(max_length=50)]


class OneInstance(OfCluster):
    """Ours: DeclareContainerInstanceLost and AcceptContainerInstance."""

    container_instance: Identifier


class ApplyConfig(Input):
    """Ours: what the config file says exists."""

    clusters: tuple[Name, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    capacity_providers: tuple[Provider, ...] = ()
    force: bool = False


#: RegisterTaskDefinition is not among them: core.taskdef reads it, as it reads files.
INPUTS: Final[Mapping[Action, type[Input]]] = MappingProxyType(
    {
        Action.CREATE_CLUSTER: CreateCluster,
        Action.DELETE_CLUSTER: DeleteCluster,
        Action.PUT_CLUSTER_CAPACITY_PROVIDERS: PutClusterCapacityProviders,
        Action.DEREGISTER_TASK_DEFINITION: DeregisterTaskDefinition,
        Action.DELETE_TASK_DEFINITIONS: DeleteTaskDefinitions,
        Action.CREATE_SERVICE: CreateService,
        Action.UPDATE_SERVICE: UpdateService,
        Action.DELETE_SERVICE: DeleteService,
        Action.RUN_TASK: RunTask,
        Action.START_TASK: StartTask,
        Action.STOP_TASK: StopTask,
        Action.UPDATE_TASK_PROTECTION: UpdateTaskProtection,
        Action.UPDATE_CONTAINER_INSTANCES_STATE: UpdateContainerInstancesState,
        Action.DEREGISTER_CONTAINER_INSTANCE: DeregisterContainerInstance,
        Action.PUT_ATTRIBUTES: PutAttributes,
        Action.DELETE_ATTRIBUTES: DeleteAttributes,
        Action.TAG_RESOURCE: TagResource,
        Action.UNTAG_RESOURCE: UntagResource,
        Action.DECLARE_INSTANCE_LOST: OneInstance,
        Action.ACCEPT_INSTANCE: OneInstance,
        Action.CONFIRM_REPLACEMENT: ConfirmReplacement,
        Action.ROLLBACK_SERVICE: RollbackService,
        Action.STOP_SERVICE_DEPLOYMENT: StopServiceDeployment,
        Action.REBALANCE_SERVICE: RebalanceService,
        Action.APPLY_CONFIG: ApplyConfig,
        Action.CREATE_SCHEDULE: CreateSchedule,
        Action.UPDATE_SCHEDULE: UpdateSchedule,
        Action.DELETE_SCHEDULE: OneSchedule,
        Action.RUN_SCHEDULE: OneSchedule,
    }
)
