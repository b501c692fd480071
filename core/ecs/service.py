"""A service and its deployments as DescribeServices shows them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.ecs.parts import (
    LAUNCH_TYPE,
    constraints_shown,
    dashed,
    shares_shown,
    strategy_shown,
    tags_shown,
)
from core.model.counts import counts
from core.model.ids import arn, derived_id
from core.model.probe import ProbeProtocol
from core.model.service import DeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.events import Event
    from core.model.auto_scaling import AutoScaling
    from core.model.probe import Probe
    from core.model.service import CircuitBreaker, Deployment, Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]

#: How many of a service's events ECS shows.
EVENTS_SHOWN: Final = 100


def describe_service(
    state: State, service: Service, events: Sequence[Event] = (), *, watched: bool = True
) -> Json:
    """ECS's Service. `events` are the service's, the newest first; `watched` as in `core.model.counts.known`."""
    tasks = counts(state, state.tasks_of_service(service.key), watched=watched)
    shown: Json = {
        "serviceArn": arn("service", service.cluster, service.name),
        "serviceName": service.name,
        "clusterArn": arn("cluster", service.cluster),
        "loadBalancers": [],
        "serviceRegistries": [],
        "status": service.status.value,
        "desiredCount": service.desired_count,
        "runningCount": tasks.running,
        "pendingCount": tasks.pending,
        "launchType": LAUNCH_TYPE,
        "taskDefinition": arn("task-definition", service.definition),
        "deploymentConfiguration": _deployment_configuration(service),
        "deployments": [
            describe_deployment(deployment, state.definitions.get(deployment.definition))
            for deployment in state.deployments_of(service.key)
            if deployment.status is not DeploymentStatus.INACTIVE
        ],
        "events": [_event(event) for event in events[:EVENTS_SHOWN]],
        "createdAt": service.created_at,
        "placementConstraints": constraints_shown(service.placement_constraints),
        "placementStrategy": strategy_shown(service.placement_strategy),
        "healthCheckGracePeriodSeconds": int(service.health_check_grace_s),
        "schedulingStrategy": service.scheduling_strategy.value,
        "deploymentController": {"type": "ECS"},
        "tags": tags_shown(service.tags),
        "createdBy": service.created_by,
        "enableECSManagedTags": service.managed_tags,
        "propagateTags": service.propagate_tags.value,
        "enableExecuteCommand": True,
        "availabilityZoneRebalancing": "ENABLED" if service.zone_rebalancing else "DISABLED",
        "moving": [arn("task", service.cluster, m.task) for m in service.moving],
        "replace": service.replace.value,
        "replaceAsked": [arn("container-instance", service.cluster, i) for i in service.replace_asked],
        "steady": service.steady,
        "unknownCount": tasks.unknown,
        "why": service.why,
    }
    if service.capacity_provider_strategy:
        # One or the other (ECS).
        del shown["launchType"]
        shown["capacityProviderStrategy"] = shares_shown(service.capacity_provider_strategy)
    if service.healthy_after_s is not None:
        shown["healthyAfterSeconds"] = service.healthy_after_s
    if service.probe is not None:
        shown["probe"] = describe_probe(service.probe)
    if service.auto_scaling is not None:
        shown["autoScaling"] = describe_auto_scaling(service.auto_scaling)
    return shown


def _deployment_configuration(service: Service) -> Json:
    """ECS's DeploymentConfiguration."""
    shown: Json = {
        "deploymentCircuitBreaker": describe_breaker(service.circuit_breaker),
        "maximumPercent": service.maximum_percent,
        "minimumHealthyPercent": service.minimum_healthy_percent,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": service.bake_time_minutes,
    }
    early = service.early_success
    if early is not None:
        shown["earlySuccessCriteria"] = {
            "enable": True,
            "healthyPercent": early.healthy_percent,
            "sourceServiceRevisionCleanup": early.cleanup.value,
        }
    return shown


def describe_auto_scaling(scaling: AutoScaling) -> Json:
    """Application Auto Scaling's ScalableTarget with its target-tracking policies, as CreateService takes them here."""
    return {
        "minCapacity": scaling.min_capacity,
        "maxCapacity": scaling.max_capacity,
        "suspendedState": {
            "dynamicScalingInSuspended": scaling.scale_in_suspended,
            "dynamicScalingOutSuspended": scaling.scale_out_suspended,
        },
        "policies": [
            {
                "predefinedMetricType": policy.metric.value,
                "targetValue": policy.target_percent,
                "scaleOutCooldown": policy.scale_out_cooldown_s,
                "scaleInCooldown": policy.scale_in_cooldown_s,
                "disableScaleIn": policy.disable_scale_in,
            }
            for policy in scaling.policies
        ],
    }


def describe_deployment(deployment: Deployment, definition: TaskDefinition | None) -> Json:
    """ECS's Deployment; `containerImages` as ECS's ServiceRevision has them, those whose digest is known."""
    shown: Json = {
        "id": deployment.id,
        "status": deployment.status.value,
        "taskDefinition": arn("task-definition", deployment.definition),
        "desiredCount": deployment.desired_count,
        "pendingCount": deployment.pending_count,
        "runningCount": deployment.running_count,
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "launchType": LAUNCH_TYPE,
        "rolloutState": deployment.rollout_state.value,
        "rolloutStateReason": deployment.rollout_reason,
    }
    digests = ((c, deployment.digest_of(c.image)) for c in (definition.containers if definition else ()))
    shown["containerImages"] = [
        {"containerName": container.name, "image": container.image, "imageDigest": digest}
        for container, digest in digests
        if digest and container.version_consistency
    ]
    if deployment.baking_since is not None:
        shown["bakingSince"] = deployment.baking_since
    if deployment.retry_at is not None:
        shown["retryAt"] = deployment.retry_at
    return shown


def describe_breaker(breaker: CircuitBreaker) -> Json:
    """ECS's DeploymentCircuitBreaker."""
    return {
        "enable": breaker.enabled,
        "rollback": breaker.rollback,
        "resetOnHealthyTask": breaker.reset_on_healthy_task,
        "thresholdConfiguration": {"type": breaker.threshold_type.value, "value": breaker.threshold},
    }


def describe_probe(probe: Probe) -> Json:
    """A service's probe, as it is asked for."""
    shown: Json = {"protocol": probe.protocol.value, "containerName": probe.container}
    match probe.protocol:
        case ProbeProtocol.EXEC:
            shown["command"] = list(probe.command)
        case ProbeProtocol.TCP:
            shown["containerPort"] = probe.port
        case ProbeProtocol.HTTP | ProbeProtocol.HTTPS:
            shown |= {"containerPort": probe.port, "path": probe.path, "matcher": probe.matcher}
    return shown | {
        "intervalSeconds": probe.interval_s,
        "timeoutSeconds": probe.timeout_s,
        "healthyThresholdCount": probe.healthy_threshold,
        "unhealthyThresholdCount": probe.unhealthy_threshold,
    }


def _event(event: Event) -> Json:
    """ECS's ServiceEvent. Its id follows from what it says and when, so that readers can tell repetitions."""
    digits = derived_id(event.cluster, event.name, repr(event.at), event.message)
    return {"id": dashed(digits), "createdAt": event.at, "message": event.message}
