"""CreateService, UpdateService and DeleteService, and our RollbackService and ConfirmReplacement. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.ecs import describe_service
from core.errors import Refused
from core.fold.auto_scaling import check_auto_scaling, scaled_as, tell_bounds
from core.fold.deployments import (
    begin_deployment,
    probe_otherwise,
    roll_back_to,
    set_desired_count,
    stop_deployment,
)
from core.fold.find import (
    find_active_service,
    find_cluster,
    find_definition,
    find_instance,
    find_service,
)
from core.fold.placement_input import constraints_from, strategy_from, tags_from
from core.fold.probe_input import check_probe, probe_from
from core.fold.provider_input import leaves_to_default, shares_asked, shares_from
from core.fold.rebalancing import check_rebalancing
from core.fold.rollout_input import breaker_from, check_early_success, early_success_from
from core.lifecycle import order_stop
from core.model.ids import arn, last_part
from core.model.service import (
    CircuitBreaker,
    DeploymentStatus,
    Replace,
    RolloutState,
    SchedulingStrategy,
    Service,
    ServiceStatus,
)
from core.model.task import StopCode
from core.record import replace
from core.scheduler.rollout import last_completed, last_good
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.fold.context import TurnContext
    from core.fold.inputs import (
        ConfirmReplacement,
        CreateService,
        DeleteService,
        RollbackService,
        StopServiceDeployment,
        UpdateService,
    )
    from core.model.capacity_provider import ProviderShare
    from core.model.cluster import Cluster
    from core.model.service import Deployment
    from core.model.state import State

Output = dict[str, Any]
_Value = TypeVar("_Value")

#: What makes two requests for one name the same request, in ECS's words.
_WANTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "definition": "taskDefinition",
        "desired_count": "desiredCount",
        "scheduling_strategy": "schedulingStrategy",
        "minimum_healthy_percent": "minimumHealthyPercent",
        "maximum_percent": "maximumPercent",
        "circuit_breaker": "deploymentCircuitBreaker",
        "bake_time_minutes": "bakeTimeInMinutes",
        "early_success": "earlySuccessCriteria",
        "health_check_grace_s": "healthCheckGracePeriodSeconds",
        "healthy_after_s": "healthyAfterSeconds",
        "probe": "probe",
        "placement_constraints": "placementConstraints",
        "placement_strategy": "placementStrategy",
        "capacity_provider_strategy": "capacityProviderStrategy",
        "replace": "replace",
        "zone_rebalancing": "availabilityZoneRebalancing",
        "auto_scaling": "autoScaling",
        "tags": "tags",
        "propagate_tags": "propagateTags",
        "managed_tags": "enableECSManagedTags",
    }
)


def create_service(state: State, given: CreateService, turn: TurnContext) -> Output:
    """Create a service with its first deployment; the same request once more returns what is there (ECS)."""
    cluster = find_cluster(state, given.cluster)
    service = service_from(state, cluster, given, turn)
    standing = state.services.get(service.key)
    if standing is not None and standing.status is not ServiceStatus.INACTIVE:
        return {"service": describe_service(state, _same(standing, service))}
    for deployment in state.deployments_of(service.key):
        state.delete(deployment)
    begin_deployment(state, service, turn)
    tell_bounds(state, _or(given.desired_count, service.desired_count), service, turn.now)
    return {"service": describe_service(state, service)}


def update_service(state: State, given: UpdateService, turn: TurnContext) -> Output:
    """Change a service; only another task definition, or `forceNewDeployment`, begins a deployment (ECS)."""
    cluster = find_cluster(state, given.cluster)
    service = find_active_service(state, cluster, given.service)
    changed = _updated(state, service, given)
    if given.auto_scaling is not None:
        tell_bounds(state, _or(given.desired_count, service.desired_count), changed, turn.now)
    if changed.capacity_provider_strategy != service.capacity_provider_strategy:
        _share_out_anew(state, service, turn)
    if given.force_new_deployment or changed.definition != service.definition:
        begin_deployment(state, changed, turn)
    else:
        set_desired_count(state, changed, turn.now)
        probe_otherwise(state, service, changed)
    return {"service": describe_service(state, state.services[service.key])}


def delete_service(state: State, given: DeleteService, _turn: TurnContext) -> Output:
    """Let a service drain: it is INACTIVE, and its name free, when its last task is gone."""
    cluster = find_cluster(state, given.cluster)
    service = find_service(state, cluster, given.service)
    scaled_up = service.desired_count and not service.daemon
    if service.status is ServiceStatus.ACTIVE and scaled_up and not given.force:
        raise _invalid(
            "The service cannot be stopped while it is scaled above 0. Scale it to 0 first, or delete it by force."
        )
    service = replace(service, status=ServiceStatus.DRAINING, desired_count=0)
    state.put(service)
    return {"service": describe_service(state, service)}


def rollback_service(state: State, given: RollbackService, turn: TurnContext) -> Output:
    """Go back to what was completed before, also when it was deregistered since, or to what is named."""
    cluster = find_cluster(state, given.cluster)
    service = find_active_service(state, cluster, given.service)
    present, *earlier = state.deployments_of(service.key)
    named = last_part(given.task_definition or "")
    if not named and present.rolling_back:
        raise _invalid(
            f"Service {service.name} is rolling back to {service.definition} already: name the task definition to go "
            "to another one."
        )
    good = (
        _completed(earlier, named) if named else last_good(earlier, service.definition, present.image_digests)
    )
    if good is None and named:
        named = find_definition(state, named).name
        good = _completed(earlier, named)
    elif good is None:
        raise _invalid(
            f"Service {service.name} has no earlier completed deployment of another task definition than "
            f"{service.definition}, or of other versions of its images: name the task definition to go back to."
        )
    service = replace(service, last_complaint="")
    if good is None:
        begin_deployment(state, replace(service, definition=named), turn)
    else:
        roll_back_to(state, service, good, turn.now)
    return {"service": describe_service(state, state.services[service.key])}


def stop_service_deployment(state: State, given: StopServiceDeployment, turn: TurnContext) -> Output:
    """End a deployment that is in progress: with ROLLBACK the service goes back to what was completed before it."""
    said = last_part(given.service_deployment_arn)
    deployment = state.deployments.get(said) or state.deployments.get(f"ecs-svc/{said}")
    if deployment is None:
        raise Refused(
            "ServiceDeploymentNotFoundException", f"The service deployment {shown(said)} was not found."
        )
    service = state.services[deployment.service_key]
    if state.primary_of(service.key) != deployment or not deployment.in_progress:
        how = "was superseded" if deployment.status is not DeploymentStatus.PRIMARY else "has ended"
        raise Refused(
            "ConflictException",
            f"The service deployment {deployment.id} {how} ({deployment.rollout_state}): there is nothing to stop.",
        )
    back = last_completed(state.deployments_of(service.key)) if given.stop_type == "ROLLBACK" else None
    if back is None and given.stop_type == "ROLLBACK":
        raise Refused(
            "ConflictException",
            f"Service {service.name} has no earlier completed deployment to go back to: stop it with stopType ABORT.",
        )
    stop_deployment(state, service, deployment, back, turn.now)
    return {"serviceDeploymentArn": arn("service-deployment", service.cluster, service.name, deployment.id)}


def confirm_replacement(state: State, given: ConfirmReplacement, _turn: TurnContext) -> Output:
    """Say yes, or take a yes back, to a service that asks before it replaces what a lost instance held."""
    cluster = find_cluster(state, given.cluster)
    service = find_active_service(state, cluster, given.service)
    instance = find_instance(state, cluster, given.container_instance)
    if service.replace is not Replace.ASK:
        raise _invalid(
            f"Service {service.name} does not ask before it replaces tasks: its replace is {service.replace}."
        )
    if not instance.lost:
        raise _invalid(f"Container instance {instance.name} is not lost: there is nothing to replace.")
    confirmed = set(service.replace_confirmed) - {instance.id}
    asked = set(service.replace_asked) | {instance.id}
    if given.replace:
        confirmed.add(instance.id)
        asked.discard(instance.id)
    service = replace(service, replace_confirmed=tuple(sorted(confirmed)), replace_asked=tuple(sorted(asked)))
    state.put(service)
    return {"service": describe_service(state, service)}


def _share_out_anew(state: State, service: Service, turn: TurnContext) -> None:
    """What waits for room at a capacity provider is for the strategy as it is now to share out."""
    for task in state.tasks_of_service(service.key):
        if task.wanted and not task.instance:
            reason = "The service's capacityProviderStrategy was changed"
            state.put(order_stop(task, turn.now, StopCode.SERVICE_SCHEDULER_INITIATED, reason))


def _completed(deployments: Sequence[Deployment], definition: str) -> Deployment | None:
    """The newest completed deployment of a definition, which may have been deregistered since."""
    found = (d for d in deployments if d.definition == definition)
    return next((d for d in found if d.rollout_state is RolloutState.COMPLETED), None)


def service_from(state: State, cluster: Cluster, given: CreateService, turn: TurnContext) -> Service:
    """The service that a request describes. Raises Refused."""
    is_daemon = given.scheduling_strategy is SchedulingStrategy.DAEMON
    if is_daemon:
        _check_daemon(given)
    elif given.desired_count is None and not (given.auto_scaling and given.auto_scaling.asks):
        raise _invalid("desiredCount: is missing; a REPLICA service keeps so many tasks.")
    definition = find_definition(state, given.task_definition)
    bounds = given.deployment_configuration
    service = Service(
        cluster=cluster.name,
        name=given.service_name,
        definition=definition.name,
        desired_count=given.desired_count or 0,
        scheduling_strategy=given.scheduling_strategy,
        minimum_healthy_percent=_or(bounds.minimum_healthy_percent, 0 if is_daemon else 100),
        maximum_percent=_or(bounds.maximum_percent, 100 if is_daemon else 200),
        circuit_breaker=breaker_from(bounds.deployment_circuit_breaker, CircuitBreaker()),
        bake_time_minutes=_or(bounds.bake_time_in_minutes, 0),
        early_success=early_success_from(bounds.early_success_criteria, None),
        health_check_grace_s=float(given.health_check_grace_period_seconds),
        healthy_after_s=given.healthy_after_seconds,
        probe=probe_from(given.probe, None, definition) if given.probe is not None else None,
        placement_constraints=constraints_from(given.placement_constraints, definition),
        placement_strategy=strategy_from(given.placement_strategy),
        capacity_provider_strategy=_shares(state, cluster, given),
        replace=given.replace,
        zone_rebalancing=given.availability_zone_rebalancing == "ENABLED",
        tags=tags_from(given.tags),
        propagate_tags=given.propagate_tags,
        managed_tags=given.enable_ecs_managed_tags,
        client_token=given.client_token,
        created_by=turn.submitted_by,
        created_at=turn.now,
    )
    check_rebalancing(service)
    check_early_success(service)
    if given.auto_scaling is not None:
        service = scaled_as(service, given.auto_scaling)
    check_auto_scaling(service, definition)
    return service


def _shares(state: State, cluster: Cluster, given: CreateService) -> tuple[ProviderShare, ...]:
    """The strategy that a service is to have; one that is there keeps what it has where nothing is said. Raises Refused.

    ECS reads the cluster's default when a service is created, and never again. A DAEMON service has its place on every host.
    """
    standing = state.services.get(f"{cluster.name}/{given.service_name}")
    if standing is not None and standing.status is not ServiceStatus.INACTIVE and leaves_to_default(given):
        return standing.capacity_provider_strategy
    is_daemon = given.scheduling_strategy is SchedulingStrategy.DAEMON
    return () if is_daemon else shares_asked(given, cluster)


def _same(standing: Service, asked: Service) -> Service:
    """The service that is there, if it is the one asked for. Raises Refused."""
    if standing.status is ServiceStatus.DRAINING:
        raise _invalid("Unable to Start a service that is still Draining.")
    if standing.daemon or asked.auto_scaling is not None:
        asked = replace(asked, desired_count=standing.desired_count)
    others = [said for name, said in _WANTED.items() if getattr(standing, name) != getattr(asked, name)]
    if others:
        raise _invalid(
            f"Creation of service was not idempotent. Service {standing.name} is there already with another "
            f"{' and another '.join(others)}; UpdateService changes it."
        )
    return standing


def _check_daemon(given: CreateService | UpdateService) -> None:
    """What a DAEMON service may not be asked (ECS). Raises Refused."""
    if given.desired_count is not None:
        raise _invalid("desiredCount: a DAEMON service runs one task on each instance that suits it.")
    if given.placement_strategy:
        raise _invalid(
            "placementStrategy: a DAEMON service has none, it runs on every instance that suits it."
        )
    if given.capacity_provider_strategy:
        raise _invalid(
            "capacityProviderStrategy: a DAEMON service has none; a placement constraint says on which instances it runs."
        )
    if given.auto_scaling is not None and given.auto_scaling.asks:
        raise _invalid("autoScaling: a DAEMON service has none, its hosts are its count.")
    if given.deployment_configuration.maximum_percent not in {None, 100}:
        raise _invalid("deploymentConfiguration.maximumPercent: must be 100 for a DAEMON service.")


def _updated(state: State, service: Service, given: UpdateService) -> Service:
    """The service as it is after the update; what was not given stays."""
    if given.task_definition is not None:
        definition = find_definition(state, given.task_definition)
    else:
        definition = state.definitions[service.definition]
    bounds = given.deployment_configuration
    if service.daemon:
        _check_daemon(given)
    grace_s = given.health_check_grace_period_seconds
    changed = replace(
        service,
        definition=definition.name,
        desired_count=_or(given.desired_count, service.desired_count),
        minimum_healthy_percent=_or(bounds.minimum_healthy_percent, service.minimum_healthy_percent),
        maximum_percent=_or(bounds.maximum_percent, service.maximum_percent),
        circuit_breaker=breaker_from(bounds.deployment_circuit_breaker, service.circuit_breaker),
        bake_time_minutes=_or(bounds.bake_time_in_minutes, service.bake_time_minutes),
        early_success=early_success_from(bounds.early_success_criteria, service.early_success),
        health_check_grace_s=service.health_check_grace_s if grace_s is None else float(grace_s),
        healthy_after_s=_or(given.healthy_after_seconds, service.healthy_after_s),
        replace=_or(given.replace, service.replace),
        propagate_tags=_or(given.propagate_tags, service.propagate_tags),
        managed_tags=_or(given.enable_ecs_managed_tags, service.managed_tags),
        last_complaint="",
    )
    if given.placement_constraints is not None:
        constraints = constraints_from(given.placement_constraints, definition)
        changed = replace(changed, placement_constraints=constraints)
    if given.placement_strategy is not None:
        changed = replace(changed, placement_strategy=strategy_from(given.placement_strategy))
    if given.capacity_provider_strategy is not None:
        shares = shares_from(given.capacity_provider_strategy, state.clusters[service.cluster])
        changed = replace(changed, capacity_provider_strategy=shares)
    if given.availability_zone_rebalancing is not None:
        changed = replace(changed, zone_rebalancing=given.availability_zone_rebalancing == "ENABLED")
    if given.probe is not None:
        changed = replace(changed, probe=probe_from(given.probe, service.probe, definition))
    elif definition.name != service.definition:
        check_probe(changed.probe, definition)
    check_rebalancing(changed)
    check_early_success(changed)
    if given.auto_scaling is not None:
        changed = scaled_as(changed, given.auto_scaling)
    if given.auto_scaling is not None or given.task_definition is not None:
        check_auto_scaling(changed, definition)
    if changed.replace is not service.replace:
        changed = replace(changed, replace_asked=(), replace_confirmed=())
    return changed


def _or(given: _Value | None, otherwise: _Value) -> _Value:
    return otherwise if given is None else given


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
