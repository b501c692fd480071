"""The members that inputs of actions are made of, as pydantic models: what may be said, of which type, within which bounds. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from core.model.auto_scaling import ScalingMetric  # noqa: TC001  # pydantic reads it
from core.model.probe import ProbeProtocol  # noqa: TC001  # pydantic reads it at run time
from core.model.schedule import WindowMode  # noqa: TC001  # pydantic reads it
from core.model.service import (
    MOST_TASKS,
    ConstraintType,
    SourceCleanup,
    StrategyType,
    ThresholdType,
)

DEFAULT_CLUSTER: Final = "default"
#: Which HTTP codes a probe's matcher may name.
LEAST_CODE: Final = 200
MOST_CODE: Final = 599


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


TagKey = Annotated[str, Field(min_length=1, max_length=128)]


def _member(name: str) -> str:
    """ECS's name of a member; one abbreviation it writes in capitals."""
    return to_camel(name).replace("enableEcs", "enableECS")


class Input(BaseModel):
    """What all inputs share: camelCase names, exact types, no member that is not known, no change afterwards."""

    model_config = ConfigDict(alias_generator=_member, strict=True, extra="forbid", frozen=True)


class OfCluster(Input):
    """An input about something in a cluster."""

    cluster: Identifier = DEFAULT_CLUSTER


class Tag(Input):
    """A tag."""

    key: TagKey
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
#: Only a service's tasks have a service whose tags they could have (ECS).
PropagateTagsOfRun = Literal["TASK_DEFINITION", "NONE"]
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


class EarlySuccessCriteria(Input):
    """When a rolling update is completed early. With `enable` both of the others must be said (ECS)."""

    enable: bool
    healthy_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    source_service_revision_cleanup: SourceCleanup | None = None


class DeploymentConfiguration(Input):
    """The bounds of a rolling update, when it is given up, and when it is complete."""

    minimum_healthy_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    maximum_percent: Annotated[int, Field(ge=100, le=1000)] | None = None
    deployment_circuit_breaker: DeploymentCircuitBreaker | None = None
    bake_time_in_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    early_success_criteria: EarlySuccessCriteria | None = None


def _matcher(text: str) -> str:
    """ELB's HttpCode: codes and ranges of them."""
    for part in text.split(","):
        first, dash, last = part.partition("-")
        numbers = [first, last] if dash else [first]
        codes = [int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) == 3]
        if (
            len(codes) != len(numbers)
            or codes != sorted(codes)
            or not LEAST_CODE <= codes[0] <= codes[-1] <= MOST_CODE
        ):
            words = "HTTP codes of 200 to 599 and ranges of them, such as 200,301 or 200-399, are"
            raise PydanticCustomError("pattern", "{words}", {"words": words})
    return text


class ProbeInput(Input):
    """How a service's tasks are probed, in the words of ELB's CreateTargetGroup; EXEC and its command are ours.

    ELB begins at an interval of 5 s and at thresholds of 2, and ends at code 499.
    """

    protocol: ProbeProtocol | None = None
    container_name: Text | None = None
    container_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    path: (
        Annotated[
            str,
            Field(max_length=1024),
            _matching(r"/[\x21-\x7e]*", "a slash and then printable ASCII characters are"),
        ]
        | None
    ) = None
    command: (
        Annotated[tuple[Annotated[str, Field(max_length=4096)], ...], Field(min_length=1, max_length=100)]
        | None
    ) = None
    matcher: Annotated[str, Field(max_length=255), AfterValidator(_matcher)] | None = None
    interval_seconds: Annotated[int, Field(ge=1, le=300)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=120)] | None = None
    healthy_threshold_count: Annotated[int, Field(ge=1, le=10)] | None = None
    unhealthy_threshold_count: Annotated[int, Field(ge=1, le=10)] | None = None


