"""CreateCluster, PutClusterCapacityProviders and DeleteCluster. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_cluster
from core.errors import Refused
from core.events import Event, Subject
from core.fold.find import find_cluster
from core.fold.placement_input import tags_from
from core.fold.provider_input import check_all_named, shares_from
from core.model.capacity_provider import shares_told
from core.model.cluster import Cluster, ClusterStatus
from core.model.service import ServiceStatus
from core.record import replace

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import CreateCluster, DeleteCluster, PutClusterCapacityProviders
    from core.model.state import State

_NO_DEFAULT: Final = "has no default capacity provider strategy any more"


def create_cluster(state: State, given: CreateCluster, turn: TurnContext) -> dict[str, Any]:
    """Create a cluster, or return the one of that name as it is (ECS: idempotent by name), and say so."""
    name = given.cluster_name
    standing = state.clusters.get(name) or Cluster(name, ClusterStatus.INACTIVE)
    if given.capacity_providers:
        check_all_named(given.capacity_providers, standing)
    asked = replace(
        standing,
        default_strategy=shares_from(
            given.default_capacity_provider_strategy, standing, "defaultCapacityProviderStrategy"
        ),
        tags=tags_from(given.tags),
    )
    if standing.status is ClusterStatus.ACTIVE:
        return {"cluster": describe_cluster(state, standing), **_unheeded(standing, asked)}
    cluster = replace(
        ensure_cluster(state, name, turn.now), default_strategy=asked.default_strategy, tags=asked.tags
    )
    state.put(cluster)
    return {"cluster": describe_cluster(state, cluster)}


def put_capacity_providers(
    state: State, given: PutClusterCapacityProviders, turn: TurnContext
) -> dict[str, Any]:
    """Give a cluster its default capacity provider strategy. Which providers it has is not changed: the config says it."""
    cluster = find_cluster(state, given.cluster)
    check_all_named(given.capacity_providers, cluster)
    shares = shares_from(given.default_capacity_provider_strategy, cluster, "defaultCapacityProviderStrategy")
    if shares != cluster.default_strategy:
        cluster = replace(cluster, default_strategy=shares)
        state.put(cluster)
        told = shares_told(shares)
        what = f"has the default capacity provider strategy {told}" if told else _NO_DEFAULT
        _say(state, cluster, turn.now, what)
    return {"cluster": describe_cluster(state, cluster)}


def delete_cluster(state: State, given: DeleteCluster, turn: TurnContext) -> dict[str, Any]:
    """Make an empty cluster INACTIVE."""
    cluster = find_cluster(state, given.cluster)
    holds = held_by(state, cluster.name)
    if holds:
        kind, words = holds
        raise Refused(f"ClusterContains{kind}Exception", f"The Cluster cannot be deleted while {words}.")
    cluster = replace(cluster, status=ClusterStatus.INACTIVE, declared=False, default_strategy=(), tags=())
    state.put(cluster)
    _say(state, cluster, turn.now, "was deleted")
    return {"cluster": describe_cluster(state, cluster)}


def ensure_cluster(state: State, name: str, now: float, *, declared: bool = False) -> Cluster:
    """The cluster of that name, created or made ACTIVE again where it has to be."""
    found = state.clusters.get(name)
    if found is None or found.status is not ClusterStatus.ACTIVE:
        providers = found.capacity_providers if found is not None else ()
        cluster = Cluster(name, created_at=now, declared=declared, capacity_providers=providers)
        _say(state, cluster, now, "was created")
    else:
        cluster = replace(found, declared=found.declared or declared)
    state.put(cluster)
    return cluster


def held_by(state: State, cluster: str) -> tuple[str, str] | None:
    """What keeps a cluster from being deleted: ECS's word in the exception's name, and its sentence."""
    if state.index.instances_of_cluster[cluster]:
        return "ContainerInstances", "Container Instances are active or draining"
    services = (state.services[key] for key in state.index.services_of_cluster[cluster])
    if any(service.status is not ServiceStatus.INACTIVE for service in services):
        return "Services", "Services are active"
    if state.index.tasks_of_cluster[cluster]:
        return "Tasks", "Tasks are active"
    if state.index.schedules_of_cluster[cluster]:
        return "Tasks", "Schedules would start tasks in it"
    return None


def _unheeded(standing: Cluster, asked: Cluster) -> dict[str, list[str]]:
    """What a request wants otherwise of a cluster that is there: told, since nothing is done about it."""
    wanted = {
        "tags": asked.tags and dict(asked.tags) != dict(standing.tags),
        "defaultCapacityProviderStrategy": asked.default_strategy
        and asked.default_strategy != standing.default_strategy,
    }
    told = [
        f"{member} has no effect: cluster {standing.name} is there already, and stays as it is."
        for member, otherwise in wanted.items()
        if otherwise
    ]
    return {"warnings": told} if told else {}


def _say(state: State, cluster: Cluster, now: float, what: str) -> None:
    state.say(Event(now, Subject.CLUSTER, cluster.name, f"Cluster {cluster.name} {what}.", cluster.name))
