"""The inputs of all actions, as pydantic models with ECS's members: what may be said, of which type, within which bounds. Pure.

Members of ECS's that nothing here serves are in unserved.py; what a member means is decided where its action is folded.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from core.commands import Action
from core.model.service import (
    MOST_TASKS,
    ConstraintType,
    Replace,
    SchedulingStrategy,
    StrategyType,
    ThresholdType,
)
from core.scheduler.balance import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_CLUSTER: Final = "default"
#: The latest deadline of a drain: as long as ECS's managed draining lasts at the most, 48 hours.
LONGEST_DRAIN_S: Final = 172_800


def _matching(pattern: str, words: str) -> AfterValidator:
    """Texts of a pattern; a refusal says it in words."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise PydanticCustomError("pattern", "{words}", {"words": words})
        return text

    return AfterValidator(check)


# Patterns and lengths are those of the ECS API reference, at the members of that name.

Name = Annotated[
    str, _matching(r"[A-Za-z0-9_-]{1,255}", "up to 255 letters, digits, hyphens and underscores are")
]
#: A host's name, as the config file allows it: often a domain name.
HostName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", "up to 128 letters, digits, hyphens, underscores and dots are"
    ),
]
Text = Annotated[str, Field(max_length=255)]
#: A name, an id or an ARN.
Identifier = Annotated[str, Field(min_length=1, max_length=1024)]
ClientToken = Annotated[str, _matching(r"[\x21-\x7e]{0,64}", "up to 64 printable ASCII characters are")]
StartedBy = Annotated[
    str,
    _matching(r"[A-Za-z0-9_/-]{0,128}", "up to 128 letters, digits, hyphens, underscores and slashes are"),
]
DesiredCount = Annotated[int, Field(ge=0, le=MOST_TASKS)]
Seconds = Annotated[int, Field(ge=0, le=2_147_483_647)]
AttributeName = Annotated[
    str, _matching(r"[A-Za-z0-9_./\\-]{1,128}", "up to 128 letters, digits, hyphens and _ . / \\ are")
]
AttributeValue = Annotated[
    str,
    Field(max_length=128),
    _matching(
        r"([A-Za-z0-9_.@:/\\-]([A-Za-z0-9_.@:/\\ -]*[A-Za-z0-9_.@:/\\-])?)?",
        "letters, digits, spaces between them and _ - . @ : / \\ are",
    ),
]


class Input(BaseModel):
    """What all inputs share: camelCase names, exact types, no member that is not known, no change afterwards."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, extra="forbid", frozen=True)


class OfCluster(Input):
    """An input about something in a cluster."""

    cluster: Identifier = DEFAULT_CLUSTER


# -- parts --------------------------------------------------------------------------------------------------------------


class Tag(Input):
    """A tag."""

    key: Annotated[str, Field(min_length=1, max_length=128)]
    value: Annotated[str, Field(max_length=256)] = ""


class Constraint(Input):
    """A placement constraint."""

    type: ConstraintType
    expression: Annotated[str, Field(max_length=2000)] = ""


class Strategy(Input):
    """A placement strategy."""

    type: StrategyType
    field: Text = ""


class ProviderShareInput(Input):
    """An item of a capacity provider strategy (ECS: CapacityProviderStrategyItem)."""

    capacity_provider: Identifier
    weight: Annotated[int, Field(ge=0, le=1000)] = 0
    base: Annotated[int, Field(ge=0, le=100_000)] = 0


ProviderStrategy = Annotated[tuple[ProviderShareInput, ...], Field(max_length=20)]
Rebalancing = Literal["ENABLED", "DISABLED"]
Tags = Annotated[tuple[Tag, ...], Field(max_length=50)]
Constraints = Annotated[tuple[Constraint, ...], Field(max_length=10)]
Strategies = Annotated[tuple[Strategy, ...], Field(max_length=5)]


class Threshold(Input):
    """How many failures the circuit breaker bears."""

    type: ThresholdType
    value: Annotated[int, Field(ge=1, le=10_000)]


class DeploymentCircuitBreaker(Input):
    """When a rolling update is given up. What is not said is ECS's default, in an update too."""

    enable: bool
    rollback: bool
    reset_on_healthy_task: bool = True
    threshold_configuration: Threshold = Threshold(type=ThresholdType.BOUNDED_PERCENT, value=50)