class ScalingPolicyInput(Input):
    """A target-tracking policy; members and defaults are those of Application Auto Scaling's TargetTrackingScalingPolicyConfiguration.

    Of its predefinedMetricSpecification the one member stands here by itself.
    """

    predefined_metric_type: ScalingMetric
    target_value: Annotated[float, Field(gt=0, le=10_000)]
    scale_out_cooldown: Annotated[int, Field(ge=0, le=86_400)] = 300
    scale_in_cooldown: Annotated[int, Field(ge=0, le=86_400)] = 300
    disable_scale_in: bool = False


class SuspendedState(Input):
    """What auto scaling is not to do for the moment (Application Auto Scaling's SuspendedState)."""

    dynamic_scaling_in_suspended: bool = False
    dynamic_scaling_out_suspended: bool = False


class AutoScalingInput(Input):
    """A service's scalable target with its policies (Application Auto Scaling); an empty object is: none."""

    min_capacity: Annotated[int, Field(ge=0, le=MOST_TASKS)] | None = None
    max_capacity: Annotated[int, Field(ge=0, le=MOST_TASKS)] | None = None
    #: Unsaid it stays as it is, as with RegisterScalableTarget: a file that is applied doesn't end what an operator holds.
    suspended_state: SuspendedState | None = None
    policies: Annotated[tuple[ScalingPolicyInput, ...], Field(max_length=2)] = ()

    @property
    def asks(self) -> bool:
        """Whether it says anything."""
        return bool(self.model_fields_set)


class KeyValue(Input):
    """An environment variable."""

    name: str
    value: str = ""


class EnvironmentFile(Input):
    """A file of environment variables."""

    value: str
    type: Literal["s3"] = "s3"


class ResourceRequirement(Input):
    """GPUs that a container asks for."""

    type: Literal["GPU"]
    value: Annotated[str, _matching(r"ALL|0*[1-9][0-9]{0,4}", "a number above 0 or ALL is")]


class ContainerOverride(Input):
    """What one task changes in a container of its definition."""

    name: str
    command: tuple[str, ...] | None = None
    environment: tuple[KeyValue, ...] | None = None
    environment_files: Annotated[tuple[EnvironmentFile, ...], Field(max_length=10)] | None = None
    cpu: Annotated[int, Field(ge=0, le=1_048_576)] | None = None
    memory: Annotated[int, Field(ge=6, le=67_108_864)] | None = None
    memory_reservation: Annotated[int, Field(ge=1, le=67_108_864)] | None = None
    resource_requirements: tuple[ResourceRequirement, ...] | None = None


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
    gpus: tuple[Identifier, ...] = ()
    image_pull: Literal["", "default", "always", "once", "prefer-cached"] = ""


class Provider(Input):
    """A capacity provider as the config names it."""

    name: Name
    cluster: Name = DEFAULT_CLUSTER
    members: tuple[HostName, ...] = ()
    expression: Annotated[str, Field(max_length=2000)] = ""


ScheduleName = Annotated[
    str, _matching(r"[A-Za-z0-9_.-]{1,64}", "up to 64 letters, digits, hyphens, underscores and dots are")
]
ScheduleExpression = Annotated[str, Field(min_length=1, max_length=256)]
#: Seconds since the epoch, or ISO 8601; UTC where it names no offset.
Moment = float | str


class FlexibleTimeWindow(Input):
    """Whether an occasion may be run later, and by how much at the most. FLEXIBLE needs the length (EventBridge)."""

    mode: WindowMode
    maximum_window_in_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None


class ScheduleTarget(Input):
    """What a schedule runs: RunTask's input, but for what is the schedule's own (cluster, startedBy, clientToken)."""

    task_definition: Identifier
    count: Annotated[int, Field(ge=1, le=10)] = 1
    group: Text = ""
    overrides: TaskOverride = TaskOverride()
    placement_constraints: Constraints = ()
    placement_strategy: Strategies = ()
    capacity_provider_strategy: ProviderStrategy | None = None
    launch_type: str = ""
    tags: Tags = ()
    propagate_tags: PropagateTagsOfRun = "NONE"
    enable_ecs_managed_tags: bool = False
    reference_id: Annotated[str, Field(max_length=1024)] = ""


def said(part: Input) -> dict[str, Any]:
    """A part as it was given, in ECS's JSON: members that were left out stay out."""
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)
