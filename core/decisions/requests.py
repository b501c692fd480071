"""What is decided of the members of the requests about services, tasks, clusters and tags. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions.decision import Decision, adapted, honoured, no_effect, refused
from core.decisions.task_definition import GPU_SHARING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRAFFIC: Final = (
    "publish ports on the hosts and put a proxy of your own in front, and let `probe` check the tasks"
)
_ANY_INSTANCE: Final = "every connected instance of the cluster may be used"
_CLUSTER_EXTRA: Final = no_effect("a cluster here is a name, with its capacity in the config file")
_ROLLING_ONLY: Final = "only the rolling update is there"

_LAUNCH_TYPE: Final = {
    "launchType": no_effect(
        _ANY_INSTANCE,
        harmless=("EC2", "EXTERNAL"),
        words=("EC2", "EXTERNAL", "FARGATE", "MANAGED_INSTANCES"),
        kept=True,
    )
}
_PROVIDERS: Final = {
    "capacityProviderStrategy": honoured(
        "of [capacity_providers] in the config; those of AWS Fargate have no effect. Where neither it nor `launchType` is said, the "
        "cluster's default is taken, but for a DAEMON service"
    ),
    "capacityProviderStrategy.capacityProvider": honoured(),
    "capacityProviderStrategy.weight": honoured(),
    "capacityProviderStrategy.base": honoured(),
}
_PLATFORM_VERSION: Final = {
    "platformVersion": no_effect("it is a version of AWS Fargate", harmless=("LATEST",))
}

#: What services and tasks alike are asked with.
_COMMON: Final = {
    "cluster": honoured(),
    "taskDefinition": honoured(),
    "enableECSManagedTags": honoured("aws:ecs:clusterName, and of a service's tasks aws:ecs:serviceName"),
    "enableExecuteCommand": no_effect("exec works on every task", harmless=(True, False)),
    "networkConfiguration": no_effect("there are no subnets and security groups on plain Docker hosts"),
    "volumeConfigurations": refused(
        "there are no EBS volumes here; use dockerVolumeConfiguration in the task definition"
    ),
}
_PLACEMENT: Final = {
    "placementConstraints": honoured(),
    "placementConstraints.type": honoured(),
    "placementConstraints.expression": honoured(),
    "placementStrategy": honoured(),
    "placementStrategy.type": honoured(),
    "placementStrategy.field": honoured(),
}
_TAGS: Final = {"tags": honoured(), "tags.key": honoured(), "tags.value": honoured()}

_DEPLOYMENT: Final = {
    "deploymentConfiguration": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.enable": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.rollback": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.type": honoured(),
    "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value": honoured(),
    "deploymentConfiguration.maximumPercent": honoured(),
    "deploymentConfiguration.minimumHealthyPercent": honoured(),
    "deploymentConfiguration.alarms": no_effect("there are no CloudWatch alarms here"),
    "deploymentConfiguration.strategy": refused(_ROLLING_ONLY, harmless=("ROLLING",)),
    "deploymentConfiguration.bakeTimeInMinutes": adapted(
        "of a rolling update, whose bake time AWS takes from its alarms; what fails meanwhile counts for the circuit breaker, "
        "and no task that becomes healthy takes it back"
    ),
    "deploymentConfiguration.lifecycleHooks": refused(
        "a rolling update has no lifecycle stages, at ECS neither: they belong to deployments that shift a load balancer's traffic"
    ),
    "deploymentConfiguration.linearConfiguration": refused(_ROLLING_ONLY),
    "deploymentConfiguration.canaryConfiguration": refused(_ROLLING_ONLY),
    "deploymentConfiguration.earlySuccessCriteria": honoured(),
    "deploymentConfiguration.earlySuccessCriteria.enable": honoured(),
    "deploymentConfiguration.earlySuccessCriteria.healthyPercent": honoured(),
    "deploymentConfiguration.earlySuccessCriteria.sourceServiceRevisionCleanup": honoured(
        "with either, what is left of older deployments goes down to the floor once the new one has baked"
    ),
}

_SERVICE: Final = {
    **_COMMON,
    "propagateTags": honoured("to tasks as they are made; NONE, SERVICE or TASK_DEFINITION"),
    **_PROVIDERS,
    **_PLATFORM_VERSION,
    **_PLACEMENT,
    **_DEPLOYMENT,
    "desiredCount": honoured(),
    "healthCheckGracePeriodSeconds": honoured(
        "for `probe`, the engine's own check, as for a load balancer's"
    ),
    "availabilityZoneRebalancing": honoured(
        "over zones, and within them over instances; ECS moves over zones alone"
    ),
    "deploymentController": refused(
        "only the rolling update of deploymentController ECS is there", harmless=({"type": "ECS"},)
    ),
    "loadBalancers": refused(f"there are no load balancers here; {_TRAFFIC}"),
    "serviceRegistries": refused("there is no AWS Cloud Map here"),
    "serviceConnectConfiguration": refused(
        f"there is no Service Connect here; {_TRAFFIC}", harmless=({"enabled": False},)
    ),
    "vpcLatticeConfigurations": refused(f"there is no VPC Lattice here; {_TRAFFIC}"),
    "gatewayConnectors": refused(f"there are no ECS gateways here; {_TRAFFIC}"),
    "monitoring": no_effect("there is no CloudWatch here"),
}

CREATE_SERVICE: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        **_SERVICE,
        **_LAUNCH_TYPE,
        **_TAGS,
        "serviceName": honoured(),
        "clientToken": honoured(),
        "schedulingStrategy": honoured("REPLICA and DAEMON"),
        "role": no_effect("there is no AWS account behind this"),
    }
)

UPDATE_SERVICE: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        **_SERVICE,
        "capacityProviderStrategy": honoured(
            "an empty one is none, as with a launch type: not the cluster's default"
        ),
        "service": honoured(),
        "forceNewDeployment": honoured(),
    }
)

_NO_CREDENTIALS: Final = no_effect("no AWS credentials are served to containers", kept=True)

_ONE_TASK: Final = {
    **_COMMON,
    "propagateTags": honoured("TASK_DEFINITION or NONE"),
    **_TAGS,
    "group": honoured(),
    "startedBy": honoured(),
    "referenceId": honoured(),
    "overrides": honoured(),
    "overrides.cpu": honoured(),
    "overrides.memory": honoured(),
    "overrides.taskRoleArn": _NO_CREDENTIALS,
    "overrides.executionRoleArn": _NO_CREDENTIALS,
    "overrides.inferenceAcceleratorOverrides": refused("AWS has retired them"),
    "overrides.ephemeralStorage": no_effect("a container's disk is its host's"),
    "overrides.containerOverrides": honoured(),
    "overrides.containerOverrides.name": honoured(),
    "overrides.containerOverrides.command": honoured(),
    "overrides.containerOverrides.environment": honoured(),
    "overrides.containerOverrides.environment.name": honoured(),
    "overrides.containerOverrides.environment.value": honoured(),
    "overrides.containerOverrides.environmentFiles": honoured("they take the place of the definition's"),
    "overrides.containerOverrides.environmentFiles.value": honoured("as in the task definition"),
    "overrides.containerOverrides.environmentFiles.type": honoured(),
    "overrides.containerOverrides.cpu": honoured(),
    "overrides.containerOverrides.memory": honoured(),
    "overrides.containerOverrides.memoryReservation": honoured(),
    "overrides.containerOverrides.resourceRequirements": honoured("they take the place of the definition's"),
    "overrides.containerOverrides.resourceRequirements.value": honoured("how many, or ALL"),
    "overrides.containerOverrides.resourceRequirements.type": adapted("GPU; the others are refused"),
    "overrides.containerOverrides.resourceRequirements.sharingStrategy": refused(GPU_SHARING),
}

RUN_TASK: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        **_ONE_TASK,
        **_PLACEMENT,
        **_PROVIDERS,
        **_LAUNCH_TYPE,
        **_PLATFORM_VERSION,
        "count": honoured("1 to 10"),
        "clientToken": honoured(),
    }
)

START_TASK: Final[Mapping[str, Decision]] = MappingProxyType(
    {**_ONE_TASK, "containerInstances": honoured("1 to 10")}
)

_TAGGED: Final = {
    "resourceArn": honoured(
        "of a cluster, a service, a task definition, a task, a container instance or a schedule, but of nothing that has ended: "
        "an INACTIVE cluster or revision, a stopped task"
    )
}

TAG_RESOURCE: Final[Mapping[str, Decision]] = MappingProxyType({**_TAGGED, **_TAGS})

UNTAG_RESOURCE: Final[Mapping[str, Decision]] = MappingProxyType({**_TAGGED, "tagKeys": honoured()})

_NAMED: Final = honoured(
    "all those that the config names for the cluster: it says which there are, so one that is left out is refused"
)
_DEFAULT: Final = {
    "defaultCapacityProviderStrategy": honoured(
        "of services and runs that say neither a strategy nor a launch type; those of AWS Fargate have no effect"
    ),
    "defaultCapacityProviderStrategy.capacityProvider": honoured(),
    "defaultCapacityProviderStrategy.weight": honoured(),
    "defaultCapacityProviderStrategy.base": honoured(),
}

CREATE_CLUSTER: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "clusterName": honoured(),
        "capacityProviders": _NAMED,
        "configuration": _CLUSTER_EXTRA,
        **_DEFAULT,
        "serviceConnectDefaults": _CLUSTER_EXTRA,
        "settings": no_effect("there is no CloudWatch here"),
        **_TAGS,
    }
)

PUT_CLUSTER_CAPACITY_PROVIDERS: Final[Mapping[str, Decision]] = MappingProxyType(
    {"cluster": honoured(), "capacityProviders": _NAMED, **_DEFAULT}
)