class DeploymentConfiguration(Input):
    """The bounds of a rolling update, and when it is given up."""

    minimum_healthy_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    maximum_percent: Annotated[int, Field(ge=100, le=1000)] | None = None
    deployment_circuit_breaker: DeploymentCircuitBreaker | None = None


class KeyValue(Input):
    """An environment variable."""

    name: str
    value: str = ""


class EnvironmentFile(Input):
    """A file of environment variables."""

    value: str
    type: Literal["s3"] = "s3"


class ContainerOverride(Input):
    """What one task changes in a container of its definition."""

    name: str
    command: tuple[str, ...] | None = None
    environment: tuple[KeyValue, ...] | None = None
    environment_files: Annotated[tuple[EnvironmentFile, ...], Field(max_length=10)] | None = None
    cpu: Annotated[int, Field(ge=0, le=1_048_576)] | None = None
    memory: Annotated[int, Field(ge=6, le=67_108_864)] | None = None
    memory_reservation: Annotated[int, Field(ge=1, le=67_108_864)] | None = None


class TaskOverride(Input):
    """What one task changes in its definition."""

    container_overrides: tuple[ContainerOverride, ...] | None = None
    cpu: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None


class Attribute(Input):
    """An attribute of a container instance."""

    name: AttributeName
    value: AttributeValue = ""
    target_type: Literal["container-instance"] = "container-instance"
    target_id: Identifier


Attributes = Annotated[tuple[Attribute, ...], Field(min_length=1, max_length=10)]


# -- actions ------------------------------------------------------------------------------------------------------------


class CreateCluster(Input):
    """CreateCluster."""

    cluster_name: Name = DEFAULT_CLUSTER


class DeleteCluster(Input):
    """DeleteCluster."""

    cluster: Identifier


class DeregisterTaskDefinition(Input):
    """DeregisterTaskDefinition."""

    task_definition: Identifier


class CreateService(OfCluster):
    """CreateService; `replace` and `healthyAfterSeconds` are ours."""

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
    capacity_provider_strategy: ProviderStrategy = ()
    availability_zone_rebalancing: Rebalancing = "DISABLED"
    replace: Replace = Replace.YES
    healthy_after_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


class UpdateService(OfCluster):
    """UpdateService; `replace` and `healthyAfterSeconds` are ours. None leaves a thing as it is."""

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
    replace: Replace | None = None
    healthy_after_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


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
    capacity_provider_strategy: ProviderStrategy = ()
    tags: Tags = ()
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
    reference_id: Annotated[str, Field(max_length=1024)] = ""


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


class OneInstance(OfCluster):
    """Ours: DeclareContainerInstanceLost and AcceptContainerInstance."""

    container_instance: Identifier


class ReservedPort(Input):
    """A port of a host that tasks must leave alone."""

    port: Annotated[int, Field(ge=1, le=65_535)]
    protocol: Literal["tcp", "udp"] = "tcp"
    ip: Text = ""


class Capacity(Input):
    """A host as the config names it."""

    name: HostName
    cluster: Name = DEFAULT_CLUSTER
    url: Identifier
    way: dict[str, str] = {}
    attributes: dict[str, str] = {}
    reserved_ports: tuple[ReservedPort, ...] = ()
    reserved_cpu_units: Annotated[int, Field(ge=0)] = 0
    reserved_memory_mib: Annotated[int, Field(ge=0)] = 0
    image_pull: Literal["", "default", "always", "once", "prefer-cached"] = ""


class Provider(Input):
    """A capacity provider as the config names it."""

    name: Name
    cluster: Name = DEFAULT_CLUSTER
    members: tuple[HostName, ...] = ()
    expression: Annotated[str, Field(max_length=2000)] = ""


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
        Action.DEREGISTER_TASK_DEFINITION: DeregisterTaskDefinition,
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
        Action.DECLARE_INSTANCE_LOST: OneInstance,
        Action.ACCEPT_INSTANCE: OneInstance,
        Action.CONFIRM_REPLACEMENT: ConfirmReplacement,
        Action.ROLLBACK_SERVICE: RollbackService,
        Action.STOP_SERVICE_DEPLOYMENT: StopServiceDeployment,
        Action.REBALANCE_SERVICE: RebalanceService,
        Action.APPLY_CONFIG: ApplyConfig,
    }
)


def said(part: Input) -> dict[str, Any]:
    """A part as it was given, in ECS's JSON: members that were left out stay out."""
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)
