"""CreateCluster and DeleteCluster. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.ecs import describe_cluster
from core.errors import Refused
from core.events import Event, Subject
from core.fold.find import find_cluster
from core.model.cluster import Cluster, ClusterStatus
from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import CreateCluster, DeleteCluster
    from core.model.state import State


def create_cluster(state: State, given: CreateCluster, turn: TurnContext) -> dict[str, Any]:
    """Create a cluster, or return the one of that name (ECS: idempotent by name)."""
    cluster = ensure_cluster(state, given.cluster_name, turn.now)
    return {"cluster": describe_cluster(state, cluster)}


def delete_cluster(state: State, given: DeleteCluster, turn: TurnContext) -> dict[str, Any]:
    """Make an empty cluster INACTIVE."""
    cluster = find_cluster(state, given.cluster)
    holds = held_by(state, cluster.name)
    if holds:
        kind, words = holds
        raise Refused(f"ClusterContains{kind}Exception", f"The Cluster cannot be deleted while {words}.")
    cluster = replace(cluster, status=ClusterStatus.INACTIVE, declared=False)
    state.put(cluster)
    _say(state, cluster, turn.now, "was deleted")
    return {"cluster": describe_cluster(state, cluster)}


def ensure_cluster(state: State, name: str, now: float, *, declared: bool = False) -> Cluster:
    """The cluster of that name, created or made ACTIVE again where it has to be."""
    found = state.clusters.get(name)
    if found is None or found.status is not ClusterStatus.ACTIVE:
        cluster = Cluster(name, created_at=now, declared=declared)
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


def _say(state: State, cluster: Cluster, now: float, what: str) -> None:
    state.say(Event(now, Subject.CLUSTER, cluster.name, f"Cluster {cluster.name} {what}.", cluster.name))
